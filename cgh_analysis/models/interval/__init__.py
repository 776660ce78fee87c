"""Times known up to an interval: curves, tests and regressions that do not pretend to have seen the day."""
