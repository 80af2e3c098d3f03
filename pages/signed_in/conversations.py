"""Conversations."""

from analytics_dash.ui import chips, completeness, frame, loading

here = frame.here()
frame.title("Conversations")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view)
