"""Where runs are kept and how they get there; the only package that opens a DuckDB connection."""
