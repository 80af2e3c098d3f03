"""Waiting runs: what has not ended, since when, and what has most likely hung?"""

from analytics_dash.metrics.waiting import usual, waiting
from analytics_dash.runs.view import View
from analytics_dash.ui import chips, completeness, frame, loading, state, take_away, waiting_table
from analytics_dash.ui.ending import end_page

here = frame.here()
frame.title("Waiting runs")
dataset = loading.runs_in_view(here)
completeness.draw(dataset, here.view)
chips.draw(here.view, dataset)

runs = dataset.runs(here.view)
total = len(runs)
take_away.draw(dataset, here.view, runs=total)
if not total:
    loading.nothing_found(dataset, here.view)
    end_page()
found = waiting(runs, now=dataset.as_of, usual=usual(dataset.runs(View(tests=here.view.tests))))
waiting_table.draw_cards(found)
waiting_table.say_how_current(dataset, here.view)
waiting_table.draw(found, view=here.view, zone=state.zone(here.view))
