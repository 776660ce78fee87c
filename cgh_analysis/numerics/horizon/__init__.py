"""Quantities up to a day: mean time within it, the probability by it, and each person's part in them."""
