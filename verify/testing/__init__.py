"""Property-based verification as a product: strategies, laws, the refuter, degenerate networks."""
