"""The whole way in a real browser: sign in, look, narrow, share, take away, leave."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from analytics_dash.demo.server import DEMO_API_KEY, DEMO_PASSWORD
from analytics_dash.web.sessions import COOKIE
from tests.e2e.conftest import LIGHT, Site, click_bucket, log_in, opened, settled, up_to_date, visited

pytestmark = pytest.mark.e2e


def parameters(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def card(page: Page, name: str) -> str:
    return page.locator(f".st-key-card_{name} [data-testid=stMetricValue]").inner_text()


def cookie_of(page: Page) -> dict[str, object]:
    """The sign-in's cookie, once the page has traded its ticket for it."""
    for _ in range(100):
        found = next((dict(c) for c in page.context.cookies() if c["name"] == COOKIE), None)
        if found is not None:
            return found
        page.wait_for_timeout(50)
    raise AssertionError("no cookie came")


def test_signing_in_shows_the_figures_and_the_charts_and_asks_nothing_of_a_foreign_host(page: Page, site: Site) -> None:
    foreign: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith((site.url, "data:", "blob:")) else None)
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    opened(page, site)
    for name in ("runs", "failure_rate", "latency_p50", "latency_p95", "tokens", "users"):
        assert re.search(r"\d", card(page, name)), name
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    expect(page.get_by_text("Newest runs")).to_be_visible()
    assert foreign == []
    assert errors == []


def test_a_wrong_password_is_told_and_the_username_stays(page: Page, site: Site) -> None:
    page.goto(site.link())
    log_in(page, password="not-the-password")
    expect(page.get_by_test_id("stAlert")).to_contain_text("password")
    expect(page.get_by_label("Username")).not_to_have_value("")
    assert COOKIE not in {cookie["name"] for cookie in page.context.cookies()}


def test_an_api_key_is_the_other_way_in(page: Page, site: Site) -> None:
    page.goto(site.link(LIGHT))
    page.get_by_role("tab", name="Use an API key").click()
    page.get_by_label("API key", exact=True).fill(DEMO_API_KEY)
    page.get_by_role("button", name="Use API key").click()
    expect(page.get_by_text(" read in ").first).to_be_visible()


def test_a_deep_link_lands_on_its_view_after_the_sign_in(page: Page, site: Site) -> None:
    opened(page, site, LIGHT, range="24h", state=["FAILED", "COMPLETED"], tz="America/New_York")
    assert parameters(page)["state"] == ["FAILED", "COMPLETED"]
    assert parameters(page)["range"] == ["24h"]
    expect(page.locator(".st-key-chips")).to_contain_text("State: FAILED")
    expect(page.get_by_text("America/New_York").first).to_be_visible()


def test_a_reload_keeps_the_sign_in_and_the_browser_holds_no_token(page: Page, site: Site) -> None:
    opened(page, site, LIGHT)
    cookie = cookie_of(page)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.reload()
    expect(page.get_by_text(" read in ").first).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)
    stored = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert str(cookie["value"]) not in stored
    assert DEMO_PASSWORD not in stored
    assert DEMO_PASSWORD not in page.content()


def test_every_sign_in_has_a_cookie_value_of_its_own(page: Page, site: Site) -> None:
    opened(page, site, LIGHT)
    first = cookie_of(page)["value"]
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You are logged out.")).to_be_visible()
    page.context.clear_cookies()
    log_in(page)
    expect(page.get_by_text(" read in ").first).to_be_visible()
    assert cookie_of(page)["value"] != first


def test_signing_out_in_one_tab_empties_the_other(page: Page, site: Site) -> None:
    opened(page, site, LIGHT)
    cookie_of(page)
    other = page.context.new_page()
    other.goto(site.link())
    expect(other.get_by_text(" read in ").first).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(other.get_by_role("button", name="Log in")).to_be_visible()
    expect(other.locator(".js-plotly-plot")).to_have_count(0)
    other.reload()
    expect(other.get_by_role("button", name="Log in")).to_be_visible()


def overheard(page: Page, note: Callable[[bytes], object]) -> list[WebSocketRoute]:
    """What the page sends is passed on and then noted; returns the server's ends of its lines, the last one in use."""
    servers: list[WebSocketRoute] = []

    def line(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        servers.append(server)

        def pass_on(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            server.send(message)
            note(message)

        route.on_message(pass_on)

    page.route_web_socket(re.compile("/_stcore/stream"), line)
    return servers


def test_a_request_that_crosses_the_sign_out_does_not_bring_the_page_back(page: Page, site: Site) -> None:
    """Parts of a page ask for themselves by timers; such a request can be on its way while the form is being drawn."""
    asked: dict[str, bytes] = {}

    def note(message: bytes) -> None:
        if part := BackMsg.FromString(message).rerun_script.fragment_id:
            asked[part] = message

    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    servers = overheard(page, note)
    opened(page, site)
    page.wait_for_timeout(2_500)  # every timer of the page has gone off
    assert len(asked) > 1
    page.get_by_role("button", name="Log out").click()
    form = page.get_by_role("button", name="Log in")
    expect(form).to_be_visible()
    settled(page)
    for message in asked.values():
        servers[-1].send(message)
        page.wait_for_timeout(300)
    settled(page)
    expect(form).to_be_visible()
    expect(page.get_by_role("button", name="Log out")).to_have_count(0)
    assert faults == []


def test_a_request_that_crosses_a_choice_does_not_undo_it(visitor: Page, site: Site) -> None:
    """A page may ask again before it has heard where a choice has taken it: it then says where it was."""
    servers = overheard(visitor, lambda message: servers[-1].send(message) if is_crossing else None)
    is_crossing = False
    visited(visitor, site, range="7d")
    everything = card(visitor, "runs")
    is_crossing = True
    visitor.get_by_role("radio", name="Latency p95").click()
    chosen = visitor.get_by_role("heading", name="Latency p95 by hour of the week")
    expect(chosen).to_be_visible()
    visitor.wait_for_timeout(500)
    visitor.get_by_role("radio", name="24h").click()
    expect(visitor.locator(".st-key-card_runs [data-testid=stMetricValue]")).not_to_have_text(everything)
    visitor.wait_for_timeout(500)
    settled(visitor)
    expect(chosen).to_be_visible()
    expect(visitor.get_by_role("radio", name="24h")).to_be_checked()
    assert parameters(visitor)["range"] == ["24h"]
    assert parameters(visitor)["show"] == ["week:p95"]
    assert card(visitor, "runs") != everything


def test_a_filter_goes_into_the_url_and_back_undoes_it(visitor: Page, site: Site) -> None:
    visited(visitor, site)
    everything = card(visitor, "runs")
    visitor.get_by_text("More filters").click()
    visitor.locator("[class*='st-key-filter_state'] input").click()
    visitor.get_by_role("option", name=re.compile("^FAILED")).click()
    visitor.keyboard.press("Escape")
    visitor.wait_for_url(re.compile("state=FAILED"))
    settled(visitor)
    expect(visitor.locator(".st-key-card_runs [data-testid=stMetricValue]")).not_to_have_text(everything)
    expect(visitor.locator(".st-key-card_failure_rate [data-testid=stMetricValue]")).to_have_text("100.0 %")
    visitor.go_back()
    expect(visitor.locator(".st-key-card_runs [data-testid=stMetricValue]")).to_have_text(everything)
    expect(visitor.locator("[class*=st-key-filter_state]").filter(has_text="FAILED")).to_have_count(0)
    assert "state" not in parameters(visitor)
    visitor.go_forward()
    expect(visitor.locator(".st-key-card_failure_rate [data-testid=stMetricValue]")).to_have_text("100.0 %")


@pytest.mark.parametrize("chart", ["failures"])
def test_a_click_on_a_bucket_narrows_to_it_and_its_chip_undoes_that(visitor: Page, site: Site, chart: str) -> None:
    visited(visitor, site, range="30d")
    everything = card(visitor, "runs")
    click_bucket(visitor, chart, 0.5)
    visitor.wait_for_url(re.compile("start=.*end="))
    start, end = (datetime.fromisoformat(parameters(visitor)[name][0]) for name in ("start", "end"))
    assert timedelta(hours=23) <= end - start <= timedelta(hours=25)
    assert start.astimezone(UTC).hour in {22, 23}, "a day of Paris begins at 22:00 or 23:00 UTC"
    chip = visitor.locator(".st-key-chip_range button").first
    expect(chip).to_be_visible()
    expect(visitor.locator(".st-key-card_runs [data-testid=stMetricValue]")).not_to_have_text(everything)
    chip.click()
    expect(visitor.locator(".st-key-card_runs [data-testid=stMetricValue]")).to_have_text(everything)
    assert "start" not in parameters(visitor)
    assert parameters(visitor)["range"] == ["30d"]


def downloaded(page: Page) -> list[dict[str, str]]:
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").click()
    text = Path(waiting.value.path()).read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_downloaded_file_is_what_the_server_holds(visitor: Page, site: Site) -> None:
    now = site.world.now - timedelta(minutes=1)
    start, end = now - timedelta(days=20), now - timedelta(days=2)
    visited(visitor, site, start=start.isoformat(), end=end.isoformat(), tests="include")
    cookie_of(visitor)
    rows = downloaded(visitor)
    there = site.world.rows(site.world.flows[0].id, at=now, start=start, end=end - timedelta(microseconds=1))
    assert {row["run_id"] for row in rows} == {row["run_id"] for row in there}
    assert len(rows) == len(there) == int(card(visitor, "runs").replace(",", ""))
    by_id = {row["run_id"]: row for row in there}
    for row in rows:
        truth = by_id[row["run_id"]]
        assert row["inputs"] in {truth["inputs"] or "", "'" + (truth["inputs"] or "")}
        assert row["total_tokens"] == str(truth["total_tokens"])
        assert row["error"] == (truth["error"] or "")


def test_what_a_link_has_wrong_is_told_and_the_rest_is_shown(visitor: Page, site: Site) -> None:
    visited(visitor, site, LIGHT, range="5y", outcome="broken")
    expect(visitor.get_by_text("a range looks like 24h, 7d, 30d, 90d")).to_be_visible()
    expect(visitor.get_by_text("an outcome is one of failed")).to_be_visible()


def test_an_empty_range_says_so_and_what_to_do(page: Page, site: Site) -> None:
    page.goto(site.link(start="2020-01-01T00:00:00Z", end="2020-01-02T00:00:00Z"))
    log_in(page)
    expect(page.get_by_text("This flow has no runs in")).to_be_visible()


def test_a_flow_that_is_not_one_s_own_says_so(page: Page, site: Site) -> None:
    forbidden = next(flow.id for flow in site.world.flows if flow.forbidden)
    page.goto(site.link(flow=forbidden))
    log_in(page)
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(0)


def test_the_shared_link_shows_another_person_the_same_numbers_and_charts(
    visitor: Page, site: Site, browser: Browser
) -> None:
    visited(visitor, site, range="7d", state="COMPLETED")
    runs = card(visitor, "runs")
    visitor.get_by_role("radio", name="Latency p95").click()
    chosen = visitor.get_by_role("heading", name="Latency p95 by hour of the week")
    expect(chosen).to_be_visible()
    visitor.get_by_role("button", name="Share").click()
    link = visitor.locator("[data-testid=stPopoverBody] code").inner_text().strip()
    assert {"start", "end", "tz", "state", "org", "flow"} <= set(parse_qs(urlsplit(link).query))
    elsewhere = browser.new_context(viewport={"width": 1440, "height": 900}, timezone_id="Asia/Tokyo")
    other = elsewhere.new_page()
    other.goto(link)
    log_in(other)
    up_to_date(other)
    expect(other.locator(".st-key-card_runs [data-testid=stMetricValue]")).to_have_text(runs)
    expect(other.get_by_role("heading", name="Latency p95 by hour of the week")).to_be_visible()
    elsewhere.close()
    visitor.keyboard.press("Escape")
    for page, title in (("Runs", "Runs:"), ("Overview", "Overview:")):  # links that are older than the choice
        visitor.get_by_test_id("stSidebar").get_by_role("link", name=page, exact=True).click()
        expect(visitor.get_by_role("heading", level=1)).to_contain_text(title)
    expect(chosen).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(visitor: Page, site: Site, scheme: str) -> None:
    phone = visitor
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    visited(phone, site)
    width = phone.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth")
    assert width <= 390
