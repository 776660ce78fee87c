"""Files that hold typed columns: Parquet, and what Arrow makes of others."""
