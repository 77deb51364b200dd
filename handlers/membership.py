"""Paperboy added to channels, removed from them, archived with them: nothing fails, and nothing is posted there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.rules.installations import moment_of_event

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext

    from handlers.deps import HandlerDeps

ARCHIVED = "is_archived"


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to what happens to channels and to the app itself."""

    @app.event("member_joined_channel")
    async def joined(event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Store our own arrival in a channel, and answer it afterwards, as the answer shows papers."""
        team = context.team_id
        if team is None or event["user"] != context.bot_user_id:
            return
        workspace = deps.workspaces[team]
        invitation = await workspace.invitations.keep(
            event["channel"], inviter=event.get("inviter"), event_ts=str(event.get("event_ts", ""))
        )
        if invitation:
            deps.background.of(workspace.team).start_if_room(workspace.invitations.answer(invitation))

    @app.event("channel_left")
    @app.event("group_left")
    @app.event("channel_deleted")
    @app.event("group_deleted")
    async def left(event: dict[str, Any], context: AsyncBoltContext) -> None:
        if context.team_id:
            now, event_ts = deps.clock.now(), str(event.get("event_ts") or "")
            await deps.store.memberships.leave_channel(context.team_id, event["channel"], now=now, event_ts=event_ts)

    @app.event("channel_archive")
    @app.event("group_archive")
    async def archived(event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Stop posting to the channel and keep what waits: an archived channel may come back."""
        if context.team_id:
            now = deps.clock.now()
            await deps.store.channels.close(context.team_id, event["channel"], reason=ARCHIVED, now=now)

    @app.event("channel_unarchive")
    @app.event("group_unarchive")
    async def unarchived(event: dict[str, Any], context: AsyncBoltContext) -> None:
        if context.team_id:
            await deps.store.channels.reopen(context.team_id, event["channel"], now=deps.clock.now())

    @app.event("channel_id_changed")
    async def changed_id(event: dict[str, Any], context: AsyncBoltContext) -> None:
        """Take over a channel's new ID, which some conversions give it (docs.slack.dev, channel_id_changed)."""
        if context.team_id:
            await deps.store.memberships.change_channel_id(
                context.team_id, event["old_channel_id"], event["new_channel_id"]
            )

    @app.event("app_uninstalled")
    async def uninstalled(body: dict[str, Any], context: AsyncBoltContext) -> None:
        if context.team_id:
            await deps.end_installation(context.team_id, moment_of_event(body))

    @app.event("tokens_revoked")
    async def revoked(event: dict[str, Any], body: dict[str, Any], context: AsyncBoltContext) -> None:
        if context.team_id and (event.get("tokens") or {}).get("bot"):
            await deps.end_installation(context.team_id, moment_of_event(body), is_revocation=True)
