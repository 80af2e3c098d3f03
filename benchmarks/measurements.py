"""Owns what is measured, how often, and against which targets; every function returns lines of the report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import history, investigating, ours, peers, reopening
from benchmarks.fresh import in_fresh_process
from benchmarks.peers import Rate
from benchmarks.report import Line, at_least, at_most
from benchmarks.server import LISTING
from benchmarks.serving import LATENCY_MS, Place, serving

if TYPE_CHECKING:
    from benchmarks.clicks import Waits

ROUNDS: Final = 3  # of the two rates whose ratio is closest to its target
SLOW_ROUNDS: Final = 2
SMALL_PAGES: Final = (100, 200, 250, 500)  # runs: what a server may give at most, however many are asked for
OPENINGS: Final = 5  # half a second each: a single hiccup of the machine must not decide
LOOKS: Final = 3  # each in a process that has found nothing yet
SLOW_ROWS: Final = 20_000  # one at a time and dlt take a second for what the others do in a tenth
MEMORY_ROWS: Final = (50_000, 100_000, 300_000, 1_000_000)
PAST_ROWS: Final = 1_000_000
LEAST_OF_DISCARD: Final = 0.6
LEAST_OF_ONE_AT_A_TIME: Final = 5.0
LEAST_OF_DLT: Final = 15.0
MOST_ABOVE_IDLE_MB: Final = 250.0
MOST_GROWTH: Final = 1.25  # of the peak from the fewest rows to the most: flat, but for an allocator's moods
MOST_REOPEN_S: Final = 0.5
MOST_REQUESTS: Final = 3
MOST_CLICK_S: Final = {100_000: 0.5, 1_000_000: 1.0}
MOST_SESSION_MB: Final = 10.0
NOTES: Final = (
    f"The server, a process on the same cores, answers {LATENCY_MS} ms late. A run has about 2.5 kB of JSON.",
    f"Rates are the best of {ROUNDS} rounds, in turns, each in a process of its own, imports not counted.",
    f"Opening a long past: the best of {OPENINGS} processes, the file in the system's cache; its lists: of {LOOKS}.",
    f"One page at a time, the plain way, and dlt: the best of {SLOW_ROUNDS} rounds over {SLOW_ROWS:,} runs.",
    "The plain way: pydantic on every row, an Arrow table, an insert; what the server gave is not checked.",
    f"Smaller pages: the best of {SLOW_ROUNDS} rounds; there the wire sets the limit, above it one core.",
    "“Read and discarded” keeps eight pages of 1,000 in flight with httpx and does nothing with the bytes.",
    "Memory is the kernel's peak of the syncing process, less what it held before with everything imported.",
    "A click: the overview at 1440 x 900 in Chromium without a graphics card, the median of five clicks on one filter.",
    "dlt: its REST source into its DuckDB destination, no merge, nested usage as JSON.",
)


def rates(place: Place, *, rows: int) -> list[Line]:
    """How fast runs come in, beside reading alone, the plain loop, and dlt."""
    fast = [(_discard(place, rows), _ours(place, rows)) for _ in range(ROUNDS)]
    slow = [(_plain(place), _dlt(place), _plain(place, in_flight=peers.IN_FLIGHT)) for _ in range(SLOW_ROUNDS)]
    discard, own = _best(rate for rate, _ in fast), _best(synced.rate for _, synced in fast)
    plain, dlt, usual = (_best(rates) for rates in zip(*slow, strict=True))
    cpu_s = min(synced.cpu_s for _, synced in fast) * 100_000 / rows
    return [
        Line("read and discarded", _runs_per_s(discard)),
        at_least("ours, of read and discarded", own / discard, LEAST_OF_DISCARD, measured=_ratio(own, discard)),
        at_least("ours, times one page at a time", own / plain, LEAST_OF_ONE_AT_A_TIME, measured=_ratio(own, plain)),
        at_least("ours, times dlt", own / dlt, LEAST_OF_DLT, measured=_ratio(own, dlt)),
        Line("ours", f"{_runs_per_s(own)}, {cpu_s:.1f} s of CPU per 100,000"),
        Line("one page at a time, pydantic, DuckDB", _runs_per_s(plain)),
        Line(
            "the plain way: the same with eight in flight",
            f"{_runs_per_s(usual)}, {_ratio(usual, discard)} of read and discarded",
        ),
        Line("dlt", _runs_per_s(dlt)),
        *(_small_pages(place, rows, page_size) for page_size in SMALL_PAGES),
    ]


def _small_pages(place: Place, rows: int, page_size: int) -> Line:
    """The same ratio where a server gives fewer runs at a time."""
    rounds = [
        (
            _discard(place, rows, page_size),
            _ours(place, rows, page_size).rate,
            _plain(place, page_size, in_flight=peers.IN_FLIGHT),
        )
        for _ in range(SLOW_ROUNDS)
    ]
    discard, own, usual = (_best(rates) for rates in zip(*rounds, strict=True))
    return at_least(
        f"ours, of read and discarded, pages of {page_size}",
        own / discard,
        LEAST_OF_DISCARD,
        measured=f"{_ratio(own, discard)} ({own:,.0f} of {discard:,.0f} runs/s; plain way {_ratio(usual, discard)})",
    )


def memory(place: Place) -> list[Line]:
    """The peak above the idle process, for more and more runs."""
    peaks = []
    for rows in MEMORY_ROWS:
        with _folder() as folder:
            peaks.append(in_fresh_process(ours.sync, place, folder, rows=rows).above_idle_mb)
    lines = [
        at_most(f"memory above idle, {rows:,} runs", peak, MOST_ABOVE_IDLE_MB, unit=" MB")
        for rows, peak in zip(MEMORY_ROWS, peaks, strict=True)
    ]
    return [*lines, at_most("the last of these, of the first", peaks[-1] / peaks[0], MOST_GROWTH, unit="", digits=2)]


def nothing_new(place: Place, *, rows: int) -> list[Line]:
    """What a second sync of the same range asks the server for."""
    with _folder() as folder:
        in_fresh_process(ours.sync, place, folder, rows=rows)
        before = place.asked()
        again = in_fresh_process(ours.sync, place, folder, rows=rows)
        asked = place.asked() - before
    return [
        at_most("requests of a sync with nothing new", asked, MOST_REQUESTS, unit=""),
        Line("seconds of a sync with nothing new", f"{again.rate.seconds:.2f} s"),
    ]


def past(*, end: datetime) -> list[Line]:
    """Opening a long past, and what one more session on it weighs."""
    with _folder() as folder:
        in_fresh_process(history.fill, folder, rows=PAST_ROWS, end=end)
        found = min((in_fresh_process(reopening.reopen, folder, end=end) for _ in range(OPENINGS)), key=_total_s)
        session_mb = in_fresh_process(reopening.weigh_sessions, folder, end=end)
        looks = [in_fresh_process(investigating.look, folder, end=end) for _ in range(LOOKS)]
    if found.rows != PAST_ROWS:
        raise RuntimeError(f"{found.rows} of {PAST_ROWS} stored runs were found again")
    parts = {"open": found.open_s, "data": found.data_s, "figures": found.figures_s, "charts": found.charts_s}
    return [
        at_most(f"{PAST_ROWS:,} stored runs, opened, overview", found.total_s, MOST_REOPEN_S, unit=" s", digits=3),
        Line(
            "of which",
            ", ".join(f"{name} {part_s:.3f}" for name, part_s in parts.items()) + f" s; {found.cpu_s:.2f} s of CPU",
        ),
        at_most("memory of one more session on them", session_mb, MOST_SESSION_MB, unit=" MB", digits=1),
        Line("first rows of their list, newest first", f"{min(look.newest_s for look in looks):.2f} s"),
        Line("the same, by latency", f"{min(look.sorted_s for look in looks):.2f} s"),
        Line("first rows of a text search, a common word", f"{min(look.often_s for look in looks):.2f} s"),
        Line("the same, a rare number", f"{min(look.seldom_s for look in looks):.2f} s"),
        Line("the same, asked again", f"{min(look.again_s for look in looks):.2f} s"),
    ]


def clicks(*, end: datetime) -> list[Line]:
    """How long a person waits after a click on a filter, for each length of the past."""
    lines: list[Line] = []
    for rows, most_s in MOST_CLICK_S.items():
        with serving(rows, end=end) as place, _folder() as folder:
            in_fresh_process(ours.sync, place, folder, rows=rows)
            found = in_fresh_process(browser_waits, place, folder, rows=rows)
        lines += [
            Line(f"filter click to first figure, {rows:,} runs", f"{found.figures_s:.2f} s"),
            at_most("to all that the window shows", found.window_s, most_s, unit=" s", digits=2),
            Line("to the end of the page, which waits for the browser to be idle", f"{found.page_s:.2f} s"),
        ]
    return lines


def browser_waits(place: Place, folder: Path, *, rows: int) -> Waits:
    """What `clicks` measures; its browser is only imported where it is wanted."""
    from benchmarks import clicks as browser

    return browser.waits(place, folder, rows=rows)


def _discard(place: Place, rows: int, page_size: int = peers.PAGE) -> Rate:
    return in_fresh_process(peers.discard, place.listing, rows=rows, page_size=page_size)


def _ours(place: Place, rows: int, page_size: int = peers.PAGE) -> ours.Synced:
    with _folder() as folder:
        return in_fresh_process(ours.sync, place, folder, rows=rows, page_size=page_size)


def _plain(place: Place, page_size: int = peers.PAGE, *, in_flight: int = 1) -> Rate:
    with _folder() as folder:
        file = folder / "plain.duckdb"
        return in_fresh_process(
            peers.plain, place.listing, file, rows=SLOW_ROWS, page_size=page_size, in_flight=in_flight
        )


def _dlt(place: Place) -> Rate:
    with _folder() as folder:
        start = place.start_of(SLOW_ROWS)
        return in_fresh_process(peers.dlt, place.url, LISTING, folder, rows=SLOW_ROWS, start=start)


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="analytics-dash-bench-") as name:
        yield Path(name)


def _best(found: Iterable[Rate]) -> float:
    return max(rate.per_s for rate in found)


def _total_s(found: reopening.Reopened) -> float:
    return found.total_s


def _ratio(one: float, other: float) -> str:
    return f"{one / other:.2f}"


def _runs_per_s(rate: float) -> str:
    return f"{rate:,.0f} runs/s"
