"""Owns the routes beside the script: a ticket becomes the cookie, filtered runs become a file, health is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from analytics_dash.export.csv import csv_of_rows
from analytics_dash.runs.link import view_from_query
from analytics_dash.runs.view import View
from analytics_dash.store.dataset import Dataset
from analytics_dash.web.paths import CSV_PATH, HEALTH_PATH, SESSION_PATH
from analytics_dash.web.sessions import COOKIE, SignIn, sign_ins

MAX_TICKET_BYTES: Final = 200  # a ticket is 43 characters


async def keep_session(request: Request) -> Response:
    """Trade a one-time ticket for a fresh HttpOnly cookie; only this site's own pages may."""
    if not _is_own_page(request):
        return PlainTextResponse("This address answers only the dashboard's own pages.", status_code=403)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_TICKET_BYTES:
            return PlainTextResponse("That is not a ticket.", status_code=413)
    redeemed = sign_ins().redeem(body.decode("ascii", "replace"))
    if redeemed is None:
        return PlainTextResponse("This ticket has been used or is too old.", status_code=403)
    value, lifetime_s = redeemed
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    response.set_cookie(
        COOKIE, value, max_age=int(lifetime_s), path="/", httponly=True, samesite="strict", secure=_is_tls(request)
    )
    return response


def _is_own_page(request: Request) -> bool:
    """Whether the browser says that a page of this very site asks; a page cannot forge either header."""
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:  # sent over TLS and on this machine
        return fetch_site == "same-origin"
    origin = urlsplit(request.headers.get("origin", "")).netloc
    return bool(origin) and origin in {request.headers.get("host"), request.headers.get("x-forwarded-host")}


def _is_tls(request: Request) -> bool:
    """Whether the browser's own connection is encrypted: here, or at the proxy in front.

    The proxy's word is taken from anybody, since all it can do is to make the cookie stricter.
    """
    forwarded = request.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    origin_scheme = urlsplit(request.headers.get("origin", "")).scheme
    return "https" in {request.url.scheme, forwarded, origin_scheme}


def download_csv(request: Request) -> Response:
    """All runs of the view in the address, as a CSV file, to the sign-in that has read them."""
    entry = sign_ins().by_cookie(request.cookies.get(COOKIE))
    if entry is None:
        return _told("You are not signed in here any more. Open the dashboard, log in, and download again.", 401)
    view, problems = view_from_query(parse_qs(request.url.query), now=datetime.now(UTC))
    if problems:
        return _told(" ".join(problems), 422)
    with entry.workspace.data(view, now=datetime.now(UTC)) as dataset:
        if dataset is None:
            return _told("These runs are not loaded any more. Open the dashboard on them, and download again.", 409)
        name = file_name(dataset, view)
    return StreamingResponse(
        _streamed(entry, view),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",  # compressing would hold the stream back
        },
    )


def _streamed(entry: SignIn, view: View) -> Iterator[bytes]:
    """The file, from one moment of the store that stays open while it is sent."""
    with entry.workspace.data(view, now=datetime.now(UTC)) as dataset:
        if dataset is not None:
            yield from csv_chunks(dataset, view)


def csv_chunks(dataset: Dataset, view: View) -> Iterator[bytes]:
    """The view's runs as CSV for Excel, in chunks."""
    return csv_of_rows(dataset.rows(view), bom=True)


def file_name(dataset: Dataset, view: View) -> str:
    """A name that says the flow, the range, and where rows are missing; plain ASCII whatever the flow is called."""
    start, end = dataset.interval
    flow = re.sub(r"[^A-Za-z0-9_-]+", "-", view.flow or "")[:40].strip("-") or "flow"
    partial = "" if dataset.complete else "_partial"
    return f"runs_{flow}_{start:%Y%m%dT%H%MZ}_{end:%Y%m%dT%H%MZ}{partial}.csv"


def health(_request: Request) -> Response:
    """Says that the process answers; nothing about whom it serves."""
    return JSONResponse({"status": "ok"})


def to_first_page(request: Request) -> Response:
    """The first page by its name leads to it, parameters intact."""
    return RedirectResponse(f"/?{request.url.query}" if request.url.query else "/", status_code=307)


def _told(sentence: str, status: int) -> Response:
    return PlainTextResponse(sentence, status_code=status, headers={"Cache-Control": "no-store"})


ROUTES: Final = (
    Route(SESSION_PATH, keep_session, methods=["POST"]),
    Route(CSV_PATH, download_csv, methods=["GET"]),
    Route(HEALTH_PATH, health, methods=["GET"]),
    Route("/overview", to_first_page, methods=["GET"]),  # Streamlit knows its first page by "/" alone
)
"""Every route beside the script."""
