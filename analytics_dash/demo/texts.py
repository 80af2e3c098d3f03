"""Owns the texts of a run: what was asked, what came back, what people said, all told by the run's random bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from analytics_dash.demo import phrases
from analytics_dash.demo.cast import API, BATCH, BROKER, CLAIMS, CRM, DIGEST, OCR, POLICY
from analytics_dash.demo.phrases import ENGLISH, HOSTILE, LANGUAGES, Language

CITIES: Final = (
    "Köln",
    "Leipzig",
    "Graz",
    "Zürich",
    "Saarbrücken",
    "Lyon",
    "Málaga",
    "Gdańsk",
    "Cork",
    "Münster",
    "Bath",
)
PRODUCTS: Final = (
    ("Home Plus", "home"),
    ("Hausrat Komfort", "hausrat"),
    ("Motor Basic", "motor"),
    ("Elementar Extra", "elementar"),
    ("Trade & Craft", "trade"),
)
HOSTILE_ONE_IN: Final = 90
JSON_FLOWS: Final = (OCR, CRM)  # asked by other software, in JSON
MAX_SENTENCES: Final = 12
NULL_INPUT_ONE_IN: Final = 400

FACTS_HELD: Final = 2048  # a page asks for the same facts at least twice a run

Facts = Mapping[str, str]


@lru_cache(FACTS_HELD)
def facts(subject: int) -> Facts:
    """What a conversation, or a parent and its sub-workflow runs, are about."""
    english = LANGUAGES[subject % len(LANGUAGES)] is ENGLISH
    product, key = PRODUCTS[(subject >> 4) % 5]
    euros, cents = 40 + (subject >> 7) % 9_000, (subject >> 21) % 100
    day, month = (subject >> 9) % 28 + 1, (subject >> 14) % 7 + 1
    return {
        "claim": f"CL-2026-{(subject >> 3) % 900_000 + 100_000}",
        "policy": f"P{(subject >> 11) % 90 + 10}-{(subject >> 17) % 9_000_000 + 1_000_000}",
        "city": CITIES[(subject >> 5) % 11],
        "date": f"2026-{month:02}-{day:02}" if english else f"{day:02}.{month:02}.2026",
        "amount": f"€{euros:,}.{cents:02}" if english else f"{euros:,}".replace(",", ".") + f",{cents:02} €",
        "plate": f"K-XY {(subject >> 19) % 9000 + 1000}",
        "product": product,
        "product_key": key,
        "number": str((subject >> 23) % 89_999 + 10_000),
    }


def inputs(flow: int, run_type: int, *, subject: int, dice: int, turn: int) -> str | None:
    """What the run was asked: JSON where software asks, sentences where people do."""
    if dice % NULL_INPUT_ONE_IN == 0:
        return None
    told = facts(subject)
    if dice % HOSTILE_ONE_IN == 1:
        return HOSTILE[dice // HOSTILE_ONE_IN % len(HOSTILE)].format_map(told)
    language = LANGUAGES[subject % len(LANGUAGES)]
    if turn:
        return " ".join(_stride(language.follow_ups, dice >> 8, 1 + dice % 2)).format_map(told)
    if flow in JSON_FLOWS:
        return _record(flow, told, dice)
    text = " ".join(_stride(language.asks, dice >> 8, _sentences(flow, dice))).format_map(told)
    if flow == BROKER:
        return f"From: broker-{dice % 40}@example.org\nSubject: {told['claim']} / {told['policy']}\n\n{text}"
    return _wrapped(text, language, told) if run_type in (API, BATCH) and flow == CLAIMS and dice & 256 else text


def outputs(flow: int, *, subject: int, dice: int) -> str:
    """What came back: extracted fields, a digest, or an answer in the language asked in."""
    told = facts(subject)
    if flow in JSON_FLOWS:
        return _extracted(told, dice)
    language = LANGUAGES[subject % len(LANGUAGES)]
    sentences = _stride(language.answers, dice >> 13, _sentences(flow, dice >> 4))
    if flow == DIGEST:
        return "# Weekly digest\n\n" + "\n".join(f"- {line}" for line in sentences).format_map(told)
    if flow == CLAIMS and dice & 7 == 0:
        decision = ("accept", "ask_back", "refuse")[dice % 3]
        answer = " ".join(sentences).format_map(told)
        return json.dumps({"claim": told["claim"], "decision": decision, "answer": answer}, ensure_ascii=False)
    return ("\n\n" if dice & 1 else " ").join(sentences).format_map(told)


def feedback(pick: int, *, subject: int, dice: int) -> str:
    """A verdict, or a few words; `pick` is 0 to 59 for praise, to 84 for blame, to 99 for own words."""
    pool = phrases.PRAISE if pick < 60 else phrases.BLAME if pick < 85 else phrases.OWN_WORDS
    return pool[dice % len(pool)].format_map(facts(subject))


def _stride(pool: tuple[str, ...], dice: int, count: int) -> list[str]:
    size = len(pool)
    first, step = dice % size, 1 + (dice >> 6) % (size - 1)
    chosen = [(first + step * position) % size for position in range(min(count, size))]
    return [pool[position] for position in sorted(chosen)]  # in the pool's order: the greeting first, the sources last


def _sentences(flow: int, dice: int) -> int:
    """Mostly a few, sometimes many; a look-up asks briefly."""
    many = MAX_SENTENCES if (dice >> 30) % 5 == 0 else 6
    return 2 if flow == POLICY else 2 + (dice >> 33) % (many - 1)


def _record(flow: int, told: Facts, dice: int) -> str:
    source = "crm" if flow == CRM else "scan"
    return (
        f'{{"source": "{source}", "file": "{told["claim"]}_{dice % 97}.pdf", "pages": {1 + dice % 14}, '
        f'"fields": ["claim", "policy", "amount", "date", "city"], "locale": "de-DE", '
        f'"policy": "{told["policy"]}", "callback": "https://example.com/hooks/{dice % 9973}"}}'
    )


def _extracted(told: Facts, dice: int) -> str:
    return (
        f'{{"claim": "{told["claim"]}", "policy": "{told["policy"]}", "amount": "{told["amount"]}", '
        f'"date": "{told["date"]}", "city": "{told["city"]}", "product": "{told["product"]}", '
        f'"confidence": {0.5 + dice % 500 / 1000:.3f}, "pages": {1 + dice % 14}, "notes": '
        f'"Seite {1 + dice % 3}: Stempel schlecht lesbar, Betrag zweimal genannt ({told["number"]})"}}'
    )


def _wrapped(text: str, language: Language, told: Facts) -> str:
    document = {"claim": told["claim"], "policy": told["policy"], "language": language.code, "message": text}
    return json.dumps(document, ensure_ascii=False)
