"""A simulated API over plausible runs, all invented: nothing here was measured on anybody's system."""
