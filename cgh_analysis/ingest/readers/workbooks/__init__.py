"""Workbooks: what lies in the container, what a sheet hides, its cells."""
