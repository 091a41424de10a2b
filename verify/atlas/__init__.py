"""The atlas: what is known about the regions of every small architecture, as a site of static pages.

For each architecture the best network known with its weights and certificate, every bound that applies with its source,
and the gap between them or the proof that there is none.

=======================================  ==================================================================
:mod:`verify.atlas.entry`                what is known about one architecture, as plain data
:mod:`verify.atlas.pictures`             its partition, exact polygons as SVG
:mod:`verify.atlas.sequences`            maxima along a row of architectures, such as (2; 3, m)
:mod:`verify.atlas.pages`                the data as HTML
:mod:`verify.atlas.site`                 all of it as files of a folder
:mod:`verify.atlas.submission`           a network compared with the record of its architecture
=======================================  ==================================================================
"""
