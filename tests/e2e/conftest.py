"""A real browser on the real dashboard over the simulated API, each on a port of its own."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from analytics_dash.commands import serve
from analytics_dash.demo.server import DEMO_PASSWORD, DEMO_USERNAME, DemoServer
from analytics_dash.demo.world import World, build_world

CHROMIUM: Final = (
    os.environ.get("CHROMIUM", ""),
    "/usr/bin/chromium",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ARTIFACTS: Final = Path("test-artifacts")
LIGHT: Final = "waiting"  # a page that is drawn quickly, for what is the same on every page
PATIENCE_MS: Final = 30_000  # a busy machine's time for what takes a second
expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Site:
    """A running dashboard and the API behind it."""

    url: str
    api: DemoServer
    world: World

    def link(self, path: str = "", **parameters: str | list[str]) -> str:
        """The address of a view of the main flow on one of the pages."""
        query = {"org": self.world.organization_id, "flow": self.world.flows[0].id, **parameters}
        return f"{self.url}/{path}?{urlencode(query, doseq=True)}"


@pytest.fixture(scope="session")
def world() -> World:
    return build_world(seed=7, now=datetime.now(UTC), runs=24_000)


@pytest.fixture(scope="session")
def api(world: World) -> Iterator[DemoServer]:
    """The simulated API with its clock stopped, so that two readings agree."""
    now = world.now - timedelta(minutes=1)
    with DemoServer(world, clock=lambda: now) as server:
        yield server


@pytest.fixture(scope="session")
def site(api: DemoServer, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = free_port()
    environment = {
        "ANALYTICS_DASH_API_URL": api.url,
        "ANALYTICS_DASH_TOKEN_URL": "token",
        "ANALYTICS_DASH_DATA_DIR": "memory",
    }
    server = serve.start(host="127.0.0.1", port=port, environment=environment)
    try:
        serve.wait_until_up(server, host="127.0.0.1", port=port)
        yield Site(f"http://127.0.0.1:{port}", api, world)
    finally:
        server.terminate()
        server.wait(timeout=10)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    path = next((p for p in CHROMIUM if p and Path(p).is_file()), None)
    assert path is not None, "no Chromium on this machine: scripts/browser.sh installs it"
    launched = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def signed_in(browser: Browser, site: Site) -> dict[str, Any]:
    """What a browser keeps of one sign-in that many tests share; those about signing in make their own."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_MS)
    opened(context.new_page(), site, LIGHT)
    while not context.cookies():
        time.sleep(0.05)
    kept = dict(context.storage_state())
    context.close()
    return kept


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A fresh browser profile at 1440 x 900 in Paris."""
    yield from tab(browser, request)


@pytest.fixture
def visitor(browser: Browser, request: pytest.FixtureRequest, signed_in: dict[str, Any]) -> Iterator[Page]:
    """The same, signed in."""
    yield from tab(browser, request, storage_state=signed_in)


def tab(browser: Browser, request: pytest.FixtureRequest, **profile: Any) -> Iterator[Page]:
    """One tab of a browser profile; a failing test leaves a picture of it."""
    options = {
        "viewport": {"width": 1440, "height": 900},
        "timezone_id": "Europe/Paris",
        "locale": "en-GB",
        "reduced_motion": "reduce",
    }
    context = browser.new_context(**(options | profile))
    context.set_default_timeout(PATIENCE_MS)
    opened = context.new_page()
    failed_before = request.session.testsfailed
    yield opened
    if request.session.testsfailed > failed_before:
        ARTIFACTS.mkdir(exist_ok=True)
        opened.screenshot(path=ARTIFACTS / f"{request.node.name}.png")
    context.close()


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def log_in(page: Page, *, username: str = DEMO_USERNAME, password: str = DEMO_PASSWORD) -> None:
    """Fill in the form and press the button, as a person would."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()


def settled(page: Page) -> None:
    """Wait until the script has run and the charts are there."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE_MS)


def whole(page: Page) -> None:
    """Wait until the page is drawn to its end: what is below its window comes later, and draws charts anew."""
    expect(page.locator(".part-held")).to_have_count(0)
    settled(page)


def click_bucket(page: Page, chart: str, share: float) -> None:
    """Click the column of a chart at this share of its width."""
    whole(page)
    plot = page.locator(f"[class*=st-key-chart_{chart}] .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * share, box["y"] + box["height"] / 2
    told = page.locator(f"[class*=st-key-chart_{chart}] .hoverlayer .hovertext")
    for nudge in range(40):  # as a person does: the numbers show what a click would take
        page.mouse.move(x + nudge % 2, y)
        page.wait_for_timeout(250)
        if told.count():
            break
    page.mouse.click(x, y)


def opened(page: Page, site: Site, path: str = "", **parameters: str | list[str]) -> Page:
    """The page of a view, signed in and drawn."""
    page.goto(site.link(path, **parameters))
    log_in(page)
    return drawn(page)


def visited(visitor: Page, site: Site, path: str = "", **parameters: str | list[str]) -> Page:
    """The same with a sign-in that is there already."""
    visitor.goto(site.link(path, **parameters))
    return drawn(visitor)


def drawn(page: Page) -> Page:
    """The page once its runs are read and drawn."""
    expect(page.get_by_text(" read in ").first).to_be_visible(timeout=PATIENCE_MS)
    up_to_date(page)
    settled(page)
    return page


def up_to_date(page: Page) -> None:
    """Wait until all is read and nothing is being read any more."""
    expect(page.get_by_text("Partial data")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.get_by_text(re.compile("^Data is .* old"))).to_be_attached(timeout=PATIENCE_MS)
