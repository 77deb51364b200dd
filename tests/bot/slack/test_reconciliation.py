"""Reactions over an outage: whatever nobody heard, the lists are right afterwards."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import open_bot
from bot.errors import SlackUnreachable
from bot.rules.outages import PostedMessage, Sighting
from bot.services import open_services
from bot.slack.manifest import build_manifest
from bot.slack.reconciliation import BURST, moment_asked, reactions_in
from bot.slack.socket_mode import SILENCE_SECONDS
from bot.slack_emulator import SlackEmulator
from bot.workspace import open_configured_workspace
from tests.clocks import PatientClock
from tests.harness import DAY, Harness, bundled_day, like, open_database, open_harness, settings_for
from tests.outside import Outside
from tests.postgres import WHOLE
from tests.scopes import USUALLY_GRANTED
from tests.servers import PaperSources
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.slack_emulator import Channel, Person
    from bot.slack_emulator import SlackMessage as Posting
    from bot.store import Store
    from tests.command_server import Command

TWO_HOURS = 7200.0
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")


@dataclass(frozen=True)
class Crowd:
    """Readers of a channel's cards; what they do is chosen once and for all, what stands is what Slack shows."""

    slack: SlackEmulator
    channel: Channel
    readers: Sequence[Person]

    @property
    def header(self) -> Posting:
        return self.slack.messages(self.channel.id)[0]

    @property
    def cards(self) -> list[Posting]:
        return self.slack.thread(self.channel.id, self.header.ts)[1:]

    def choices(self) -> list[tuple[str, str, str]]:
        """Every reaction that means a paper, shuffled: reader, message, emoji."""
        numbers = NUMBERS[: len(self.cards)]
        where = [(card.ts, "bookmark") for card in self.cards] + [(self.header.ts, number) for number in numbers]
        found = [(reader.id, ts, emoji) for reader in self.readers for ts, emoji in where]
        random.Random(20240731).shuffle(found)
        return found

    async def add(self, choices: Sequence[tuple[str, str, str]]) -> None:
        for reader, ts, emoji in choices:
            await self.slack.react(reader, self.channel.id, ts, emoji)

    async def take_back(self, choices: Sequence[tuple[str, str, str]]) -> None:
        for reader, ts, emoji in choices:
            await self.slack.unreact(reader, self.channel.id, ts, emoji)

    def truth(self) -> dict[str, set[int]]:
        """By reader, the places of the papers Slack shows them to have saved, from 0."""
        lists: dict[str, set[int]] = {reader.id: set() for reader in self.readers}
        for place, card in enumerate(self.cards):
            for user in card.users_of("bookmark"):
                lists[user].add(place)
            for user in self.header.users_of(NUMBERS[place]):
                lists[user].add(place)
        return lists

    async def lists(self, store: Store) -> dict[str, set[int]]:
        """The same, as Paperboy has it."""
        team, found = self.slack.team_id, {}
        shown = [(await store.posted.papers_shown(team, self.channel.id, card.ts))[0] for card in self.cards]
        for reader in self.readers:
            saved = (await store.reading_lists.page(team, reader.id, limit=1000))[0]
            found[reader.id] = {shown.index(entry.paper.id) for entry in saved}
        return found


def crowd_of(slack: SlackEmulator, channel: Channel, people: int = 8) -> Crowd:
    readers = [slack.add_person(f"Reader {number}") for number in range(people)]
    crowded = slack.add_channel("crowded", members=[reader.id for reader in readers])
    assert channel.id != crowded.id
    return Crowd(slack, crowded, readers)


def questions(slack: SlackEmulator) -> list[tuple[Any, int | None]]:
    """What reactions.get was asked about, and the status it was answered with."""
    return [(call.arguments["timestamp"], call.status) for call in slack.calls if call.method == "reactions.get"]


@asynccontextmanager
async def silent_office(folder: Path, **more: Any) -> AsyncIterator[tuple[Harness, Crowd]]:
    """A morning's cards are out and saved by some, when the connection falls silent."""
    async with open_harness(folder, ack_timeout=0.3, **more) as harness:
        crowd = crowd_of(harness.slack, harness.papers)
        await harness.bot.workspace.daily.post(
            harness.bot.workspace.sender, harness.team, crowd.channel.id, DAY, like(top=10)
        )
        await crowd.add(crowd.choices()[:30])
        await harness.quiet()
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()
        await harness.clock.sleep(20)
        await heard(harness)
        harness.slack.faults.silence_sockets()
        yield harness, crowd


async def found_out(harness: Harness) -> None:
    """The watchdog looks twice, as it does every few seconds, and what was missed is made up for."""
    await harness.socket_mode.ping()
    await harness.clock.sleep(SILENCE_SECONDS)
    await harness.socket_mode.ping()
    await until(lambda: harness.socket_mode.connected)
    await harness.bot.check_connection()
    await harness.bot.workspace.reconciliation.settled()


async def test_two_hours_of_silence_50_added_and_20_removed_meanwhile_lists_right(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        choices = crowd.choices()
        await harness.clock.sleep(TWO_HOURS / 2)
        await crowd.take_back(choices[:20])
        await crowd.add(choices[30:80])
        await harness.slack.settled(within=60)
        await harness.clock.sleep(TWO_HOURS / 2)
        store = harness.bot.services.store
        assert await crowd.lists(store) != crowd.truth()
        await found_out(harness)
        assert await crowd.lists(store) == crowd.truth()
        assert sum(len(emoji.users) for message in [crowd.header, *crowd.cards] for emoji in message.reactions) == 60


async def test_news_of_the_outage_that_comes_late_and_in_disorder_undoes_nothing(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        choices = crowd.choices()
        before = len(harness.slack.deliveries)
        await crowd.take_back(choices[:20])
        await crowd.add(choices[30:80])
        # These come to nothing in the end, and of each only the first half will ever be heard.
        await crowd.add(choices[80:100])
        await crowd.take_back(choices[80:100])
        await crowd.add(choices[:10])
        await harness.slack.settled(within=60)
        lost = [delivery.payload["event"] for delivery in harness.slack.deliveries[before:]]
        await harness.clock.sleep(TWO_HOURS)
        await found_out(harness)
        store = harness.bot.services.store
        assert await crowd.lists(store) == crowd.truth()
        for event in reversed(lost[:90]):
            await harness.slack.send_event(event)
        await harness.quiet()
        assert await crowd.lists(store) == crowd.truth()


async def test_what_happens_while_slack_is_asked_wins(tmp_path: Path) -> None:
    """Slack has answered, the answer is on its way, and somebody takes back what it shows."""
    async with silent_office(tmp_path) as (harness, crowd):
        newest = crowd.cards[-1]
        mine = [(reader.id, newest.ts, "bookmark") for reader in crowd.readers]
        gone = [choice for choice in mine if choice[0] in newest.users_of("bookmark")]
        added = [choice for choice in mine if choice not in gone]
        await crowd.add(added)
        await harness.slack.settled(within=60)
        await harness.clock.sleep(TWO_HOURS)
        await harness.socket_mode.ping()
        await harness.clock.sleep(SILENCE_SECONDS)
        await harness.socket_mode.ping()
        await until(lambda: harness.socket_mode.connected)

        async def meanwhile() -> None:
            await crowd.take_back(added)
            await harness.slack.settled()

        harness.slack.faults.after_request(1, meanwhile)
        await harness.bot.check_connection()
        await harness.bot.workspace.reconciliation.settled()
        assert questions(harness.slack)[0] == (newest.ts, 200)
        assert set(crowd.cards[-1].users_of("bookmark")) == {reader for reader, _, _ in gone}
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()


async def test_slack_that_asks_to_wait_in_the_middle_is_given_time(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        await crowd.take_back(crowd.choices()[:20])
        await harness.clock.sleep(TWO_HOURS)
        await harness.slack.settled(within=60)
        harness.slack.faults.answer("reactions.get", 4, status=429, retry_after=33)
        harness.slack.faults.answer("reactions.get", 7, status=503, times=2)
        harness.slack.faults.drop_after_accepting("reactions.get", 10)
        await found_out(harness)
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()
        waits = harness.clock.slept[harness.clock.slept.index(33.0) :]
        # The client itself asks again where the connection that was cut had served before, and else we do.
        assert waits in ([33.0, 1.0, 2.0], [33.0, 1.0, 2.0, 1.0])
        assert [status for _, status in questions(harness.slack)].count(200) == 11


async def test_the_newest_messages_come_first(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        await harness.clock.sleep(TWO_HOURS)
        await found_out(harness)
        asked = [ts for ts, _ in questions(harness.slack)]
        assert asked == [message.ts for message in reversed([crowd.header, *crowd.cards])]


async def test_many_messages_are_asked_after_at_slacks_pace(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, _):
        await harness.post(top=10)
        await harness.clock.sleep(TWO_HOURS)
        slept = len(harness.clock.slept)
        await found_out(harness)
        assert len(questions(harness.slack)) == 22
        assert harness.clock.slept[slept:] == [SILENCE_SECONDS] + [1.2] * (22 - BURST)


async def test_messages_of_more_than_two_weeks_ago_rest_in_peace(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, _):
        await harness.clock.sleep(15 * 86_400)
        await found_out(harness)
        assert questions(harness.slack) == []


AS_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "answer",
    [
        {"body": b'{"ok":true}', "headers": AS_JSON},
        {"body": b'{"ok":true,"type":"message","message":{}}', "headers": AS_JSON},
        {"body": b'{"ok":true,"type":"message","message":{"ts":"1.000001"}}', "headers": AS_JSON},
        {"body": b"<html><body>Sign in to the guest network</body></html>"},
        {"body": b"[]", "headers": AS_JSON},
    ],
    ids=["nothing but ok", "an empty message", "another message", "a page", "a list"],
)
async def test_nobodys_papers_are_taken_off_on_a_word_that_is_not_slacks(
    tmp_path: Path, answer: dict[str, Any]
) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        await harness.clock.sleep(TWO_HOURS)
        harness.slack.faults.foreign("reactions.get", times=3, **answer)
        await found_out(harness)
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()


async def test_a_code_that_may_pass_keeps_only_its_own_message_waiting(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        await harness.clock.sleep(TWO_HOURS)
        harness.slack.faults.error("reactions.get", error="a_code_of_next_year", times=6)
        await found_out(harness)
        waiting, *others = dict.fromkeys(ts for ts, _ in questions(harness.slack))
        assert len(others) == len(crowd.cards), "the others were not kept waiting"
        before = len(questions(harness.slack))
        for _ in range(30):
            await heard(harness)
            await harness.clock.sleep(20)
        await heard(harness)
        await harness.bot.workspace.reconciliation.settled()
        assert [ts for ts, _ in questions(harness.slack)[before:]] == [waiting]


@pytest.mark.parametrize("error", ["message_not_found", "channel_not_found", "not_in_channel"])
async def test_a_message_out_of_reach_is_passed_over(tmp_path: Path, error: str) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        lost = crowd.cards[-1].ts
        await crowd.take_back([choice for choice in crowd.choices()[:20] if choice[1] != lost])
        await harness.slack.settled(within=60)
        await harness.clock.sleep(TWO_HOURS)
        harness.slack.faults.error("reactions.get", error=error)
        await found_out(harness)
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()
        assert len(questions(harness.slack)) == 11


async def test_of_an_emoji_with_too_many_readers_to_name_nobody_is_taken_off(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        place, before = next(
            (place, card.users_of("bookmark")) for place, card in enumerate(crowd.cards) if card.users_of("bookmark")
        )
        new = next(reader.id for reader in crowd.readers if reader.id not in before)
        await harness.clock.sleep(TWO_HOURS)
        reactions = [{"name": "bookmark", "users": [new], "count": 1 + len(before)}]
        shown = {"ts": crowd.cards[place].ts, "reactions": reactions}
        harness.slack.faults.answer(
            "reactions.get",
            len(crowd.cards) - place,
            status=200,
            body={"ok": True, "type": "message", "message": shown},
        )
        await found_out(harness)
        lists = await crowd.lists(harness.bot.services.store)
        assert all(place in lists[user] for user in (*before, new))


async def test_a_refusal_is_not_the_end_of_it(tmp_path: Path) -> None:
    """Somebody takes the scope away and, having read the log, gives it back."""
    async with silent_office(tmp_path) as (harness, crowd):
        await crowd.take_back(crowd.choices()[:20])
        await harness.slack.settled(within=60)
        await harness.clock.sleep(TWO_HOURS)
        harness.slack.faults.error("reactions.get", 3, error="missing_scope")
        await found_out(harness)
        assert len(questions(harness.slack)) == 3
        for _ in range(19):
            await harness.clock.sleep(30)
            await heard(harness)
        assert len(questions(harness.slack)) == 3
        await harness.clock.sleep(30)
        await heard(harness)
        await harness.bot.workspace.reconciliation.settled()
        assert len(questions(harness.slack)) == 3 + 9
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()


async def test_without_the_scope_nothing_is_asked_or_said_until_it_is_granted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with silent_office(tmp_path) as (harness, crowd):
        await crowd.take_back(crowd.choices()[:20])
        await harness.slack.settled(within=60)
        await harness.clock.sleep(TWO_HOURS)
        harness.slack.app.scopes.discard("reactions:read")
        await harness.bot.workspace.scopes.refresh()
        await found_out(harness)
        await harness.bot.deps.drain(10)
        asked, _ = len(harness.slack.calls), capsys.readouterr()
        for _ in range(45):
            await harness.clock.sleep(20)
            await heard(harness)
        await harness.quiet()
        methods = Counter(call.method for call in harness.slack.calls[asked:])
        # The channels are looked at once more, a while after an outage.
        assert (methods["reactions.get"], methods["users.conversations"]) == (0, 1)
        assert "reactions" not in capsys.readouterr().out
        await harness.slack.install_again()
        await harness.bot.workspace.scopes.refresh()
        await harness.clock.sleep(30)
        await heard(harness)
        await harness.bot.workspace.reconciliation.settled()
        assert await crowd.lists(harness.bot.services.store) == crowd.truth()


async def heard(harness: Harness) -> None:
    """Slack says something, however little."""
    await harness.socket_mode.ping()
    await until(lambda: harness.socket_mode.last_seen == harness.clock.now())
    await harness.bot.check_connection()


async def test_slack_heard_within_a_minute_needs_no_questions(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, _):
        await harness.clock.sleep(60 - SILENCE_SECONDS)
        await found_out(harness)
        assert questions(harness.slack) == []


async def test_nobody_waits_for_it(tmp_path: Path) -> None:
    async with silent_office(tmp_path) as (harness, _):
        await harness.clock.sleep(TWO_HOURS)
        harness.slack.faults.hang_after_accepting("reactions.get")
        await harness.socket_mode.ping()
        await harness.clock.sleep(SILENCE_SECONDS)
        await harness.socket_mode.ping()
        await until(lambda: harness.socket_mode.connected)
        await harness.bot.check_connection()
        await until(lambda: len(questions(harness.slack)) == 1)
        assert (await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", "help")).ok


@pytest.mark.parametrize(("seconds", "asked"), [(50.0, 0), (TWO_HOURS, 11)])
async def test_stopped_and_started_again(tmp_path: Path, seconds: float, asked: int) -> None:
    clock = PatientClock()
    async with (
        PaperSources.open() as sources,
        SlackEmulator(build_manifest(), granted=USUALLY_GRANTED, now=clock.now, retry_delays=(0, 0, 0)) as slack,
    ):
        sources.day(DAY, bundled_day())
        settings = settings_for(slack, sources, tmp_path)
        crowd = crowd_of(slack, slack.add_channel("elsewhere"))
        async with open_bot(settings, clock=clock) as bot:
            await bot.workspace.daily.post(bot.workspace.sender, slack.team_id, crowd.channel.id, DAY, like(top=10))
            await crowd.add(crowd.choices()[:30])
            await slack.settled()
        await clock.sleep(seconds)
        if asked:
            await crowd.take_back(crowd.choices()[:20])
            await crowd.add(crowd.choices()[30:80])
            await slack.settled(within=60)
            await clock.sleep(seconds)
        async with open_bot(settings, clock=clock) as bot:
            await bot.workspace.reconciliation.settled()
            assert len(questions(slack)) == asked
            assert await crowd.lists(bot.services.store) == crowd.truth()


async def test_what_was_saved_before_the_first_start_counts(tmp_path: Path) -> None:
    """`post` needs no running bot, and people do not wait for one."""
    clock = PatientClock()
    async with (
        PaperSources.open() as sources,
        SlackEmulator(build_manifest(), granted=USUALLY_GRANTED, now=clock.now, retry_delays=(0,)) as slack,
    ):
        sources.day(DAY, bundled_day())
        settings = settings_for(slack, sources, tmp_path)
        crowd = crowd_of(slack, slack.add_channel("elsewhere"))
        async with open_services(settings, clock=clock) as services, open_configured_workspace(services) as workspace:
            await workspace.daily.post(workspace.sender, slack.team_id, crowd.channel.id, DAY, like(top=3))
        await crowd.add(crowd.choices()[:9])
        await slack.settled()
        async with open_bot(settings, clock=clock) as bot:
            await bot.workspace.reconciliation.settled()
            assert await crowd.lists(bot.services.store) == crowd.truth()


@asynccontextmanager
async def a_crowd_on_the_street(folder: Path) -> AsyncIterator[tuple[Outside, Crowd]]:
    """The day is posted, and some have saved papers with a Paperboy that is then killed; two hours pass."""
    passed = timedelta()
    async with (
        PaperSources.open() as sources,
        SlackEmulator(
            build_manifest(),
            granted=USUALLY_GRANTED,
            now=lambda: datetime.now(UTC) + passed,
            retry_delays=(0, 0, 0),
        ) as slack,
    ):
        sources.day(DAY, bundled_day())
        outside = Outside(slack, sources, folder)
        crowd = crowd_of(slack, outside.papers, people=12)
        await a_morning(outside, crowd)
        passed = timedelta(seconds=TWO_HOURS / 2)
        await crowd.take_back(crowd.choices()[:20])
        await crowd.add(crowd.choices()[30:80])
        await slack.settled()
        passed = timedelta(seconds=TWO_HOURS)
        yield outside, crowd


async def a_morning(outside: Outside, crowd: Crowd) -> None:
    code, _, complaint = await outside.do("post", "--channel", crowd.channel.id, "--date", str(DAY), "--top", "4")
    assert code == 0, complaint
    process = await connected(outside)
    await crowd.add(crowd.choices()[:30])
    await outside.slack.settled()
    await killed(process)
    async with records(outside) as store:
        assert await crowd.lists(store) == crowd.truth()
        # The process has the machine's clock, which cannot be put forward; what it wrote down can be put back.
        long_ago = datetime.now(UTC) - timedelta(seconds=TWO_HOURS)
        await store.outages.record_contact(outside.slack.team_id, Sighting(datetime.now(UTC), lost_since=long_ago))


async def connected(outside: Outside) -> Command:
    process = await outside.start("run")
    await outside.slack.connected(within=30)
    return process


async def killed(process: Command) -> None:
    process.kill()
    await process.communicate()


def records(outside: Outside) -> AbstractAsyncContextManager[Store]:
    return open_database(outside.folder)


async def lists_come_right(outside: Outside, crowd: Crowd) -> None:
    async with records(outside) as store, asyncio.timeout(30):
        while True:
            if await crowd.lists(store) == crowd.truth():
                break
            await asyncio.sleep(0.02)


@pytest.mark.skipif(WHOLE in os.environ, reason="on a server, the lease of who was killed lasts for half a minute")
async def test_killed_and_started_again_after_two_hours_lists_right(tmp_path: Path) -> None:
    async with a_crowd_on_the_street(tmp_path) as (outside, crowd):
        process = await connected(outside)
        await lists_come_right(outside, crowd)
        process.send_signal(signal.SIGTERM)
        await process.communicate()
        assert process.returncode == 0


@pytest.mark.skipif(WHOLE in os.environ, reason="on a server, the lease of who was killed lasts for half a minute")
async def test_killed_again_in_the_middle_it_goes_on_where_it_was(tmp_path: Path) -> None:
    async with a_crowd_on_the_street(tmp_path) as (outside, crowd):
        before = len(questions(outside.slack))
        process = await outside.start("run")
        outside.slack.faults.before_request(3, process.kill, lose=True, method="reactions.get")
        await process.communicate()
        async with records(outside) as store:
            assert await crowd.lists(store) != crowd.truth()
        first = questions(outside.slack)[before:]
        process = await connected(outside)
        await lists_come_right(outside, crowd)
        await killed(process)
        assert [status for _, status in first] == [200, 200, None]
        assert sorted(ts for ts, status in questions(outside.slack)[before:] if status == 200) == sorted(
            message.ts for message in [crowd.header, *crowd.cards]
        )


MESSAGE = PostedMessage("T1", "C1", "1722470000.000100")
MOMENT = datetime(2024, 8, 1, 2, 13, 20, tzinfo=UTC)


def test_the_moment_is_before_slack_was_asked_by_its_own_clock() -> None:
    asked = moment_asked("Thu, 01 Aug 2024 02:13:20 GMT", timedelta(seconds=1.5))
    assert MOMENT - timedelta(seconds=10) < asked < MOMENT - timedelta(seconds=1.5)


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_an_answer_without_a_date_is_none(date: str | None) -> None:
    with pytest.raises(SlackUnreachable):
        moment_asked(date, timedelta(0))


def test_an_answer_names_who_stands_behind_which_emoji() -> None:
    shown = {
        "reactions": [
            {"name": "bookmark", "users": ["U1", "U2"], "count": 2},
            {"name": "bookmark::skin-tone-2", "users": ["U1"], "count": 1},
            {"name": "tada", "users": ["U3"], "count": 60},
        ]
    }
    seen = reactions_in(shown, MESSAGE, as_of=MOMENT)
    assert seen.standing == {
        ("U1", "bookmark"),
        ("U2", "bookmark"),
        ("U1", "bookmark::skin-tone-2"),
        ("U3", "tada"),
    }
    assert seen.cut_short == {"tada"}
    assert seen.as_of == "1722478400.000000"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reactions", "name", "users", "count"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_an_answer_that_makes_no_sense_shows_nobody_who_is_not_there(shown: Any) -> None:
    seen = reactions_in(shown, MESSAGE, as_of=MOMENT)
    assert {type(part) for who in seen.standing for part in who} <= {str}
