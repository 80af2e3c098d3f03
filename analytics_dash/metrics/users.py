"""Owns the list of users: what each ran, how it went, what it cost; found, sorted and cut to a page in the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Final

import duckdb
import numpy as np
import pandas as pd
from duckdb import CoalesceOperator, ColumnExpression, ConstantExpression, Expression, FunctionExpression

from analytics_dash.metrics.buckets import Buckets
from analytics_dash.metrics.columns import (
    COST,
    COST_HIGH,
    FAILED,
    FEW,
    FIRST_SEEN,
    HIGH,
    LAST_SEEN,
    LATENCY_RUNS,
    LOW,
    P95,
    PER_BUCKET,
    RATE,
    RUNS,
    SUCCEEDED,
    TOKENS,
    UNPRICED,
    USER,
)
from analytics_dash.metrics.people import USER_SQL
from analytics_dash.metrics.percentiles import FEW_RUNS, timed
from analytics_dash.metrics.prices import ModelPrice
from analytics_dash.metrics.tokens import TOTAL
from analytics_dash.metrics.users_cost import costs_of, dearest
from analytics_dash.metrics.users_lines import runs_per_bucket
from analytics_dash.metrics.wilson import Z_95, wilson
from analytics_dash.runs.view import NO_USER

SHOWN: Final = 100  # rows of a page of the table
ALL: Final = 2**62  # rows: more than there can be
NAME: Final = "display_name"
STARTED_BY: Final = "started_by"
CONVERSATIONS: Final = "conversations"
USER_COLUMNS: Final = (
    USER, NAME, STARTED_BY, RUNS, FAILED, SUCCEEDED, RATE, LOW, HIGH, LATENCY_RUNS, P95, FEW, TOKENS, COST, COST_HIGH,
    UNPRICED, CONVERSATIONS, FIRST_SEEN, LAST_SEEN, PER_BUCKET,
)  # fmt: skip
SORTS: Final = (LAST_SEEN, RUNS, FAILED, RATE, P95, TOKENS, COST, CONVERSATIONS, FIRST_SEEN, USER)
"""What the list is sorted by: highest first, USER upwards; RATE by the lower end of its interval, so that one failure
out of one run does not stand above fifty out of a hundred."""
SEARCHED: Final = (USER, NAME, STARTED_BY)
WHO: Final = f"coalesce({USER_SQL}, '{NO_USER}')"

SORT_RATE: Final = "sort_rate"
LOWER_END: Final = f"""(failed / decided + {Z_95**2} / (2 * decided) - {Z_95} * sqrt(
    failed / decided * (1 - failed / decided) / decided + {Z_95**2} / (4 * decided * decided)))
    / (1 + {Z_95**2} / decided)"""
PER_USER: Final = f"""{WHO} AS {USER},
    arg_max(ran_by_display_name, date) FILTER (
        WHERE ran_by_id = user_id AND ran_by_display_name <> '') AS {NAME},
    arg_max(ran_by_display_name, date) FILTER (WHERE ran_by_display_name <> '') AS {STARTED_BY},
    count(*) AS {RUNS}, count(*) FILTER (WHERE outcome = 'failed') AS {FAILED},
    count(*) FILTER (WHERE outcome = 'succeeded') AS {SUCCEEDED},
    nullif(count(*) FILTER (WHERE outcome IN ('failed', 'succeeded')), 0)::DOUBLE AS decided,
    count(*) FILTER (WHERE {{timed}}) AS {LATENCY_RUNS},
    quantile_cont(latency, 0.95) FILTER (WHERE {{timed}}) AS {P95},
    {TOTAL} AS {TOKENS}, count(DISTINCT nullif(conversation_id, '')) AS {CONVERSATIONS},
    min(date) AS {FIRST_SEEN}, max(date) AS {LAST_SEEN}"""


@dataclass(frozen=True, eq=False)
class Users:
    """USER_COLUMNS for a page of the `of` users that fit the search, of `every` user in view; `offset` come before it.

    Instants in UTC, P95 in seconds, COST in US dollars and NaN where no token has a price; PER_BUCKET lists of counts.
    Runs without a user are one row, NO_USER.
    """

    frame: pd.DataFrame
    of: int
    every: int
    offset: int


def users(
    runs: duckdb.DuckDBPyRelation,
    *,
    search: str = "",
    sort: str = LAST_SEEN,
    limit: int = SHOWN,
    offset: int = 0,
    buckets: Buckets | None = None,
    prices: Sequence[ModelPrice] = (),
    failed_in_latency: bool = True,
) -> Users:
    """The users whose ID, name or starter contains `search`, whatever the case, in the order of `sort` (of SORTS).

    ValueError for another `sort`. Only `limit` of them, after the first `offset`, leave the engine; their figures are
    computed for them alone. Beyond the last it is the last page.
    """
    if sort not in SORTS:
        raise ValueError(f"users are sorted by one of {', '.join(SORTS)}")
    every = per_user(runs, failed_in_latency=failed_in_latency)
    held = _found(every, search)
    page = partial(_dearest, runs, held, prices) if sort == COST and prices else partial(_first, held, sort)
    names, of = page(limit, offset)
    if offset and not names:
        offset = max(len(held.project(USER)) - 1, 0) // limit * limit
        names, of = page(limit, offset)
    mine = of_users(runs, names) if len(names) < of or search.strip() else runs
    frame = per_user(mine, failed_in_latency=failed_in_latency).df().set_index(USER).reindex(names).reset_index()
    costs = costs_of(mine, names, prices)
    lines = pd.Series(runs_per_bucket(mine, WHO, names, buckets), index=frame.index, dtype="object")
    whole = len(every.project(USER)) if search.strip() else of
    return Users(_derived(frame).join(costs).assign(**{PER_BUCKET: lines})[list(USER_COLUMNS)], of, whole, offset)


def per_user(runs: duckdb.DuckDBPyRelation, *, failed_in_latency: bool = True) -> duckdb.DuckDBPyRelation:
    """A lazy row per user; what is not asked of it is not computed."""
    counted = runs.aggregate(PER_USER.format(timed=timed(failed_in_latency=failed_in_latency)), WHO)
    return counted.project(f"*, {LOWER_END} AS {SORT_RATE}")


def of_users(runs: duckdb.DuckDBPyRelation, names: Sequence[str]) -> duckdb.DuckDBPyRelation:
    """The runs of these users (NO_USER among them for none); no runs where no user is named."""
    return runs.filter(_is_of(names) if names else ConstantExpression(value=False))


def without_user(runs: duckdb.DuckDBPyRelation, name: str) -> duckdb.DuckDBPyRelation:
    """Everyone else's runs."""
    return runs.filter(~_is_of([name]))


def _is_of(names: Sequence[str]) -> Expression:
    """By the name in the list, so that a stranger called “(no user)” is counted there and nowhere else."""
    held = FunctionExpression("nullif", ColumnExpression("user_id"), ConstantExpression(""))
    return CoalesceOperator(held, ConstantExpression(NO_USER)).isin(*map(ConstantExpression, names))


def _found(held: duckdb.DuckDBPyRelation, search: str) -> duckdb.DuckDBPyRelation:
    text = search.strip()
    return held.filter(reduce(or_, [_contains(name, text) for name in SEARCHED])) if text else held


def _contains(column: str, text: str) -> Expression:
    sides = [FunctionExpression("lower", side) for side in (ColumnExpression(column), ConstantExpression(text))]
    return CoalesceOperator(FunctionExpression("contains", *sides), ConstantExpression(value=False))


def _first(held: duckdb.DuckDBPyRelation, sort: str, limit: int, offset: int) -> tuple[list[str], int]:
    """A page of the names in order, and how many there are in all; none beyond the last."""
    column = {RATE: SORT_RATE, COST: LAST_SEEN}.get(sort, sort)
    upwards = "" if sort == USER else "DESC NULLS LAST"
    numbered = held.project(f"{USER}, {RUNS}, {column} AS sort_key, count(*) OVER () AS users")
    rows = numbered.order(f"sort_key {upwards}, {RUNS} DESC, {USER}").limit(int(limit), int(offset)).fetchall()
    return [row[0] for row in rows], int(rows[0][3]) if rows else 0


def _dearest(
    runs: duckdb.DuckDBPyRelation,
    held: duckdb.DuckDBPyRelation,
    prices: Sequence[ModelPrice],
    limit: int,
    offset: int,
) -> tuple[list[str], int]:
    """The same by cost: those that cost something, then the rest by name."""
    found = held.project(f"{USER} AS found").set_alias("wanted")
    names = dearest(runs.join(found, f"{WHO} = found", how="semi"), prices, offset + limit)
    rest, of = _first(held, USER, offset + limit, 0)
    return list(dict.fromkeys([*names, *rest]))[offset : offset + limit], of


def _derived(frame: pd.DataFrame) -> pd.DataFrame:
    """Rates with their intervals, marks for few runs, and instants with their zone."""
    decided = frame[FAILED] + frame[SUCCEEDED]
    low, high = wilson(frame[FAILED], decided)
    instants = {n: frame[n].astype("datetime64[us]").dt.tz_localize("UTC") for n in (FIRST_SEEN, LAST_SEEN)}
    rate = np.divide(frame[FAILED], decided, out=np.full(len(frame), np.nan), where=decided > 0)
    few = frame[LATENCY_RUNS].between(1, FEW_RUNS - 1)
    return frame.assign(**instants).assign(**{RATE: rate, LOW: low, HIGH: high, FEW: few})
