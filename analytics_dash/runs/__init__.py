"""What a run is: its record, its table, its outcome, the filters over runs; neither web nor network."""
