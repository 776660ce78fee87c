"""Right-censored times: curves, tests and regressions of days that are known, or known to be exceeded."""
