"""Owns what a person waits for: from a click on a filter to the repainted page, in a browser, over a long past."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from analytics_dash.commands import serve
from benchmarks.rows import FLOW, ORG
from benchmarks.serving import Place

CHROMIUM: Final = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
CLICKS: Final = 6  # of which the first warms what is cold
PATIENCE_MS: Final = 120_000
FIRST_FIGURE: Final = ".st-key-card_runs [data-testid=stMetricValue]"
WATCH: Final = """
figure => { window.waited = new Promise(done => {
  const app = document.querySelector('[data-testid=stApp]'), before = document.querySelector(figure).textContent;
  let began = 0, shown = 0, seen = 0, looking = 0;
  document.addEventListener('click', () => { began = performance.now(); }, {capture: true, once: true});
  const painted = then => requestAnimationFrame(() => setTimeout(() => then(performance.now() - began)));
  const isInWindow = part => {
    const {top, bottom, height} = part.getBoundingClientRect();
    return height && bottom > 0 && top < innerHeight;
  };
  const watch = new MutationObserver(() => {
    const text = document.querySelector(figure)?.textContent;
    if (began && !shown && text && text !== before) { shown = -1; painted(at => { shown = at; }); }
    if (shown && !seen && !looking) looking = requestAnimationFrame(() => {
      looking = 0;
      if (seen || [...document.querySelectorAll('[data-stale=true]')].some(isInWindow)) return;
      seen = -1;
      painted(at => { seen = at; });
    });
    if (seen && app.getAttribute('data-test-script-state') === 'notRunning' && !document.querySelector('.part-held')) {
      watch.disconnect();
      painted(at => done([shown, seen > 0 ? seen : at, at]));
    }
  });
  watch.observe(document.body, {subtree: true, childList: true, characterData: true, attributes: true});
}); }
"""
"""Milliseconds from the next click until the first figure has changed, until nothing in the window is of the view
before, and until the page is drawn to its end, which waits until the browser is idle.

It looks on only when something changes: asking at every frame would keep the browser painting.
"""


@dataclass(frozen=True)
class Waits:
    """Seconds from a click on a filter, the median of several: to the first figure, the window, and the last chart."""

    figures_s: float
    window_s: float
    page_s: float


def waits(place: Place, folder: Path, *, rows: int) -> Waits:
    """Click a filter of the overview over the newest `rows` runs, which the store in this folder holds."""
    with _dashboard(place, folder) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1440, "height": 900}, timezone_id="Europe/Berlin")
        page.set_default_timeout(PATIENCE_MS)
        _open(page, url, place, rows)
        found: list[list[float]] = []
        for _ in range(CLICKS):
            page.evaluate(WATCH, FIRST_FIGURE)
            page.get_by_text("Leave out test runs").click()
            found.append(page.evaluate("() => window.waited"))
            page.wait_for_timeout(1500)
        browser.close()
    return Waits(*(median(times) / 1000 for times in zip(*found[1:], strict=True)))


def _open(page: Page, url: str, place: Place, rows: int) -> None:
    """Sign in, and wait until the page is drawn and the data up to date."""
    query: dict[str, Any] = {"org": ORG, "flow": FLOW, "start": place.start_of(rows).isoformat()}
    page.goto(f"{url}/?{urlencode(query | {'end': place.end.isoformat(), 'tz': 'Europe/Berlin'})}")
    page.get_by_role("tab", name="Use an API key").click()
    page.get_by_label("API key", exact=True).fill("bench")
    page.get_by_role("button", name="Use API key").click()
    page.locator(FIRST_FIGURE).wait_for()
    page.get_by_text("Data is").first.wait_for(state="attached")
    page.wait_for_timeout(5000)


@contextmanager
def _dashboard(place: Place, folder: Path) -> Iterator[str]:
    """The dashboard over the store in this folder, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {"ANALYTICS_DASH_API_URL": place.url, "ANALYTICS_DASH_DATA_DIR": str(folder)}
    server = serve.start(host="127.0.0.1", port=port, environment=environment)
    try:
        serve.wait_until_up(server, host="127.0.0.1", port=port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)
