"""The rates, memory and waits that the product promises, measured beside its peers in one run: `make bench`."""
