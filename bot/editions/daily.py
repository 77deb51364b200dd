"""A channel's papers of a day, or of days it missed: a header, and a card for each paper in its thread."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from bot import messages
from bot.choosing import choose_days
from bot.delivery import delivery_mark
from bot.outbox import HEADER, Delivery, DeliveryKey, daily_edition, note_edition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from bot.channels import Channel
    from bot.choosing import Choice, ChosenDay, NothingNew
    from bot.clock import Clock
    from bot.delivery import Courier, EditionReport
    from bot.library import Library
    from bot.messages import Message
    from bot.papers import DayAnswer, EmptyDay, NotOpenYet, Unreachable
    from bot.store import Store


@dataclass(frozen=True, slots=True)
class Posted:
    """A day's edition went out, or was out already when `again`."""

    day: date
    report: EditionReport
    again: bool


_Composed: TypeAlias = "tuple[datetime, str, tuple[ChosenDay, ...], datetime | None]"


@dataclass(frozen=True, slots=True)
class _Part:
    """A message of an edition, the same for every channel that gets this edition in this language."""

    name: str
    payload: str
    shows: tuple[str, ...]


class DailyEdition:
    """Chooses, composes and plans the daily edition."""

    def __init__(self, store: Store, library: Library, clock: Clock, *, source_url: str, emoji: str) -> None:
        self._store = store
        self._library = library
        self._clock = clock
        self._source_url = source_url.rstrip("/")
        self._emoji = emoji
        self._composed: dict[_Composed, asyncio.Task[tuple[_Part, ...]]] = {}

    async def post(
        self, courier: Courier, team: str, channel: str, day: date, *, top: int, language: str
    ) -> Posted | NothingNew | EmptyDay | NotOpenYet | Unreachable:
        """Bring a day's papers to a channel, once: an edition already planned is finished, never chosen anew."""
        if edition := await self._edition_with(team, channel, day):
            return Posted(day, await courier.deliver(team, channel, edition), again=True)
        deliveries = await self.compose(team, channel, day, top=top, language=language)
        if not isinstance(deliveries, list):
            return deliveries
        planned = await self._store.plan(deliveries, days=[day], now=self._clock.now())
        edition = await self._edition_with(team, channel, day) or daily_edition(day)
        return Posted(day, await courier.deliver(team, channel, edition), again=not planned)

    async def _edition_with(self, team: str, channel: str, day: date) -> str | None:
        return (await self._store.days_had(team, channel, day)).get(day)

    async def compose(
        self, team: str, channel: str, day: date, *, top: int, language: str
    ) -> list[Delivery] | NothingNew | EmptyDay | NotOpenYet | Unreachable:
        """The deliveries of a day's edition as they would go into the outbox now."""
        answer = await self._library.read_day(day)
        posted = await self._store.posted_papers(team, channel)
        choice = choose_days([answer], top=top, already_posted=posted)
        if choice.waiting:
            return choice.waiting
        if choice.without:
            return choice.without[0]
        parts = await self._parts(choice.chosen, language, as_of=None)
        return _deliveries(team, channel, daily_edition(day), parts)

    async def plan(
        self, channel: Channel, local_date: date, answers: Sequence[DayAnswer], *, asked_at: datetime
    ) -> list[str]:
        """Plan all that a channel is due on a local date, and give the editions to deliver, in order.

        `answers` tell of every listing day after the channel's cursor, oldest first, as they were at `asked_at`; a
        list read before that moment is one kept from earlier. The local date is done with unless a day is waited for.
        Killed anywhere in between, the whole can be done again: an edition is planned once, a cursor moves forwards.
        """
        editions: list[str] = []
        while True:
            choice = await self._choose(channel, answers)
            if not choice.chosen:
                break
            deliveries = await self._compose(channel, choice, asked_at)
            days = [chosen.day for chosen in choice.chosen]
            if await self._store.plan(deliveries, days=days, now=self._clock.now()):
                editions.append(deliveries[0].key.edition)
                break
        if note := _note(channel, local_date, choice):
            await self._store.plan([note], now=self._clock.now())
            editions.append(note.key.edition)
        if choice.cursor:
            await self._store.move_cursor(channel.team, channel.id, choice.cursor)
        if choice.waiting is None:
            outcome = ", ".join(editions) or "nothing"
            await self._store.finish_due(channel.team, channel.id, local_date, outcome=outcome)
        return editions

    async def _choose(self, channel: Channel, answers: Sequence[DayAnswer]) -> Choice:
        had = await self._store.days_had(channel.team, channel.id, answers[0].day) if answers else {}
        posted = await self._store.posted_papers(channel.team, channel.id)
        return choose_days(answers, top=channel.settings.top, already_posted=posted, days_had=had)

    async def _compose(self, channel: Channel, choice: Choice, asked_at: datetime) -> list[Delivery]:
        read_at = choice.chosen[-1].read_at
        as_of = read_at.astimezone(ZoneInfo(channel.settings.timezone)) if read_at < asked_at else None
        clock_there = as_of.replace(tzinfo=None) if as_of else None  # aware, one moment is the same in every zone
        key = (asked_at, channel.settings.language, choice.chosen, clock_there)
        if key not in self._composed:
            for older in [each for each in self._composed if each[0] != asked_at]:
                del self._composed[older]
            parts = self._parts(choice.chosen, channel.settings.language, as_of=as_of)
            self._composed[key] = asyncio.create_task(parts)
        edition = daily_edition(*(chosen.day for chosen in choice.chosen))
        return _deliveries(channel.team, channel.id, edition, await asyncio.shield(self._composed[key]))

    async def _parts(self, chosen: Sequence[ChosenDay], language: str, *, as_of: datetime | None) -> tuple[_Part, ...]:
        edition = daily_edition(*(each.day for each in chosen))
        ids = tuple(listed.paper.id for each in chosen for listed in each.papers)
        return (
            _part(self._header(chosen, language, as_of), edition, HEADER, ids),
            *[
                _part(await self._card(each, rank, language, among=len(chosen)), edition, listed.paper.id)
                for each in chosen
                for rank, listed in enumerate(each.papers, start=1)
            ],
        )

    def _header(self, chosen: Sequence[ChosenDay], language: str, as_of: datetime | None) -> Message:
        if len(chosen) > 1:
            return messages.catch_up_header(days=chosen, language=language, emoji=self._emoji, as_of=as_of)
        (only,) = chosen
        return messages.daily_header(
            day=only.day,
            papers=only.papers,
            listed=only.listed,
            language=language,
            source_url=f"{self._source_url}/papers/date/{only.day.isoformat()}",
            emoji=self._emoji,
            as_of=as_of,
        )

    async def _card(self, chosen: ChosenDay, rank: int, language: str, *, among: int) -> Message:
        listed = chosen.papers[rank - 1]
        reading = await self._library.recall(listed.paper.id, language)
        return messages.paper_card(
            paper=listed.paper,
            listed=listed,
            summary=reading.summary if reading else None,
            language=language,
            rank=rank,
            rank_on=chosen.day if among > 1 else None,
        )


def _note(channel: Channel, local_date: date, choice: Choice) -> Delivery | None:
    """What a channel hears instead of papers, or beside the first of them while others are waited for."""
    without = () if choice.chosen else choice.without
    if not without and choice.waiting is None:
        return None
    said = messages.day_note(without=without, waiting=choice.waiting, language=channel.settings.language)
    edition = note_edition(local_date)
    (note,) = _deliveries(channel.team, channel.id, edition, (_part(said, edition, HEADER, ()),))
    return note


def _part(message: Message, edition: str, name: str, shows: tuple[str, ...] | None = None) -> _Part:
    payload = {**message.to_payload(), "metadata": delivery_mark(edition, name)}
    return _Part(name, json.dumps(payload, ensure_ascii=False), (name,) if shows is None else shows)


def _deliveries(team: str, channel: str, edition: str, parts: Sequence[_Part]) -> list[Delivery]:
    return [
        Delivery(
            key=DeliveryKey(team, channel, edition, part.name),
            position=position,
            payload=part.payload,
            shows=part.shows,
            thread_part=HEADER if position else None,
        )
        for position, part in enumerate(parts)
    ]
