"""Interval-censored times: kernels for days of which only the visits before and after are known."""
