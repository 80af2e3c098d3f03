"""Owns the newest version of every run that was read, and the rows that could not be used."""

from __future__ import annotations

from analytics_dash.api.body import Page, SetAside
from analytics_dash.runs.filter import RunFilter
from analytics_dash.runs.outcome import Outcome, outcome
from analytics_dash.runs.record import Run


class Ledger:
    """Runs by id, those that fit the filter, and rows set aside by identity, each once."""

    def __init__(self, run_filter: RunFilter) -> None:
        self.runs: dict[str, Run] = {}
        self.matching: set[str] = set()
        self.aside: dict[str, SetAside] = {}
        self._filter = run_filter

    def take(self, page: Page) -> None:
        """Keep a page answered later than all before."""
        for run in page.runs:
            self._keep(run)
        for key, aside in page.aside:
            if key not in self.runs:
                self.aside.setdefault(key, aside)

    def _keep(self, run: Run) -> None:
        self.aside.pop(run.run_id, None)
        known = self.runs.get(run.run_id)
        if known is not None and _is_finished(known) and _ended(run) is Outcome.UNFINISHED:
            return  # an answer from a replica that lags behind
        self.runs[run.run_id] = run
        if self._filter.matches(date=run.date, user_id=run.user_id, state=run.state):
            self.matching.add(run.run_id)
        else:
            self.matching.discard(run.run_id)


def _ended(run: Run) -> Outcome:
    return outcome(run.state, run.is_flow_successful)


def _is_finished(run: Run) -> bool:
    return _ended(run) not in {Outcome.UNFINISHED, Outcome.UNKNOWN}
