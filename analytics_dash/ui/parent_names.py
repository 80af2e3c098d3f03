"""Owns what parents are called on a page, and how this sign-in stands with their workflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pandas as pd
import streamlit as st

from analytics_dash.metrics.columns import RUNS
from analytics_dash.metrics.parents import KIND, Kind, Parents
from analytics_dash.runs.dimension import VALUE
from analytics_dash.runs.pattern import only_value
from analytics_dash.store.standing import WORDS, Standing
from analytics_dash.store.standing import standings as asked
from analytics_dash.ui import places
from analytics_dash.ui.frame import Here
from analytics_dash.ui.parent_table import name_of
from analytics_dash.ui.words import count, plain

WAIT_S: Final = 0.4  # for the API's word on the parents' workflows; what comes later is there at the next look
OVER_TIME_HELP: Final = (
    "Runs of this flow by the parent that called them and by how they ended, the parents with most runs first. Each "
    "panel has a scale of its own."
)
RATES_HELP: Final = (
    "Failed / (failed + succeeded) of this flow's runs by the parent that called them, with the 95 % Wilson interval. "
    "A triangle marks those that differ from the rest beyond chance (Fisher's exact test, corrected; who fails again "
    "within a half hour counts once in it). Click a bar to see only its runs."
)


def standings(here: Here, found: Parents) -> Mapping[str, Standing]:
    """What the API says of the parents' workflows, as far as it has answered."""
    named = [str(value) for value in found.frame[VALUE][found.frame[KIND] == Kind.NAMED]]
    return asked(here.entry.workspace, here.view.org or "", named, wait_s=WAIT_S)


def top(found: Parents, *, most: int) -> Mapping[str, str]:
    """The named parents with most runs: their value in a filter, and a name that no other one has."""
    named = found.frame[found.frame[KIND] == Kind.NAMED].sort_values(RUNS, ascending=False, kind="stable").iloc[:most]
    names: dict[str, str] = {}
    for row in named.to_dict("records"):
        value, name = str(row[VALUE]), name_of({str(key): held for key, held in row.items()})
        names[value] = name if name not in names.values() else f"{name} ({value})"
    return names


def long(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The tables of several parents as one, the parent's name first."""
    parts = [frame.assign(parent=name)[["parent", *frame.columns]] for name, frame in frames.items()]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"parent": []})


def in_view(here: Here, found: Parents) -> str:
    """The name of the one parent in view, as Markdown that shows exactly that."""
    rows = [{str(key): held for key, held in row.items()} for row in found.frame.to_dict("records")]
    parent = only_value(here.view.parent) or ""
    names = [name_of(row) for row in rows if row[VALUE] == parent]
    return plain(names[0] if names else parent)


def say_standing(here: Here, held: Mapping[str, Standing]) -> None:
    """That the one parent in view may not be seen, or is gone; a link to its own page where it may be."""
    parent = only_value(here.view.parent) or ""
    known = held.get(parent, Standing.UNKNOWN)
    if WORDS[known]:
        st.info(f"{WORDS[known]}. Its runs of this flow can be read here.", icon=":material/lock:")
    elif known is Standing.OPEN:
        view = here.view.at_large()
        own = view.__class__(org=view.org, flow=parent, range=view.range, start=view.start, end=view.end, tz=view.tz)
        places.link("Open this workflow's own runs", places.OVERVIEW, own, icon=":material/open_in_new:")


def say_uncalled(found: Parents) -> None:
    """That nothing calls this flow."""
    st.info(
        f"None of the {count(found.runs, 'run')} in view was called by another workflow. Parents are shown where a "
        "run names one (parent_project_id or parent_run_id).",
        icon=":material/account_tree:",
    )
