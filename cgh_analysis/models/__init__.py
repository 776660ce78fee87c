"""Estimators: a formula and a DataFrame in, a frozen fit out; and the plan's one-line adapters to them."""
