"""Reactions: an emoji saves a paper to the reader's own list, and its removal undoes exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.rules.list_emoji import ListEmoji
from bot.rules.reading_list import EffectKind, Reaction
from handlers.home import refresh_home
from handlers.reaction_feedback import tell_effect

if TYPE_CHECKING:
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.context.async_context import AsyncBoltContext

    from handlers.deps import HandlerDeps


def register(app: AsyncApp, deps: HandlerDeps) -> None:
    """Listen to reactions, added and removed."""

    @app.event("reaction_added")
    async def added(event: dict[str, Any], context: AsyncBoltContext) -> None:
        await record(event, context, is_added=True)

    @app.event("reaction_removed")
    async def removed(event: dict[str, Any], context: AsyncBoltContext) -> None:
        await record(event, context, is_added=False)

    async def record(event: dict[str, Any], context: AsyncBoltContext, *, is_added: bool) -> None:
        """The event is acknowledged only after this has returned, so what is acknowledged is on disk."""
        item, team = event["item"], context.team_id
        if item.get("type") != "message" or team is None or event["user"] == context.bot_user_id:
            return
        reaction = Reaction(
            team=team,
            channel=item["channel"],
            message_ts=item["ts"],
            user=event["user"],
            emoji=event["reaction"],
            added=is_added,
            event_ts=event["event_ts"],
        )
        if not await may_matter(reaction):
            return
        ours = event.get("item_user") == context.bot_user_id
        if not ours and not await deps.store.posted.papers_shown(team, reaction.channel, reaction.message_ts):
            return
        lists = deps.store.reading_lists
        effect = await lists.record_reaction(reaction, saving_emoji=deps.saving_emoji)
        if effect.kind is not EffectKind.NOTHING:
            refresh_home(deps, team, reaction.user)
            tell_effect(deps, reaction, effect)

    async def may_matter(reaction: Reaction) -> bool:
        """Whether the emoji may mean something now, or meant something when it was added.

        The store has the last word; it is not asked twice about the emoji that nearly everybody uses.
        """
        usual = ListEmoji.of_settings(deps.saving_emoji)
        if usual.may_mean(reaction.emoji) or (await deps.list_emoji(reaction.team)).may_mean(reaction.emoji):
            return True
        return not reaction.added and await deps.store.reading_lists.is_known(reaction)
