"""Owns the way in: the password grant and API keys; tokens renew themselves where they can, and never show.

The password lives inside `sign_in` only, unless it is to be kept for a job that nobody watches.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import Final, NoReturn

import httpx
from pydantic import SecretStr

from analytics_dash.api.body import UnreadableError, json_of
from analytics_dash.api.dispatch import Tempo, Terms, once
from analytics_dash.api.retry import LISTING, SIGN_IN, Kind, Policy, Trouble
from analytics_dash.api.sign_in_refusal import sign_in_error
from analytics_dash.api.transport import Answer, Call, Halt, Wire
from analytics_dash.errors import (
    ApiError,
    CredentialsRefused,
    RequestRefused,
    SettingsError,
    SignInError,
    SignInExpired,
)
from analytics_dash.settings import Settings

SIGN_IN_DEADLINE_S: Final = 60.0  # somebody looks at the form
SIGN_IN_TIMEOUT_S: Final = 15.0  # without a byte; a token is a small answer
EARLY_S: Final = 30.0  # a token is renewed this long before it dies, so that no request meets its end
EARLY_SHARE: Final = 0.1  # of a short life, which would otherwise be all renewal
HEADER_SAFE: Final = re.compile(r"[\x21-\x7e]+")  # what can be sent as a bearer token at all
MAX_UNPROVED: Final = (
    1  # fresh tokens in a row that were refused: one may be an accident, the next is the server's word
)
LONGEST_LIFE_S: Final = 1e12  # stands for tokens that say nothing of their end
LONGEST_TOKEN: Final = 64 * 1024  # characters; servers refuse far shorter headers


@dataclass
class Token:
    """One access token; `proved` once it let a request in, `unproved_before` counts those before that never did."""

    value: SecretStr
    renew_at: float = float("inf")
    refresh: SecretStr | None = None
    by_refresh: bool = False
    proved: bool = False
    unproved_before: int = 0


@dataclass(frozen=True)
class Grant:
    """What asks for tokens: the settings' endpoint and client, and the credentials where they are kept."""

    settings: Settings = field(repr=False)
    username: str = field(default="", repr=False)
    password: SecretStr | None = None
    tempo: Tempo = field(default_factory=Tempo, repr=False)

    def form(self, **fields: str | SecretStr) -> dict[str, str | SecretStr]:
        """The fields of a token request with the client's own added where they are set."""
        settings = self.settings
        own = {"scope": settings.scope, "client_id": settings.client_id, "client_secret": settings.client_secret}
        return {**fields, **{name: value for name, value in own.items() if value}}

    def by_password(self, wire: Wire, password: SecretStr, *, policy: Policy = SIGN_IN) -> Token:
        """A token for the username and password; raises SignInError or ApiError."""
        return self._ask(wire, self.form(grant_type="password", username=self.username, password=password), policy)

    def by_refresh(self, wire: Wire, refresh: SecretStr, *, policy: Policy = SIGN_IN) -> Token:
        """A token for a refresh token, which stays in use where the answer brings no other."""
        token = self._ask(wire, self.form(grant_type="refresh_token", refresh_token=refresh), policy)
        token.refresh, token.by_refresh = token.refresh or refresh, True
        return token

    def _ask(self, wire: Wire, form: dict[str, str | SecretStr], policy: Policy) -> Token:
        def fetch(halt: Halt) -> Token | Trouble:
            answer = wire.send(Call(self.settings.token_endpoint, form=form), halt)
            return _token(answer, self.tempo.clock()) if isinstance(answer, Answer) else answer

        terms = Terms(
            policy,
            deadline_s=min(SIGN_IN_DEADLINE_S, self.settings.deadline_s),
            request_limit_s=min(SIGN_IN_DEADLINE_S / 2, 2 * self.settings.timeout_s),
            explain=lambda trouble: sign_in_error(trouble, address=self.settings.token_endpoint),
            too_slow="Signing in took too long. Try again in a few minutes.",
        )
        return once(fetch, terms=terms, tempo=self.tempo)


class Auth:
    """A way in, safe for many threads, that shows nothing of what it holds."""

    __slots__ = ("_grant", "_lock", "_token")

    def __init__(self, token: Token, grant: Grant | None = None) -> None:
        self._token = token
        self._grant = grant
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Auth({'API key' if self._grant is None else 'signed in'})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("An Auth holds tokens and is never written out.")

    def bearer(self, wire: Wire) -> Token:
        """The token to use now, renewed a little before it dies where that is possible."""
        token = self._token
        if self._grant is None or self._grant.tempo.clock() < token.renew_at or not self._can_renew(token):
            return token
        try:
            return self.renewed(wire, token, policy=SIGN_IN)
        except (ApiError, SettingsError, SignInExpired):
            token.renew_at = float("inf")  # it still lives: its end will be told by a 401
            return token

    def renewed(self, wire: Wire, refused: Token, said: str = "", *, policy: Policy = LISTING) -> Token:
        """The token to use after `refused`: asked for once however many threads come; raises SignInExpired.

        A long reading waits for it, so it has a listing's patience unless told otherwise.
        """
        with self._lock:
            if self._token is not refused:
                return self._token
            self._token = self._renew(wire, refused, said, policy)
            return self._token

    def _can_renew(self, token: Token) -> bool:
        return self._grant is not None and (token.refresh is not None or self._grant.password is not None)

    def _renew(self, wire: Wire, refused: Token, said: str, policy: Policy) -> Token:
        if self._grant is None:
            raise SignInExpired(f"The API does not accept this API key.{said} Check it, or use another one.")
        if not self._can_renew(refused):
            raise SignInExpired(f"Your sign-in has expired.{said} Sign in again to go on.")
        if not refused.proved and refused.unproved_before >= MAX_UNPROVED:
            raise SignInExpired(f"The API refuses even a fresh sign-in.{said} Sign in again to go on.")
        token = self._fresh(wire, refused, self._grant, policy)
        token.unproved_before = 0 if refused.proved else refused.unproved_before + 1
        return token

    def _fresh(self, wire: Wire, refused: Token, grant: Grant, policy: Policy) -> Token:
        """By the refresh token where it may work, else by the kept password."""
        useless = refused.by_refresh and not refused.proved
        if refused.refresh is not None and not useless:
            try:
                return grant.by_refresh(wire, refused.refresh, policy=policy)
            except (SignInError, RequestRefused, SettingsError):
                pass  # the server's last word on the refresh token; other errors may pass, and are raised
        if grant.password is None:
            raise SignInExpired("Your sign-in has expired and could not be renewed. Sign in again to go on.")
        try:
            return grant.by_password(wire, grant.password, policy=policy)
        except CredentialsRefused:
            raise SignInExpired("The API no longer accepts this username and password. Sign in again.") from None


def sign_in(
    username: str,
    password: SecretStr | str,
    *,
    settings: Settings,
    keep_password: bool = False,
    transport: httpx.BaseTransport | None = None,
    tempo: Tempo | None = None,
) -> Auth:
    """A way in by username and password; raises CredentialsRefused, SettingsError or ApiError with what to do next."""
    secret = _sendable(password)
    tempo = tempo or Tempo()
    grant = Grant(settings, username, secret if keep_password else None, tempo)
    wire = Wire(settings, transport=transport, now=tempo.now, timeout_s=min(SIGN_IN_TIMEOUT_S, settings.timeout_s))
    try:
        return Auth(grant.by_password(wire, secret), grant)
    finally:
        wire.close()


def api_key(key: SecretStr | str) -> Auth:
    """A way in by an API key, which is tried only when something is read with it."""
    text = (key.get_secret_value() if isinstance(key, SecretStr) else key).strip()
    if len(text) > LONGEST_TOKEN or not HEADER_SAFE.fullmatch(text):
        raise CredentialsRefused("This is not an API key: it is empty, or holds spaces or letters that no key has.")
    return Auth(Token(SecretStr(text)))


def _sendable(password: SecretStr | str) -> SecretStr:
    secret = password if isinstance(password, SecretStr) else SecretStr(password)
    if any("\ud800" <= character <= "\udfff" for character in secret.get_secret_value()):
        raise CredentialsRefused("The password holds half a character, which cannot be sent. Type it again.")
    return secret


def _token(answer: Answer, now: float) -> Token | Trouble:
    """The token in an answer, or what the answer is instead."""
    try:
        content = json_of(answer.body)
    except UnreadableError as error:
        return Trouble(Kind.GARBLED, detail=str(error))
    if not isinstance(content, dict):
        return Trouble(Kind.GARBLED, detail="it is JSON of another shape")
    value, refresh = content.get("access_token"), content.get("refresh_token")
    if not isinstance(value, str) or len(value) > LONGEST_TOKEN or not HEADER_SAFE.fullmatch(value):
        return Trouble(Kind.GARBLED, detail="it holds no usable access token")
    life_s = _seconds(content.get("expires_in"))
    return Token(
        SecretStr(value),
        renew_at=now + life_s - min(EARLY_S, life_s * EARLY_SHARE),
        refresh=SecretStr(refresh) if isinstance(refresh, str) and refresh else None,
    )


def _seconds(value: object) -> float:
    """A lifetime, also written as text; endless where there is none that makes sense."""
    try:
        seconds = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        seconds = 0.0
    return seconds if seconds > 0 else LONGEST_LIFE_S
