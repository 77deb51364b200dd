"""The parts of Paperboy that listeners work with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.use_cases.channel_changes import ChannelChanges
from bot.use_cases.direct_answers import DirectAnswers
from bot.use_cases.languages import AnswerLanguages
from bot.use_cases.reading_lists import ReadingLists
from bot.use_cases.shared_papers import SharedPapers
from bot.use_cases.shown_papers import ShownPapers
from bot.use_cases.summary_reports import SummaryReports

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.clock import Clock
    from bot.editions.daily import DailyEdition
    from bot.editions.invitations import Invitations
    from bot.editions.notices import Notices
    from bot.library import Library
    from bot.named_tasks import NamedTasks
    from bot.open_requests import OpenRequests
    from bot.rules.channels import ChannelSettings
    from bot.rules.selection import Choice
    from bot.slack.conversations import Conversations
    from bot.slack.profiles import Profiles
    from bot.slack.sender import OutboxSender
    from bot.store import Store
    from bot.summarizer import Summarizer


@dataclass(frozen=True, slots=True)
class HandlerDeps:
    """The parts of Paperboy a listener may use; what people can do is in the use cases, which any surface may call.

    `saving_emoji` are the names of the emoji that save a paper; the first is the one we speak of. `defaults` are the
    settings of a channel nobody has set up, and `post_now` brings a channel what it would get next. What goes on after
    an answer runs in `background`, and tells people of its own failures; what says that there is no room for more, in
    `apologies`.
    """

    store: Store
    library: Library
    summarizer: Summarizer
    sender: OutboxSender
    profiles: Profiles
    background: NamedTasks[None]
    apologies: NamedTasks[None]
    clock: Clock
    saving_emoji: tuple[str, ...]
    daily: DailyEdition
    directory: Conversations
    invitations: Invitations
    notices: Notices
    requests: OpenRequests
    defaults: ChannelSettings
    post_now: Callable[[str], Awaitable[Choice | None]]

    async def drain(self, seconds: float) -> None:
        """Wait until what goes on after answers is done, `seconds` at most."""
        await asyncio.gather(self.background.drain(seconds), self.apologies.drain(seconds))

    @property
    def channel_changes(self) -> ChannelChanges:
        """Channels set up, changed, paused, skipped, posted to now, and changes undone."""
        return ChannelChanges(
            store=self.store,
            conversations=self.directory,
            invitations=self.invitations,
            daily=self.daily,
            requests=self.requests,
            clock=self.clock,
            post_to=self.post_now,
        )

    @property
    def reading_lists(self) -> ReadingLists:
        """Papers saved, removed, and paged through."""
        return ReadingLists(self.store, self.profiles, self.clock)

    @property
    def shown_papers(self) -> ShownPapers:
        """Papers looked up, with their summaries."""
        return ShownPapers(self.library, self.summarizer)

    @property
    def shared_papers(self) -> SharedPapers:
        """Papers shown to a whole channel."""
        return SharedPapers(self.store, self.library, self.directory, self.sender, self.requests, self.clock)

    @property
    def summary_reports(self) -> SummaryReports:
        """Reports about summaries, and what comes of them."""
        return SummaryReports(self.store, self.summarizer, self.directory, self.notices, self.sender, self.clock)

    @property
    def answer_languages(self) -> AnswerLanguages:
        """The language a person is answered in."""
        return AnswerLanguages(self.store, self.profiles, self.clock, self.summarizer.has_model)

    @property
    def direct_answers(self) -> DirectAnswers:
        """Answers by direct messages."""
        return DirectAnswers(self.store, self.profiles, self.sender, self.clock)
