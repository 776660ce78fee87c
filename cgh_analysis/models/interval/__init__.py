"""Interval-censored times: curves, tests and regressions of days known only to lie between two visits."""
