"""A day's top papers for one channel: a header, and a card for each paper in its thread."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import messages
from bot.choosing import choose
from bot.outbox import HEADER, Delivery, DeliveryKey, daily_edition
from bot.papers import Listing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.clock import Clock
    from bot.delivery import Courier, EditionReport
    from bot.library import Library, Reading
    from bot.messages import Message
    from bot.papers import EmptyDay, ListedPaper, NotOpenYet, Unreachable
    from bot.store import Store


@dataclass(frozen=True, slots=True)
class Posted:
    """A day's edition went out, or was out already when `again`."""

    day: date
    report: EditionReport
    again: bool


@dataclass(frozen=True, slots=True)
class NothingNew:
    """The day has papers, and the channel has had every one of them."""

    day: date


class DailyEdition:
    """Composes and posts the daily edition."""

    def __init__(self, store: Store, library: Library, clock: Clock, *, source_url: str, emoji: str) -> None:
        self._store = store
        self._library = library
        self._clock = clock
        self._source_url = source_url.rstrip("/")
        self._emoji = emoji

    async def post(
        self, courier: Courier, team: str, channel: str, day: date, *, top: int, language: str
    ) -> Posted | NothingNew | EmptyDay | NotOpenYet | Unreachable:
        """Bring a day's papers to a channel, once: an edition already planned is finished, never chosen anew."""
        edition = daily_edition(day)
        if await self._store.deliveries(team, channel, edition):
            return Posted(day, await courier.deliver(team, channel, edition), again=True)
        deliveries = await self.compose(team, channel, day, top=top, language=language)
        if not isinstance(deliveries, list):
            return deliveries
        planned = await self._store.plan(deliveries, now=self._clock.now())
        return Posted(day, await courier.deliver(team, channel, edition), again=not planned)

    async def compose(
        self, team: str, channel: str, day: date, *, top: int, language: str
    ) -> list[Delivery] | NothingNew | EmptyDay | NotOpenYet | Unreachable:
        """The deliveries of a day's edition as they would go into the outbox now."""
        answer = await self._library.read_day(day)
        if not isinstance(answer, Listing):
            return answer
        chosen = choose(answer.papers, top=top, already_posted=await self._store.posted_papers(team, channel))
        if not chosen:
            return NothingNew(day)
        header = messages.daily_header(
            day=day,
            papers=chosen,
            listed=len(answer.papers),
            language=language,
            source_url=f"{self._source_url}/papers/date/{day.isoformat()}",
            emoji=self._emoji,
        )
        cards = [await self._card(listed, rank, language) for rank, listed in enumerate(chosen, start=1)]
        return _deliveries(team, channel, daily_edition(day), header, chosen, cards)

    async def _card(self, listed: ListedPaper, rank: int, language: str) -> Message:
        reading: Reading | None = await self._library.recall(listed.paper.id, language)
        summary = reading.summary if reading else None
        return messages.paper_card(
            paper=listed.paper, listed=listed, summary=summary, language=language, private=False, rank=rank
        )


def _deliveries(
    team: str, channel: str, edition: str, header: Message, chosen: Sequence[ListedPaper], cards: Sequence[Message]
) -> list[Delivery]:
    ids = tuple(listed.paper.id for listed in chosen)
    first = Delivery(
        key=DeliveryKey(team, channel, edition, HEADER),
        position=0,
        payload=_payload(header, edition, HEADER),
        shows=ids,
    )
    return [
        first,
        *(
            Delivery(
                key=DeliveryKey(team, channel, edition, paper_id),
                position=position,
                payload=_payload(card, edition, paper_id),
                shows=(paper_id,),
                thread_part=HEADER,
            )
            for position, (paper_id, card) in enumerate(zip(ids, cards, strict=True), start=1)
        ),
    ]


def _payload(message: Message, edition: str, part: str) -> str:
    return json.dumps({**message.to_payload(), "metadata": delivery_mark(edition, part)}, ensure_ascii=False)


def delivery_mark(edition: str, part: str) -> dict[str, object]:
    """The message metadata by which a message in Slack is recognised as this delivery."""
    return {"event_type": "paperboy_delivery", "event_payload": {"edition": edition, "part": part}}
