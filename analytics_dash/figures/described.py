"""Owns the words that charts' descriptions share: what is shown over which range, its peak, and what came last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pandas as pd

from analytics_dash.figures.wording import moment, span
from analytics_dash.metrics.columns import END, PARTIAL, START

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(hours=25)  # the longest


@dataclass(frozen=True)
class Spot:
    """A value and the bucket it belongs to, in words."""

    value: float
    when: str


def described(what: str, frame: pd.DataFrame, *, zone: str) -> str:
    """“Latency per hour from Tue 17 Nov 2026, 14:00 CET to Tue 24 Nov 2026, 14:02 CET”."""
    longest = (frame[END] - frame[START]).max()
    unit = "hour" if longest <= HOUR else "day" if longest <= DAY else "week"
    return f"{what} per {unit} from {moment(frame[START].iloc[0], zone)} to {moment(frame[END].iloc[-1], zone)}"


def peak(frame: pd.DataFrame, column: str, *, zone: str) -> Spot:
    """Where a column that has values is highest, the first time."""
    return _spot(frame.iloc[int(frame[column].argmax())], column, zone)


def latest(frame: pd.DataFrame, column: str, *, zone: str) -> Spot:
    """The last value of a column that has some; of a complete bucket if there is one, for a partial one misleads."""
    present = frame.dropna(subset=column)
    complete = present[~present[PARTIAL]]
    return _spot((complete if len(complete) else present).iloc[-1], column, zone)


def _spot(row: pd.Series[Any], column: str, zone: str) -> Spot:
    return Spot(row[column], span(row[START], row[END], zone))
