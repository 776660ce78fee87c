"""Quantities up to a day: restricted mean times, milestones, and pseudo-values for regressions of both."""
