"""Owns the head of one user's page: who it is, their figures, and whether it is only them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any, Final

import pandas as pd
import streamlit as st

from analytics_dash.metrics.columns import FIRST_SEEN, LAST_SEEN
from analytics_dash.metrics.comparison_intervals import Estimate
from analytics_dash.metrics.comparison_totals import Totals
from analytics_dash.metrics.one_user import Beside, Mean, Verdict, bounds, decided
from analytics_dash.metrics.summary import Summary
from analytics_dash.metrics.users import CONVERSATIONS, NAME, STARTED_BY
from analytics_dash.runs.pattern import only_value
from analytics_dash.runs.view import NO_USER, View
from analytics_dash.ui import card_notes, places, state
from analytics_dash.ui.cards import COST_HELP, LATENCY_HELP, RATE_HELP, RUNS_HELP, TOKENS_HELP, Card, draw_row
from analytics_dash.ui.words import NOTHING, compact, count, moment, percent, plain, seconds

ONLY_THEM_HELP: Final = (
    "Their failure rate against that of all other runs in the same range with the same other filters. Beyond chance: "
    "Fisher's exact test gives less than 5 %. The interval is of the difference (Newcombe, 95 %). Below 20 ended runs, "
    "no difference is called too few to tell."
)
CONVERSATIONS_HELP: Final = "Distinct conversation_id of the user's runs in view."
ONLY_READ: Final = (
    "Only this user's runs of this time are read so far, so they cannot be compared with everyone else's. The rest is "
    "read next; “Refresh” in the sidebar asks for it again."
)
DECIDED_BY_FILTER: Final = (
    "A filter on outcome, state or error decides how often runs fail here, so failures are not compared. Remove it "
    "above to see whether it is only them."
)
TABLE_WIDTH: Final = 760  # pixels: four short lines are hard to read across a wide page
BEHIND: Final = "Runs of this user"
OTHERS_BEHIND: Final = "Runs of everyone else"
ANSWERS: Final = {
    Verdict.MORE: "Yes, they fail more often than others, beyond chance.",
    Verdict.LESS: "No, others fail more often, beyond chance.",
    Verdict.SAME: "No difference from others beyond chance.",
    Verdict.TOO_FEW: "Too few runs to tell.",
    Verdict.NO_FAILURE: "No, nobody failed.",
}


def is_one(view: View) -> bool:
    """Whether the view is one user's page."""
    return only_value(view.user) is not None


def head(view: View) -> None:
    """The way back, and the user's ID to copy."""
    user = only_value(view.user) or ""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="user_head"):
        st.button(
            "All users", key="all_users", icon=":material/arrow_back:", on_click=state.show,
            args=(replace(view, user=()),),
        )  # fmt: skip
        if user == NO_USER:
            st.markdown("**Runs without a user.** They may come from many people.")
        else:
            st.code(user, language=None, width="content")


def say_known(row: Mapping[Hashable, Any], *, zone: str) -> None:
    """What is known of the user beside the figures; `row` is theirs of `metrics.users`."""
    st.markdown(f":small[{' · '.join(_known(row, zone))}]")


def _known(row: Mapping[Hashable, Any], zone: str) -> list[str]:
    """Names are strangers' text."""
    name, by = row[NAME], row[STARTED_BY]
    seen = f"first seen {moment(row[FIRST_SEEN], zone)} · last seen {moment(row[LAST_SEEN], zone)}, in this range"
    named = [plain(name)] if isinstance(name, str) else []
    return [*named, seen, *([f"newest named starter: {plain(by)}"] if isinstance(by, str) and by != name else [])]


def draw_cards(summary: Summary, row: Mapping[Hashable, Any], *, cost: str, cost_note: str, view: View) -> None:
    """Six figures in a row; on a narrow screen two by two. The cost and its note are plain text."""
    few = " · few runs" if summary.few else ""
    behind = f"over {count(summary.latency_runs, 'run')}{few}"
    waiting = [f"{summary.unfinished:,} unfinished"] if summary.unfinished else []
    figures = [
        ("Runs", f"{summary.runs:,}", " · ".join([*waiting, card_notes.not_in_rate(summary)]), RUNS_HELP),
        ("Failure rate", percent(summary.failure_rate), card_notes.rate_interval(summary), RATE_HELP),
        ("Latency p95", seconds(summary.p95_s), behind, LATENCY_HELP),
        ("Tokens", compact(summary.tokens), card_notes.per_run(summary), TOKENS_HELP),
        ("Estimated cost", cost, plain(cost_note, limit=120), COST_HELP),
        ("Conversations", f"{int(row[CONVERSATIONS]):,}", "in this range", CONVERSATIONS_HELP),
    ]
    runs, *_ = draw_row([Card(*figure) for figure in figures], key="card_user")
    with runs:
        places.contradictions(summary.contradictions, view)


def say_only_read() -> None:
    """Why there is no comparison while only the user's runs are read."""
    st.info(ONLY_READ, icon=":material/person:")


def is_decided_by_filter(view: View) -> bool:
    """Whether the view's filters leave some outcomes out, so that a rate says nothing."""
    left_out = any(name in {"outcome", "state"} for name, _ in view.without)
    return left_out or bool(view.outcome or view.state or view.error_group or view.contradicts)


def draw_only_them(found: Beside, *, view: View) -> None:
    """Whether it is only them, in one line, and the figures behind it."""
    st.subheader("Is it only them?", anchor=False, help=ONLY_THEM_HELP)
    if is_decided_by_filter(view):
        st.info(DECIDED_BY_FILTER, icon=":material/filter_alt:")
    else:
        draw = st.warning if found.verdict is Verdict.MORE else st.info
        draw(f"{failing_words(found)} {latency_words(found)}", icon=":material/compare_arrows:")
    table = compared(found, rates=not is_decided_by_filter(view))
    behind = st.column_config.NumberColumn(format="localized")
    st.dataframe(
        table,
        hide_index=True,
        key="user_compared",
        width=TABLE_WIDTH,
        column_config={BEHIND: behind, OTHERS_BEHIND: behind},
        alt="Table: this user's figures beside everyone else's, each with the runs behind it.",
    )


def failing_words(found: Beside) -> str:
    """The answer about failures: both rates, their counts, and how far apart."""
    if found.verdict is Verdict.NOTHING:
        whose = "of theirs" if not decided(found.theirs) else "of anyone else's"
        return f"**Cannot be told:** no run {whose} has failed or succeeded here."
    mine, rest = found.rates
    counts = f"{_share(mine)} of their runs failed ({_of(found.theirs)}), "
    counts += f"{_share(rest)} of everyone else's ({_of(found.others)})"
    apart = found.rate_bounds
    return f"**{ANSWERS[found.verdict]}** {counts}{_apart(*apart) if apart else ''}."


def latency_words(found: Beside) -> str:
    """The answer about the median latency."""
    mine, rest = found.theirs.p50, found.others.p50
    if mine is None or rest is None:
        return "Median latency: no data to compare."
    apart = bounds(mine, rest)
    told = "too few runs to tell" if apart is None else _slower(apart)
    return f"Median latency {seconds(mine.value)} against {seconds(rest.value)}: {told}."


def _slower(apart: tuple[float, float]) -> str:
    if apart[0] <= 0 <= apart[1]:
        return "no difference beyond chance"
    return "slower, beyond chance" if apart[0] > 0 else "faster, beyond chance"


def _share(rate: Estimate | None) -> str:
    return percent(rate.value if rate else None)


def _of(side: Totals) -> str:
    return f"{side.failed:,} of {decided(side):,}"


def _apart(low: float, high: float) -> str:
    """How far apart the rates are, in percentage points."""
    near, far = sorted((abs(low), abs(high)))
    if low > 0 or high < 0:
        return f": {near * 100:.1f} to {far * 100:.1f} percentage points {'more' if low > 0 else 'fewer'}"
    return f": between {-low * 100:.1f} percentage points fewer and {high * 100:.1f} more"


def compared(found: Beside, *, rates: bool) -> pd.DataFrame:
    """The figures of both sides as texts, each with the runs behind it; without the failure rate unless `rates`."""
    (mine, rest), (spent, others) = found.rates, found.tokens_per_run
    theirs, every = found.theirs, found.others
    rows = [("Failure rate", _share(mine), decided(theirs), _share(rest), decided(every))] if rates else []
    timed = (theirs.latency_runs, every.latency_runs)
    rows += [
        (f"Latency {name}", _value(one), timed[0], _value(two), timed[1])
        for name, one, two in (("p50", theirs.p50, every.p50), ("p95", theirs.p95, every.p95))
    ]
    rows.append(("Tokens per run", _mean(spent), spent.runs, _mean(others), others.runs))
    return pd.DataFrame(rows, columns=["Figure", "This user", BEHIND, "Everyone else", OTHERS_BEHIND])


def _value(estimate: Estimate | None) -> str:
    return seconds(estimate.value if estimate else None)


def _mean(mean: Mean) -> str:
    return NOTHING if mean.value is None else compact(round(mean.value))
