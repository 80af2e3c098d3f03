"""Owns what the store holds of one flow: its rows, what is read of it, and how a stretch comes in, whole or not at all.

Every stretch comes in by one transaction: its rows, the marks on rows that are gone, what was set aside, and the
coverage that they amount to. A process that dies in between leaves what was committed before, and nothing half of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from analytics_dash.api.batch import Batch
from analytics_dash.api.body import SetAside
from analytics_dash.api.slices import Stretch
from analytics_dash.errors import StoreError
from analytics_dash.runs.error_group import named_sql
from analytics_dash.runs.instants import aware, naive
from analytics_dash.runs.outcome import CONTRADICTS_SQL, OUTCOME_SQL, UNFINISHED_STATES
from analytics_dash.runs.stored import API_TYPES, MODELS_SQL
from analytics_dash.store.asked import EVERYTHING, Asked
from analytics_dash.store.coverage import Covered, with_read
from analytics_dash.store.engine import Engine
from analytics_dash.store.intervals import Interval, union
from analytics_dash.store.trouble import is_lack_of_memory

INCOMING: Final = "incoming"
ASKED: Final = "user_id IS NOT DISTINCT FROM ? AND states IS NOT DISTINCT FROM ?"
NAMES: Final = ", ".join(API_TYPES)
FAILED_MESSAGES: Final = (
    f"SELECT DISTINCT coalesce(error, '') AS message FROM {INCOMING} WHERE {OUTCOME_SQL} = 'failed'"  # noqa: S608  constants
)
STATES: Final = ", ".join(f"'{state}'" for state in UNFINISHED_STATES)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
LONG_RUN: Final = 5000  # bytes: of shorter runs the store writes a row group as soon as it is full, in little memory
PORTION: Final = 16_000_000  # bytes of longer ones at once: a commit and a checkpoint hold all of them
ENDED: Final = "'succeeded', 'failed', 'cancelled'"
LAG: Final = timedelta(hours=1)  # of one server behind another; later an ended run is believed to have begun again
RATE_OVER: Final = timedelta(days=7)  # of the newest runs: what the density of the next is guessed from


@dataclass(frozen=True)
class FlowKey:
    """Which flow: where the API is, the organization, the flow."""

    api: str
    org: str
    flow: str


class FlowStore:
    """One flow in one engine; safe for many threads, one of which writes at a time."""

    def __init__(self, engine: Engine, key: FlowKey, *, texts: bool = True) -> None:
        self.engine = engine
        self.keeps_texts = texts
        self.key = key
        self.number = self._numbered()

    def _numbered(self) -> int:
        key = [self.key.api, self.key.org, self.key.flow]
        with self.engine.writing() as cursor:
            found = cursor.execute("SELECT flow_key FROM flows WHERE (api, org, flow) = (?, ?, ?)", key).fetchone()
            if found is None:
                found = cursor.execute("SELECT coalesce(max(flow_key), 0) + 1 FROM flows").fetchone()
                cursor.execute("INSERT INTO flows VALUES (?, ?, ?, ?, ?)", [*(found or [1]), *key, naive(_now())])
            else:
                cursor.execute("UPDATE flows SET used_at = ? WHERE flow_key = ?", [naive(_now()), found[0]])
        return int(found[0]) if found else 1

    def coverage(self, asked: Asked = EVERYTHING) -> list[Covered]:
        """What is read of everything, or of what is asked alone, oldest first."""
        with self.engine.reading() as cursor:
            return coverage_of(cursor, self.number, asked)

    def rate(self) -> float | None:
        """Runs a second of late; None while nothing is read."""
        with self.engine.reading() as cursor:
            newest = union(piece.interval for piece in coverage_of(cursor, self.number))[-1:]
            if not newest:
                return None
            span = Interval(max(newest[0].low, newest[0].high - RATE_OVER), newest[0].high)
            found = cursor.execute(
                "SELECT count(*) FROM stored_runs WHERE flow_key = ? AND date >= ? AND date < ?",
                [self.number, naive(span.low), naive(span.high)],
            ).fetchone()
            return found[0] / span.length.total_seconds() if found and found[0] else None

    def unfinished(self, within: Interval, *, read_before: datetime | None = None) -> list[datetime]:
        """When the runs began that were not finished when last read (before that instant), oldest first."""
        with self.engine.reading() as cursor:
            rows = cursor.execute(
                f"SELECT date FROM stored_runs WHERE flow_key = ? AND date >= ? AND date < ? AND state IN ({STATES}) "  # noqa: S608  constants
                "AND gone_at IS NULL AND read_at < ? ORDER BY date",
                [self.number, naive(within.low), naive(within.high), naive(read_before or LATEST)],
            ).fetchall()
        return [aware(row[0]) for row in rows]

    def keep(self, *stretches: Stretch, read_at: datetime, asked: Asked = EVERYTHING, counts: bool = True) -> int:
        """Take stretches in one transaction, and return how many runs they brought; without `counts` only their rows.

        Rows with long texts come in several before it, as what one takes to memory grows with their length; until the
        last they are no more than rows. Raises StoreError where they could not be written; then they count as not read.
        """
        incoming = _newest([batch for stretch in stretches for batch in stretch.batches])
        portions = _portions(incoming)
        if len(portions) > 1:
            self.engine.take_more_memory()
        try:
            self._kept(stretches, portions, read_at, asked, counts=counts)
        except StoreError as error:
            if not is_lack_of_memory(error.__cause__) or not self.engine.take_more_memory():
                raise
            self._kept(stretches, portions, read_at, asked, counts=counts)
        return len(incoming)

    def _kept(
        self,
        stretches: Sequence[Stretch],
        portions: Sequence[pa.Table],
        read_at: datetime,
        asked: Asked,
        *,
        counts: bool,
    ) -> None:
        at = naive(read_at)
        for portion in portions[:-1]:
            with self.engine.writing() as cursor:
                self._replace(cursor, portion, at)
        with self.engine.writing() as cursor:
            self._replace(cursor, portions[-1], at)
            if counts:
                pieces = coverage_of(cursor, self.number, asked)
                for stretch in stretches:
                    self._mark_gone(cursor, stretch, at, asked)
                    self._set_aside(cursor, stretch, at, asked)
                    pieces = with_read(pieces, _covered(stretch, read_at))
                self._cover(cursor, pieces, asked)

    def _replace(self, cursor: duckdb.DuckDBPyConnection, incoming: pa.Table, at: datetime) -> None:
        """Put the newest version of every run in the place of the one before, but none that lags behind it."""
        if not len(incoming):
            return
        if lagging := self._lagging(cursor, incoming, at):
            cursor.execute(
                "UPDATE stored_runs SET read_at = ?, gone_at = NULL WHERE flow_key = ? "
                "AND list_contains(?::VARCHAR[], run_id)",
                [at, self.number, sorted(lagging)],
            )
            incoming = _unseen(incoming, set(lagging))
        keys = cursor.execute("SELECT nextval('run_keys') AS run_key FROM range(?)", [len(incoming)]).to_arrow_table()
        naive = incoming["date"].cast(pa.timestamp("us"))
        table = incoming.set_column(incoming.schema.get_field_index("date"), "date", naive)
        cursor.register(INCOMING, table.append_column("run_key", keys["run_key"].combine_chunks()))
        known = cursor.execute(
            f"SELECT r.run_key FROM stored_runs r SEMI JOIN {INCOMING} i ON r.run_id = i.run_id WHERE r.flow_key = ?",  # noqa: S608  constants
            [self.number],
        ).to_arrow_table()
        if len(known):
            self.engine.note_gaps()
            cursor.register("known", known)
            for name in ("stored_runs", "texts"):
                cursor.execute(f"DELETE FROM {name} WHERE run_key IN (FROM known)")  # noqa: S608  constants
            cursor.unregister("known")
        cursor.register(
            "named", cursor.execute(named_sql(FAILED_MESSAGES)).to_arrow_table()
        )  # a join at once costs more
        cursor.execute(
            f"INSERT INTO stored_runs BY NAME SELECT ? AS flow_key, ?::TIMESTAMP AS read_at, run_key, {NAMES}, usage, "  # noqa: S608  constants
            f"{MODELS_SQL} AS models, {OUTCOME_SQL} AS outcome, {CONTRADICTS_SQL} AS contradicts, error_group "
            f"FROM {INCOMING} LEFT JOIN named "
            f"ON CASE WHEN {OUTCOME_SQL} = 'failed' THEN coalesce(error, '') END = message",
            [self.number, at],
        )
        cursor.unregister("named")
        if cursor.execute("SELECT 1 FROM set_aside WHERE flow_key = ? LIMIT 1", [self.number]).fetchall():
            cursor.execute(
                f"DELETE FROM set_aside WHERE flow_key = ? AND identity IN (SELECT run_id FROM {INCOMING})",  # noqa: S608  constants
                [self.number],
            )
        texts = "inputs, outputs" if self.keeps_texts else "NULL AS inputs, NULL AS outputs"
        cursor.execute(
            f"INSERT INTO texts BY NAME SELECT ? AS flow_key, run_key, {texts}, llm_usage FROM {INCOMING}",  # noqa: S608  constants
            [self.number],
        )
        cursor.unregister(INCOMING)

    def _lagging(self, cursor: duckdb.DuckDBPyConnection, incoming: pa.Table, at: datetime) -> set[str]:
        """The runs that have ended and were read not long ago, of which an earlier version comes now.

        One of several servers may lag behind the others. A run that failed or was cancelled may have been resumed.
        """
        wanted = pc.is_in(incoming["state"], value_set=pa.array(UNFINISHED_STATES, incoming["state"].type))
        found = incoming.filter(wanted)
        unfinished = dict(zip(found["run_id"].to_pylist(), found["state"].to_pylist(), strict=True))
        if not unfinished:
            return set()
        began = pc.min_max(found["date"]).as_py()  # a run begins once, so that the others need not be looked at
        ended = cursor.execute(
            f"SELECT run_id, outcome FROM stored_runs WHERE flow_key = ? AND date BETWEEN ? AND ? AND read_at >= ? "  # noqa: S608  constants
            f"AND outcome IN ({ENDED}) AND run_id IN (SELECT unnest(?::VARCHAR[]))",
            [self.number, naive(began["min"]), naive(began["max"]), at - LAG, list(unfinished)],
        ).fetchall()
        return {run_id for run_id, outcome in ended if outcome == "succeeded" or unfinished[run_id] != "RESUMED"}

    def _mark_gone(self, cursor: duckdb.DuckDBPyConnection, stretch: Stretch, at: datetime, asked: Asked) -> None:
        """Note the runs that should have come and did not; they stay. One that left its state is not gone."""
        if not stretch.verified or asked.states:
            return
        user_id = asked.user_id
        aside = [row.run_id for _, row in _aside(stretch.batches) if row.run_id]
        cursor.execute(
            "UPDATE stored_runs SET gone_at = ? WHERE flow_key = ? AND date >= ? AND date < ? AND read_at < ? "
            "AND gone_at IS NULL AND NOT list_contains(?::VARCHAR[], run_id) AND (?::VARCHAR IS NULL OR user_id = ?)",
            [at, self.number, naive(stretch.low), naive(stretch.high), at, aside, user_id, user_id],
        )

    def _set_aside(self, cursor: duckdb.DuckDBPyConnection, stretch: Stretch, at: datetime, asked: Asked) -> None:
        """Note the rows that could not be read; those known of before are somewhere outside a time that has none."""
        bounds, rows = [naive(stretch.low), naive(stretch.high)], _aside(stretch.batches)
        if not asked.is_narrow:
            self._look_elsewhere(cursor, *bounds)
        if rows:
            cursor.execute(
                "DELETE FROM set_aside WHERE flow_key = ? AND list_contains(?::VARCHAR[], identity)",
                [self.number, [key for key, _ in rows]],
            )
            cursor.executemany(
                "INSERT INTO set_aside VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [[self.number, key, row.run_id, row.reason, row.page, *bounds, at] for key, row in rows],
            )

    def _look_elsewhere(self, cursor: duckdb.DuckDBPyConnection, low: datetime, high: datetime) -> None:
        """Leave of when rows set aside may have begun what lies outside [low, high); without any, they go."""
        if low >= high:
            return
        of_ours = "set_aside WHERE flow_key = $flow AND low < $high AND high > $low"
        values = {"flow": self.number, "low": low, "high": high}
        if not cursor.execute(f"SELECT 1 FROM {of_ours} LIMIT 1", values).fetchall():  # noqa: S608  constants
            return
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE touched AS FROM {of_ours}", values)
        cursor.execute(f"DELETE FROM {of_ours}", values)  # noqa: S608  constants
        cursor.execute("INSERT INTO set_aside SELECT * REPLACE ($at AS high) FROM touched WHERE low < $at", {"at": low})
        cursor.execute(
            "INSERT INTO set_aside SELECT * REPLACE ($at AS low) FROM touched WHERE high > $at", {"at": high}
        )

    def _cover(self, cursor: duckdb.DuckDBPyConnection, pieces: Sequence[Covered], asked: Asked) -> None:
        cursor.execute(
            f"DELETE FROM coverage WHERE flow_key = ? AND {ASKED}",  # noqa: S608  constants
            [self.number, *asked.key],
        )
        rows = [
            [
                self.number,
                *asked.key,
                *map(naive, (p.low, p.high, p.read_at)),
                p.verified,
                p.note,
                p.pages,
                p.duplicates,
            ]
            for p in pieces
        ]
        if rows:
            cursor.executemany(
                "INSERT INTO coverage "
                "(flow_key, user_id, states, low, high, read_at, verified, note, pages, duplicates) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )

    def forget(self, *, before: datetime | None = None) -> None:
        """Remove all rows of this flow and what is known of them, or only what began before an instant."""
        with self.engine.writing() as cursor:
            forget_flow(cursor, self.number, before=before)


def forget_flow(cursor: duckdb.DuckDBPyConnection, number: int, *, before: datetime | None = None) -> None:
    """Remove a flow's rows, or those that began before an instant, with the coverage they amount to.

    Notes stay: people made them, and no API has them.
    """
    if before is None:
        for name in ("texts", "stored_runs", "coverage", "set_aside"):
            cursor.execute(f"DELETE FROM {name} WHERE flow_key = ?", [number])  # noqa: S608  constants
        return
    at = naive(before)
    old = "SELECT run_key FROM stored_runs WHERE flow_key = ? AND date < ?"
    cursor.execute(f"DELETE FROM texts WHERE flow_key = ? AND run_key IN ({old})", [number, number, at])  # noqa: S608  constants
    cursor.execute("DELETE FROM stored_runs WHERE flow_key = ? AND date < ?", [number, at])
    for name in ("coverage", "set_aside"):
        cursor.execute(f"DELETE FROM {name} WHERE flow_key = ? AND high <= ?", [number, at])  # noqa: S608  constants
        cursor.execute(f"UPDATE {name} SET low = ? WHERE flow_key = ? AND low < ?", [at, number, at])  # noqa: S608  constants


def coverage_of(cursor: duckdb.DuckDBPyConnection, number: int, asked: Asked = EVERYTHING) -> list[Covered]:
    """What is read of a flow, or of what is asked of it alone, as this cursor sees it, oldest first."""
    rows = cursor.execute(
        "SELECT low, high, read_at, verified, note, pages, duplicates FROM coverage "  # noqa: S608  constants
        f"WHERE flow_key = ? AND {ASKED} ORDER BY low",
        [number, *asked.key],
    ).fetchall()
    return [Covered(aware(low), aware(high), aware(at), *rest) for low, high, at, *rest in rows]


def aside_of(cursor: duckdb.DuckDBPyConnection, number: int, within: Interval) -> list[SetAside]:
    """The rows set aside where they may belong to the interval."""
    rows = cursor.execute(
        "SELECT DISTINCT ON (identity) run_id, reason, page FROM set_aside WHERE flow_key = ? AND low < ? AND high > ?",
        [number, naive(within.high), naive(within.low)],
    ).fetchall()
    return [SetAside(run_id, reason, page) for run_id, reason, page in rows]


def _newest(batches: Sequence[Batch]) -> pa.Table:
    """The last version of every run, in the order of the answers."""
    seen: set[str] = set()
    newest_first = [_unseen(batch.table, seen) for batch in reversed(batches)]
    return pa.concat_tables(reversed(newest_first))


def _portions(incoming: pa.Table) -> list[pa.Table]:
    """The runs as they are written in one transaction each: together, where they are not many long texts."""
    rows, size = len(incoming), incoming.nbytes
    if size <= max(PORTION, rows * LONG_RUN):
        return [incoming]
    most = max(rows * PORTION // size, 1)
    return [incoming.slice(first, most) for first in range(0, rows, most)]


def _unseen(table: pa.Table, seen: set[str]) -> pa.Table:
    """The rows whose runs no later answer brought, nor a later row of this one; `seen` learns them."""
    wanted = []
    for run_id in reversed(table["run_id"].to_pylist()):
        wanted.append(run_id not in seen)
        seen.add(run_id)
    return table if all(wanted) else table.filter(pa.array(wanted[::-1]))


def _covered(stretch: Stretch, read_at: datetime) -> Covered:
    return Covered(
        stretch.low, stretch.high, read_at, stretch.verified, stretch.note, stretch.pages, stretch.duplicates
    )


def _aside(batches: Iterable[Batch]) -> list[tuple[str, SetAside]]:
    """The rows set aside, by identity, that no other answer brought as a run."""
    held: dict[str, Any] = {key: row for batch in batches for key, row in batch.aside}
    fine = {run_id for batch in batches for run_id in batch.table["run_id"].to_pylist()} if held else set()
    return [(key, row) for key, row in held.items() if key not in fine]


def _now() -> datetime:
    return datetime.now(UTC)
