"""Typed rows on their way to accepted ones: checked within a table, across tables, and in time."""
