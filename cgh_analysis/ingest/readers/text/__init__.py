"""Delimited text: its encoding, its shape, its records."""
