"""Owns what has been read of a flow: it outlives the client that reads it, so another can go on where one stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd

from analytics_dash.api.body import Page, SetAside
from analytics_dash.api.dispatch import Tally
from analytics_dash.api.layout import Layout
from analytics_dash.api.ledger import Ledger
from analytics_dash.api.paging import Ask, Role
from analytics_dash.api.part import Memory, Part, Span
from analytics_dash.errors import UnexpectedAnswer
from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.frame import to_frame
from analytics_dash.runs.record import Run

MAX_ROWS: Final = 10_000_000  # more fit no memory; also ends a server that never ends


@dataclass(frozen=True)
class ListingReport:
    """What a listing rests on; `verified` means that its rows are the server's, each once, as of the reading."""

    rows: int
    pages: int
    requests: int
    duplicates: int
    set_aside: tuple[SetAside, ...]
    passes: int
    verified: bool
    complete: bool
    notes: tuple[str, ...]
    as_of: datetime
    page_size: int
    elapsed_s: float
    retries: int


@dataclass(frozen=True)
class Progress:
    """Where a reading stands, for whoever waits."""

    pages: int
    rows: int
    set_aside: int
    elapsed_s: float
    in_flight: int
    note: str | None
    requests: int = 0


class Listing:
    """The runs of one flow that fit a filter, as far as they have been read; made by `Client.listing`."""

    def __init__(self, org_id: str, flow_id: str, run_filter: RunFilter) -> None:
        self.org_id = org_id
        self.flow_id = flow_id
        self.run_filter = run_filter
        self.tally = Tally()
        self.pages = 0
        self.elapsed_s = 0.0
        self.ledger = Ledger(run_filter)
        self._layout = Layout(run_filter)

    def __repr__(self) -> str:
        return f"Listing(rows={len(self.ledger.matching)}, pages={self.pages}, complete={self.is_complete})"

    @property
    def is_complete(self) -> bool:
        """Whether it has been read to its end."""
        return bool(self._layout.parts) and all(part.is_done for part in self._layout.parts)

    @property
    def report(self) -> ListingReport:
        """What the rows rest on, as of now."""
        held = self._held()
        return ListingReport(
            rows=len(held & self.ledger.matching),
            pages=self.pages,
            requests=self.tally.requests,
            duplicates=sum(part.duplicates for part in self._layout.parts),
            set_aside=tuple(aside for key, aside in self.ledger.aside.items() if key in held),
            passes=max((part.passes for part in self._layout.parts), default=0),
            verified=self.is_complete and all(part.truth is not None for part in self._layout.parts),
            complete=self.is_complete,
            notes=self._notes(),
            as_of=self._layout.as_of,
            page_size=next((part.page_size for part in self._layout.parts if part.page_size), 0),
            elapsed_s=self.elapsed_s,
            retries=self.tally.retries,
        )

    def runs(self) -> list[Run]:
        """The runs read so far, newest first, `run_id` where dates are the same."""
        runs = [self.ledger.runs[key] for key in self._held() & self.ledger.matching]
        runs.sort(key=lambda run: run.run_id)
        runs.sort(key=lambda run: run.date, reverse=True)
        return runs

    def frame(self) -> pd.DataFrame:
        """The same as a typed table (`runs.frame`), also when there are none."""
        return to_frame(self.runs())

    def _notes(self) -> tuple[str, ...]:
        notes = [part.note for part in self._layout.parts if part.note]
        if self._layout.parts and not self.is_complete:
            notes.append("Reading stopped before the end: runs are missing.")
        return tuple(dict.fromkeys(notes))

    def _held(self) -> set[str]:
        """The identities that count: of verified parts the last pass's, of others all that was ever seen."""
        held: set[str] = set()
        for part in self._layout.parts:
            held |= part.seen if part.truth is None else part.truth
        if any(part.truth is None for part in self._layout.parts):
            held |= self._layout.strays
        return held

    def begin(self, now: datetime, memory: Memory) -> None:
        """Lay out the parts, once; afterwards only learn for `memory`."""
        if self._layout.parts:
            self._layout.adopt(memory)
        else:
            self._layout.begin(now, memory)

    def current_part(self) -> Part | None:
        """The part to read now, or None at the end."""
        return next((part for part in self._layout.parts if not part.is_done), None)

    def query(self, ask: Ask) -> dict[str, str]:
        """The parameters of a page."""
        spans = [part.span for part in self._layout.parts if part.number == ask.part]
        span = spans[0] if spans else Span(None, None)  # a part given up meanwhile: its answer is not wanted
        wish = self.run_filter
        own = {"user_id": wish.user_id, "state": ",".join(wish.states)}
        query = {"page": str(ask.page), "page_size": str(ask.size), **span.query()}
        return query | {name: value for name, value in own.items() if value}

    def take(self, ask: Ask, page: Page) -> None:
        """Keep a page's rows, and see whether the parts must be laid out anew."""
        part = self.current_part()
        if part is None or not part.current.wants(ask):
            return
        is_first = part.is_untouched
        self.ledger.take(page)
        part.landed(ask, page.keys)
        if ask.role is Role.ROWS:
            self.pages += 1
            self._layout.revise(part, ask, page, is_first=is_first)
        if len(self.ledger.runs) > MAX_ROWS:
            raise UnexpectedAnswer(f"There are more than {MAX_ROWS:,} runs: choose a shorter range of time.")
