"""The report: built of released rows, published whole or not at all."""
