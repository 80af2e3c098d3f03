"""Owns what goes wrong: the error texts, how often each comes, and what a run that meets it has done by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error text with facts to fill in; `token_share` of the tokens is spent, `latency_s` replaces the usual one."""

    text: str
    weight: float = 0.0
    token_share: float = 1.0
    latency_s: float | None = None


OUTAGE, SUB_FAILED, LOCKED_FILE, BAD_DECISION, TOO_LONG = range(5)
TROUBLES: Final = (
    Trouble(
        "KnowledgeBaseError: index 'policies-eu-{small}' is not available: 503 Service Unavailable from "
        "kb-eu-{small}.search.example.net:9200 (attempt 3 of 3, trace {hex})",
        token_share=0.15,
        latency_s=21.0,
    ),
    Trouble("Sub-workflow '{flow}' (run {run}) failed, and this node does not continue on errors.", token_share=0.7),
    Trouble(
        "FileError: cannot read 'attachment-{number}.pdf': the document is encrypted (node doc2text-{small})",
        token_share=0.0,
        latency_s=1.4,
    ),
    Trouble(
        "ValidationError: 1 validation error for ClaimDecision\ndecision\n  Input should be 'accept', 'refuse' or "
        "'ask_back' [type=literal_error, input_value='accept_partly', input_type=str] (node llm-{small})"
    ),
    Trouble(
        "Error code: 400 - This model's maximum context length is 128000 tokens. However, your messages resulted in "
        "{long} tokens. Please reduce the length of the messages. (request req_{hex})",
        weight=0.5,
        token_share=0.0,
        latency_s=2.2,
    ),
    Trouble(
        "Error code: 429 - Rate limit reached for {model} on tokens per min (TPM): Limit 450000, Used {long}, "
        "Requested {number}. Please try again in {small}.{tiny}s.",
        weight=3.0,
        token_share=0.05,
        latency_s=3.0,
    ),
    Trouble("Node 'llm-{small}' timed out after 60 s (request req_{hex})", weight=2.2, token_share=0.4, latency_s=60.3),
    Trouble(
        "HTTPSConnectionPool(host='crm-{small}.example.net', port=443): Max retries exceeded with url: "
        "/v2/policies/{number} (Caused by ConnectTimeoutError: timed out, connect timeout=10)",
        weight=1.6,
        token_share=0.3,
        latency_s=31.0,
    ),
    Trouble(
        "JSONDecodeError: Expecting ',' delimiter: line {small} column {tiny} (char {number}) in the output of node "
        "'extract_fields'",
        weight=1.4,
    ),
    Trouble("Missing value for required input 'doc-{tiny}'", weight=0.9, token_share=0.0, latency_s=0.2),
    Trouble(
        "Der Anhang „Schadenmeldung-{number}.heic“ hat ein nicht unterstütztes Format (Knoten doc2text-{small})",
        weight=0.7,
        token_share=0.0,
        latency_s=0.9,
    ),
    Trouble("Internal error. Reference: {run}", weight=0.3, token_share=0.5),
)
