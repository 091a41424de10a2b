"""One- and two-dimensional slices of any input space: lines and planes."""
