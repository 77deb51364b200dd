"""The surfaces of Slack, a module each; all are registered here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers import (
    actions,
    asked,
    channel_settings,
    choosing_papers,
    commands,
    conversation,
    emoji_settings,
    exporting,
    failures,
    feedback,
    home,
    home_list,
    importing,
    link_previews,
    list_clicks,
    membership,
    my_settings,
    personal_data,
    reactions,
    reminders,
    reports,
    saved_paper,
    search,
    shortcuts,
    shown_days,
)

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp

    from handlers.deps import HandlerDeps


def register_all(app: AsyncApp, deps: HandlerDeps) -> None:
    """Register every listener."""
    # Bolt makes the arguments of each listener's matcher anew, until one matches: what comes most often is first.
    commands.register(app, deps)
    reactions.register(app, deps)
    conversation.register(app, deps)
    actions.register(app, deps)
    asked.register(app, deps)
    list_clicks.register(app, deps)
    channel_settings.register(app, deps)
    feedback.register(app, deps)
    reports.register(app, deps)
    reminders.register(app, deps)
    shown_days.register(app, deps)
    choosing_papers.register(app, deps)
    search.register(app, deps)
    link_previews.register(app, deps)
    shortcuts.register(app, deps)
    membership.register(app, deps)
    my_settings.register(app, deps)
    emoji_settings.register(app, deps)
    personal_data.register(app, deps)
    home.register(app, deps)
    home_list.register(app, deps)
    saved_paper.register(app, deps)
    exporting.register(app, deps)
    importing.register(app, deps)
    failures.register(app, deps)
