"""Reminders of people's reading lists: composed of the list as it is, and planned for a slot, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.editions.parts import to_part
from bot.messages import reminders as reminder_messages
from bot.rules.editions import reminder_edition
from bot.rules.outbox import HEADER, plan_delivery
from bot.rules.paper_news import news_since
from bot.rules.reading_list import ReadingState
from bot.rules.reminders import (
    MOST_NEWS,
    RemindedPapers,
    Reminder,
    SuggestedPaper,
    current_slot,
    next_slot,
    stale,
    suggested,
)
from bot.text.zones import is_zone

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.messages.message import Message
    from bot.rules.channels import Person
    from bot.rules.editions import Edition
    from bot.rules.reminders import ReminderPreference
    from bot.slack.profiles import Profiles
    from bot.store import NewsOfPapers, Papers, People, Reminders

# Of whom Slack has told no time zone, one does not know when it is night.
_ZONE_ASKED_AGAIN_AFTER = timedelta(hours=6)


class ListReminders:
    """Reminds the people of a team of their lists."""

    def __init__(
        self,
        team: str,
        reminders: Reminders,
        people: People,
        papers: Papers,
        news: NewsOfPapers,
        profiles: Profiles,
        clock: Clock,
    ) -> None:
        self._team = team
        self._reminders = reminders
        self._people = people
        self._papers = papers
        self._news = news
        self._profiles = profiles
        self._clock = clock

    async def plan(self, user: str, due_at: datetime) -> Edition | None:
        """Plan the reminder of somebody who is due at `due_at`, or look at them again when it may be time.

        None when nothing was planned: it is not the time, nothing waits on their list, their account is deactivated,
        or another process was there before. Raises `StoreError`.
        """
        preference = await self._reminders.preference(self._team, user)
        person = await self._person_as_of_today(user)
        now = self._clock.now()
        zone = person.timezone if person else None
        if person is None or zone is None or not is_zone(zone):
            await self._look_again(user, due_at, now + _ZONE_ASKED_AGAIN_AFTER if preference.is_on else None)
            return None
        slot = None if person.is_deactivated else current_slot(preference, zone, now)
        papers = await self._papers_to_name(user, preference, now) if slot else RemindedPapers()
        if slot is None or not papers.suggested:
            await self._look_again(user, due_at, next_slot(preference, zone, now))
            return None
        preference = replace(preference, last_for=slot.start)
        next_at = next_slot(preference, zone, now)
        language = await self._profiles.language(self._team, user)
        message = await self.compose(user, papers, language)
        edition = reminder_edition(slot.start.astimezone(ZoneInfo(zone)).date())
        part = to_part(message, edition, HEADER, ())
        delivery = replace(plan_delivery(self._team, user, edition, part), send_before=slot.end)
        is_planned = await self._reminders.plan(
            delivery, slot=slot.start, papers=papers.suggested, due_at=due_at, next_at=next_at, now=now
        )
        return edition if is_planned else None

    async def compose(self, user: str, papers: RemindedPapers, language: str) -> Message:
        """The reminder that names these papers, as of now. Raises `StoreError`."""
        now = self._clock.now()
        preference = (await self._reminders.preference(self._team, user)).as_of(now)
        zone_name = await self._profiles.zone_name(self._team, user)
        next_at = next_slot(preference, zone_name, now) if zone_name else None
        zone = ZoneInfo(zone_name) if zone_name else UTC
        named = [*papers.suggested, *papers.stale, *papers.news]
        found = await self._reminders.entries(self._team, user, named)
        entries = {each.paper_id: replace(each, saved_at=each.saved_at.astimezone(zone)) for each in found.values()}
        known = await self._papers.known(named)
        news = await self._news.of(papers.news)
        states = [entries[paper_id].state for paper_id in papers.stale if paper_id in entries]
        content = Reminder(
            papers=papers,
            unread=len(await self._reminders.waiting(self._team, user)),
            suggested=tuple(
                SuggestedPaper(known[paper_id], entries.get(paper_id))
                for paper_id in papers.suggested
                if paper_id in known
            ),
            stale=tuple(
                known[paper_id]
                for paper_id in papers.stale
                if paper_id in entries and entries[paper_id].state is ReadingState.TO_READ
            ),
            archived=states.count(ReadingState.ARCHIVED),
            news=tuple(
                (known[paper_id], news_since(news.get(paper_id, ()), entries[paper_id].saved_at))
                for paper_id in papers.news
                if paper_id in entries
            ),
            preference=preference,
            next_at=next_at and next_at.astimezone(zone),
        )
        return reminder_messages.reminder(content=content, language=language)

    async def _papers_to_name(self, user: str, preference: ReminderPreference, now: datetime) -> RemindedPapers:
        waiting = await self._reminders.waiting(self._team, user)
        since = preference.last_for or preference.since or now
        news = await self._news.of_list(self._team, user, since=since, limit=MOST_NEWS)
        chosen = suggested(waiting, preference.last_papers)
        left = [each for each in waiting if each.paper_id not in chosen]
        return RemindedPapers(chosen, stale(left, now), tuple(news))

    async def _person_as_of_today(self, user: str) -> Person | None:
        """Somebody as Slack describes them today: where they are, and whether their account is active."""
        if self._profiles.should_be_fetched(self._team, user, await self._people.find(self._team, user)):
            await self._profiles.fetch_profile(self._team, user)
        return await self._people.find(self._team, user)

    async def _look_again(self, user: str, due_at: datetime, next_at: datetime | None) -> None:
        await self._reminders.look_again(self._team, user, due_at=due_at, next_at=next_at)
