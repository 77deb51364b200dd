"""A paper shown to a whole channel because somebody in it wants that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.editions.parts import to_part
from bot.errors import NotInvited, ShareInDoubt, SlackRefused, SlackUnreachable, SourceUnreachable
from bot.messages import cards
from bot.rules.editions import share_edition
from bot.rules.outbox import HEADER, plan_delivery
from bot.rules.permissions import Denial, share_denial
from bot.rules.sharing import AnswerForAll, PaperToShare, answer_for_all, is_hidden, is_not_a_member
from bot.rules.shown_days import DaysShown
from bot.rules.slack_ids import is_direct_message
from bot.use_cases.shown_days import FoundDays

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.library import Library
    from bot.messages.message import Message
    from bot.open_requests import OpenRequests
    from bot.rules.editions import Edition
    from bot.rules.outbox import Part
    from bot.rules.papers import Paper, Reading
    from bot.rules.requests import Request
    from bot.slack.conversations import Conversations
    from bot.slack.sender import OutboxSender
    from bot.store import Channels, Outbox
    from bot.use_cases.shown_days import ShownDays

_ANSWERING = "answering"


@dataclass(frozen=True, slots=True)
class Shared:
    """A paper that stands in the channel now."""

    paper: Paper


@dataclass(frozen=True, slots=True)
class SharedDays:
    """Papers of a day that stand in the channel now."""


@dataclass(frozen=True, slots=True)
class ToBeAnswered:
    """A message that Paperboy may not post, but that the answer to the click can show to all, in a thread if one is
    named."""

    card: Message
    thread_ts: str | None


@dataclass(frozen=True, slots=True)
class SharedPapers:
    """Shares papers, each once for its request, whoever takes it up."""

    channels: Channels
    outbox: Outbox
    library: Library
    conversations: Conversations
    sender: OutboxSender
    requests: OpenRequests
    clock: Clock

    async def share(self, request: Request, language: str) -> Shared | ToBeAnswered | Denial:
        """Post the card for all to see, if the asker may; `language` is theirs, for where the channel has none.

        Raises `SlackRefused`, `SlackUnreachable`, `PaperUnknown` or `SourceUnreachable`.
        """
        wanted = PaperToShare.parse(request.value)
        reading = await self.library.look_up(wanted.paper, language)
        if why := await self._denial(request):
            return why
        card = await self._card(request, reading, language)
        part = to_part(card, _edition_of(request), reading.paper.id)
        if await self._is_posted(request, part, wanted.thread_ts):
            return Shared(reading.paper)
        return ToBeAnswered(card, wanted.thread_ts)

    async def share_days(self, request: Request, days: ShownDays, language: str) -> SharedDays | ToBeAnswered | Denial:
        """Post a page of the papers of days for all to see, if the asker may; the values and errors as for `share`.

        Raises `SourceUnreachable` also where the papers cannot be had any more.
        """
        found = await days.look_up(DaysShown.parse(request.value))
        if not isinstance(found, FoundDays):
            raise SourceUnreachable(source=self.library.feed.name, reason="the papers shown aren't there any more")
        if why := await self._denial(request):
            return why
        there = await self._language_there(request, language)
        message = await days.compose(request.team, found, there, shared_by=request.person)
        part = to_part(message, _edition_of(request), HEADER, days.numbered(found))
        return SharedDays() if await self._is_posted(request, part, None) else ToBeAnswered(message, None)

    async def _is_posted(self, request: Request, part: Part, thread_ts: str | None) -> bool:
        """Post a message once for its request; False where Paperboy may not. Raises as `share` does."""
        edition = _edition_of(request)
        planned = plan_delivery(request.team, request.channel, edition, part, thread_ts=thread_ts)
        await self.outbox.plan([planned], now=self.clock.now())
        report = await self.sender.deliver(request.team, request.channel, edition)
        if report.sent:
            return True
        if not report.refused:
            raise SlackUnreachable(method="chat.postMessage", reason="it did not say whether it took the message")
        error = report.refused[0][1]
        if not is_not_a_member(error):
            raise SlackRefused(method="chat.postMessage", error=error)
        return False

    async def begin_answer(self, request: Request, *, is_late: bool) -> bool:
        """Whether to show a card by the answer to the click now; it is tried once, and not when it `is_late`.

        Raises `ShareInDoubt` and `NotInvited`.
        """
        match answer_for_all(was_begun=bool(request.progress), is_late=is_late):
            case AnswerForAll.IN_DOUBT:
                raise ShareInDoubt(id=request.value.partition(" ")[0])
            case AnswerForAll.TOO_LATE:
                raise NotInvited
            case AnswerForAll.POSSIBLE:
                return await self.requests.note_progress(request, _ANSWERING)

    async def _card(self, request: Request, reading: Reading, language: str) -> Message:
        spoken = await self._language_there(request, language)
        in_language = await self.library.recall(reading.paper.id, spoken) or reading
        return cards.shared_card(
            user_id=request.person,
            paper=in_language.paper,
            listed=in_language.listed,
            summary=in_language.summary,
            takeaway=None if PaperToShare.parse(request.value).thread_ts else in_language.takeaway,
            language=spoken,
        )

    async def _language_there(self, request: Request, language: str) -> str:
        known = await self.channels.find(request.team, request.channel)
        return known.settings.language if known else language

    async def _denial(self, request: Request) -> Denial | None:
        """The reason why somebody may not share where they are, if any, asked of Slack at this moment.

        What is planned was permitted then.
        """
        user, channel = request.person, request.channel
        if await self.outbox.deliveries(request.team, channel, _edition_of(request)):
            return None
        if is_direct_message(channel):
            return Denial.NOT_A_CHANNEL
        try:
            actor = await self.conversations.member(user, channel)
        except SlackRefused as refused:
            if not is_hidden(str(refused.values["error"])):
                raise
            actor = await self.conversations.person(user)
        return share_denial(actor)


def _edition_of(request: Request) -> Edition:
    return share_edition(request.person, request.cause)
