"""A count checked against invariants that every partition satisfies."""
