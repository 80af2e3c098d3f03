"""Owns the heatmap of latency: runs by time bucket and log-spaced bin of seconds, in cells that stay where they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd

from analytics_dash.metrics.buckets import Buckets, Granularity
from analytics_dash.metrics.columns import END, HEATMAP_COLUMNS, HIGH_S, LATENCY_RUNS, LOW_S, RUNS, START, TIME_COLUMNS
from analytics_dash.metrics.grouping import beside, per_bucket
from analytics_dash.metrics.latency_bins import SECONDS, Bins, Fitted, bin_sql, fitted
from analytics_dash.metrics.percentiles import timed

MAX_COLUMNS: Final = 171  # a week of hours, two more where it is cut, one more where clocks go back
MAX_ROWS: Final = 30  # with 171 columns a browser paints it within a second
CELLS: Final = "cells"
WEEKDAYS: Final = 7
MERGERS: Final = {
    Granularity.HOUR: (2, 3, 4, 6, 12, 24),
    Granularity.DAY: (2, 7, 14, 28),
    Granularity.WEEK: (2, 4, 13, 26, 52),
}
"""How many hours, days or weeks make a column where one each would be too many."""


@dataclass(frozen=True, eq=False)
class Heatmap:
    """`cells`: HEATMAP_COLUMNS, a row per cell with runs; `times`: TIME_COLUMNS, runs and those timed, per column."""

    cells: pd.DataFrame
    times: pd.DataFrame
    bins: Bins

    @property
    def runs(self) -> int:
        """All runs of the range."""
        return int(self.times[RUNS].sum())

    @property
    def untimed(self) -> int:
        """The runs that are in no cell: unfinished, without a latency, or failed where those are left out."""
        return self.runs - int(self.times[LATENCY_RUNS].sum())


def heatmap(runs: duckdb.DuckDBPyRelation, buckets: Buckets, *, failed_in_latency: bool = True) -> Heatmap:
    """The runs' latencies over time; no cells where no run is timed, at most MAX_COLUMNS times MAX_ROWS."""
    columns = narrowed(buckets, at_most=MAX_COLUMNS)
    condition = timed(failed_in_latency=failed_in_latency)
    counts = f"count(*) AS {RUNS}, count(*) FILTER (WHERE {condition}) AS {LATENCY_RUNS}"
    cells = f"histogram({bin_sql('latency', SECONDS)}) FILTER (WHERE {condition}) AS {CELLS}"
    counted = per_bucket(runs, columns, f"{counts}, {cells}")
    held = {
        int(bucket): by_number
        for bucket, by_number in zip(counted.index, counted[CELLS], strict=True)
        if isinstance(by_number, dict)
    }
    numbers = sum((Counter(by_number) for by_number in held.values()), Counter[int]())
    fit = fitted(numbers, SECONDS, at_most=MAX_ROWS)
    times = beside(columns, counted, counts=(RUNS, LATENCY_RUNS))[[*TIME_COLUMNS, RUNS, LATENCY_RUNS]]
    return Heatmap(_cells(columns, held, fit), times, fit.bins)


def narrowed(buckets: Buckets, *, at_most: int) -> Buckets:
    """The buckets, merged by twos, threes, ... along the zone's calendar until they are not more than `at_most`."""
    if len(buckets) <= at_most:
        return buckets
    for every in MERGERS[buckets.granularity]:
        merged = _merged(buckets, every)
        if len(merged) <= at_most:
            return merged
    return _merged(buckets, MERGERS[buckets.granularity][-1] * -(-len(buckets) // at_most))


def _merged(buckets: Buckets, every: int) -> Buckets:
    """A merged bucket is partial where it holds a partial one or the range cuts it."""
    zone = ZoneInfo(buckets.zone)
    turns = [_number(start, zone, buckets.granularity) // every for start in buckets.starts]
    firsts = [place for place, turn in enumerate(turns) if place == 0 or turn != turns[place - 1]]
    edges = (*(buckets.edges[place] for place in firsts), buckets.edges[-1])
    spans = zip(firsts, [*firsts[1:], len(buckets)], strict=True)
    partial = [any(buckets.partial[first:after]) for first, after in spans]
    partial[0] |= _number(edges[0], zone, buckets.granularity) % every != 0
    partial[-1] |= _number(edges[-1], zone, buckets.granularity) % every != 0
    return Buckets(buckets.zone, buckets.granularity, edges, tuple(partial))


def _number(instant: datetime, zone: ZoneInfo, granularity: Granularity) -> int:
    """The hour, day or week that an instant belongs to, counted on the zone's calendar."""
    local = instant.astimezone(zone)
    if granularity is Granularity.HOUR:
        return local.toordinal() * 24 + local.hour
    return local.toordinal() if granularity is Granularity.DAY else (local.toordinal() - 1) // WEEKDAYS


def _cells(columns: Buckets, held: dict[int, dict[int, int]], fit: Fitted) -> pd.DataFrame:
    counts: Counter[tuple[int, int]] = Counter()
    for bucket, cells in held.items():
        for number, count in cells.items():
            counts[bucket, fit.place(number)] += count
    frame = pd.DataFrame(_rows(columns, counts, fit.bins), columns=list(HEATMAP_COLUMNS))
    instant = pd.DatetimeTZDtype("us", "UTC")
    return frame.astype({START: instant, END: instant, LOW_S: "float64", HIGH_S: "float64", RUNS: "int64"})


def _rows(
    columns: Buckets, counts: Counter[tuple[int, int]], bins: Bins
) -> Iterator[tuple[datetime, datetime, float, float, int]]:
    for (bucket, row), count in sorted(counts.items()):
        yield columns.edges[bucket], columns.edges[bucket + 1], bins.bounds[row], bins.bounds[row + 1], count
