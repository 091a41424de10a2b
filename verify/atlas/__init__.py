"""The atlas: what is known about the regions of every small architecture, as a site of static pages.

For each architecture the best network known with its weights and certificate, every bound that applies with its source,
and the gap between them or the proof that there is none.
"""
