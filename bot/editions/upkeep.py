"""Upkeep of posted editions: votes and summaries updated, late additions, and recaps."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.editions.parts import to_deliveries, to_part
from bot.messages import digest_notes
from bot.messages.cards import beside_facts
from bot.messages.daily_digest import with_takeaways, with_votes
from bot.rules.channels import Layout, Recap
from bot.rules.editions import (
    correction_edition,
    iso_week,
    late_edition,
    recap_edition,
    sentences_edition,
    votes_edition,
)
from bot.rules.outbox import HEADER, DeliveryState, Part, RenderedCard, plan_delivery
from bot.rules.papers import Listing
from bot.rules.selection import ChosenDay, choose, rank

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.clock import Clock
    from bot.editions.daily import DailyEdition
    from bot.rules.channels import Channel, ChannelSettings
    from bot.rules.editions import Edition
    from bot.rules.outbox import Delivery, PostedEdition
    from bot.rules.papers import DayAnswer, ListedPaper, Takeaway
    from bot.store import Store

AFTER_A_DAY = "day"
AT_WEEKS_END = "week"
LOOKED_BACK_FOR = timedelta(days=9)
_A_DAY = timedelta(days=1)
_MOST_IN_RECAP = 10


def look_backs_due(posted: PostedEdition, zone: str, now: datetime) -> list[str]:
    """The looks back at an edition that are due and were not taken: one a day after it came, one at its week's end."""
    there = posted.sent_at.astimezone(ZoneInfo(zone))
    monday = there.date() + timedelta(days=7 - there.weekday())
    moments = {
        AFTER_A_DAY: posted.sent_at + _A_DAY,
        AT_WEEKS_END: datetime.combine(monday, time(), ZoneInfo(zone)),
    }
    return [each for each, moment in moments.items() if moment <= now and each not in posted.looked_back]


class Upkeep:
    """Plans what follows an edition."""

    def __init__(self, store: Store, daily: DailyEdition, clock: Clock) -> None:
        self._store = store
        self._daily = daily
        self._clock = clock

    async def days_of(self, channel: Channel, posted: PostedEdition) -> list[date]:
        """The listing days an edition brought, oldest first."""
        earliest = posted.sent_at.date() - timedelta(days=400)
        had = await self._store.posted.days_had(channel.team, channel.id, earliest)
        return sorted(day for day, edition in had.items() if edition == posted.edition)

    async def plan(
        self, channel: Channel, posted: PostedEdition, look_backs: Sequence[str], answers: Sequence[DayAnswer]
    ) -> list[Edition]:
        """Plan what the `look_backs` bring, of the days an edition brought as they stand now; the editions to deliver.

        Two that fall due together bring one change to each card. Done again, it plans nothing more.
        """
        listed = {
            each.paper.id: each for answer in answers if isinstance(answer, Listing) for each in rank(answer.papers)
        }
        editions = []
        edition = votes_edition(posted.edition, look_backs[-1])
        if updates := await self._updates(channel, posted, edition, listed):
            await self._store.outbox.plan(updates, now=self._clock.now())
            editions.append(edition)
        if AFTER_A_DAY in look_backs and channel.settings.late_risers and answers and isinstance(answers[-1], Listing):
            editions += await self._plan_late(channel, posted, answers[-1])
        for look_back in look_backs:
            await self._store.posted.note_look_back(
                channel.team, channel.id, posted.edition, look_back, now=self._clock.now()
            )
        return editions

    async def _updates(
        self, channel: Channel, posted: PostedEdition, edition: Edition, listed: dict[str, ListedPaper]
    ) -> list[Delivery]:
        """A change to each card that shows other votes than its paper has, and to each message that lists papers."""
        own = await self._store.outbox.deliveries(channel.team, channel.id, posted.edition)
        late = await self._store.outbox.deliveries(channel.team, channel.id, late_edition(posted.edition))
        earlier = await self._store.outbox.deliveries(
            channel.team, channel.id, votes_edition(posted.edition, AFTER_A_DAY)
        )
        posts = [each for each in (*own, *late) if each.state is DeliveryState.SENT]
        shown = {each.ts: each for each in (*posts, *earlier) if each.state is DeliveryState.SENT}
        updates: list[Delivery] = []
        lists = [post for post in posts if post.card is None]
        changed = await self._store.posted.latest_changes(channel.team, channel.id, [str(post.ts) for post in lists])

        def change(post: Delivery, payload: str, card: RenderedCard | None = None) -> None:
            part = Part(post.key.part, payload, (), card)
            updates.append(plan_delivery(channel.team, channel.id, edition, part, position=len(updates), changes=post))

        for post in posts:
            rendered, now_listed = shown[post.ts].card, listed.get(post.key.part)
            if rendered is None or rendered.votes is None or now_listed is None or rendered.votes == now_listed.votes:
                continue
            anew = replace(rendered, votes=now_listed.votes)
            part = to_part(await self._daily.card(now_listed, anew), post.key.edition, post.key.part)
            change(post, part.payload, anew)
        votes = {each.paper.url: each.votes for each in listed.values()}
        for post in lists:
            payload = json.loads(changed.get(str(post.ts), post).payload)
            if (refreshed := with_votes(payload, votes)) != payload:
                change(post, json.dumps(refreshed, ensure_ascii=False))
        return updates

    async def plan_sentences(
        self, team: str, paper_ids: Sequence[str], *, conversation: str | None = None
    ) -> list[tuple[str, Edition]]:
        """Plan to change each digest that lists one of these papers, in one conversation or all, and whose sentences
        are others than there are now: one change to each of its messages, whatever the number of papers.

        Conversation and edition of each; done again, it plans nothing more.
        """
        planned = []
        since = self._clock.now() - LOOKED_BACK_FOR
        known: dict[tuple[tuple[str, ...], str], dict[str, Takeaway]] = {}
        for channel_id, edition in await self._store.posted.digests_listing(
            team, paper_ids, since=since, conversation=conversation
        ):
            channel = await self._store.channels.find(team, channel_id)
            own = await self._store.outbox.deliveries(team, channel_id, edition)
            posts = [each for each in own if each.state is DeliveryState.SENT and each.card is None and each.shows]
            if channel is None or not posts:
                continue
            key = (posts[0].shows, channel.settings.language)
            if key not in known:
                known[key] = await self._daily.takeaways(*key)
            updates = await self._with_sentences(posts, known[key], channel.settings.language)
            if updates and await self._store.outbox.plan(updates, now=self._clock.now()):
                planned.append((channel_id, updates[0].key.edition))
        return planned

    async def _with_sentences(
        self, posts: Sequence[Delivery], takeaways: dict[str, Takeaway], language: str
    ) -> list[Delivery]:
        """A change to each message of a digest that has other sentences than these."""
        first = posts[0].key
        stamps = [str(post.ts) for post in posts]
        changed = await self._store.posted.latest_changes(first.team, first.conversation, stamps)
        shown = [changed.get(stamp, post).payload for stamp, post in zip(stamps, posts, strict=True)]
        edited: list[tuple[Delivery, str]] = []
        for post, payload in zip(posts, shown, strict=True):
            before = json.loads(payload)
            if (after := with_takeaways(before, takeaways, language)) != before:
                edited.append((post, json.dumps(after, ensure_ascii=False)))
        both = json.dumps([shown, [payload for _, payload in edited]])
        edition = sentences_edition(first.edition, hashlib.sha256(both.encode()).hexdigest()[:16])
        return [
            plan_delivery(
                first.team,
                first.conversation,
                edition,
                Part(post.key.part, payload, ()),
                position=position,
                changes=post,
            )
            for position, (post, payload) in enumerate(edited)
        ]

    async def plan_corrections(
        self, team: str, paper_id: str, *, conversation: str | None = None
    ) -> list[tuple[str, Edition]]:
        """Plan to render again the cards, in one conversation or all, that show another summary than there is now.

        Conversation and edition of each; done again, it plans nothing more.
        """
        planned = []
        since = self._clock.now() - LOOKED_BACK_FOR
        for delivery in await self._store.posted.cards_showing(team, paper_id, since=since, conversation=conversation):
            correction = await self._correction(delivery)
            if correction and await self._store.outbox.plan([correction], now=self._clock.now()):
                planned.append((delivery.key.conversation, correction.key.edition))
        return planned

    async def _correction(self, shown: Delivery) -> Delivery | None:
        rendered = shown.card
        listed = await self._store.listings.last_listed(shown.key.part)
        if rendered is None or listed is None:
            return None
        spoken = [language for language in (rendered.language, rendered.second_language) if language]
        summaries = [await self._store.summaries.find(shown.key.part, language) for language in spoken]
        made_at = max((summary.made_at for summary in summaries if summary), default=None)
        before = json.loads(shown.payload)
        message = await self._daily.card(replace(listed, votes=rendered.votes or 0), rendered)
        if made_at is None or beside_facts(message.to_payload()) == beside_facts(before):
            return None
        payload = json.dumps({**before, **message.to_payload()}, ensure_ascii=False)
        key, part = shown.key, Part(shown.key.part, payload, (), rendered)
        return plan_delivery(key.team, key.conversation, correction_edition(part.name, made_at), part, changes=shown)

    async def _plan_late(self, channel: Channel, posted: PostedEdition, listing: Listing) -> list[Edition]:
        """The papers that are in the top only now; of an edition of several days, those of the last."""
        settings, edition = channel.settings, late_edition(posted.edition)
        top = choose(listing.papers, top=settings.top, wanted=settings.wanted)
        for _ in top:  # another edition may bring some of them meanwhile
            had = await self._store.posted.papers_had(channel.team, channel.id, [listed.paper.id for listed in top])
            late = [(number, listed) for number, listed in enumerate(top, start=1) if listed.paper.id not in had]
            if not late:
                return []
            if settings.layout is Layout.DIGEST:
                papers = tuple(listed for _, listed in late)
                chosen = ChosenDay(listing.day, papers, len(listing.papers), listing.fetched_at)
                parts = await self._daily.late_parts(edition, chosen, channel)
            else:
                parts = await self._late_parts(settings, edition, listing.day, late)
            deliveries = to_deliveries(channel.team, channel.id, edition, parts, settings.layout)
            if await self._store.outbox.plan(deliveries, now=self._clock.now()):
                return [edition]
        return []

    async def _late_parts(
        self, settings: ChannelSettings, edition: Edition, day: date, late: Sequence[tuple[int, ListedPaper]]
    ) -> list[Part]:
        papers = [listed for _, listed in late]
        header = digest_notes.late_header(day=day, papers=papers, top=settings.top, language=settings.language)
        parts = [to_part(header, edition, HEADER, tuple(listed.paper.id for listed in papers))]
        for number, listed in late:
            rendered = RenderedCard(settings.language, settings.second_language, number, None, listed.votes)
            card = await self._daily.card(listed, rendered)
            parts.append(to_part(card, edition, listed.paper.id, card=rendered, unfurl=settings.unfurl))
        return parts

    async def plan_recap(self, channel: Channel, local_date: date) -> list[Edition]:
        """Plan the best of what came of the last week's or month's lists, once; the editions to deliver."""
        period = last_period(channel.settings.recap, local_date)
        if period is None:
            return []
        name, first, last = period
        listed = {each.paper.id: each for each in await self._store.listings.between(first - _A_DAY, last)}
        came = await self._store.posted.cards_of(channel.team, channel.id, list(listed)) if listed else {}
        best = rank(listed[paper_id] for paper_id in came)[:_MOST_IN_RECAP]
        edition = recap_edition(name)
        if not best:
            return []
        entries = await self._daily.linked(channel.team, channel.id, best)
        message = digest_notes.recap(first=first, last=last, entries=entries, language=channel.settings.language)
        part = to_part(message, edition, HEADER, tuple(each.paper.id for each in best))
        planned = await self._store.outbox.plan(
            to_deliveries(channel.team, channel.id, edition, [part]), now=self._clock.now()
        )
        return [edition] if planned else []


def last_period(recap: Recap, local_date: date) -> tuple[str, date, date] | None:
    """The last whole week or month before a date: what it is called, its first and its last day."""
    match recap:
        case Recap.NONE:
            return None
        case Recap.WEEKLY:
            last = local_date - timedelta(days=local_date.weekday() + 1)
            return iso_week(last), last - timedelta(days=6), last
        case Recap.MONTHLY:
            last = local_date.replace(day=1) - _A_DAY
            return f"{last:%Y-%m}", last.replace(day=1), last
