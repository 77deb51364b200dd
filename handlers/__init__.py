"""What Slack can ask of Paperboy: a module a surface, and here their table of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import actions, channel_settings, commands, failures, membership, reactions, reports

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from handlers.parts import Parts


def register_all(app: AsyncApp, parts: Parts) -> None:
    """Let every listener listen."""
    commands.register(app, parts)
    reactions.register(app, parts)
    actions.register(app, parts)
    channel_settings.register(app, parts)
    reports.register(app, parts)
    membership.register(app, parts)
    failures.register(app, parts)
