"""The figures of every page are held against the same period as the overview's, and by the same numbers."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from analytics_dash.demo.world import World
from analytics_dash.metrics.comparison import Difference, Metric
from analytics_dash.ui.cards import Moved, _weakness
from tests.ui.pages import MONTH, opened
from tests.ui.test_app import loaded, overview

FEW = Moved(
    Difference(Metric.P50, 1.0, 2.0, few=True, significant=False), "down 1.00 s (50 %), few runs, within chance"
)
pytestmark = pytest.mark.usefixtures("api_in_the_environment")


def test_what_the_card_says_of_its_runs_is_not_said_of_the_change_again() -> None:
    assert _weakness(FEW, "over 7 runs · few runs") == "within chance"
    assert _weakness(FEW, "over 700 runs") == "few runs, within chance"


def deltas(app: AppTest) -> dict[str, str]:
    assert not app.exception
    return {metric.label: metric.delta for metric in app.metric if metric.delta}


@pytest.mark.parametrize(
    ("page", "labels"),
    [
        ("latency", ["Latency p50", "Latency p95"]),
        ("failures", ["Failure rate"]),
        ("tokens", ["Tokens", "Estimated cost"]),
    ],
)
def test_figures_move_as_on_the_overview(demo_world: World, page: str, labels: list[str]) -> None:
    asked = {**MONTH, "compare": "last_week"}
    wanted = deltas(overview(demo_world, **asked))
    found = deltas(loaded(opened(f"pages/signed_in/{page}.py", demo_world, asked)))
    assert found == {label: wanted[label] for label in labels}


def test_held_against_nothing_no_figure_moves(demo_world: World) -> None:
    assert deltas(loaded(opened("pages/signed_in/latency.py", demo_world, {**MONTH, "compare": "off"}))) == {}
