"""A month of one team on recorded mornings, with a plain count of who got what and when.

`python -m tests.team_month` prints it as a calendar; `tests/system/test_team_month.py` lives through a part of it. What
is right is written here without any code of the bot: a message unasked comes once, by day, and only to those who want
it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import sys
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

import structlog

from bot.app import open_bot
from bot.slack.manifest import build_manifest
from bot.slack_emulator import SlackEmulator
from tests.clocks import PatientClock
from tests.harness import Harness, lay_out_database, settings_for
from tests.scopes import usually_granted
from tests.servers import PaperSources

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.slack_emulator import Channel, Person, SlackMessage

FIRST = date(2026, 8, 10)
PEOPLE = 30
ZONES = (*["Asia/Seoul"] * 15, *["Europe/Berlin"] * 8, *["America/New_York"] * 7)
WANT_REMINDERS = range(0, PEOPLE, 2)
# One account is closed, and one person has everything erased.
LEAVES, FORGETS = 27, 28
LEFT_ON, FORGOTTEN_ON, STOPPED_ON = (FIRST + timedelta(days=days) for days in (16, 22, 19))
HOME = ZoneInfo("Asia/Seoul")
POSTED_AT = time(9, 10)
STEP = timedelta(minutes=20)
DAY_BEGINS, DAY_ENDS = 8, 20
SATURDAY, SUNDAY = 5, 6
# What people ask for comes whenever they ask.
_ASKED = ("reply", "share", "answer", "file")
# These change a message that stands there and come without a sound.
_SILENT = ("votes", "summary")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that came unasked: to a channel's or a person's `reader`, of which edition and when, by its clock."""

    reader: str
    edition: str
    part: str
    at: datetime

    @property
    def kind(self) -> str:
        return self.edition.partition(":")[0]


@dataclass(slots=True)
class Calendar:
    """All that came unasked, and what people did."""

    arrivals: list[Arrival] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def complaints(self, wanting: Mapping[str, set[date]]) -> list[str]:
        """Each thing that should not have been; `wanting` are the days on which each reader wanted reminders."""
        found = []
        times = Counter((each.reader, each.edition, each.part) for each in self.arrivals)
        found += [f"{count} times: {which}" for which, count in times.items() if count > 1]
        for each in self.arrivals:
            if not DAY_BEGINS <= each.at.hour < DAY_ENDS:
                found.append(f"at {each.at:%H:%M}: {each.reader} {each.edition}")
        reminders = [each for each in self.arrivals if each.kind == "reminder"]
        weeks = Counter((each.reader, week_of(each.at.date())) for each in reminders)
        found += [f"{count} reminders: {which}" for which, count in weeks.items() if count > 1]
        for each in reminders:
            if each.at.date() not in wanting.get(each.reader, set()):
                found.append(f"unwanted: {each.reader} {each.edition}")
            if each.at.weekday() >= SATURDAY:
                found.append(f"on a week-end: {each.reader} {each.edition}")
        found += [
            f"to a person, unasked: {each.reader} {each.edition}"
            for each in self.arrivals
            if each.reader.startswith("@") and each.kind not in {"reminder", "welcome", "notice"}
        ]
        return found

    def lines(self, days: Sequence[date]) -> Iterator[str]:
        """The calendar: a line a day, with what the channel and people got, each with the hour there."""
        by_day: dict[date, list[Arrival]] = defaultdict(list)
        for each in self.arrivals:
            by_day[each.at.date()].append(each)
        for day in days:
            there = sorted(by_day[day], key=lambda each: each.at)
            channel = [
                f"{at:%H:%M} {edition}" + (f" +{cards} cards" if cards else "")
                for edition, (at, cards) in _posts(there).items()
            ]
            people = [f"{each.reader[1:]} {each.at:%H:%M}" for each in there if each.reader.startswith("@")]
            told = f"; reminders: {', '.join(people)}" if people else ""
            yield f"{day:%a %d %b}  {' · '.join(channel) or '–'}{told}"


def _posts(arrivals: Sequence[Arrival]) -> dict[str, tuple[datetime, int]]:
    posts: dict[str, tuple[datetime, int]] = {}
    for each in arrivals:
        if each.reader.startswith("#"):
            at, cards = posts.get(each.edition, (each.at, -1))
            posts[each.edition] = (at, cards + 1)
    return posts


def week_of(day: date) -> str:
    """The ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def recorded_lists(folder: Path, first: date, days: int) -> dict[date, list[Any]]:
    """A list for each weekday: the one recorded that day, or else another recorded day's in its place."""
    files = sorted(folder.glob("*.json"))
    own = {date.fromisoformat(file.stem): file for file in files}
    others = iter([file for day, file in own.items() if not first <= day < first + timedelta(days=days)])
    lists = {}
    for step in range(days):
        day = first + timedelta(days=step)
        if day.weekday() < SATURDAY and (file := own.get(day) or next(others, None)):
            lists[day] = json.loads(file.read_text(encoding="utf-8"))
    return lists


class TeamMonth:
    """Thirty people, a channel, and the days of a month as they pass before a real bot, which is restarted at times."""

    def __init__(self, folder: Path, lists: Mapping[date, list[Any]], *, days: int, people: int = PEOPLE) -> None:
        self._folder, self._lists = folder, lists
        self.days = [FIRST + timedelta(days=step) for step in range(days)]
        self._chance = random.Random(17)
        self._stack, self._bot = AsyncExitStack(), AsyncExitStack()
        self.clock = PatientClock(datetime.combine(FIRST, time(0, 0), HOME).astimezone(UTC))
        self.calendar, self.restarts = Calendar(), 0
        self._people_wanted = people
        self._wanting: dict[str, set[date]] = defaultdict(set)
        self._snoozed: dict[str, set[date]] = defaultdict(set)
        self._want_now: set[str] = set()
        self._answered: set[str] = set()
        self._gone: set[int] = set()

    async def __aenter__(self) -> Self:
        lay_out_database(self._folder)
        self.sources = await self._stack.enter_async_context(PaperSources.open())
        for day, items in self._lists.items():
            self.sources.day(day, items)
        manifest = build_manifest()
        self.slack = await self._stack.enter_async_context(
            SlackEmulator(manifest, granted=usually_granted(manifest), now=self.clock.now, retry_delays=(0, 0, 0))
        )
        self.people: list[Person] = [
            self.slack.add_person(
                f"P{number:02}",
                locale="ko-KR" if ZONES[number] == "Asia/Seoul" else "en-US",
                tz=ZONES[number],
            )
            for number in range(self._people_wanted)
        ]
        self.papers: Channel = self.slack.add_channel(
            "papers", members=[person.id for person in self.people], with_bot=True
        )
        await self._open()
        await self._office.serve(self.papers, top=5, post_at=POSTED_AT, timezone=HOME.key, team_recap=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._bot.aclose()
        await self._stack.aclose()

    async def live(self) -> Calendar:
        """Let all days come; what came of them."""
        for day in self.days:
            await self._live(day)
        self._read_arrivals()
        return self.calendar

    def complaints(self) -> list[str]:
        """Each thing that should not have been."""
        wanting = {name: days - self._snoozed[name] for name, days in self._wanting.items()}
        return self.calendar.complaints(wanting)

    async def _live(self, day: date) -> None:
        for name in self._want_now:
            self._wanting[name].add(day)
        moment, end = datetime.combine(day, time(0, 0), HOME), datetime.combine(day, time(23, 59), HOME)
        post = datetime.combine(day, POSTED_AT, HOME)
        moments = {moment + STEP * step for step in range(int((end - moment) / STEP) + 1)} | {post}
        for at in sorted(moments):
            if at.hour == 3 and at.minute == 0 and self._chance.random() < 0.3:
                await self._restart()
            await self._office.at(at.astimezone(UTC))
            if at == post and day.weekday() < SUNDAY:
                await self._after_the_digest(day)
            elif at.hour in {11, 15} and at.minute == 0:
                await self._during_the_day(day)

    async def _after_the_digest(self, day: date) -> None:
        """Everybody reads at once; some events come twice, and the latest first."""
        cards = self._cards_of_today()
        for number, person in enumerate(self.people):
            if self._is_gone(number, day) or not cards:
                continue
            for card in self._chance.sample(cards, min(len(cards), self._chance.choice((0, 0, 1, 1, 2)))):
                await self._react(person, card, "bookmark")
                if self._chance.random() < 0.2:
                    await self._react(person, card, "white_check_mark")
                if self._chance.random() < 0.1:
                    await self._unreact(person, card, "bookmark")
        await self._office.quiet()

    async def _during_the_day(self, day: date) -> None:
        for number, person in enumerate(self.people):
            if self._is_gone(number, day):
                continue
            await self._answer_reminder(person, day)
            if self._chance.random() < 0.15:
                words = self._chance.choice(("list", "list done", "team", "today", "list by votes", "my settings"))
                await self._ask(person, words)
                await self.slack.open_home(person.id)
                self.calendar.done["Home opened"] += 1
        await self._office.quiet()
        for number in (each for each in WANT_REMINDERS if each < len(self.people)):
            if day == FIRST + timedelta(days=number % 5) and _name(self.people[number]) not in self._want_now:
                await self._ask(self.people[number], "remind me")
                self._wants(self.people[number], day, wants=True)
            if day == STOPPED_ON and number % 6 == 0:
                await self._ask(self.people[number], "reminders off")
                self._wants(self.people[number], day, wants=False)
        if day == LEFT_ON and len(self.people) > LEAVES:
            self.slack.change_person(self.people[LEAVES].id, deleted=True)
        if day == FORGOTTEN_ON and len(self.people) > FORGETS and FORGETS not in self._gone:
            await self._forget(FORGETS)

    async def _ask(self, person: Person, words: str) -> None:
        self.calendar.done[f"/paper {words}"] += 1
        await self._office.ask(person, words)

    async def _answer_reminder(self, person: Person, day: date) -> None:
        """Some click in the reminder of that day: a paper is read, one goes to the archive, or it shall come later."""
        messages = self.slack.messages(self.slack.direct_messages(person.id).id)
        for message in messages[-1:]:
            is_of_today = _at(message, HOME).date() == day and _edition(message).startswith("reminder:")
            if not is_of_today or message.ts in self._answered:
                continue
            self._answered.add(message.ts)
            action = self._chance.choice((None, "reminder_done", "reminder_archive", "reminder_snooze"))
            if action and action in json.dumps(message.blocks):
                await self._office.click(person, message, action)
                self.calendar.done[action] += 1
                if action == "reminder_snooze":
                    for later in (day + timedelta(days=days) for days in range(1, 12)):
                        self._snoozed[_name(person)].add(later)

    async def _forget(self, number: int) -> None:
        person = self.people[number]
        await self._ask(person, "forget me")
        await self._office.click(person, self.slack.ephemerals(person.id)[-1], "erase_my_data")
        self._gone.add(number)
        self._wants(person, FORGOTTEN_ON, wants=False)

    def _wants(self, person: Person, day: date, *, wants: bool) -> None:
        name = _name(person)
        if wants:
            self._want_now.add(name)
            self._wanting[name].add(day)
        else:
            self._want_now.discard(name)

    async def _react(self, person: Person, card: SlackMessage, emoji: str) -> None:
        await self.slack.react(person.id, self.papers.id, card.ts, emoji)
        self.calendar.done[f":{emoji}:"] += 1
        await self._again(person, card, emoji, "reaction_added")

    async def _unreact(self, person: Person, card: SlackMessage, emoji: str) -> None:
        await self.slack.unreact(person.id, self.papers.id, card.ts, emoji)
        self.calendar.done[f":{emoji}: taken back"] += 1

    async def _again(self, person: Person, card: SlackMessage, emoji: str, kind: str) -> None:
        if self._chance.random() > 0.1:
            return
        last = next(each for each in reversed(self.slack.deliveries) if each.type == kind)
        await self.slack.send_event(last.payload["event"])
        self.calendar.done["events brought again"] += 1

    def _is_gone(self, number: int, day: date) -> bool:
        return number in self._gone or (number == LEAVES and day >= LEFT_ON)

    def _cards_of_today(self) -> list[SlackMessage]:
        messages = self.slack.messages(self.papers.id)
        today = [each for each in messages if _at(each, HOME).date() == self.clock.now().astimezone(HOME).date()]
        return [each for each in today if each.is_reply and _edition(each).startswith("daily:")]

    async def _restart(self) -> None:
        await self._bot.aclose()
        self._bot = AsyncExitStack()
        self.restarts += 1
        await self._open()

    async def _open(self) -> None:
        settings = settings_for(self.slack, self.sources, self._folder)
        bot = await self._bot.enter_async_context(open_bot(settings, clock=self.clock, between_checks=_forever))
        await self.slack.connected()
        self._office = Harness(self.slack, self.sources, bot, self.clock, self.papers, self.people[0], self.people[1])

    def _read_arrivals(self) -> None:
        readers = [
            ("#papers", self.papers.id, HOME),
            *((_name(each), self.slack.direct_messages(each.id).id, ZoneInfo(each.tz)) for each in self.people),
        ]
        for reader, conversation, zone in readers:
            for message in self.slack.messages(conversation):
                edition = _edition(message)
                if edition and not edition.startswith((*_ASKED, *_SILENT)):
                    part = str((message.metadata or {})["event_payload"]["part"])
                    self.calendar.arrivals.append(Arrival(reader, edition, part, _at(message, zone)))


def _name(person: Person) -> str:
    return f"@{person.name}"


def _edition(message: SlackMessage) -> str:
    return str(((message.metadata or {}).get("event_payload") or {}).get("edition") or "")


def _at(message: SlackMessage, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(float(message.ts), UTC).astimezone(zone)


async def _forever(_: float) -> None:
    await asyncio.Event().wait()


async def _print(days: int) -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    recorded = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not recorded:
        sys.exit("PAPERBOY_RECORDED_DATA names no folder with recorded answers of Hugging Face")
    lists = recorded_lists(Path(recorded) / "hf", FIRST, days)
    with TemporaryDirectory() as folder:
        async with TeamMonth(Path(folder), lists, days=days) as month:
            calendar = await month.live()
            print("\n".join(calendar.lines(month.days)))
            complaints = month.complaints()
    kinds = Counter(each.kind for each in calendar.arrivals)
    print(f"\n{len(lists)} lists · {PEOPLE} people · {month.restarts} restarts · {dict(calendar.done)}")
    print(f"messages unasked: {dict(kinds)}\ncomplaints: {len(complaints)}", *complaints, sep="\n  ")
    return bool(complaints)


if __name__ == "__main__":
    sys.exit(asyncio.run(_print(int(sys.argv[1]) if len(sys.argv) > 1 else 31)))
