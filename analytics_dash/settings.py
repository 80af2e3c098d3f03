"""Owns the settings: environment first, then `.streamlit/secrets.toml`, then the defaults; frozen, no network."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, InitSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from analytics_dash.errors import SettingsError

ENV_PREFIX: Final = "ANALYTICS_DASH_"
SECRETS_FILE: Final = Path(".streamlit/secrets.toml")
DEFAULT_API_URL: Final = "https://api.stack-ai.com"
IN_MEMORY: Final = Path(":memory:")
MEMORY_WORDS: Final = ("memory", ":memory:")
DEFAULT_STORE_MEMORY: Final = "512MB"
"""Eight people at once over a million runs ran out of memory with half of it; while a sync writes, less is held."""
AMOUNT_OF_MEMORY: Final = re.compile(r"\d+(\.\d+)?\s*([KMGT]i?)B", re.IGNORECASE)


class Settings(BaseSettings):
    """Every setting, its unit and default; read one with `load_settings`, which turns faults into a sentence."""

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="ignore", env_ignore_empty=True)

    api_url: str = Field(DEFAULT_API_URL, description="where the API is")
    token_url: str = Field("token", description="where the password grant is: absolute, or relative to api_url")
    username: str | None = Field(None, description="for the command line")
    password: SecretStr | None = Field(None, description="for the command line")
    api_key: SecretStr | None = Field(None, description="for the command line, instead of username and password")
    client_id: str | None = Field(None, description="OAuth2 client, where the server wants one")
    client_secret: SecretStr | None = Field(None, description="OAuth2 client secret, where the server wants one")
    scope: str = Field("", description="OAuth2 scope, where the server wants one")
    org: str | None = Field(None, description="organization filled in for whoever opens the dashboard without a link")
    page_size: int = Field(1000, ge=1, description="rows asked for first; the client falls back where refused")
    max_concurrency: int = Field(8, ge=1, le=64, description="pages in flight at most")
    timeout_s: float = Field(30.0, gt=0, description="seconds without a byte before a request is given up")
    deadline_s: float = Field(3600.0, gt=0, description="seconds a whole listing may take, retries included")
    ca_bundle: Path | None = Field(None, description="certificate authorities of a private API, a PEM file")
    data_dir: Path | None = Field(None, description="folder of the store, or memory; without it the user's data folder")
    store_memory: str = Field(
        DEFAULT_STORE_MEMORY, description="memory that queries over the store may use, such as 1GB"
    )
    store_texts: bool = Field(True, description="keep inputs and outputs in the store")  # noqa: FBT003
    retention_days: int | None = Field(None, ge=1, description="days that runs are kept in the store")
    live_every_s: float = Field(15.0, ge=2, description="seconds between two readings while Live is on")
    prices: Path | None = Field(None, description="prices of your own, a TOML file")
    session_idle_s: float = Field(8 * 3600.0, gt=0, description="seconds without a request that end a sign-in")
    session_absolute_s: float = Field(24 * 3600.0, gt=0, description="seconds after which a sign-in ends anyway")

    @field_validator("token_url")
    @classmethod
    def _http_url_or_path(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"", "http", "https"} or bool(parts.scheme) != bool(parts.netloc):
            raise ValueError("must be a web address, or a path below the API's address such as token")
        return value.strip()

    @field_validator("api_url")
    @classmethod
    def _http_url(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be a web address such as https://api.stack-ai.com")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("must be a plain address without a username, query or fragment")
        return value.strip().rstrip("/")

    @field_validator("data_dir", mode="before")
    @classmethod
    def _folder_or_memory(cls, value: object) -> object:
        if not isinstance(value, str | Path):
            return value
        return IN_MEMORY if str(value).strip().lower() in MEMORY_WORDS else Path(value).expanduser()

    @field_validator("store_memory")
    @classmethod
    def _amount_of_memory(cls, value: str) -> str:
        if not AMOUNT_OF_MEMORY.fullmatch(value.strip()):
            raise ValueError("must be an amount of memory such as 512MB or 2GB")
        return value.strip()

    @property
    def token_endpoint(self) -> str:
        """The absolute address of the password grant."""
        return urljoin(self.api_url + "/", self.token_url)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  named by pydantic; no .env file is read
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  named by pydantic; no secrets directory
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the secrets file."""
        return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=_secrets_file_values())


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; raises SettingsError naming each wrong one by its variable."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        faults = "; ".join(f"{ENV_PREFIX}{str(f['loc'][0]).upper()} {_plain(f['msg'])}" for f in error.errors())
        raise SettingsError(f"A setting is wrong: {faults}.") from None  # the original holds the values


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ").replace("Input should be", "should be")


def _secrets_file_values() -> dict[str, Any]:
    """The file's `ANALYTICS_DASH_*` keys and its `[analytics_dash]` table, by field name."""
    try:
        document = tomllib.loads(SECRETS_FILE.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{SECRETS_FILE} cannot be read: {error}.") from error
    table = document.get("analytics_dash", {})
    named = {k.removeprefix(ENV_PREFIX).lower(): v for k, v in document.items() if k.startswith(ENV_PREFIX)}
    return {**(table if isinstance(table, dict) else {}), **named}
