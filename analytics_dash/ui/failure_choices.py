"""Owns what can be chosen on the failures page's charts: counts or shares, and the dimension to tell rates apart by."""

from __future__ import annotations

from typing import Final

from analytics_dash.metrics.columns import PART
from analytics_dash.metrics.failures_by_dimension import FailureValues
from analytics_dash.metrics.spend_query import OWN
from analytics_dash.runs.choice import FAILING_DIMENSIONS
from analytics_dash.runs.dimension import DIMENSIONS, Dimension
from analytics_dash.ui import choices
from analytics_dash.ui.words import count

SHAPES: Final = {"counts": "Counts", "shares": "Shares"}
SHAPE: Final = "outcomes_as"
BY: Final = {name: held.label for name, held in DIMENSIONS.items() if name in FAILING_DIMENSIONS}
BY_HELP: Final = (
    "Failed / (failed + succeeded) of each value's runs, with its 95 % Wilson interval; the values with most failed "
    "runs. ▲ and ▼: higher or lower than the rest beyond chance, by Fisher's exact test, corrected for the number of "
    "values; who fails again within a half hour counts once in it. Click a bar to see only its runs."
)


def is_as_shares() -> bool:
    """Whether outcomes are to be drawn as shares, also before the choice is drawn."""
    return choices.held(SHAPE, SHAPES) == "shares"


def draw_shapes() -> None:
    """The choice between counts and shares, under the chart that it changes."""
    choices.buttons(SHAPE, "Outcomes as", SHAPES, is_labelled=False)


def dimension() -> Dimension:
    """The dimension to tell rates apart by; draws the choice."""
    return DIMENSIONS[choices.dropdown("failures_by", "Failure rate by", BY, width=240)]


def shown(values: FailureValues) -> str:
    """“12 of 23 values, over 1,204 runs that failed or succeeded”."""
    own = int((values.frame[PART] == OWN).sum())
    behind = count(values.failed + values.succeeded, "run")
    of = f"{own} of {values.of:,} values" if own < values.of else count(own, "value")
    return f"{of}, over {behind} that failed or succeeded"
