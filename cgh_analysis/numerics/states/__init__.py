"""Competing events and states on arrays: who is where on which day, and what brings people there."""
