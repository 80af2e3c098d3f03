"""Owns what a response that is not 2xx says, and turns every trouble into the error a person reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from pydantic import SecretStr

from analytics_dash.api.body import decoded
from analytics_dash.api.quoting import detail_of, parameter_of, plain_address, plain_line
from analytics_dash.api.retry import Kind, Trouble, http_date, retry_after_s
from analytics_dash.errors import (
    AnalyticsDashError,
    Forbidden,
    NotFound,
    RequestRefused,
    ServerTrouble,
    SettingsError,
    TlsFailure,
    TooSlow,
    UnexpectedAnswer,
    Unreachable,
)

SIZE_NAMES: Final = frozenset({"page_size", "pagesize", "page-size", "size", "limit", "per_page"})
_SIZE_WORDS: Final = re.compile(r"(?i)page.?size|per.?page|\blimit\b|too (large|big|many)|at most \d+")
_BOUND: Final = re.compile(
    r"(?i)(?:less than or equal to|at most|no more than|not exceed|maximum(?: is| of| allowed is)?:?|<=|≤)\s*(\d{1,9})"
)


def refused(
    status: int, headers: Mapping[str, str], body: bytes, *, now: datetime, secrets: Iterable[SecretStr]
) -> Trouble:
    """A response that is not 2xx as a trouble."""
    content = decoded(body)
    detail = detail_of(content)
    faults = _faults(content)
    parameters = tuple(dict.fromkeys(name for name in map(parameter_of, faults) if name))
    named = {name.lower() for name in parameters}
    return Trouble(
        Kind.STATUS,
        status=status,
        detail=plain_line(detail, secrets=secrets),
        parameters=tuple(plain_line(name, secrets=secrets, limit=60) for name in parameters),
        bound=_bound(faults, detail),
        about_size=_about_size(status, named, detail),
        retry_after_s=retry_after_s(headers.get("retry-after"), now=http_date(headers.get("date")) or now),
        location=plain_address(headers.get("location", ""), secrets=secrets),
        code=_code(content),
    )


def _faults(content: object) -> list[Mapping[str, object]]:
    detail = content.get("detail") if isinstance(content, Mapping) else None
    return [fault for fault in detail if isinstance(fault, Mapping)] if isinstance(detail, list) else []


def _about_size(status: int, named: set[str], detail: str) -> bool:
    """Whether a smaller page may be accepted: 413, 422 unless it names something else, 400 where it speaks of sizes."""
    if named:
        return status in {400, 413, 422} and bool(named & SIZE_NAMES)
    return status in {413, 422} or (status == 400 and bool(_SIZE_WORDS.search(detail)))


def _bound(faults: list[Mapping[str, object]], detail: str) -> int | None:
    """The largest page size that a refusal names."""
    for fault in faults:
        ctx = fault.get("ctx")
        if isinstance(ctx, Mapping) and parameter_of(fault).lower() in SIZE_NAMES:
            for key, less in (("le", 0), ("lt", 1), ("limit_value", 0)):
                value = ctx.get(key)
                if isinstance(value, (int, float)) and 0 < value - less < 1e9:
                    return int(value) - less
    found = _BOUND.search(detail)
    return int(found.group(1)) or None if found else None


def _code(content: object) -> str:
    code = content.get("error") if isinstance(content, Mapping) else None
    return code if isinstance(code, str) and re.fullmatch(r"[a-z_]{1,40}", code) else ""


def quoted(trouble: Trouble) -> str:
    """The server's own words, ready to follow a sentence, or nothing."""
    return f" It says: “{trouble.detail}”." if trouble.detail else ""


def connection_error(trouble: Trouble, address: str, *, setting: str) -> AnalyticsDashError | None:
    """The error for a trouble that came before any answer, or None where there was one."""
    parts = urlsplit(address)
    host = plain_line(parts.netloc.rpartition("@")[2]) or "the API"
    if trouble.kind is Kind.UNKNOWN_HOST:
        return Unreachable(f"There is no host named {host}. Check {setting} and the network.")
    if trouble.kind is Kind.UNREACHABLE:
        return Unreachable(f"{host} does not accept connections. Check {setting}, or try again in a few minutes.")
    if trouble.kind is Kind.RESET:
        return Unreachable(f"{host} broke the connection again and again. Try again in a few minutes.")
    if trouble.kind is Kind.PROXY:
        return Unreachable(f"The proxy on the way to {host} refuses. Check HTTP_PROXY and HTTPS_PROXY.")
    if trouble.kind is Kind.UNTRUSTED:
        return TlsFailure(
            f"The connection to {host} is not trusted. Check {setting}; a private API needs its certificate "
            "authority in ANALYTICS_DASH_CA_BUNDLE."
        )
    if trouble.kind is Kind.NOT_TLS:
        return TlsFailure(f"{host} does not speak https there. Check {setting}: is it http://, or another port?")
    if trouble.kind is Kind.BAD_ADDRESS:
        return SettingsError(f"{setting} is not a usable web address. Correct it.")
    if trouble.kind is Kind.TIMED_OUT:
        return TooSlow(f"{host} did not answer in time. Try again, or with a shorter range of time.")
    return None


def status_error(trouble: Trouble, *, setting: str) -> AnalyticsDashError:
    """The error for an answer that means the same wherever it comes from."""
    if trouble.kind is Kind.TOO_LARGE:
        return UnexpectedAnswer("The API's answer is too large to read. Set ANALYTICS_DASH_PAGE_SIZE to fewer rows.")
    if trouble.kind is Kind.GARBLED:
        return UnexpectedAnswer(f"The API's answer cannot be read: {trouble.detail}. Check {setting}, or try again.")
    if 300 <= trouble.status < 400:
        where = f" to {trouble.location}" if trouble.location else " elsewhere"
        return SettingsError(f"The API redirects{where}. If that is the right place, change {setting} to it.")
    if trouble.status == 429:
        wait = f" for {trouble.retry_after_s:.0f} s" if trouble.retry_after_s else ""
        return ServerTrouble(f"The API asks to wait{wait} before the next request. Try again then.", status=429)
    if trouble.status >= 500 or trouble.may_pass:
        again = f"in {trouble.retry_after_s:.0f} s" if trouble.retry_after_s else "in a few minutes"
        said = quoted(trouble)
        return ServerTrouble(
            f"The API has trouble of its own ({trouble.status}).{said} Try again {again}.", status=trouble.status
        )
    return RequestRefused(
        f"The API refuses the request ({trouble.status}).{quoted(trouble)}", parameters=trouble.parameters
    )


def listing_error(trouble: Trouble, *, place: str, address: str) -> AnalyticsDashError:
    """The error for reading `place` (“flow F of organization O”) from the API."""
    setting = "ANALYTICS_DASH_API_URL"
    connection = connection_error(trouble, address, setting=setting)
    if connection is not None:
        return connection
    if trouble.status == 403:
        return Forbidden(f"You may not see {place}.{quoted(trouble)} Ask its owner for access, or check the IDs.")
    if trouble.status in {404, 405, 410}:
        return NotFound(f"The API does not know {place}.{quoted(trouble)} Check the IDs and {setting}.")
    if trouble.status == 422:
        names = f" because of {', '.join(trouble.parameters)}" if trouble.parameters else ""
        return RequestRefused(
            f"The API refuses to list {place}{names}.{quoted(trouble)} Change what is asked for.",
            parameters=trouble.parameters,
        )
    return status_error(trouble, setting=setting)
