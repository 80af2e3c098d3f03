"""The writer: what it stores at once, what together, and what becomes of a fault."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics_dash.api.slices import Stretch
from analytics_dash.errors import StoreError
from analytics_dash.runs.record import Run
from analytics_dash.settings import load_settings
from analytics_dash.store import engine as engine_module
from analytics_dash.store import writer
from analytics_dash.store.engine import open_engine_or_raise
from analytics_dash.store.flow import FlowStore
from analytics_dash.store.writer import Writer
from tests.store.shelf import KEY, empty_flow, stretch

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG_S = 60.0


@pytest.fixture
def stretches(monkeypatch: pytest.MonkeyPatch) -> list[Stretch]:
    """Five stretches of three runs, of which five runs are enough to be stored together."""
    monkeypatch.setattr(writer, "TOGETHER_ROWS", 5)
    monkeypatch.setattr(writer, "TOGETHER_S", LONG_S)
    return [numbered(n) for n in range(5)]


def test_memory_is_kept_flat_from_the_first_write_on_that_makes_it_long(
    stretches: list[Stretch], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[int] = []
    settled: list[int] = []
    monkeypatch.setattr(writer, "LONG_ROWS", 7)
    monkeypatch.setattr(writer, "settle_for_long", lambda: settled.append(sum(rows)))
    with Writer(lambda together: rows.append(sum(stretch.rows for stretch in together))) as writing:
        for each in stretches:
            writing.put(each)
    assert sum(rows) == 15
    assert len(settled) == 1
    assert settled[0] >= 7 > settled[0] - rows[next(n for n in range(len(rows)) if sum(rows[: n + 1]) == settled[0])]


def test_a_short_filling_stays_as_fast_as_it_can(stretches: list[Stretch], monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[None] = []
    monkeypatch.setattr(writer, "settle_for_long", lambda: settled.append(None))
    with Writer(lambda _: None) as writing:
        for each in stretches:
            writing.put(each)
    assert not settled


def run(run_id: str, date: datetime, **fields: str) -> Run:
    return Run.model_validate({"run_id": run_id, "date": date, **fields})


def numbered(number: int) -> Stretch:
    low = START + number * HOUR
    return stretch([run(f"{number}-{n}", low) for n in range(3)], low, low + HOUR)


def test_the_first_is_stored_at_once_and_later_ones_together(stretches: list[Stretch]) -> None:
    stored: list[Sequence[Stretch]] = []
    first = threading.Event()

    def keep(found: Sequence[Stretch]) -> None:
        stored.append(found)
        first.set()

    with Writer(keep) as one:
        one.put(stretches[0])
        assert first.wait(LONG_S / 2), "the first waits for others"
        for later in stretches[1:]:
            one.put(later)
    assert stored == [stretches[:1], stretches[1:3], stretches[3:]]


def test_the_last_are_stored_at_the_end_however_few(stretches: list[Stretch]) -> None:
    stored: list[Stretch] = []
    with Writer(stored.extend) as one:
        for number in (0, 1):
            one.put(stretches[number])
    assert stored == stretches[:2]


def test_few_are_stored_after_a_while_though_more_may_come(
    stretches: list[Stretch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "TOGETHER_S", 0.01)
    second = threading.Event()

    def keep(found: Sequence[Stretch]) -> None:
        if stretches[1] in found:
            second.set()

    with Writer(keep) as one:
        one.put(stretches[0])
        one.put(stretches[1])
        assert second.wait(LONG_S / 2), "it waits for more than there is"


def test_after_a_fault_nothing_more_is_stored_and_the_fault_is_told(stretches: list[Stretch]) -> None:
    tried: list[Stretch] = []

    def keep(found: Sequence[Stretch]) -> None:
        tried.extend(found)
        raise StoreError("The disk is full.")

    with pytest.raises(StoreError, match="disk is full"), Writer(keep) as one:  # noqa: PT012  it is told at any of these
        for each in stretches:
            one.put(each)
    assert tried == stretches[:1]


def test_nothing_to_store_is_no_fault() -> None:
    with Writer(lambda _: pytest.fail("nothing came")):
        pass


def test_stretches_stored_together_are_what_they_are_one_by_one(tmp_path: Path) -> None:
    found = []
    at = START + 9 * HOUR
    newer = run("0-1", START + HOUR, error="newer")
    parts = [numbered(0), stretch([newer, run("9", START + HOUR)], START + HOUR, START + 2 * HOUR)]
    for name, groups in (("together", [parts]), ("one by one", [[part] for part in parts])):
        engine = open_engine_or_raise(load_settings(data_dir=tmp_path / name))
        flow = FlowStore(engine, KEY)
        for group in groups:
            flow.keep(*group, read_at=at)
        with engine.reading() as cursor:
            rows = cursor.execute("SELECT run_id, date, error, gone_at FROM stored_runs ORDER BY ALL").fetchall()
        found.append((rows, flow.coverage()))
        engine.close()
    assert found[0] == found[1]
    assert [row[0] for row in found[0][0]] == ["0-0", "0-1", "0-2", "9"]


def test_reading_the_same_again_and_again_does_not_make_the_file_grow(tmp_path: Path) -> None:
    settings, sizes = load_settings(data_dir=tmp_path / "store"), []
    runs = [run(str(n), START, inputs=f"{n:x}" * 400) for n in range(3_000)]
    for number in range(12):
        engine = open_engine_or_raise(settings, only_writes=True)
        FlowStore(engine, KEY).keep(stretch(runs, START, START + HOUR), read_at=START + number * HOUR)
        engine.close()
        assert engine.location is not None
        sizes.append(engine.location.stat().st_size)
    assert max(sizes[6:]) <= 3 * sizes[0]


def test_a_filling_process_that_runs_out_of_memory_takes_what_the_settings_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "WRITERS_MEMORY", "6MB")
    runs = [run(str(n), START, inputs=f"{n:x}" * 1000, outputs=f"{n:o}" * 1000) for n in range(6_000)]
    part = stretch(runs, START, START + HOUR)
    for most, is_kept in (("6MB", False), ("512MB", True)):
        engine = open_engine_or_raise(load_settings(data_dir=tmp_path / most, store_memory=most), only_writes=True)
        flow = FlowStore(engine, KEY)
        if is_kept:
            assert flow.keep(part, read_at=START + HOUR) == len(runs)
        else:
            with pytest.raises(StoreError, match="memory"):
                flow.keep(part, read_at=START + HOUR)
        engine.close()


def test_many_long_texts_are_stored_whole(tmp_path: Path) -> None:
    engine = open_engine_or_raise(load_settings(data_dir=tmp_path), only_writes=True)
    flow, text = FlowStore(engine, KEY), "".join(map(str, range(10_000)))
    many = stretch([run(str(n), START, outputs=f"{n} {text}") for n in range(2500)], START, START + HOUR)
    assert flow.keep(many, read_at=START + HOUR) == 2500
    assert [piece.interval.low for piece in flow.coverage()] == [START]
    engine.close()
    again = open_engine_or_raise(load_settings(data_dir=tmp_path))
    with again.reading() as cursor:
        assert cursor.execute("SELECT count(DISTINCT outputs), min(length(outputs)) FROM texts").fetchone() == (
            2500,
            len(text) + 2,
        )
    again.close()


def test_until_the_last_portion_of_long_texts_is_stored_nothing_of_it_counts_as_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analytics_dash.store.flow.PORTION", 100_000)
    flow, stored = empty_flow(), list[int]()
    replace_all = FlowStore._replace

    def replace(self: FlowStore, cursor: duckdb.DuckDBPyConnection, incoming: pa.Table, at: datetime) -> None:
        if sum(stored) > 20:
            raise duckdb.IOException("No space left on device")
        stored.append(len(incoming))
        replace_all(self, cursor, incoming, at)

    monkeypatch.setattr(FlowStore, "_replace", replace)
    many = stretch([run(str(n), START, outputs="x" * 10_000) for n in range(50)], START, START + HOUR)
    with pytest.raises(StoreError, match="disk is full"):
        flow.keep(many, read_at=START + HOUR)
    assert flow.coverage() == []
    stored.clear()
    monkeypatch.setattr(FlowStore, "_replace", replace_all)
    assert flow.keep(many, read_at=START + HOUR) == 50
    assert len(flow.coverage()) == 1
    with flow.engine.reading() as cursor:
        assert cursor.execute("SELECT count(*) FROM stored_runs").fetchone() == (50,)
