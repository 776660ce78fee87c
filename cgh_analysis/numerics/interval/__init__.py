"""Formulas for times known up to an interval: the NPMLE, its limits, tests that rest on it, and regressions."""
