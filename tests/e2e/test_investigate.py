"""The six tasks of whoever looks into what happened, walked in a real browser, each in three actions at most."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import LIGHT, PATIENCE_MS, Site, settled, up_to_date, visited

pytestmark = pytest.mark.e2e

MOST_ACTIONS: Final = 3
HEAD_PX, ROW_PX, MARK_PX = 33, 33, 16
"""Of a table, which is a picture to a test: its head, its rows, and where a row is marked."""


@dataclass
class Person:
    """Somebody at the browser, whose actions are counted."""

    page: Page
    actions: int = 0

    def act(self) -> None:
        self.actions += 1
        assert self.actions <= MOST_ACTIONS

    def goes_to(self, name: str) -> None:
        self.act()
        self.page.get_by_test_id("stSidebar").get_by_role("link", name=name, exact=True).click()
        self.sees_title(name)
        up_to_date(self.page)
        settled(self.page)

    def follows(self, words: str | re.Pattern[str]) -> None:
        self.act()
        self.page.get_by_test_id("stMain").get_by_role("link", name=words).first.click()

    def pastes(self, text: str) -> None:
        self.act()
        box = self.page.get_by_placeholder("Run, user, email or conversation")
        box.fill(text)
        box.press("Enter")

    def marks_row(self, key: str, row: int) -> None:
        self.act()
        table = self.page.locator(f"[class*='st-key-{key}'] [data-testid=stDataFrame]").first
        table.scroll_into_view_if_needed()
        expect(table.locator("canvas").first).to_be_visible()
        self.page.wait_for_timeout(300)  # the canvas paints a moment after it is there
        table.click(position={"x": MARK_PX, "y": HEAD_PX + ROW_PX * row + ROW_PX // 2})

    def sees_title(self, page_name: str) -> None:
        title = self.page.get_by_test_id("stMain").get_by_role("heading", level=1)
        expect(title).to_have_text(re.compile(f"^{page_name}"), timeout=PATIENCE_MS)

    def sees(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_test_id("stMain").get_by_text(words).first).to_be_visible(timeout=PATIENCE_MS)


@pytest.fixture
def person(visitor: Page) -> Person:
    return Person(visitor)


@pytest.fixture(scope="module")
def month(site: Site) -> list[dict[str, Any]]:
    """The main flow's runs of thirty days but tests, the newest first."""
    now = site.world.now - timedelta(minutes=1)
    rows = site.world.rows(site.world.flows[0].id, at=now, start=now - timedelta(days=30), end=now)
    return [row for row in rows if row["run_type"] != "workflow_builder"]


def test_the_error_that_hits_most_users_is_named_and_one_of_its_runs_read(person: Person, site: Site) -> None:
    visited(person.page, site, LIGHT, range="30d")
    person.goes_to("Failures")
    person.marks_row("error_groups", 0)
    person.page.wait_for_url(re.compile("error_group="))
    person.follows("Read its newest run")
    person.sees_title("Run")
    person.sees("Error")


def test_a_pasted_user_is_shown_with_all_that_they_ran(person: Person, site: Site, month: list[dict[str, Any]]) -> None:
    failed = next(row for row in month if row["state"] == "FAILED" and row["user_id"])
    visited(person.page, site, LIGHT, range="30d")
    person.pastes(failed["user_id"])
    person.sees_title("User:")
    person.sees("Is it only them?")
    runs = sum(row["user_id"] == failed["user_id"] for row in month)
    person.sees(re.compile(rf"\b{runs}\b"))


def test_a_pasted_run_is_read_and_its_whole_conversation_one_click_away(
    person: Person, site: Site, month: list[dict[str, Any]]
) -> None:
    by_conversation: dict[str, list[dict[str, Any]]] = {}
    for row in month[:400]:
        if row["conversation_id"]:
            by_conversation.setdefault(row["conversation_id"], []).append(row)
    turns = next(held for held in by_conversation.values() if len(held) > 2)
    visited(person.page, site, LIGHT, range="30d")
    person.pastes(turns[0]["run_id"])
    person.sees_title("Run")
    for part in ("Inputs", "Outputs", "Started by"):
        person.sees(part)
    person.follows(re.compile("Conversation"))
    person.sees_title("Conversation")
    expect(person.page.get_by_test_id("stChatMessage").first).to_be_visible()


def test_from_a_sub_workflow_s_run_its_parent_s_run_is_reached(
    person: Person, site: Site, month: list[dict[str, Any]]
) -> None:
    flows = {flow.id: flow for flow in site.world.flows}
    child = next(
        row
        for row in month
        if row["parent_run_id"] and (flow := flows.get(row["parent_project_id"])) and not flow.forbidden
    )
    visited(person.page, site, LIGHT, range="30d")
    person.pastes(child["run_id"])
    person.sees_title("Run")
    person.act()
    person.page.get_by_role("button", name="Parent's run").click()
    person.page.wait_for_url(re.compile(f"flow={child['parent_project_id']}"))
    person.sees("Where it belongs")
    person.sees(child["parent_run_id"])


def test_the_parents_that_call_a_flow_are_one_click_away(person: Person, site: Site) -> None:
    visited(person.page, site, LIGHT, range="30d")
    person.goes_to("Sub-workflows")
    person.sees("Suffers most")
    person.sees("Parents")


def test_a_row_of_the_list_opens_its_run_and_the_way_back_keeps_the_page(person: Person, site: Site) -> None:
    visited(person.page, site, LIGHT, range="30d")
    person.goes_to("Runs")
    person.sees("rows 1–100 of")
    person.marks_row("runs_", 2)
    person.sees_title("Run")
    person.sees("3 of")
    person.follows("Back to the list")
    person.sees_title("Runs")
