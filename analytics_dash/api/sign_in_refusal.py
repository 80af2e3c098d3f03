"""Owns why the token endpoint did not give a token, in the words of whoever filled in the form."""

from __future__ import annotations

from typing import Final

from analytics_dash.api.quoting import plain_address
from analytics_dash.api.refusal import connection_error, quoted, status_error
from analytics_dash.api.retry import Kind, Trouble
from analytics_dash.errors import (
    AnalyticsDashError,
    CredentialsRefused,
    NotFound,
    RequestRefused,
    SettingsError,
    UnexpectedAnswer,
)

SETTING: Final = "ANALYTICS_DASH_TOKEN_URL"
CLIENT_CODES: Final = frozenset({"invalid_client", "unauthorized_client"})
CREDENTIALS: Final = frozenset({"username", "password"})
CLIENT_FIELDS: Final = frozenset({"client_id", "client_secret", "scope"})


def sign_in_error(trouble: Trouble, *, address: str) -> AnalyticsDashError:
    """The error for a token that was not given by `address`."""
    connection = connection_error(trouble, address, setting="ANALYTICS_DASH_API_URL")
    if connection is not None:
        return connection
    where = plain_address(address)
    if trouble.kind is Kind.GARBLED:
        return UnexpectedAnswer(
            f"The answer to signing in at {where} cannot be used: {trouble.detail}. Check {SETTING}."
        )
    if trouble.kind is Kind.STATUS and trouble.status in {404, 405, 410}:
        return NotFound(f"There is no sign-in at {where}. Set {SETTING} to the address of the token endpoint.")
    if trouble.kind is Kind.STATUS and trouble.status in {400, 401, 403, 422}:
        return _refusal(trouble)
    return status_error(trouble, setting=SETTING)


def _refusal(trouble: Trouble) -> AnalyticsDashError:
    """Whose fault a refusal is: the client's settings, the request's form, or the credentials."""
    said, names = quoted(trouble), set(trouble.parameters)
    if trouble.code in CLIENT_CODES or names & CLIENT_FIELDS or trouble.code == "invalid_scope":
        return SettingsError(
            f"The API does not accept this program as a client.{said} Set ANALYTICS_DASH_CLIENT_ID, "
            "ANALYTICS_DASH_CLIENT_SECRET and ANALYTICS_DASH_SCOPE as its administrator says."
        )
    if trouble.code == "unsupported_grant_type" or (trouble.status == 422 and names and not names & CREDENTIALS):
        return RequestRefused(
            f"The API does not take a username and password at this address.{said} Use an API key, or check {SETTING}.",
            parameters=trouble.parameters,
        )
    if trouble.status == 403:
        return CredentialsRefused(f"The API does not let this account in.{said} Ask your administrator for access.")
    if trouble.status == 422:
        return CredentialsRefused(f"The API cannot use this username or password.{said} Check how both are written.")
    return CredentialsRefused(f"The API does not accept this username and password.{said} Check both and try again.")
