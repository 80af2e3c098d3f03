"""Owns the figures at the top of the failures page, each with the runs behind it and its definition."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from analytics_dash.metrics.comparison import Metric
from analytics_dash.metrics.failures_summary import FailureSummary
from analytics_dash.metrics.recovery import By, Recovery
from analytics_dash.metrics.streaks import Streaks
from analytics_dash.runs.view import View
from analytics_dash.ui import places
from analytics_dash.ui.cards import RATE_HELP, Against, Card, draw_row
from analytics_dash.ui.words import NOTHING, count, moment, percent

FAILED_RUNS: Final = "Failed runs"
FAILED_HELP: Final = (
    "Runs whose state is FAILED or whose success flag is false. Under it, the runs that are in no rate. Contradictory: "
    "the state and the flag say different things, and the rule above decides."
)
HIT_HELP: Final = "Distinct user_id of the failed runs, of those of all runs in view. Runs without a user are no user."
BROKEN_HELP: Final = (
    "Users with a failed run in view who have had no success since. A success counts up to the newest reading, also "
    "after the range's end, and whatever the filters on outcome, state, feedback, error, text, latency or tokens."
)
RECOVERED_HELP: Final = (
    "Of the failed runs, those followed by a success of the same {by} at most {within} later, also after the range's "
    "end as far as that is read. Failures too young to tell, and those without a {by}, are not judged. Choose the "
    "time, and by whom, under “Recovery”."
)
STREAK_HELP: Final = (
    "Runs that failed one after another up to the last run that failed or succeeded, without a success in between; "
    "runs are in the order of their start."
)
NAMES: Final = {str(By.CONVERSATION): "conversation", str(By.USER): "user"}


def draw(
    summary: FailureSummary,
    *,
    broken: int,
    recovered: Recovery,
    by: By,
    within: str,
    streaks: Streaks,
    zone: str,
    view: View,
    against: Against,
) -> None:
    """Six figures in a row; on a narrow screen two by two."""
    streak = streaks.current.runs if streaks.current else 0
    figures = [
        Card("Failure rate", percent(summary.rate), _interval(summary), RATE_HELP, Metric.FAILURE_RATE),
        Card(FAILED_RUNS, f"{summary.failed:,}", _not_in_rate(summary), FAILED_HELP),
        Card("Users hit", f"{summary.users_hit:,}", _hit(summary), HIT_HELP),
        Card("Users left broken", f"{broken:,}", f"of {summary.users_hit:,} hit", BROKEN_HELP),
        Card(f"Recovered in {within}", percent(recovered.rate), _judged(recovered), _recovered_help(by, within)),
        Card("Failing in a row", f"{streak:,}", _streak(streaks, zone), STREAK_HELP),
    ]
    drawn = draw_row(figures, key="card_failures", against=against)
    with drawn[[card.label for card in figures].index(FAILED_RUNS)]:
        places.contradictions(summary.contradictions, view)


def _recovered_help(by: By, within: str) -> str:
    return RECOVERED_HELP.format(by=NAMES[by], within=within)


def _interval(summary: FailureSummary) -> str:
    if summary.rate is None:
        return "nothing has ended yet"
    interval = f"{percent(summary.low).removesuffix(' %')}\u2060–\u2060{percent(summary.high)}"
    few = " · few runs" if summary.few else ""
    return f"{summary.failed:,} of {summary.failed + summary.succeeded:,} · {_whole(interval)}{few}"


def _not_in_rate(summary: FailureSummary) -> str:
    counts = {
        "unfinished": summary.unfinished,
        "cancelled": summary.cancelled,
        "unknown": summary.unknown,
    }
    return " · ".join(_whole(f"{number:,} {name}") for name, number in counts.items() if number) or "all ended"


def _hit(summary: FailureSummary) -> str:
    without = f" · {count(summary.failed_without_user, 'run')} without" if summary.failed_without_user else ""
    return f"of {summary.users:,}{without}"


def _judged(found: Recovery) -> str:
    if not found.judged:
        return "none old enough" if found.too_young else NOTHING
    return f"{found.recovered:,} of {found.judged:,} judged"


def _streak(streaks: Streaks, zone: str) -> str:
    if streaks.current:
        return f"since {_when(streaks.current.start, zone)}"
    return f"longest {streaks.longest[0].runs:,} in a row" if streaks.longest else "never two in a row"


def _when(instant: datetime, zone: str) -> str:
    return _whole(moment(instant, zone))


def _whole(text: str) -> str:
    """The same, never broken over two lines."""
    return text.replace(" ", "\u00a0")
