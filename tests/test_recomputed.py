"""Every number on screen follows from the exported rows of the same view, read back and recomputed in plain Python.

Nothing of the product takes part in reading or reckoning but the file itself. A file cannot tell an empty user from
none, nor a text that begins with an apostrophe before a formula from one that was given the apostrophe.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_dash.metrics.breakdown import breakdown
from analytics_dash.metrics.buckets import Buckets, Granularity, buckets_for
from analytics_dash.metrics.failures import failures_over_time
from analytics_dash.metrics.feedback import feedback_balance
from analytics_dash.metrics.latency import latency_over_time
from analytics_dash.metrics.over_time import over_time
from analytics_dash.metrics.spend import models_used, spend_over_time, top_spenders
from analytics_dash.metrics.summary import summary
from analytics_dash.metrics.tokens import tokens_over_time
from analytics_dash.runs.dimension import DIMENSIONS
from analytics_dash.runs.record import Run
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import opened
from analytics_dash.store.flow import FlowStore
from analytics_dash.store.sync import Scope
from analytics_dash.web.routes import csv_chunks
from tests.store.shelf import empty_flow, stretch

Row = dict[str, Any]
Case = tuple[list[Run], View, datetime, datetime]
BERLIN: Final = ZoneInfo("Europe/Berlin")
SPAN: Final = timedelta(days=2, hours=5, seconds=7)
CHANGES: Final = (datetime(2026, 3, 28, 20, 17, tzinfo=UTC), datetime(2026, 10, 24, 20, 17, tzinfo=UTC))
"""Before the nights on which Berlin's clocks change, an hour lost and an hour twice."""
HOSTILE: Final = '=cmd|"/c x"!A1\r\n,;\'); DROP TABLE runs; -- <b>\ufeff'
Z: Final = 1.959963984540054  # 97.5 % of a normal distribution lie below it
NONE_LABELS: Final = {
    "model": "(no model)", "run_type": "(no run type)", "user": "(no user)", "ran_by": "(nobody named)",
    "ran_by_type": "(no kind of starter)", "parent": "(no parent)", "state": "(no state)", "feedback": "(no feedback)",
    "conversation": "(no conversation)",
}  # fmt: skip
COLUMNS: Final = {
    "run_type": "run_type", "user": "user_id", "ran_by": "ran_by_display_name", "ran_by_type": "ran_by_type",
    "parent": "parent_project_id", "state": "state", "feedback": "feedback", "conversation": "conversation_id",
}  # fmt: skip
"""Of the dimensions that are a column of the file."""
PRAISE, BLAME = {"positive", "👍", "+1"}, {"negative", "thumbs down"}
VIEWS: Final = (
    View(tests=True), View(), View(user=("ann",)), View(outcome=("failed",), tests=True), View(model=("gpt",)),
    View(without=(("user", "ann"),)), View(q="wall"), View(latency_from=1.5), View(tokens_to=900, tests=True),
)  # fmt: skip

moments = st.timedeltas(timedelta(), SPAN - timedelta(microseconds=1))
text = st.sampled_from([None, "ann", "o'hara", HOSTILE, "-1"])
count = st.sampled_from([None, 0, 10, 999]) | st.integers(0, 5_000)
use = st.fixed_dictionaries(
    {"model_id": st.sampled_from(["gpt", "claude", HOSTILE, "", None])},
    optional={
        "provider": st.sampled_from(["OpenAI", None]),
        **dict.fromkeys(("tokens", "input_tokens", "output_tokens"), st.none() | st.integers(0, 900)),
        "cached": st.just("yes"),
    },
)
fields = st.fixed_dictionaries(
    {
        "state": st.sampled_from([None, "PENDING", "PAUSED", "COMPLETED", "COMPLETED", "FAILED", "CANCELLED", "NEW"]),
        "is_flow_successful": st.sampled_from([True, True, False, None]),
        "latency": st.sampled_from([None, 0.0, 1.5]) | st.floats(0, 500),
        "total_tokens": count,
        "user_id": text | st.just(""),
        "run_type": st.sampled_from([None, "", "api", "workflow_builder", HOSTILE]),
        "ran_by_display_name": text,
        "ran_by_type": st.sampled_from([None, "", "user"]),
        "parent_project_id": st.sampled_from([None, "", "p1", "+p2"]),
        "conversation_id": st.sampled_from([None, "", "c1", HOSTILE]),
        "feedback": st.sampled_from([None, "", " ", "positive", "👍", "+1", "negative", "thumbs down", "=so so"]),
        "inputs": st.sampled_from([None, "the wall", HOSTILE, "@x\ny"]),
        "error": st.sampled_from([None, "Wall 1", "\tTimeout"]),
        "llm_usage": st.none() | st.lists(use, max_size=3),
    }
)


@dataclass(frozen=True)
class Shown:
    """What the dashboard computes from, and the rows of the file that it gives away."""

    runs: duckdb.DuckDBPyRelation
    rows: list[Row]
    start: datetime
    end: datetime


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Runs around a change of clocks, and a view of some: its filters, and a range that may cut off both ends."""
    change = draw(st.sampled_from(CHANGES))
    held = draw(st.lists(st.tuples(moments, fields), max_size=14))
    runs = [
        Run.model_validate({"run_id": f"r{n:02}", "date": change + after, **row}) for n, (after, row) in enumerate(held)
    ]
    low, high = (timedelta(hours=draw(st.integers(0, most))) for most in (20, 20))
    return runs, draw(st.sampled_from(VIEWS)), change + low, change + SPAN - high


@pytest.fixture(scope="module")
def flow() -> FlowStore:
    """A store for all examples, since to make one takes longer than to look at it."""
    return empty_flow()


@contextmanager
def shown(case: Case, flow: FlowStore) -> Iterator[Shown]:
    runs, view, start, end = case
    change = next(c for c in CHANGES if c <= start < c + SPAN)
    flow.forget()
    flow.keep(stretch(runs, change, change + SPAN), read_at=change + SPAN)
    scope = Scope("o", "f", start, end, live=False)
    with opened(flow, scope, now=change + SPAN, summary=None) as dataset:
        assert dataset is not None
        file = b"".join(csv_chunks(dataset, view)).decode("utf-8-sig")
        yield Shown(dataset.runs(view), list(read_back(file)), start, end)


def read_back(file: str) -> Iterator[Row]:
    """The rows of a CSV file, empty cells as None, and what was preceded by an apostrophe without it."""
    for cells in csv.DictReader(io.StringIO(file, newline="")):
        row: Row = {name: unguarded(cell) if cell else None for name, cell in cells.items()}
        date = datetime.fromisoformat(row["date"].replace("Z", "+00:00"))
        numbers = {"latency": row["latency"] and float(row["latency"]), "total_tokens": whole(row["total_tokens"])}
        yield {**row, **numbers, "date": date, "used": json.loads(row["llm_usage"] or "[]"), "fate": fate(row)}


def unguarded(cell: str) -> str:
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@\t\r\n" else cell


def whole(cell: str | None) -> int | None:
    return None if cell is None else int(cell)


def fate(row: Row) -> str:
    state, flag = row["state"], row["is_flow_successful"]
    if state in {"PENDING", "PAUSED", "RESUMED"}:
        return "unfinished"
    if state == "CANCELLED":
        return "cancelled"
    if state == "FAILED" or flag == "false":
        return "failed"
    return "succeeded" if state == "COMPLETED" or flag == "true" else "unknown"


def fates(rows: Iterable[Row]) -> Counter[str]:
    return Counter(row["fate"] for row in rows)


def rate(rows: Sequence[Row]) -> tuple[float, float, float] | None:
    """The failure rate and the bounds of its 95 % Wilson interval."""
    failed, decided = fates(rows)["failed"], fates(rows)["failed"] + fates(rows)["succeeded"]
    if not decided:
        return None
    p, spread = failed / decided, Z * Z / decided
    half = Z * math.sqrt(p * (1 - p) / decided + spread / (4 * decided))
    low, high = (((p + spread / 2) + sign * half) / (1 + spread) for sign in (-1, 1))
    return p, max(low, 0), min(high, 1)


def latencies(rows: Iterable[Row]) -> list[float]:
    return sorted(row["latency"] for row in rows if row["latency"] is not None and row["fate"] != "unfinished")


def percentile(rows: Iterable[Row], share: float) -> float | None:
    """By linear interpolation between the two nearest."""
    held = latencies(rows)
    if not held:
        return None
    at = share * (len(held) - 1)
    below = held[math.floor(at)]
    return below + (held[math.ceil(at)] - below) * (at - math.floor(at))


def tokens(rows: Iterable[Row]) -> int:
    return sum(row["total_tokens"] or 0 for row in rows)


def users(rows: Iterable[Row]) -> int:
    return len({row["user_id"] for row in rows} - {None, ""})


def near(value: object) -> Any:
    """The same but for the last bits of a float; a missing number is NaN in a table."""
    return pytest.approx(math.nan if value is None else value, rel=1e-9, abs=1e-9, nan_ok=True)


@settings(max_examples=25, deadline=None)  # each asks a store
@given(case=cases())
def test_the_figures_at_the_top_follow_from_the_file(flow: FlowStore, case: Case) -> None:
    with shown(case, flow) as given_:
        rows, found = given_.rows, summary(given_.runs, now=given_.end)
        balance = feedback_balance(given_.runs)
    held = fates(rows)
    assert found.runs == len(rows)
    told = (found.failed, found.succeeded, found.cancelled, found.unfinished, found.unknown)
    assert told == tuple(held[name] for name in ("failed", "succeeded", "cancelled", "unfinished", "unknown"))
    p, low, high = rate(rows) or (None, None, None)
    assert (found.failure_rate, found.rate_low, found.rate_high) == (p, low and near(low), high and near(high))
    assert found.latency_runs == len(latencies(rows))
    for value, share in ((found.p50_s, 0.5), (found.p95_s, 0.95)):
        assert value == (near(expected) if (expected := percentile(rows, share)) is not None else None)
    assert (found.tokens, found.users) == (tokens(rows), users(rows))
    assert found.token_runs == sum(row["total_tokens"] is not None for row in rows)
    assert found.no_user_runs == sum(not row["user_id"] for row in rows)
    opposite = {("COMPLETED", "false"), ("FAILED", "true")}
    assert found.contradictions == sum((row["state"], row["is_flow_successful"]) in opposite for row in rows)
    dates = [row["date"] for row in rows]
    assert (found.first, found.last) == (min(dates, default=None), max(dates, default=None))
    waiting = [given_.end - row["date"] for row in rows if row["fate"] == "unfinished"]
    assert found.oldest_unfinished == max(waiting, default=None)
    said = Counter(row["feedback"] for row in rows if (row["feedback"] or "").strip())
    assert balance.positive == sum(said[word] for word in PRAISE)
    assert balance.negative == sum(said[word] for word in BLAME)
    assert balance.own_words == said.total() - balance.positive - balance.negative


KEYS: Final[dict[Granularity, Callable[[datetime], object]]] = {
    Granularity.HOUR: lambda at: at.astimezone(UTC).replace(minute=0, second=0, microsecond=0),  # Berlin's are UTC's
    Granularity.DAY: lambda at: at.astimezone(BERLIN).date(),
    Granularity.WEEK: lambda at: at.astimezone(BERLIN).isocalendar()[:2],
}


def per_bucket(frame: pd.DataFrame, key: Callable[[datetime], object]) -> dict[object, dict[Any, Any]]:
    """The table's rows by the hour, day or week in which each begins."""
    return {key(row["start"].to_pydatetime()): row for row in frame.to_dict("records")}


@settings(max_examples=25, deadline=None)  # each asks a store
@given(case=cases(), granularity=st.sampled_from(list(Granularity)))
def test_what_is_drawn_over_time_follows_from_the_file_also_where_clocks_change(
    flow: FlowStore, case: Case, granularity: Granularity
) -> None:
    key = KEYS[granularity]
    with shown(case, flow) as given_:
        buckets = buckets_for(given_.start, given_.end, zone="Europe/Berlin", now=given_.end, granularity=granularity)
        runs, rows = given_.runs, given_.rows
        shown_together = over_time(runs, buckets)
        for alone, together in (
            (failures_over_time(runs, buckets), shown_together.failures),
            (latency_over_time(runs, buckets), shown_together.latency),
            (tokens_over_time(runs, buckets), shown_together.tokens),
        ):
            pd.testing.assert_frame_equal(alone, together)
        frames = (shown_together.failures, shown_together.latency, shown_together.tokens, shown_together.cards)
        failing, timed, spent, cards = (per_bucket(frame, key) for frame in frames)
    held = defaultdict(list)
    for row in rows:
        held[key(row["date"])].append(row)
    assert len(failing) == len(buckets)
    assert set(held) <= set(failing)
    assert set(failing) == {key(given_.start + n * timedelta(hours=1)) for n in range(hours(buckets))} | {
        key(given_.end - timedelta(microseconds=1))
    }
    for at in failing:
        mine = held[at]
        p, low, high = rate(mine) or (None, None, None)
        expected = {**fates(mine)}
        for name in ("failed", "succeeded", "cancelled", "unfinished", "unknown"):
            assert failing[at][name] == expected.get(name, 0)
        assert [failing[at][name] for name in ("rate", "low", "high")] == [near(p), near(low), near(high)]
        assert (timed[at]["runs"], timed[at]["latency_runs"]) == (len(mine), len(latencies(mine)))
        quantiles = [near(percentile(mine, share)) for share in (0.5, 0.95)]
        assert [timed[at]["p50_s"], timed[at]["p95_s"]] == quantiles
        assert (spent[at]["runs"], spent[at]["tokens"]) == (len(mine), tokens(mine))
        assert [cards[at]["rate"], cards[at]["p50_s"], cards[at]["p95_s"]] == [near(p), *quantiles]
        counts = [cards[at][name] for name in ("runs", "tokens", "users", "unfinished")]
        assert counts == [len(mine), tokens(mine), users(mine), expected.get("unfinished", 0)]


def hours(buckets: Buckets) -> int:
    return math.ceil((buckets.edges[-1] - buckets.edges[0]) / timedelta(hours=1))


def spent_by(use: Row) -> tuple[int, int, int]:
    """A use's tokens in all, in and out: a side that is not told is what the other leaves."""
    came, went, told = (use.get(name) for name in ("input_tokens", "output_tokens", "tokens"))
    both = (came or 0) + (went or 0)
    every = int(both if told is None else told)
    if both > every or (came is None and went is None):
        return every, 0, 0
    return every, int(every - (went or 0) if came is None else came), int(every - (came or 0) if went is None else went)


@settings(max_examples=15, deadline=None)  # its queries are long
@given(case=cases())
def test_tokens_by_model_and_those_of_no_model_follow_from_the_file(
    flow: FlowStore,
    case: Case,
) -> None:
    with shown(case, flow) as given_:
        buckets = buckets_for(given_.start, given_.end, zone="Europe/Berlin", now=given_.end)
        used = models_used(given_.runs)
        spent = top_spenders(given_.runs, DIMENSIONS["model"], limit=99).frame
        over_time = spend_over_time(given_.runs, buckets, DIMENSIONS["model"]).frame
        rows = given_.rows
    uses = [use for row in rows for use in row["used"] if use.get("model_id")]
    expected: defaultdict[tuple[str | None, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    by_model: Counter[str] = Counter()
    for use in uses:
        every, came, went = spent_by(use)
        sums = expected[use.get("provider"), use["model_id"]]
        sums[:] = (a + b for a, b in zip(sums, (every, came, went, every - came - went), strict=True))
        by_model[use["model_id"]] += every
    columns = ["tokens", "input_tokens", "output_tokens", "unsplit_tokens"]
    assert {(r["provider"], r["model"]): [r[c] for c in columns] for r in used.to_dict("records")} == expected
    own = spent[spent["part"] == "value"]
    assert dict(zip(own["value"], own["tokens"], strict=True)) == dict(by_model)
    runs_of = Counter(model for row in rows for model in {use.get("model_id") for use in row["used"]} if model)
    assert dict(zip(own["value"], own["runs"], strict=True)) == dict(runs_of)
    assert spent.loc[spent["part"] == "none", "tokens"].sum() == tokens(rows) - by_model.total()
    assert spent["tokens"].sum() == tokens(rows)
    assert over_time["tokens"].sum() == tokens(rows)
    assert over_time.loc[over_time["part"] == "none", "tokens"].sum() == tokens(rows) - by_model.total()


def values(row: Row, dimension: str) -> set[str]:
    """Under which values of a dimension a row counts."""
    if dimension == "outcome":
        return {row["fate"]}
    if dimension != "model":
        return {row[COLUMNS[dimension]] or NONE_LABELS[dimension]}
    models = {use["model_id"] for use in row["used"] if use.get("model_id") is not None} or {""}
    return {model or NONE_LABELS["model"] for model in models}


def model_tokens(model: str, rows: Sequence[Row]) -> int:
    """What these rows say the model used; where no model is told, what the runs used."""
    if model == NONE_LABELS["model"]:
        return tokens(rows)
    uses = [use for row in rows for use in row["used"] if use.get("model_id") == model]
    return sum(spent_by(use)[0] for use in uses)


@settings(max_examples=25, deadline=None)  # each asks a store
@given(case=cases(), names=st.lists(st.sampled_from(sorted(DIMENSIONS)), min_size=3, max_size=3, unique=True))
def test_the_breakdown_by_every_dimension_follows_from_the_file_and_adds_up(
    flow: FlowStore, case: Case, names: list[str]
) -> None:
    with shown(case, flow) as given_:
        rows = given_.rows
        whole = {name: breakdown(given_.runs, DIMENSIONS[name], limit=99) for name in names}
        top = breakdown(given_.runs, DIMENSIONS["user"], limit=1)
    found = {name: held.frame for name, held in whole.items()}
    for held in whole.values():
        assert held.frame["tokens"].sum() + held.other["tokens"].sum() == tokens(rows)
    assert top.frame["runs"].sum() + top.other["runs"].sum() == len(rows)
    assert top.frame["tokens"].sum() + top.other["tokens"].sum() == tokens(rows)
    for name, frame in found.items():
        expected = defaultdict(list)
        for row in rows:
            for value in values(row, name):
                expected[value].append(row)
        assert set(frame["value"]) == set(expected)
        for told in frame.to_dict("records"):
            mine = expected[told["value"]]
            assert (told["runs"], told["users"]) == (len(mine), users(mine))
            assert told["tokens"] == (tokens(mine) if name != "model" else model_tokens(told["value"], mine))
            assert [told["failed"], told["succeeded"]] == [fates(mine)[fate] for fate in ("failed", "succeeded")]
            p, low, high = rate(mine) or (None, None, None)
            assert [told["rate"], told["low"], told["high"]] == [near(p), near(low), near(high)]
            assert [told["p50_s"], told["p95_s"]] == [near(percentile(mine, share)) for share in (0.5, 0.95)]
            assert told["share"] == near(len(mine) / len(rows))
            assert told["last_seen"] == max(run["date"] for run in mine)
        if not DIMENSIONS[name].multiple:
            assert frame["runs"].sum() == len(rows)
