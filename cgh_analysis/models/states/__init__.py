"""Competing events and the second clock: what comes instead of a resolution, and what comes after it."""
