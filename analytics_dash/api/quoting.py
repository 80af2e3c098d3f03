"""Owns how the server's words enter ours: one short line, nothing secret, nothing that could act as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit

from pydantic import SecretStr

QUOTE_LIMIT: Final = 200  # characters: a sentence's worth; whole stack traces help nobody on a page
READ_LIMIT: Final = 10_000  # characters looked at before shortening, so that a huge body costs nothing
SHORTEST_SECRET: Final = 4  # hiding shorter ones would mangle ordinary words
HIDDEN: Final = "•••"
PARTS_SHOWN: Final = 3  # of a validation error's list
_LOOKALIKES: Final = str.maketrans(
    {"<": "‹", ">": "›", "[": "(", "]": ")", "`": "'", "*": "∗", "$": "＄", "\\": "∖", "~": "∼", "!": "ǃ", "|": "∣"}
)
_LINK: Final = re.compile(r"(?i)\b(https?|ftp)://|\bwww\.")


def plain_line(text: str, *, secrets: Iterable[SecretStr] = (), limit: int = QUOTE_LIMIT) -> str:
    """A stranger's text as one line without secrets or markup, cut at `limit` characters."""
    for secret in secrets:
        text = _hidden(text, secret.get_secret_value())
    visible = "".join(c if c.isprintable() else " " for c in text[:READ_LIMIT])
    line = " ".join(_LINK.sub(lambda m: m.group(0).replace("://", "∶//").replace(".", "․"), visible).split())
    line = line.translate(_LOOKALIKES)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _hidden(text: str, secret: str) -> str:
    if len(secret) < SHORTEST_SECRET:
        return text
    for form in (secret, quote(secret), quote_plus(secret), quote_plus(quote_plus(secret))):
        text = text.replace(form, HIDDEN)
    return text


def plain_address(address: str, *, secrets: Iterable[SecretStr] = ()) -> str:
    """Where an address leads, without its user, query and fragment; it is for reading, so it may stay a link."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return ""
    place = f"{parts.scheme}://{host}{parts.path}" if host else parts.path
    bare = unquote_plus(unquote_plus(unquote_plus(place)))
    if any(secret.get_secret_value() in bare for secret in secrets if len(secret) >= SHORTEST_SECRET):
        return ""
    return re.sub(r"[^A-Za-z0-9.:/_%~-]", "", place)[:QUOTE_LIMIT]


def detail_of(body: object) -> str:
    """The sentence in an error's body, raw: FastAPI's `detail`, RFC 6749's description, common cousins, or ""."""
    if isinstance(body, str):
        return body
    if not isinstance(body, Mapping):
        return ""
    detail = body.get("detail")
    if isinstance(detail, list):
        return "; ".join(_fault(fault) for fault in detail[:PARTS_SHOWN])
    for value in (detail, body.get("error_description"), body.get("message"), body.get("error")):
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, Mapping):
            return detail_of(dict(value) | {"detail": value.get("detail") or value.get("message")})
    return ""


def _fault(fault: object) -> str:
    """One validation fault by place and message, never by the value that was sent."""
    if not isinstance(fault, Mapping):
        return fault if isinstance(fault, str) else ""
    message = str(fault.get("msg", ""))
    name = parameter_of(fault)
    return f"{name}: {message}" if name else message


def parameter_of(fault: Mapping[str, Any]) -> str:
    """The most specific part of a fault's `loc` that is a name."""
    loc = fault.get("loc")
    names = [part for part in loc if isinstance(part, str)] if isinstance(loc, list) else []
    return names[-1][:80] if names else ""
