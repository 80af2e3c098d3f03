"""Owns who and what the invented organization consists of: its flows, models, actors and users."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

ORGANIZATION_ID: Final = "3d5a9f0e-6c1b-4b7e-9a52-0f7c2d84e611"

STATES: Final = ("PENDING", "PAUSED", "RESUMED", "COMPLETED", "FAILED", "CANCELLED")
PENDING, PAUSED, RESUMED, COMPLETED, FAILED, CANCELLED = range(6)
RUN_TYPES: Final = (
    "workflow_builder",
    "form",
    "batch",
    "chat_assistant",
    "agent_assistant",
    "trigger",
    "scheduled",
    "sub_workflow",
    "api",
)
BUILDER, FORM, BATCH, CHAT, AGENT, TRIGGER, SCHEDULED, SUB_WORKFLOW, API = range(9)
NOTHING: Final = -1
"""Stands for null in every column of codes."""


def _id(name: str) -> str:
    """A UUID that is the same in every world."""
    return str(uuid5(NAMESPACE_URL, f"https://example.com/{name}"))


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow as the organization's summary lists it; `forbidden` ones answer 403 to the demo's user."""

    id: str
    name: str
    owner_email: str
    public_ui_type: str | None = None
    is_published: bool = True
    forbidden: bool = False

    @property
    def owner(self) -> dict[str, str]:
        """The owner in the contract's shape."""
        team = self.owner_email.partition("@")[0]
        return {
            "user_id": _id(self.owner_email),
            "email": self.owner_email,
            "avatar_url": f"https://example.com/avatars/{team}.png",
        }

    @property
    def public_ui_url(self) -> str | None:
        """Where the form or chat would be, None without one."""
        return f"https://example.com/{self.public_ui_type}/{self.id}" if self.public_ui_type else None


CLAIMS, SUPPORT, POLICY, OCR, BROKER, CRM, DIGEST, FRAUD = range(8)
FLOWS: Final = (
    Flow("66f1c0a9d5b3e2a417c8f001", "Claims intake", "claims-team@example.com", "form"),
    Flow("66f1c0a9d5b3e2a417c8f002", "Support answer", "support-team@example.com", "chat"),
    Flow("66f1c0a9d5b3e2a417c8f003", "Policy lookup", "data-platform@example.com"),
    Flow("66f1c0a9d5b3e2a417c8f004", "Document OCR & extract", "data-platform@example.com"),
    Flow("66f1c0a9d5b3e2a417c8f005", "Broker inbox", "broker-desk@example.com"),
    Flow("66f1c0a9d5b3e2a417c8f006", "CRM enrichment", "data-platform@example.com"),
    Flow("66f1c0a9d5b3e2a417c8f007", "Weekly digest", "claims-team@example.com", is_published=False),
    Flow("66f1c0a9d5b3e2a417c8f008", "Fraud review", "special-cases@example.com", forbidden=True),
)
RETIRED: Final = len(FLOWS)
RETIRED_FLOW: Final = Flow("66f1c0a9d5b3e2a417c8e0ff", "Intake router (old)", "claims-team@example.com")
"""Deleted: no longer in the summary, 404 when asked for, yet its sub-workflow runs still name it."""
PARENT_FLOWS: Final = (*FLOWS, RETIRED_FLOW)


@dataclass(frozen=True, slots=True)
class Model:
    """A language model and how slow it is beside the others (1.0)."""

    provider: str
    id: str
    slowness: float = 1.0
    origin: str = "stack_ai"
    connection_id: str | None = None  # None where the platform's own connection is used
    is_local: bool = False


GPT_41, GPT_5, MINI, SONNET, MISTRAL, GEMINI, LLAMA, HAIKU, LOCAL, AZURE, EMBEDDING = range(11)
MODELS: Final = (
    Model("OpenAI", "gpt-4.1"),
    Model("OpenAI", "gpt-5", slowness=2.2),  # reasons before it answers: the slow release of the story
    Model("OpenAI", "gpt-4.1-mini", slowness=0.6),
    Model("Anthropic", "claude-sonnet-4-5"),
    Model("Mistral", "mistral-medium-2508", slowness=0.9),
    Model("Google", "gemini-2.5-flash", slowness=0.7),
    Model("Groq", "llama-3.3-70b-versatile", slowness=0.4),
    Model("Anthropic", "claude-haiku-4-5", slowness=0.6),
    Model(
        "Local", "qwen3-32b", slowness=1.6, origin="external_db", connection_id=_id("connections/local"), is_local=True
    ),
    Model("Azure", "gpt-4.1-eu", slowness=1.1, origin="external_db", connection_id=_id("connections/azure")),
    Model("OpenAI", "text-embedding-3-small"),
)
FLOW_MODELS: Final[tuple[tuple[tuple[int, float], ...], ...]] = (
    ((GPT_41, 0.82), (AZURE, 0.13), (MISTRAL, 0.05)),
    ((SONNET, 0.72), (MISTRAL, 0.20), (GPT_41, 0.08)),
    ((MINI, 0.9), (HAIKU, 0.1)),
    ((GEMINI, 0.85), (GPT_41, 0.15)),
    ((MISTRAL, 0.8), (HAIKU, 0.2)),
    ((LLAMA, 1.0),),
    ((HAIKU, 0.6), (SONNET, 0.4)),
    ((LOCAL, 1.0),),
)
"""Which model a flow's runs use, in order of `FLOWS`, and how often."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who or what started a run, as `ran_by_*` says it."""

    type: str
    name: str | None = None
    id: str | None = None


def _named(kind: str, name: str) -> Actor:
    return Actor(kind, name, _id(f"{kind}/{name}"))


ACTORS: Final = (
    _named("user", "claims-team@example.com"),
    _named("user", "support-team@example.com"),
    _named("user", "qa@example.com"),
    _named("user", "automation@example.com"),
    _named("user", "branch-köln@example.org"),
    _named("personal_api_key", "notebook, read only"),
    _named("personal_api_key", "load test"),
    _named("org_api_key", "intake-service-prod"),
    _named("org_api_key", "broker-portal-prod"),
    _named("org_api_key", "crm-sync"),
    Actor("system"),
)
RUN_TYPE_ACTORS: Final[tuple[tuple[int, ...], ...]] = (
    (0, 2, 3, 3),
    (0, 1, 4),
    (3, 5, 9),
    (0, 1, 1, 4),
    (0, 1),
    (10,),
    (10,),
    (10,),
    (7, 7, 7, 8, 8, 6),
)
"""Actors a run type has, by position, repeated where more likely; sub-workflow runs inherit their parent's."""

USERS: Final = 300
HUNGRY_USER: Final = 11
"""Position of the user who spends about fifteen times the tokens: busy enough to matter, not the busiest."""
TROUBLED_USER: Final = 37
"""Position of the user whose files cannot be read: "is it only them?" has an answer."""
_DESKS: Final = ("adjuster", "broker", "branch", "helpdesk", "garage", "office")


def user_names() -> tuple[str, ...]:
    """Every user's id, busiest first: mostly numbers, every sixth an e-mail address."""
    return tuple(_user_name(position) for position in range(USERS))


def _user_name(position: int) -> str:
    if position % 6 == 2:
        return f"{_DESKS[position // 6 % len(_DESKS)]}-{position}@example.{'org' if position % 4 else 'com'}"
    return f"u_{1000 + (position * 3767 + 488) % 8999}"  # coprime steps: every number once, in no visible order
