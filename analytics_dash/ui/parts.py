"""Owns when the parts of a long page are drawn: those near the window first, the rest when the browser has time.

A chart takes the browser longer than the engine takes to count it, and most of a page lies below the window. The
browser tells which parts it shows; until it has told anything, all are drawn. The others' places are held open, so
that nothing moves, and they are drawn as soon as one comes into the window, or else once the page is idle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from analytics_dash.ui import moments

SEEN: Final = "parts_seen"  # session key: page -> the parts near its window, as the browser last told, and heights
WHOLE: Final = "parts_whole"  # session key: whether the page that is drawn has all of its parts
RUN: Final = "parts_run"  # session key: how often a page was drawn; it tells the browser to wait anew
WATCH: Final = "parts_watch"
REST: Final = "parts_rest"
IDLE_MS: Final = 700  # after which a page that is left alone is drawn to its end
LOWEST_PX: Final = 40
HIGHEST_PX: Final = 3000  # of what a browser may say
HELD: Final = '<div class="part-held"></div>'
CALM_JS: Final = """
const touched = () => { window.analyticsDashTouched = performance.now(); };
if (window.analyticsDashTouched === undefined) {
  for (const kind of ["pointerdown", "keydown", "popstate"]) window.addEventListener(kind, touched, true);
  touched();
}
const whenCalm = (then, alive) => {
  const app = document.querySelector("[data-testid=stApp]");
  const isRunning = app && app.dataset.testScriptState && app.dataset.testScriptState !== "notRunning";
  if (!alive()) return;
  if (!isRunning && performance.now() - window.analyticsDashTouched > 500) then();
  else setTimeout(() => whenCalm(then, alive), 100);
};
"""
"""Waits until nothing runs and nobody has just clicked, typed or gone back.

What a browser sends says where it is: sent while a click is under way, it would take the page back to before the click.
"""
WATCH_JS: Final = (
    CALM_JS
    + """
export default function ({ data, setStateValue }) {
  const near = new Set();
  let last = "", timer = 0, isOver = false;
  const tell = () => {
    const heights = {};
    for (const name of data.parts) {
      const part = document.querySelector(`.st-key-part_${name}`);
      if (part && !part.querySelector(".part-held")) heights[name] = Math.round(part.getBoundingClientRect().height);
    }
    const told = JSON.stringify([[...near].sort(), heights]);
    if (told === last) return;
    last = told;
    setStateValue("seen", { page: data.page, near: [...near].sort(), heights });
  };
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const name = [...entry.target.classList].find((held) => held.startsWith("st-key-part_")).slice(12);
      if (entry.isIntersecting) near.add(name); else near.delete(name);
    }
    clearTimeout(timer);
    timer = setTimeout(() => whenCalm(tell, () => !isOver), 300);
  }, { root: document.querySelector("[data-testid=stMain]"), rootMargin: "20% 0px" });
  for (const name of data.parts) {
    const part = document.querySelector(`.st-key-part_${name}`);
    if (part) observer.observe(part);
  }
  return () => { isOver = true; clearTimeout(timer); observer.disconnect(); };
}
"""
)
REST_JS: Final = (
    CALM_JS
    + """
export default function ({ data, setTriggerValue }) {
  let wanted = false, isOver = false;
  const want = () => {
    if (wanted) return;
    wanted = true;
    whenCalm(() => setTriggerValue("wanted", data.run), () => !isOver);
  };
  const idle = window.requestIdleCallback || ((then) => setTimeout(then, 50));
  const timer = setTimeout(() => idle(want, { timeout: 1500 }), data.after_ms);
  const observer = new IntersectionObserver(
    (entries) => { if (entries.some((entry) => entry.isIntersecting)) want(); },
    { root: document.querySelector("[data-testid=stMain]") },
  );
  document.querySelectorAll(".part-held").forEach((place) => observer.observe(place));
  return () => { isOver = true; clearTimeout(timer); observer.disconnect(); };
}
"""
)


Seen = tuple[frozenset[str], dict[str, int]]
"""The names of the parts that are near, and the heights in pixels of those that were ever drawn."""


@dataclass(frozen=True)
class Part:
    """A part of a page by its name, and what draws it, also when only the parts run again."""

    name: str
    draw: Callable[[], object]


def come_whole(page: str) -> bool:
    """Whether all parts of the page are drawn at once: they then take so long that the filters should come before.

    Else the filters come after the few that are: the browser draws these while the filters' lists are counted.
    """
    return page not in st.session_state.get(SEEN, {})


def draw(page: str, parts: Sequence[Part]) -> None:
    """The parts of a page, one below the other."""
    st.session_state[RUN] = st.session_state.get(RUN, 0) + 1
    st.session_state[WHOLE] = come_whole(page)
    _drawn(page, parts)
    _watched(page, [part.name for part in parts])


@st.fragment
def _drawn(page: str, parts: Sequence[Part]) -> None:
    moments.leave_if_narrowed()
    near, heights = st.session_state.get(SEEN, {}).get(page, ((), {}))
    is_whole = bool(st.session_state[WHOLE])
    for part in parts:
        is_due = is_whole or part.name in near or part.name not in heights
        with st.container(key=f"part_{part.name}", height="content" if is_due else heights[part.name], border=False):
            if is_due:
                part.draw()
            else:
                st.html(HELD)
    if not is_whole:
        rest = st.components.v2.component("analytics_dash_rest", js=REST_JS)
        data = {"run": st.session_state[RUN], "after_ms": IDLE_MS}
        rest(key=REST, data=data, on_wanted_change=_want)


@st.fragment
def _watched(page: str, names: Sequence[str]) -> None:
    watch = st.components.v2.component("analytics_dash_watch", js=WATCH_JS)
    watch(key=WATCH, data={"page": page, "parts": list(names)}, on_seen_change=_note)


def _want() -> None:
    st.session_state[WHOLE] = True


def _note() -> None:
    told = dict(st.session_state.get(WATCH) or {}).get("seen")
    if isinstance(told, Mapping):
        seen, page = st.session_state.setdefault(SEEN, {}), str(told.get("page"))
        seen[page] = seen_of(told, seen.get(page))


def seen_of(told: Mapping[str, Any], before: Seen | None = None) -> Seen:
    """What a browser has told. Parts that were held just then keep the heights that are known from `before`."""
    heights = told.get("heights")
    held = heights.items() if isinstance(heights, Mapping) else ()
    found = {str(name): int(px) for name, px in held if isinstance(px, (int, float)) and LOWEST_PX <= px <= HIGHEST_PX}
    near = told.get("near")
    known = before[1] if before else {}
    return frozenset(map(str, near if isinstance(near, (list, tuple)) else ())), known | found
