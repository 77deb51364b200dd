"""The emoji of a workspace's reading lists, read and changed by those who may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.errors import EmojiUnknown
from bot.rules.permissions import chooses_for_workspace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from bot.clock import Clock
    from bot.rules.list_emoji import ListEmoji
    from bot.slack.conversations import Conversations
    from bot.store import ListEmojiChoices


@dataclass(frozen=True, slots=True)
class EmojiSettings:
    """Reads and changes which emoji save a paper, and which say that it is being read or is read.

    `saving` are those of the settings, for a workspace that chose none. `find_missing` gives the names that are neither
    standard nor the workspace's own, None where Slack does not tell.
    """

    choices: ListEmojiChoices
    conversations: Conversations
    find_missing: Callable[[Collection[str]], Awaitable[list[str] | None]]
    clock: Clock
    saving: tuple[str, ...]

    async def current(self, team: str) -> ListEmoji:
        """The emoji in use. Raises `StoreError`."""
        return await self.choices.in_use(team, self.saving)

    async def may_change(self, user: str) -> bool:
        """Whether somebody may change them, as Slack says now. Raises `SlackRefused` or `SlackUnreachable`."""
        return chooses_for_workspace(await self.conversations.person(user))

    async def change(self, team: str, user: str, emoji: ListEmoji) -> bool:
        """Use these emoji from now on. False, and nothing changed, when this person may not.

        Raises `EmojiUnknown` where the workspace has none of such a name, `SlackRefused`, `SlackUnreachable`, or
        `StoreError`. Where Slack doesn't tell which emoji there are, what was typed counts.
        """
        if not await self.may_change(user):
            return False
        missing = await self.find_missing((*emoji.saving, *emoji.reading, *emoji.done))
        if missing:
            raise EmojiUnknown(names=", ".join(f":{name}:" for name in missing))
        await self.choices.choose(team, emoji, now=self.clock.now())
        return True
