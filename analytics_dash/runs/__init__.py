"""What a run is: its record, its table, its outcome, and the filters over runs. Imports neither the web nor the network."""
