"""Formulas on arrays: numpy and scipy only. Each function reads like the paper that it cites."""
