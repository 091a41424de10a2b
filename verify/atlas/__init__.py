"""The atlas: what is known about the regions of every small architecture, as a site of static pages."""
