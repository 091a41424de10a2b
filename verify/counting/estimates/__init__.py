"""Numbers of regions that cannot be counted: intervals that contain them with a probability that is proved."""
