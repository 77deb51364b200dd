"""The parts of Paperboy that listeners work with."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from bot.slack.lookups import missing_emoji
from bot.use_cases.channel_changes import ChannelChanges
from bot.use_cases.direct_answers import DirectAnswers
from bot.use_cases.emoji_settings import EmojiSettings
from bot.use_cases.home import HomeContents
from bot.use_cases.languages import AnswerLanguages
from bot.use_cases.my_settings import MySettingsChoices
from bot.use_cases.paper_imports import ASKING_AT_ONCE, PaperImports
from bot.use_cases.paper_search import PaperSearch
from bot.use_cases.personal_data import PersonalDataActions
from bot.use_cases.reading_lists import ReadingListActions
from bot.use_cases.reminders import ReminderChoices
from bot.use_cases.replies import Replies
from bot.use_cases.sent_files import SentFiles
from bot.use_cases.shared_papers import SharedPapers
from bot.use_cases.shown_days import ShownDays
from bot.use_cases.shown_papers import ShownPapers
from bot.use_cases.summary_feedback import SummaryRatings
from bot.use_cases.summary_reports import SummaryReports

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.clock import Clock
    from bot.library import Library
    from bot.named_tasks import WorkspaceTasks
    from bot.open_requests import OpenRequests
    from bot.questions.answering import QuestionAnswers
    from bot.rules.channels import ChannelSettings
    from bot.rules.list_emoji import ListEmoji
    from bot.slack.client import Respond
    from bot.store import Store
    from bot.summarizer import Summarizer
    from bot.use_cases.latest_papers import LatestPapers
    from bot.workspace import Workspace


class EndInstallation(Protocol):
    """A function that ends an installation of the app."""

    async def __call__(self, team: str, event_time: datetime | None, *, is_revocation: bool = False) -> None:
        """End it, unless it is newer than the event of this time. Raises `StoreError`."""


@dataclass(frozen=True, slots=True)
class HandlerDeps:
    """The parts of Paperboy a listener may use; what people can do is in the use cases, which any surface may call.

    `workspaces` are known by their team, which every payload names. `saving_emoji` are the names of the emoji that save
    a paper; the first is the one we speak of. `defaults` are the settings of a channel nobody has set up. What goes on
    after an answer runs in `background`, and tells people of its own failures; what says that there is no room for
    more, in `overload_notices`. `respond_to` gives the way to answer at a response_url. `end_installation`
    is called when Slack says that the app was uninstalled.
    """

    workspaces: Mapping[str, Workspace]
    store: Store
    library: Library
    summarizer: Summarizer
    questions: QuestionAnswers
    background: WorkspaceTasks
    overload_notices: WorkspaceTasks
    clock: Clock
    saving_emoji: tuple[str, ...]
    requests: OpenRequests
    latest_papers: LatestPapers
    defaults: ChannelSettings
    respond_to: Callable[[str], Respond]
    end_installation: EndInstallation
    tell_home_changed: Callable[[str, str], None]
    imports_asking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(ASKING_AT_ONCE))

    async def drain(self, seconds: float) -> None:
        """Wait until what goes on after answers is done, `seconds` at most."""
        await asyncio.gather(
            self.background.drain(seconds), self.overload_notices.drain(seconds), self.latest_papers.drain(seconds)
        )
        workspaces = self.workspaces.values()
        await asyncio.gather(
            *(each.home_refreshes.drain(seconds) for each in workspaces),
            *(each.ephemerals.drain(seconds) for each in workspaces),
        )

    def channel_changes(self, team: str) -> ChannelChanges:
        """Channels set up, changed, paused, skipped, posted to now, and changes undone."""
        workspace = self.workspaces[team]
        return ChannelChanges(
            channels=self.store.channels,
            posted=self.store.posted,
            conversations=workspace.conversations,
            invitations=workspace.invitations,
            daily=workspace.daily,
            requests=self.requests,
            clock=self.clock,
            post_to=workspace.schedule.post_now,
            begin_updating_welcomes=lambda channel_id: self.background.of(team).start_if_room(
                workspace.invitations.update_welcomes(channel_id)
            ),
        )

    def home_contents(self, team: str) -> HomeContents:
        """The contents of Home tabs."""
        return HomeContents(
            self.store.channels,
            self.store.people,
            self.store.reading_lists,
            self.reading_lists(team),
            self.latest_papers,
            self.workspaces[team].conversations,
        )

    def reading_lists(self, team: str) -> ReadingListActions:
        """Papers saved, removed, and paged through."""
        return ReadingListActions(
            self.store.papers, self.store.reading_lists, self.workspaces[team].profiles, self.clock
        )

    async def list_emoji(self, team: str) -> ListEmoji:
        """The emoji that mean something on the papers of a workspace: its own choice, or else the settings'."""
        return await self.store.list_emoji.in_use(team, self.saving_emoji)

    @property
    def paper_imports(self) -> PaperImports:
        """Papers imported into reading lists."""
        return PaperImports(self.store.papers, self.library, self.store.list_imports, self.clock, self.imports_asking)

    @property
    def paper_search(self) -> PaperSearch:
        """Papers found by their words."""
        return PaperSearch(self.store.search, self.library, self.clock)

    @property
    def shown_papers(self) -> ShownPapers:
        """Papers looked up, with their summaries."""
        return ShownPapers(self.library, self.summarizer)

    @property
    def shown_days(self) -> ShownDays:
        """The papers of days."""
        return ShownDays(self.library, self.clock, self.list_emoji)

    def shared_papers(self, team: str) -> SharedPapers:
        """Papers shown to a whole channel."""
        workspace = self.workspaces[team]
        return SharedPapers(
            self.store.channels,
            self.store.outbox,
            self.library,
            workspace.conversations,
            workspace.sender,
            self.requests,
            self.clock,
        )

    def summary_reports(self, team: str) -> SummaryReports:
        """Reports about summaries, and what comes of them."""
        workspace = self.workspaces[team]
        return SummaryReports(
            self.store.papers,
            self.store.reports,
            self.store.summaries,
            self.summarizer,
            workspace.conversations,
            workspace.notices,
            self.clock,
        )

    @property
    def summary_ratings(self) -> SummaryRatings:
        """Ratings of summaries by their readers."""
        return SummaryRatings(self.store.papers, self.store.summaries, self.store.feedback)

    def answer_languages(self, team: str) -> AnswerLanguages:
        """The language a person is answered in."""
        return AnswerLanguages(self.store.people, self.workspaces[team].profiles, self.clock, self.summarizer.has_model)

    def direct_answers(self, team: str) -> DirectAnswers:
        """Answers by direct messages."""
        workspace = self.workspaces[team]
        return DirectAnswers(
            self.store.outbox, workspace.profiles, workspace.sender, self.clock, self.store.personal_data
        )

    def reminder_choices(self, team: str) -> ReminderChoices:
        """Reminders turned on and off."""
        return ReminderChoices(self.store.reminders, self.workspaces[team].profiles, self.clock)

    def sent_files(self, team: str) -> SentFiles:
        """Files sent to people directly."""
        return SentFiles(self.workspaces[team].files, self.requests, self.clock)

    def emoji_settings(self, team: str) -> EmojiSettings:
        """The emoji of reading lists, read and changed."""
        workspace = self.workspaces[team]
        return EmojiSettings(
            self.store.list_emoji,
            workspace.conversations,
            partial(missing_emoji, workspace.client),
            self.clock,
            self.saving_emoji,
        )

    def my_settings(self, team: str) -> MySettingsChoices:
        """People's own settings, read and changed."""
        return MySettingsChoices(
            self.store.people, self.answer_languages(team), self.reminder_choices(team), self.clock
        )

    def personal_data(self, team: str) -> PersonalDataActions:
        """People's data: counted, collected, erased."""
        return PersonalDataActions(
            self.store.personal_data, self.store.papers, self.workspaces[team].profiles, self.requests, self.clock
        )

    def replies(self, team: str) -> Replies:
        """Replies to messages that people write."""
        return Replies(self.store.incoming_messages, self.store.posted, self.workspaces[team].sender, self.clock)
