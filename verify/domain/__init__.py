"""Where regions are counted: boxes, polytopes, lines, planes, all of R^n, and the files that describe them."""
