"""Formulas for times known up to an interval: the NPMLE, its limits, and tests that rest on it."""
