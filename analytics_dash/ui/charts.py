"""Owns how a chart is put on a page: title, help, words, table and picture, and clicks that narrow the view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import pandas as pd
import streamlit as st
from plotly.graph_objects import Figure

from analytics_dash.export.table import csv_of_table
from analytics_dash.runs.drilldown import Pick, is_over_time, picked
from analytics_dash.runs.view import MULTIPLE, View
from analytics_dash.ui import chart_table, legend, notes, state
from analytics_dash.ui.controls import key, tied

CLICKS: Final = "chart_clicks"  # session key: how many clicks were taken, so that a taken one is not seen again
PICTURE: Final = "picture_format"  # session key: what the camera in a chart's corner saves
FORMATS: Final = ("png", "svg")
PICTURE_HELP: Final = (
    "The camera appears in the corner of every chart under the pointer, and saves it as a picture. PNG goes "
    "everywhere, SVG stays sharp at any size."
)
CSV_HELP: Final = "Columns by their names: shares of 1, latencies in seconds, times with their offset from UTC."
PICTURE_SCALE: Final = 2  # pixels for each on screen: sharp on paper and on slides
CLEAR: Final = "rgba(0,0,0,0)"
TABLE_WIDTH: Final = 720  # pixels: seven columns with their headings; a narrower window cuts it to its own width
TABLE_HEIGHT: Final = 320  # pixels: some nine rows, in a popover that a laptop shows whole
CONFIG: Final = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
"""Of charts that are only looked at."""
TIME_HELP: Final = (
    "Buckets are calendar hours, days or weeks of the time zone; dashed or hatched ones are partial, because the range "
    "cuts them or they have not ended. Click one to narrow the range to it, or drag over several; on a phone “Box "
    "select” in the chart's corner does that."
)
FROM_TEMPLATE: Final = "template"
"""A drag mode that Plotly does not know, so that it takes the template's.

Streamlit reads the figure's own and overrules it: with “select” it sends no clicks, and off it sets to “pan”, in which
a finger on the chart does not scroll the page.
"""


def draw(
    figure: Figure,
    *,
    name: str,
    title: str,
    help_text: str,
    alt: str,
    view: View,
    note: str = "",
    data: pd.DataFrame | None = None,
) -> None:
    """A chart; a click on one of its marks narrows the view to it, and `data` can be read and taken as a table."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key=f"head_{name}"):
        st.subheader(title, anchor=False, help=help_text, width="stretch")
        if data is not None:
            with st.container(width="content"):
                _table(data, name=name, title=title, zone=state.zone(view), saved_as=_format())
    if note:
        st.markdown(f":small[{note}]")
    shown, alt = _key(name), notes.marked(figure, alt)
    boxed = any(is_over_time(mark) for trace in figure.data for mark in _marks(trace))
    figure.update_layout(selectdirection="h" if boxed else None, modebar={"bgcolor": CLEAR, "orientation": "h"})
    offered = legend.values(figure)
    if offered or any(_is_of_a_value(mark) for trace in figure.data for mark in _marks(trace)):
        pills = f"only_{shown}"
        legend.draw(name, offered, pills=pills, on_change=lambda: _apply_entry(name, shown, offered, view))
    st.plotly_chart(
        _dragged(figure, "select" if boxed and not state.is_touched() else False),
        theme=None,
        key=shown,
        on_select=lambda: _apply(name, shown, view),
        selection_mode=("points", "box") if boxed else "points",
        config=_config(name, boxed=boxed),
        alt=alt,
    )


def _dragged(figure: Figure, mode: str | Literal[False]) -> Figure:
    """The figure, on which a drag does this; what is sent names the mode that Plotly's own check would refuse."""
    figure.layout.template.layout.dragmode = mode
    whole = figure.to_dict

    def sent() -> dict[str, Any]:
        found: dict[str, Any] = whole()
        found["layout"]["dragmode"] = FROM_TEMPLATE
        return found

    figure.to_dict = sent  # on this figure alone: a copy of another class would be checked all over again
    return figure


def _marks(trace: Any) -> list[object]:
    held = getattr(trace, "customdata", None)
    return [] if held is None else list(held)[:1]


def _is_of_a_value(mark: object) -> bool:
    pick = picked({"points": [{"customdata": mark}]})
    return pick is not None and pick.value is not None and pick.value[0] in MULTIPLE


def _config(name: str, *, boxed: bool) -> dict[str, Any]:
    """Buttons that appear under the pointer: the picture and, where a drag would scroll, the box over time."""
    picture = {"format": _format(), "scale": PICTURE_SCALE, "filename": name}
    buttons = [["select2d", "toImage"]] if boxed and state.is_touched() else [["toImage"]]
    return {
        "displayModeBar": "hover",
        "displaylogo": False,
        "modeBarButtons": buttons,
        "toImageButtonOptions": picture,
        "scrollZoom": False,
        "doubleClick": False,
    }


@st.fragment
def _table(data: pd.DataFrame, *, name: str, title: str, zone: str, saved_as: str) -> None:
    """What the chart is drawn from, built only while it is looked at, and what the camera saves it as."""
    if _format() != saved_as:
        st.rerun(scope="app")  # the cameras are the charts', outside of this fragment
    table = st.popover("Table", icon=":material/table:", type="tertiary", key=f"table_{name}", on_change="rerun")
    if not table.open:
        return
    with table:
        shown, columns = chart_table.readable(data, zone=zone)
        st.dataframe(
            shown,
            hide_index=True,
            width=TABLE_WIDTH,
            height=TABLE_HEIGHT,
            column_config=columns,
            key=f"rows_{name}",
            placeholder="–",
            alt=title,
        )
        st.download_button(
            "Download as CSV",
            data=csv_of_table(chart_table.to_take(data, zone=zone)),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"csv_{name}",
            on_click="ignore",
            icon=":material/download:",
            help=CSV_HELP,
        )
        control = f"picture_{name}"
        st.segmented_control(
            "The camera on a chart saves",
            FORMATS,
            required=True,
            format_func=str.upper,
            help=PICTURE_HELP,
            **tied(control, saved_as, lambda: _save_as(st.session_state[key(control)]), default=saved_as),
        )


def _format() -> str:
    return str(st.session_state.get(PICTURE, FORMATS[0]))


def _save_as(chosen: str) -> None:
    st.session_state[PICTURE] = chosen


def _key(name: str) -> str:
    return f"chart_{name}_{st.session_state.get(CLICKS, 0)}"


def _apply(name: str, shown: str, view: View) -> None:
    """Narrow the view to what was picked; the chart is then a new one, on which nothing is.

    The browser may repeat what was picked on the former one until it has drawn the new one.
    """
    pick = picked(st.session_state.get(shown)) if shown == _key(name) else None
    if pick is not None:
        _take(name, pick, view)


def _apply_entry(name: str, shown: str, offered: Mapping[str, Pick], view: View) -> None:
    """The same for an entry of the legend."""
    pick = offered.get(str(st.session_state.get(f"only_{shown}"))) if shown == _key(name) else None
    if pick is not None:
        _take(name, pick, view)


def _take(name: str, pick: Pick, view: View) -> None:
    st.session_state[CLICKS] = st.session_state.get(CLICKS, 0) + 1
    state.narrow_to(view, legend.applied(name, pick, view))
