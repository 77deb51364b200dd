"""What Slack can ask of Paperboy: a module a surface, and here their table of contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import actions, channel_settings, commands, failures, membership, reactions, reports

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from handlers.deps import HandlerDeps


def register_all(app: AsyncApp, deps: HandlerDeps) -> None:
    """Let every listener listen."""
    commands.register(app, deps)
    reactions.register(app, deps)
    actions.register(app, deps)
    channel_settings.register(app, deps)
    reports.register(app, deps)
    membership.register(app, deps)
    failures.register(app, deps)
