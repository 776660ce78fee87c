"""Cells of text typed by the schema: numbers, codes, dates, units."""
