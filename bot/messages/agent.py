"""The words an agent shows beside its messages: things to ask, and that it is working on an answer."""

from __future__ import annotations

from bot.templating.catalogues import catalogue

# As many as Slack shows (docs.slack.dev, assistant.threads.setSuggestedPrompts).
_PROMPTS = ("latest", "search", "list", "help")


def status(language: str) -> str:
    """The words behind the app's name while an answer is on its way."""
    return catalogue(language).t("agent.status")


def prompts_title(language: str) -> str:
    """The heading of the things to ask."""
    return catalogue(language).t("agent.title")


def suggested_prompts(language: str) -> list[tuple[str, str]]:
    """Things to ask: the name of each, and what is said by choosing it."""
    words = catalogue(language)
    return [(words.t(f"agent.{name}"), words.t(f"agent.{name}_says")) for name in _PROMPTS]
