"""Owns how the run page comes to its run, and to the facts that its cards state."""

from __future__ import annotations

from collections.abc import Callable

from analytics_dash.metrics.standing import Standing, standing
from analytics_dash.runs.one_run import OneRun
from analytics_dash.runs.outcome import Outcome
from analytics_dash.runs.view import View
from analytics_dash.settings import Settings
from analytics_dash.store.dataset import Dataset
from analytics_dash.store.one_run import alone, comparable, one_run
from analytics_dash.ui import run_missing, state
from analytics_dash.ui.ending import end_page
from analytics_dash.ui.run_cost import RunCost, run_cost
from analytics_dash.ui.run_facts import Facts
from analytics_dash.ui.words import NOTHING, count


def run(dataset: Dataset, view: View) -> OneRun:
    """The run that the view names; where there is none, says so and ends the page."""
    found = one_run(dataset, view.run or "")
    if found is None:
        run_missing.draw_not_found(dataset, view, view.run or "")
        end_page()
    return found


def cost(dataset: Dataset, found: OneRun, *, settings: Settings) -> RunCost:
    """What the run spent by model."""
    return run_cost(alone(dataset, found.run_id), settings=settings)


def facts(
    dataset: Dataset, view: View, found: OneRun, spent: RunCost, *, dollars: Callable[[float, float], str]
) -> Facts:
    """What the cards say beside the run itself; `dollars` words a cost that lies between two bounds."""
    return Facts(
        tokens=f"{found.total_tokens:,}" if found.total_tokens is not None else NOTHING,
        cost=dollars(*spent.bounds) if spent.is_known else NOTHING,
        cost_note=_cost_note(spent),
        standing=_standing(dataset, view, found),
        zone=state.zone(view),
        now=state.now(),
    )


def _standing(dataset: Dataset, view: View, found: OneRun) -> Standing | None:
    if found.latency is None or found.outcome == Outcome.UNFINISHED:
        return None
    return standing(comparable(dataset, view, found), run_id=found.run_id, latency_s=found.latency)


def _cost_note(spent: RunCost) -> str:
    named = len(spent.priced.names)
    if not named:
        return "no model is named"
    without = len(spent.priced.without)
    return f"{count(named, 'model')}, {f'{without} without a price' if without else 'all priced'}"
