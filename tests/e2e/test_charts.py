"""Charts in a real browser: what a drag, a click and a finger do, and the pictures that are taken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from tests.e2e.conftest import Site, click_bucket, settled, tab, visited, whole

pytestmark = pytest.mark.e2e

PHONE: Final = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)
SCROLLED: Final = "() => document.querySelector('[data-testid=stMain]').scrollTop"


def plot(page: Page, chart: str) -> FloatRect:
    """Where the chart has its marks, scrolled into sight."""
    whole(page)
    held = page.locator(f"[class*=st-key-chart_{chart}] .nsewdrag").first
    held.scroll_into_view_if_needed()
    box = held.bounding_box()
    assert box is not None
    return box


def interval(page: Page) -> tuple[datetime, datetime]:
    page.wait_for_url(re.compile("start=.*end="))
    query = parse_qs(urlsplit(page.url).query)
    return datetime.fromisoformat(query["start"][0]), datetime.fromisoformat(query["end"][0])


def drag(page: Page, chart: str, *, low: float, high: float) -> None:
    """Drag over these shares of the chart's width."""
    box = plot(page, chart)
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * low, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * high, height, steps=8)
    page.mouse.up()


def test_a_drag_over_a_third_of_a_chart_zooms_to_it_and_a_click_then_to_a_bucket(visitor: Page, site: Site) -> None:
    visited(visitor, site, range="30d")
    drag(visitor, "latency", low=1 / 3, high=2 / 3)
    start, end = interval(visitor)
    assert timedelta(days=8) <= end - start <= timedelta(days=12)
    settled(visitor)
    click_bucket(visitor, "tokens", 0.5)
    visitor.wait_for_url(
        lambda url: parse_qs(urlsplit(url).query)["start"] != [start.isoformat().replace("+00:00", "Z")]
    )
    first, last = interval(visitor)
    assert start <= first < last <= end
    assert last - first <= timedelta(hours=25)


@pytest.fixture
def phone(browser: Browser, request: pytest.FixtureRequest, signed_in: dict[str, Any]) -> Iterator[Page]:
    """A signed-in phone."""
    size = {"width": 390, "height": 844}
    yield from tab(browser, request, storage_state=signed_in, viewport=size, user_agent=PHONE, has_touch=True)


def test_a_finger_on_a_chart_scrolls_the_page_and_a_tap_narrows_to_a_bucket(phone: Page, site: Site) -> None:
    visited(phone, site, range="30d")
    box = plot(phone, "latency")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = phone.evaluate(SCROLLED)
    finger = phone.context.new_cdp_session(phone)
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + 15 * step}]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.wait_for_function(f"before => ({SCROLLED})() < before - 50", arg=before)
    assert "start=" not in phone.url
    box = plot(phone, "latency")
    phone.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    start, end = interval(phone)
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)


def test_a_chart_is_saved_as_the_kind_of_picture_that_was_chosen(visitor: Page, site: Site) -> None:
    visited(visitor, site, range="24h")
    assert saved(visitor, "tokens") == "tokens.png"
    visitor.locator(".st-key-table_tokens button").first.click()
    visitor.get_by_role("radio", name="SVG").click()
    camera = visitor.locator("[class*=st-key-chart_tokens] .modebar-btn").last
    expect(camera).not_to_have_attribute("data-title", re.compile("PNG"))
    visitor.keyboard.press("Escape")
    assert saved(visitor, "tokens") == "tokens.svg"


def saved(page: Page, chart: str) -> str:
    """The name of the file that the camera in the chart's corner gives."""
    plot(page, chart)
    held = page.locator(f"[class*=st-key-chart_{chart}]")
    held.hover()
    with page.expect_download() as waiting:
        held.locator(".modebar-btn").last.click()
    return waiting.value.suggested_filename


def test_the_period_before_is_drawn_beside_the_range(visitor: Page, site: Site) -> None:
    visited(visitor, site, range="7d")
    delta = visitor.locator(".st-key-card_runs [data-testid=stMetricDelta]")
    expect(delta).to_be_visible()
    expect(visitor.locator("[class*=st-key-chart_latency]").get_by_text("period before").first).to_be_attached()


WATCHED: Final = """heading => {
  const top = () => Math.round(heading.getBoundingClientRect().top);
  window.held = 0;
  window.tops = [top(), top()];
  new MutationObserver(() => {
    window.held = Math.max(window.held, document.querySelectorAll('.part-held').length);
    window.tops = [Math.min(window.tops[0], top()), Math.max(window.tops[1], top())];
  }).observe(document.querySelector('[data-testid=stMain]'), {subtree: true, childList: true});
}"""


def test_the_parts_in_the_window_come_first_and_the_others_after_them_without_moving_the_page(
    visitor: Page, site: Site
) -> None:
    visited(visitor, site, range="30d")
    heading = visitor.get_by_role("heading", name="Tokens by day")
    heading.scroll_into_view_if_needed()
    heading.evaluate(WATCHED)
    runs = visitor.locator(".st-key-card_runs [data-testid=stMetricValue]")
    for _ in range(6):  # the browser tells where it is when it has come to rest, and nobody sees when
        before = runs.inner_text()
        visitor.get_by_text("Leave out test runs").click()
        expect(runs).not_to_have_text(before)
        settled(visitor)
        if visitor.evaluate("window.held"):
            break
        visitor.wait_for_timeout(500)
    assert visitor.evaluate("window.held") > 0
    expect(visitor.locator(".part-held")).to_have_count(0)
    expect(visitor.get_by_text("Newest runs")).to_be_attached()
    expect(visitor.locator("[class*=st-key-chart_week]")).to_be_attached()
    lowest, highest = visitor.evaluate("window.tops")
    assert highest - lowest < 60


BARS_AND_COLUMNS: Final = """(chart) => {
  const drawn = document.querySelector(`[class*=st-key-chart_${chart}] .js-plotly-plot`);
  const of = (is) => drawn.calcdata.filter((found) => is(found[0].trace));
  const columns = of((trace) => trace.name === "bucket")[0].map((column) => column.p);
  return of((trace) => trace.stackgroup).map((layer) => [layer.map((corner) => corner.x), columns]);
}"""
"""For each layer of a stack: where the browser puts the corners of its bars, and the columns that take clicks."""


@pytest.mark.parametrize("browser_zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_bars_stand_in_their_columns_whatever_the_browser_s_time_zone(
    browser: Browser, request: pytest.FixtureRequest, signed_in: dict[str, Any], site: Site, browser_zone: str
) -> None:
    for page in tab(browser, request, storage_state=signed_in, timezone_id=browser_zone):
        visited(page, site, "failures", range="7d", tz="Europe/Paris")
        for chart in ("failures", "outcomes"):
            plot(page, chart)
            layers = page.evaluate(BARS_AND_COLUMNS, chart)
            assert layers
            for corners, columns in layers:
                assert len(corners) == 4 * len(columns)
                for place, column in enumerate(columns):
                    assert corners[4 * place] <= column <= corners[4 * place + 3]
