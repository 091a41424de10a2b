"""A count held against invariants that every partition satisfies."""
