"""The daily edition: a channel's papers of a day, or of missed days, as a digest and a card for each in its thread."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from bot.editions.parts import to_deliveries, to_digest_parts, to_part
from bot.errors import ClaimLost, PlanContested
from bot.messages import cards, digest_notes
from bot.messages.daily_digest import clock_time, digest_messages, late_digest
from bot.rules.catch_up import first_date_due, with_delays
from bot.rules.channels import ChannelSettings, EmptyDays, Layout
from bot.rules.editions import best_edition, daily_edition, iso_week, note_edition, waiting_edition
from bot.rules.feeds import HUGGING_FACE
from bot.rules.list_emoji import ListEmoji
from bot.rules.outbox import HEADER, Part, RenderedCard, permalink, plan_delivery
from bot.rules.papers import Listing
from bot.rules.selection import Choice, ChosenDay, choose, choose_days, unexpected_only

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
    from datetime import date, datetime

    from bot.clock import Clock
    from bot.library import Library
    from bot.messages.daily_digest import DigestMessage
    from bot.messages.digest_notes import PostedEarlier
    from bot.messages.message import Message
    from bot.rules.channels import Channel
    from bot.rules.due import DueClaim
    from bot.rules.editions import Edition
    from bot.rules.outbox import Delivery
    from bot.rules.papers import DayAnswer, ListedPaper, NotOpenYet, Reading, Takeaway, Unreachable
    from bot.rules.selection import Without
    from bot.slack.sender import EditionReport, OutboxSender
    from bot.store import Store
    from bot.summarizer import Summarizer

_WEEK = timedelta(days=7)
_MOST_OF_A_WEEK = 10
# So often others may plan other days at the same moment.
_MOST_CONTESTED = 5
# Of a channel, latest first: what was posted when is judged by the settings of that time.
_CHANGES_READ = 100


@dataclass(frozen=True, slots=True)
class PostedDay:
    """The report of a day's edition after sending; `again` when it was planned before."""

    day: date
    report: EditionReport
    again: bool

    @property
    def sent_now(self) -> int:
        """The number of messages sent since it was asked for.

        A running bot takes part in sending what is planned: all of an edition that was not planned before counts.
        """
        return self.report.sent_now if self.again else self.report.sent


@dataclass(frozen=True, slots=True)
class _Style:
    """The settings that decide how an edition's messages look; `emoji` is the one they tell people to save with."""

    language: str
    second_language: str | None
    layout: Layout
    unfurl: bool
    emoji: str

    @classmethod
    def of(cls, settings: ChannelSettings, emoji: ListEmoji) -> _Style:
        return cls(settings.language, settings.second_language, settings.layout, settings.unfurl, emoji.spoken_of)

    @property
    def languages(self) -> list[str]:
        return [language for language in (self.language, self.second_language) if language]


_Composed: TypeAlias = "tuple[datetime, _Style, tuple[ChosenDay, ...], tuple[PostedEarlier, ...], str]"


class ComposedEditions:
    """The editions of one moment: channels that get the same papers in the same style have them composed once."""

    def __init__(self) -> None:
        self._tasks: dict[_Composed, asyncio.Task[tuple[Part, ...]]] = {}

    async def find(
        self, key: _Composed, compose: Callable[[], Coroutine[Any, Any, tuple[Part, ...]]]
    ) -> tuple[Part, ...]:
        """The parts of an edition, composed unless they are there; those of other moments are dropped.

        Composing that failed is not kept: whoever comes later tries anew.
        """
        if key not in self._tasks:
            for older in [each for each in self._tasks if each[0] != key[0]]:
                del self._tasks[older]
            self._tasks[key] = asyncio.create_task(compose())
        composing = self._tasks[key]
        try:
            return await asyncio.shield(composing)
        except Exception:
            if self._tasks.get(key) is composing:
                del self._tasks[key]
            raise


class DailyEdition:
    """Chooses, composes and plans the daily edition.

    Papers without a summary have one requested at the cost of `team`, which is empty at a terminal; what is not written
    after `waits_for_summaries` goes out as an extract, and whoever runs the editions brings the card up to date later.
    `workspace_url` is where the messages of the workspace can be linked to; `composed` may be shared by several.
    """

    def __init__(
        self,
        store: Store,
        library: Library,
        summarizer: Summarizer,
        clock: Clock,
        *,
        source_url: str,
        saving_emoji: Collection[str],
        waits_for_summaries: timedelta = timedelta(0),
        team: str = "",
        workspace_url: str = "",
        composed: ComposedEditions | None = None,
    ) -> None:
        self._store = store
        self._library = library
        self._summarizer = summarizer
        self._clock = clock
        self._waits_for_summaries = waits_for_summaries
        self._source_url = source_url.rstrip("/")
        self._saving_emoji = saving_emoji
        self._team = team
        self._workspace_url = workspace_url
        self._composed = composed or ComposedEditions()

    async def post(
        self,
        sender: OutboxSender,
        team: str,
        channel: str,
        day: date,
        settings: ChannelSettings,
        *,
        again: bool = False,
        unconfirmed: bool = False,
    ) -> PostedDay | Without | NotOpenYet | Unreachable:
        """Bring a day's papers to a channel, once: an edition already planned is finished, never chosen again.

        `again`, what Slack refused of it is sent once more, and if `unconfirmed` what nobody knows to have arrived.
        """
        if edition := await self._edition_with(team, channel, day):
            if again:
                await self._store.outbox.queue_again(team, channel, edition, unconfirmed=unconfirmed)
            await self._store.outbox.resume(team, channel, edition)
            return PostedDay(day, await sender.deliver(team, channel, edition), again=True)
        for _ in range(_MOST_CONTESTED):
            deliveries = await self.compose(team, channel, day, settings)
            planned = False
            if isinstance(deliveries, list):
                planned = await self._store.outbox.plan(deliveries, days=[day], now=self._clock.now())
            # Another may have planned the day meanwhile, so that it looks as if the channel had had everything.
            if edition := await self._edition_with(team, channel, day):
                return PostedDay(day, await sender.deliver(team, channel, edition), again=not planned)
            if not isinstance(deliveries, list):
                return deliveries
        raise PlanContested(channel=channel)

    async def _edition_with(self, team: str, channel: str, day: date) -> Edition | None:
        return (await self._store.posted.days_had(team, channel, day)).get(day)

    async def compose(
        self, team: str, channel: str, day: date, settings: ChannelSettings
    ) -> list[Delivery] | Without | NotOpenYet | Unreachable:
        """The deliveries of a day's edition as they would go into the outbox now.

        Of a settled day whose source is away, as it was read since it settled.
        """
        asked_at = self._clock.now()
        answer = await self._library.read_settled_day(day)
        posted = await self._store.posted.papers_had(team, channel, _listed_in([answer]))
        choice = choose_days([answer], top=settings.top, already_posted=posted, wanted=settings.wanted)
        if choice.waiting:
            return choice.waiting
        if choice.without:
            return choice.without[0]
        before = await self._posted_earlier(team, channel, choice)
        style = await self._style(team, settings)
        as_of = read_earlier(answer, asked_at, settings.timezone)
        parts = await self._parts(choice.chosen, before, style, as_of=as_of)
        return to_deliveries(team, channel, daily_edition(day), parts, settings.layout)

    async def preview(self, team: str, settings: ChannelSettings, *, most_cards: int) -> list[Message] | None:
        """The digest and the first cards of the latest settled day as a channel with these settings would get them.

        None when the list of no day of the last week can be had, or none has papers for these settings.
        """
        for before in range(7):
            day = HUGGING_FACE.last_settled_day(self._clock.now()) - timedelta(days=before)
            answer = await self._library.read_settled_day(day)
            choice = choose_days([answer], top=settings.top, already_posted=frozenset(), wanted=settings.wanted)
            if choice.chosen:
                style = await self._style(team, settings)
                readings = await self._readings(choice.chosen, style.language)
                opening = self._digest(choice.chosen, readings, (), style, None)[0]
                rendered = [card for _, card in await self._cards(choice.chosen, readings, style, most=most_cards)]
                return [opening.message, *rendered]
            if choice.waiting:
                return None
        return None

    def render(
        self, listing: Listing, readings: Sequence[Reading], settings: ChannelSettings, *, asked_at: datetime
    ) -> list[Message]:
        """A day's list, asked for at a moment, as a digest of these papers of it, in no workspace: its messages, then
        the cards."""
        papers = tuple(reading.listed for reading in readings if reading.listed)
        chosen = ChosenDay(listing.day, papers, len(listing.papers), listing.fetched_at)
        style = _Style.of(settings, ListEmoji.of_settings(self._saving_emoji))
        as_of = read_earlier(listing, asked_at, settings.timezone)
        known = {reading.paper.id: reading for reading in readings}
        shown = [
            cards.paper_card(
                paper=reading.paper, listed=reading.listed, summary=reading.summary, language=style.language, rank=rank
            )
            for rank, reading in enumerate(readings, start=1)
        ]
        return [*(each.message for each in self._digest((chosen,), known, (), style, as_of)), *shown]

    async def plan(
        self, channel: Channel, claim: DueClaim, answers: Sequence[DayAnswer], *, asked_at: datetime
    ) -> list[Edition]:
        """Plan all that a channel is due on the local date claimed, and give the editions to deliver, in order.

        `answers` tell of every listing day after the channel's cursor, oldest first, as they were at `asked_at`; a
        list read before that moment is one kept from earlier. A first digest brings the latest of them that has papers.
        The local date is done with unless a day is waited for.
        Killed anywhere in between, the whole can be done again: an edition is planned once, a cursor moves forwards.
        Raises `ClaimLost` once another has taken over the claim.
        """
        is_first = channel.cursor is None
        choice, edition = await self._plan_papers(channel, answers, asked_at, only_latest=is_first, claim=claim)
        editions = [edition] if edition else []
        if note := await self._plan_note(channel, claim, choice):
            editions.append(note)
        outcome = ", ".join(map(str, editions)) or "nothing"
        is_ours = await self._store.due_claims.finish(
            claim.team,
            claim.channel,
            claim.local_date,
            owner=claim.owner,
            outcome=outcome if choice.waiting is None else None,
            cursor=choice.cursor,
        )
        if not is_ours:
            raise ClaimLost(channel=channel.id)
        return editions

    async def plan_papers(
        self, channel: Channel, answers: Sequence[DayAnswer], *, asked_at: datetime, only_latest: bool
    ) -> tuple[Choice, Edition | None]:
        """Plan the papers of these days, or `only_latest` those of the latest day that has any, but no note.

        What was chosen, and the edition to deliver, None when there is none.
        """
        choice, edition = await self._plan_papers(channel, answers, asked_at, only_latest=only_latest)
        if choice.cursor:
            await self._store.due_claims.move_cursor(channel.team, channel.id, choice.cursor)
        return choice, edition

    async def _plan_papers(
        self,
        channel: Channel,
        answers: Sequence[DayAnswer],
        asked_at: datetime,
        *,
        only_latest: bool,
        claim: DueClaim | None = None,
    ) -> tuple[Choice, Edition | None]:
        # Each time another plans one of the days, or one of the papers with another day, there is less to choose from.
        for _ in range(len(answers) + _MOST_CONTESTED):
            choice = await self._choose(channel, answers, asked_at, only_latest=only_latest)
            if not choice.chosen:
                return choice, None
            choice = replace(choice, chosen=await self._with_delays(channel, choice.chosen))
            deliveries = await self._compose(channel, choice, asked_at)
            days = [chosen.day for chosen in choice.chosen]
            if await self._store.outbox.plan(
                deliveries, days=days, cursor=choice.cursor, now=self._clock.now(), claim=claim
            ):
                return choice, deliveries[0].key.edition
        raise PlanContested(channel=channel.id)

    async def _with_delays(self, channel: Channel, chosen: tuple[ChosenDay, ...]) -> tuple[ChosenDay, ...]:
        if len(chosen) < 2:
            return chosen
        team, first = channel.team, first_date_due(chosen, channel)
        served = await self._store.due_claims.served_since(team, channel.id, first)
        changes = await self._store.channels.changes(team, channel.id, limit=_CHANGES_READ)
        return with_delays(chosen, channel, changes, served)

    async def has_papers(self, channel: Channel, answers: Sequence[DayAnswer], *, asked_at: datetime) -> bool | None:
        """Whether these days have papers for a channel; None when the source tells nothing of one of them yet."""
        choice = await self._choose(channel, answers, asked_at)
        return True if choice.chosen else None if choice.waiting else False

    async def _choose(
        self, channel: Channel, answers: Sequence[DayAnswer], asked_at: datetime, *, only_latest: bool = False
    ) -> Choice:
        had = await self._store.posted.days_had(channel.team, channel.id, answers[0].day) if answers else {}
        posted = await self._store.posted.papers_had(channel.team, channel.id, _listed_in(answers))
        settled = HUGGING_FACE.last_settled_day(asked_at)
        return choose_days(
            answers,
            top=channel.settings.top,
            already_posted=posted,
            days_had=had,
            wanted=channel.settings.wanted,
            growing=[answer.day for answer in answers if answer.day > settled],
            only_latest=only_latest,
        )

    async def _compose(self, channel: Channel, choice: Choice, asked_at: datetime) -> list[Delivery]:
        read_at = choice.chosen[-1].read_at
        is_late = read_at < asked_at or not choice.chosen[-1].is_settled
        as_of = read_at.astimezone(ZoneInfo(channel.settings.timezone)) if is_late else None
        clock_there = clock_time(as_of) if as_of else ""  # aware, one moment is the same in every zone
        style = await self._style(channel.team, channel.settings)
        before = await self._posted_earlier(channel.team, channel.id, choice)
        key = (asked_at, style, choice.chosen, before, clock_there)
        parts = await self._composed.find(key, lambda: self._parts(choice.chosen, before, style, as_of=as_of))
        edition = daily_edition(*(chosen.day for chosen in choice.chosen))
        return to_deliveries(channel.team, channel.id, edition, parts, channel.settings.layout)

    async def _posted_earlier(self, team: str, channel: str, choice: Choice) -> tuple[PostedEarlier, ...]:
        before = {listed.paper.id: listed for chosen in choice.chosen for listed in chosen.before}
        return await self.linked(team, channel, list(before.values())) if before else ()

    async def linked(self, team: str, channel: str, papers: Sequence[ListedPaper]) -> tuple[PostedEarlier, ...]:
        """Papers, each with the address of its card where the channel has had one, and of the paper where not."""
        card_of = await self._store.posted.cards_of(team, channel, [listed.paper.id for listed in papers])
        return tuple(
            digest_notes.PostedEarlier(
                listed,
                permalink(self._workspace_url, channel, *card_of[listed.paper.id])
                if self._workspace_url and listed.paper.id in card_of
                else listed.paper.url,
            )
            for listed in papers
        )

    async def _parts(
        self,
        chosen: Sequence[ChosenDay],
        before: tuple[PostedEarlier, ...],
        style: _Style,
        *,
        as_of: datetime | None,
    ) -> tuple[Part, ...]:
        edition = daily_edition(*(each.day for each in chosen))
        ids = tuple(listed.paper.id for each in chosen for listed in each.papers)
        await self._summarizer.request_summaries(
            ids, style.languages, team=self._team, within=self._waits_for_summaries
        )
        readings = await self._readings(chosen, style.language)
        messages = self._digest(chosen, readings, before, style, as_of)
        is_alone = style.layout is Layout.DIGEST
        parts = to_digest_parts(messages, edition, ids, is_alone=is_alone)
        for (paper_id, rendered), card in await self._cards(chosen, readings, style):
            parts.append(to_part(card, edition, paper_id, card=rendered, unfurl=style.unfurl))
        return tuple(parts)

    async def late_parts(self, edition: Edition, chosen: ChosenDay, channel: Channel) -> list[Part]:
        """The papers that rose into a day's top after it was posted, as a digest without cards."""
        style = await self._style(channel.team, channel.settings)
        readings = await self._readings([chosen], style.language)
        messages = late_digest(
            day=chosen,
            top=channel.settings.top,
            language=style.language,
            source_url=self._source_url,
            emoji=style.emoji,
            takeaways=_takeaways(readings),
        )
        return to_digest_parts(messages, edition, [listed.paper.id for listed in chosen.papers], is_alone=True)

    async def _style(self, team: str, settings: ChannelSettings) -> _Style:
        return _Style.of(settings, await self._store.list_emoji.in_use(team, self._saving_emoji))

    async def _readings(self, chosen: Sequence[ChosenDay], language: str) -> dict[str, Reading]:
        """The stored readings of the papers that were chosen, by paper ID."""
        ids = [listed.paper.id for each in chosen for listed in each.papers]
        recalled = [await self._library.recall(paper_id, language) for paper_id in ids]
        return {reading.paper.id: reading for reading in recalled if reading}

    def _digest(
        self,
        chosen: Sequence[ChosenDay],
        readings: Mapping[str, Reading],
        before: tuple[PostedEarlier, ...],
        style: _Style,
        as_of: datetime | None,
    ) -> tuple[DigestMessage, ...]:
        return digest_messages(
            days=chosen,
            language=style.language,
            source_url=self._source_url,
            emoji=style.emoji,
            takeaways=_takeaways(readings),
            as_of=as_of,
            before=before,
            layout=style.layout,
        )

    async def _cards(
        self, chosen: Sequence[ChosenDay], readings: Mapping[str, Reading], style: _Style, *, most: int | None = None
    ) -> list[tuple[tuple[str, RenderedCard], Message]]:
        """The cards of the papers that were chosen, or of the first of them, each with its paper's id and look.

        None in a style without cards.
        """
        if style.layout is Layout.DIGEST:
            return []
        wanted = [
            (listed, RenderedCard(style.language, style.second_language, rank, rank_on, listed.votes))
            for each in chosen
            for rank_on in [each.day if len(chosen) > 1 else None]
            for rank, listed in enumerate(each.papers, start=1)
        ]
        return [
            ((listed.paper.id, rendered), await self._render(listed, rendered, readings.get(listed.paper.id)))
            for listed, rendered in wanted[:most]
        ]

    async def card(self, listed: ListedPaper, rendered: RenderedCard) -> Message:
        """A paper's card, rendered this way with the summaries there are now, and with the votes it has in `listed`."""
        return await self._render(listed, rendered, await self._library.recall(listed.paper.id, rendered.language))

    async def takeaways(self, paper_ids: Sequence[str], language: str) -> dict[str, Takeaway]:
        """The sentence that stands for each paper in a digest now, by the paper's address; none where it has none."""
        recalled = [await self._library.recall(paper_id, language) for paper_id in paper_ids]
        return {reading.paper.url: reading.takeaway for reading in recalled if reading and reading.takeaway}

    async def _render(self, listed: ListedPaper, rendered: RenderedCard, reading: Reading | None) -> Message:
        second = None
        if rendered.second_language:
            other = await self._library.recall(listed.paper.id, rendered.second_language)
            second = other.summary if other else None
        return cards.paper_card(
            paper=listed.paper,
            listed=listed,
            summary=reading.summary if reading else None,
            second=second,
            language=rendered.language,
            rank=rendered.rank,
            rank_on=rendered.rank_on,
        )

    # days without papers -------------------------------------------------------------------------------------------

    async def _plan_note(self, channel: Channel, claim: DueClaim, choice: Choice) -> Edition | None:
        """Plan what a channel is sent instead of papers, or beside the first of them while others are waited for."""
        settings = channel.settings
        without = () if choice.chosen or settings.empty_days is EmptyDays.NOTHING else choice.without
        if without and settings.empty_days is EmptyDays.BEST_OF_WEEK and choice.waiting is None:
            best = await self._plan_best_of_week(channel, claim, without, choice.cursor)
            if best:
                return best
        without, waiting = unexpected_only(without), choice.waiting
        if waiting and (not HUGGING_FACE.may_list_on(waiting.day) or await self._was_told(channel, waiting.day)):
            waiting = None
        if not without and waiting is None:
            return None
        message = digest_notes.day_note(without=without, waiting=waiting, language=settings.language)
        edition = waiting_edition(waiting.day) if waiting else note_edition(claim.local_date)
        part = to_part(message, edition, HEADER, ())
        return await self._plan_alone(channel, claim, edition, part, choice.cursor)

    async def _was_told(self, channel: Channel, day: date) -> bool:
        """Whether a channel heard that a day is waited for."""
        return bool(await self._store.outbox.deliveries(channel.team, channel.id, waiting_edition(day)))

    async def _plan_best_of_week(
        self, channel: Channel, claim: DueClaim, without: Sequence[Without], cursor: date | None
    ) -> Edition | None:
        """The best of the days before, once a week; None when that came before or there is nothing."""
        edition = best_edition(iso_week(claim.local_date))
        latest = without[-1].day
        papers = await self._store.listings.between(latest - _WEEK, latest)
        best = choose(papers, top=min(channel.settings.top, _MOST_OF_A_WEEK), wanted=channel.settings.wanted)
        if not best or await self._store.outbox.deliveries(channel.team, channel.id, edition):
            return None
        message = digest_notes.best_of_week(
            without=unexpected_only(without),
            entries=await self.linked(channel.team, channel.id, best),
            language=channel.settings.language,
        )
        ids = tuple(listed.paper.id for listed in best)
        return await self._plan_alone(channel, claim, edition, to_part(message, edition, HEADER, ids), cursor)

    async def _plan_alone(
        self, channel: Channel, claim: DueClaim, edition: Edition, part: Part, cursor: date | None
    ) -> Edition:
        """Plan an edition of one message that tells of all days up to the cursor, and so of none of them again."""
        delivery = plan_delivery(channel.team, channel.id, edition, part)
        await self._store.outbox.plan([delivery], cursor=cursor, now=self._clock.now(), claim=claim)
        return edition


def _takeaways(readings: Mapping[str, Reading]) -> dict[str, Takeaway]:
    return {paper_id: reading.takeaway for paper_id, reading in readings.items() if reading.takeaway}


def _listed_in(answers: Sequence[DayAnswer]) -> list[str]:
    """The papers of these days, each once."""
    ids = (listed.paper.id for answer in answers if isinstance(answer, Listing) for listed in answer.papers)
    return list(dict.fromkeys(ids))


def read_earlier(answer: DayAnswer, asked_at: datetime, zone: str) -> datetime | None:
    """On the clocks of a zone, when a list was read that is one kept from before it was asked for."""
    if isinstance(answer, Listing) and answer.fetched_at < asked_at:
        return answer.fetched_at.astimezone(ZoneInfo(zone))
    return None
