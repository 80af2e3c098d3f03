"""Owns how often each value of each dimension occurs in a selection of runs and in the rest, counted in the engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd

from analytics_dash.metrics.grouping import EPOCH
from analytics_dash.runs.dimension import VALUE, Dimension

LEAST_RUNS: Final = 5  # of a value in the selection: less is an anecdote
CHOSEN: Final = "chosen"
HOUR: Final = "hour"
WEEKDAY: Final = "weekday"
TOKENS: Final = "tokens"
NO_TOKENS: Final = "(no token count)"
ALL: Final = "all"
TIME: Final = "time"
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUARTER: Final = timedelta(minutes=15)  # every zone's clock differs from UTC by whole ones
QUARTER_US: Final = QUARTER // timedelta(microseconds=1)

QUESTIONS: Final = """
WITH runs AS MATERIALIZED (SELECT {columns} FROM marked),
cuts AS MATERIALIZED (SELECT quantile_disc(total_tokens, [0.25, 0.5, 0.75]) AS cut FROM runs)
{questions}"""
"""Materialized, so that a search through texts happens once."""
QUESTION: Final = """
SELECT '{name}' AS name, count(*) AS tests,
    list({{'value': value, 'title': title, 'selected': selected, 'rest': rest}}) FILTER (WHERE {wanted}) AS found
FROM (
    SELECT value, {title} AS title,
        count(*) FILTER (WHERE chosen) AS selected, count(*) FILTER (WHERE NOT chosen) AS rest
    FROM ({rows}) GROUP BY value HAVING count(*) >= {least}
)"""
QUARTERS_OF_TOKENS: Final = f"""SELECT (1 + (total_tokens > cut[1])::INT + (total_tokens > cut[2])::INT
    + (total_tokens > cut[3])::INT)::VARCHAR AS {VALUE}, total_tokens, {CHOSEN} FROM runs, cuts"""  # noqa: S608  ours
QUARTERS_OF_HOURS: Final = (
    f"SELECT (epoch_us(date) // {QUARTER_US})::VARCHAR AS {VALUE}, NULL::VARCHAR AS title, {CHOSEN} FROM runs"  # noqa: S608
)
EVERYTHING: Final = f"SELECT NULL::VARCHAR AS {VALUE}, NULL::VARCHAR AS title, {CHOSEN} FROM runs"  # noqa: S608  ours
HOW_MANY_TOKENS: Final = "format('{:,} to {:,}', min(total_tokens), max(total_tokens))"


@dataclass(frozen=True)
class Counted:
    """One value: how it is named in links and for people, and its runs in the selection and in the rest."""

    dimension: str
    value: str
    title: str
    selected: int
    rest: int


@dataclass(frozen=True)
class Counts:
    """The values worth a test, the tests that there could have been, and all runs on either side."""

    values: list[Counted] = field(default_factory=list)
    tests: int = 0
    selected: int = 0
    rest: int = 0


def counts(marked: duckdb.DuckDBPyRelation, dimensions: Sequence[Dimension], *, zone: str) -> Counts:
    """Over runs with a flag CHOSEN; a value is tested with LEAST_RUNS in all, listed with as many in the selection."""
    answers = {name: (tests, found or []) for name, tests, found in _asked(marked, dimensions).fetchall()}
    if not answers[ALL][1]:
        return Counts()
    whole = answers[ALL][1][0]
    times = list(_by_clock(answers[TIME][1], zone))
    listed = [*_named(answers, dimensions), *(value for value in times if value.selected >= LEAST_RUNS)]
    tests = sum(answers[name][0] for name in (*(d.name for d in dimensions), TOKENS)) + len(times)
    return Counts(listed, tests, whole["selected"], whole["rest"])


def _asked(marked: duckdb.DuckDBPyRelation, dimensions: Sequence[Dimension]) -> duckdb.DuckDBPyRelation:
    listed = f"selected >= {LEAST_RUNS}"
    asked = [
        *(_question(d.name, _rows(d), least=LEAST_RUNS, wanted=listed) for d in dimensions),
        _question(TOKENS, QUARTERS_OF_TOKENS, least=LEAST_RUNS, wanted=listed, title=HOW_MANY_TOKENS),
        _question(TIME, QUARTERS_OF_HOURS, least=1, wanted="true"),
        _question(ALL, EVERYTHING, least=1, wanted="true"),
    ]
    held = {d.column for d in dimensions} | {d.title_column for d in dimensions if d.title_column}
    columns = ", ".join(sorted(held | {"date", "total_tokens", CHOSEN}))
    return marked.query("marked", QUESTIONS.format(columns=columns, questions="UNION ALL".join(asked)))


def _question(name: str, rows: str, *, least: int, wanted: str, title: str = "any_value(title)") -> str:
    return QUESTION.format(name=name, rows=rows, least=least, wanted=wanted, title=title)


def _rows(dimension: Dimension) -> str:
    return dimension.rows(f"{dimension.title_column or 'NULL::VARCHAR'} AS title", CHOSEN)


def _named(answers: dict[str, Any], dimensions: Sequence[Dimension]) -> Iterator[Counted]:
    for dimension in dimensions:
        for row in answers[dimension.name][1]:
            value = dimension.named(row["value"])
            yield Counted(dimension.name, value, row["title"] or value, row["selected"], row["rest"])
    for row in answers[TOKENS][1]:
        title = row["title"] if row["value"] else NO_TOKENS
        yield Counted(TOKENS, row["value"] or NO_TOKENS, title, row["selected"], row["rest"])


def _by_clock(quarters: list[dict[str, Any]], zone: str) -> Iterator[Counted]:
    """Hours of the day and weekdays on the zone's clocks, with LEAST_RUNS in all."""
    starts = pd.DatetimeIndex([EPOCH + int(quarter["value"]) * QUARTER for quarter in quarters]).tz_convert(
        ZoneInfo(zone)
    )
    selected, rest = (np.array([quarter[side] for quarter in quarters]) for side in ("selected", "rest"))
    hours = [f"{hour:02}:00 to {(hour + 1) % 24:02}:00" for hour in range(24)]
    for name, places, titles in ((HOUR, starts.hour, hours), (WEEKDAY, starts.day_of_week, WEEKDAYS)):
        sums = [np.bincount(places, weights=side, minlength=len(titles)) for side in (selected, rest)]
        for place, (inside, outside) in enumerate(zip(*sums, strict=True)):
            if inside + outside >= LEAST_RUNS:
                yield Counted(name, str(place), titles[place], int(inside), int(outside))
