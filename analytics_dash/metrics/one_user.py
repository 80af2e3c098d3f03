"""Owns one user's runs: held against everyone else's, laid out in time, by page, and by conversation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import duckdb
import pandas as pd

from analytics_dash.metrics.columns import FAILED, FIRST_SEEN, LAST_SEEN, RUNS, TOKENS
from analytics_dash.metrics.comparison_intervals import Estimate, difference_bounds, share
from analytics_dash.metrics.comparison_totals import Totals, totals
from analytics_dash.metrics.failures_chance import fisher
from analytics_dash.metrics.percentiles import FEW_RUNS
from analytics_dash.metrics.tokens import TOTAL

CHANCE: Final = 0.05  # below, chance alone is no good explanation
ENOUGH: Final = FEW_RUNS  # ended runs of theirs from which “no difference” says something
MARKS: Final = 1000  # of a timeline: more take seconds to paint and lie on top of each other
TEXT: Final = 300  # characters of an error or a preview: a cell of a table shows less
TALKS: Final = 5
TIMELINE_COLUMNS: Final = ("run_id", "date", "outcome", "latency", "error")
ROW_COLUMNS: Final = (
    "date", "outcome", "state", "latency", "total_tokens", "run_type", "models", "ran_by_display_name", "error",
    "inputs", "outputs", "conversation_id", "run_id",
)  # fmt: skip
CONVERSATION: Final = "conversation_id"
TALK_COLUMNS: Final = (CONVERSATION, RUNS, FAILED, TOKENS, FIRST_SEEN, LAST_SEEN)
NEWEST_FIRST: Final = "date DESC, run_id"


class Verdict(StrEnum):
    """What the failures of one user and of everyone else say about “is it only them?”."""

    NOTHING = "nothing"
    """One side has no run that ended."""
    NO_FAILURE = "no_failure"
    TOO_FEW = "too_few"
    MORE = "more"
    LESS = "less"
    SAME = "same"


@dataclass(frozen=True)
class Mean:
    """The mean of the runs that have a count, None without any; and how many these are."""

    value: float | None
    runs: int


@dataclass(frozen=True)
class Beside:
    """One user's runs beside everyone else's; `p_value` by Fisher's exact test, None where a side has none ended."""

    theirs: Totals
    others: Totals
    p_value: float | None
    tokens_per_run: tuple[Mean, Mean]

    @property
    def rates(self) -> tuple[Estimate | None, Estimate | None]:
        """Both failure rates, with Wilson's intervals."""
        return share(self.theirs.failed, decided(self.theirs)), share(self.others.failed, decided(self.others))

    @property
    def verdict(self) -> Verdict:
        """Whether they fail more than the others, as far as chance lets that be told."""
        mine, rest = self.rates
        if mine is None or rest is None or self.p_value is None:
            return Verdict.NOTHING
        if not self.theirs.failed + self.others.failed:
            return Verdict.NO_FAILURE
        if self.p_value < CHANCE:
            return Verdict.MORE if mine.value > rest.value else Verdict.LESS
        return Verdict.SAME if decided(self.theirs) >= ENOUGH and decided(self.others) >= ENOUGH else Verdict.TOO_FEW

    @property
    def rate_bounds(self) -> tuple[float, float] | None:
        """The 95 % interval of the difference of the rates (Newcombe), a part of 1."""
        return bounds(*self.rates)


def beside(
    theirs: duckdb.DuckDBPyRelation, others: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True
) -> Beside:
    """The runs of one user against those of everyone else in the same range."""
    mine, rest = (totals(side, failed_in_latency=failed_in_latency) for side in (theirs, others))
    every = {"all_failed": mine.failed + rest.failed, "all_of": decided(mine) + decided(rest)}
    p_value = float(fisher([mine.failed], [decided(mine)], **every)[0])  # NaN where a side has no runs
    return Beside(mine, rest, None if math.isnan(p_value) else p_value, (_tokens(theirs), _tokens(others)))


def _tokens(runs: duckdb.DuckDBPyRelation) -> Mean:
    mean, of = runs.aggregate("avg(total_tokens), count(total_tokens)").fetchall()[0]
    return Mean(mean, int(of))


def decided(side: Totals) -> int:
    """The runs that the failure rate is of."""
    return side.failed + side.succeeded


def bounds(theirs: Estimate | None, others: Estimate | None) -> tuple[float, float] | None:
    """The 95 % interval of the difference of two estimates; None where either is missing or too few."""
    return difference_bounds(theirs, others) if theirs and others else None


def timeline(runs: duckdb.DuckDBPyRelation, *, limit: int = MARKS) -> pd.DataFrame:
    """TIMELINE_COLUMNS of the newest runs, oldest first; `date` in UTC, `latency` in seconds."""
    shown = ", ".join(f"left(error, {TEXT}) AS error" if name == "error" else name for name in TIMELINE_COLUMNS)
    frame = runs.order(NEWEST_FIRST).limit(int(limit)).project(shown).df()
    return _dated(frame, "date").iloc[::-1].reset_index(drop=True)


def newest(runs: duckdb.DuckDBPyRelation, *, limit: int, offset: int = 0) -> duckdb.DuckDBPyRelation:
    """A page of the runs, newest first, all columns, to lay the long texts beside."""
    return runs.order(NEWEST_FIRST).limit(int(limit), int(offset))


def rows(page: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """ROW_COLUMNS of runs that have their texts beside them, newest first; texts cut to a preview, `date` in UTC."""
    cut = {name: f'left("{name}", {TEXT})' for name in ("error", "inputs", "outputs")}
    held = {**cut, "models": "array_to_string(models, ', ')"}
    frame = page.order(NEWEST_FIRST).project(", ".join(f'{held.get(n, n)} AS "{n}"' for n in ROW_COLUMNS)).df()
    return _dated(frame, "date").assign(total_tokens=frame["total_tokens"].astype("Int64"))


@dataclass(frozen=True, eq=False)
class Talks:
    """TALK_COLUMNS of the conversations whose last run is newest, of `of`; instants in UTC."""

    frame: pd.DataFrame
    of: int


def talks(runs: duckdb.DuckDBPyRelation, *, limit: int = TALKS) -> Talks:
    """The conversations of these runs, counting these runs only."""
    grouped = runs.filter(f"{CONVERSATION} <> ''").aggregate(
        f"{CONVERSATION}, count(*) AS {RUNS}, count(*) FILTER (WHERE outcome = 'failed') AS {FAILED}, "
        f"{TOTAL} AS {TOKENS}, min(date) AS {FIRST_SEEN}, max(date) AS {LAST_SEEN}",
        CONVERSATION,
    )
    found = grouped.project("*, count(*) OVER () AS talks").order(f"{LAST_SEEN} DESC, {CONVERSATION}").limit(limit).df()
    of = int(found["talks"].iloc[0]) if len(found) else 0
    return Talks(_dated(_dated(found, FIRST_SEEN), LAST_SEEN)[list(TALK_COLUMNS)], of)


def _dated(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame.assign(**{name: frame[name].astype("datetime64[us]").dt.tz_localize("UTC")})
