"""How files, workbooks and databases are opened and read: bytes in, a sheet of text out."""
