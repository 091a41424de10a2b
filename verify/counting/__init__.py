"""The number of regions: one count, long counts, stored counts, and the count by mixed-integer programming."""
