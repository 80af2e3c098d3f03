"""What models cost: a maintained list that comes with the product, and prices of one's own before it."""
