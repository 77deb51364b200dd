"""In whose language and on whose clock people are answered: from the first answer on, and still right a day later."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.rules.channels import Person
from bot.slack.profiles import ASKED_AGAIN_AFTER, is_due
from bot.text.zones import is_zone, zone_groups
from tests.harness import DAY, read

if TYPE_CHECKING:
    from bot.slack_emulator import SlackEmulator
    from tests.harness import Harness

NOON = datetime(2026, 8, 18, 12, tzinfo=UTC)


def asked_about(slack: SlackEmulator, person: str) -> int:
    return sum(call.method == "users.info" and call.arguments.get("user") == person for call in slack.calls)


def fail_to_write(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise StoreError(reason="disk full")

    monkeypatch.setattr(harness.bot.services.store.database, "write", fails)


class TestTheFirstAnswer:
    @pytest.mark.parametrize("text", ["help", "list", "language", "settings", "save", "2501.99999"])
    async def test_is_in_the_language_of_ones_slack(self, harness: Harness, text: str) -> None:
        assert await harness.ask(harness.jimin, text)
        for message in harness.slack.ephemerals(harness.jimin.id):
            assert any("가" <= letter <= "힣" for letter in read(message)), message.text

    async def test_after_a_click_too(self, harness: Harness) -> None:
        await harness.post()
        (told,) = await harness.click(harness.jimin, harness.cards[0], "save_paper")
        assert "저장" in told

    async def test_and_so_is_the_first_form(self, harness: Harness) -> None:
        await harness.serve()
        await harness.slack.command(harness.jimin.id, harness.papers.id, "/paper", "settings")
        await harness.quiet()
        await harness.click(harness.jimin, harness.slack.ephemerals(harness.jimin.id)[-1], "channel_change_when")
        assert "시간" in str(harness.slack.modals(harness.jimin.id)[-1].content)

    @pytest.mark.parametrize("text", ["2407.20743", "matting", "2024-07-31", "list", "status", "help"])
    async def test_comes_though_nothing_can_be_written(
        self, harness: Harness, monkeypatch: pytest.MonkeyPatch, text: str
    ) -> None:
        await harness.post()
        fail_to_write(harness, monkeypatch)
        told = await harness.ask(harness.jimin, text)
        assert told
        assert "Reference" not in "".join(told)

    async def test_so_does_the_home_tab(self, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
        await harness.post()
        fail_to_write(harness, monkeypatch)
        await harness.slack.open_home(harness.jimin.id)
        await harness.quiet()
        assert harness.slack.home(harness.jimin.id)

    async def test_a_report_opens_before_slack_has_said_who_asks_and_is_then_in_their_language(
        self, harness: Harness
    ) -> None:
        await harness.post()
        card = next(each for each in harness.cards if "wrong:" in str(each.blocks))
        value = re.findall(r"wrong:[^']+", str(card.blocks))[0]
        answered = asyncio.Event()
        harness.bot.workspace.profiles._first_answer_seconds = 60.0
        harness.slack.faults.before_request(1, answered.wait)
        assert (await harness.slack.choose(harness.jimin.id, card, "paper_menu", value)).ok
        await harness.slack.wait_for(lambda: harness.slack.modals(harness.jimin.id), what="the form")
        answered.set()
        await harness.quiet()
        assert any("가" <= letter <= "힣" for letter in str(harness.slack.modals(harness.jimin.id)[-1].content))

    async def test_of_a_known_paper_is_its_card_in_the_acknowledgement_whatever_slack_tells(
        self, harness: Harness
    ) -> None:
        await harness.post()
        answer = await harness.slack.command(harness.jimin.id, harness.papers.id, "/paper", "2407.21017")
        assert "Matting by Generation" in answer.payload["text"]

    @pytest.mark.parametrize("text", ["help", "settings", "save 2407.21017"])
    async def test_comes_though_slack_does_not_say_who_asks(self, harness: Harness, text: str) -> None:
        await harness.post()
        told = asyncio.Event()
        harness.bot.workspace.profiles._first_answer_seconds = 0.05
        harness.slack.faults.before_request(1, told.wait)
        assert (await harness.slack.command(harness.jimin.id, harness.papers.id, "/paper", text)).ok
        await harness.slack.wait_for(lambda: harness.slack.ephemerals(harness.jimin.id), what="an answer")
        assert asked_about(harness.slack, harness.jimin.id) == 0
        told.set()
        await harness.quiet()
        assert asked_about(harness.slack, harness.jimin.id) == 1
        assert len(harness.slack.ephemerals(harness.jimin.id)) == 1

    @pytest.mark.parametrize("count", [4, 5, 6])
    async def test_about_several_papers_arrives_whole_where_paperboy_is_not_in_the_room(
        self, harness: Harness, count: int
    ) -> None:
        """There the five answers Slack allows to a command are all there are."""
        await harness.post()
        channel = harness.slack.add_channel("without", members=[harness.ana.id], with_bot=False, private=True)
        listing = await harness.bot.services.store.listings.find(DAY)
        assert listing is not None
        named = [listed.paper.id for listed in listing.papers][:count]
        await harness.slack.command(harness.ana.id, channel.id, "/paper", " ".join(named))
        await harness.quiet()
        looking_up, *cards = harness.slack.ephemerals(harness.ana.id)
        assert "Looking up" in looking_up.text
        assert len(cards) == min(count, 5)

    async def test_keeps_what_was_acknowledged_before_slack_said_who_it_was(self, harness: Harness) -> None:
        await harness.post()
        harness.slack.faults.error("users.info", error="user_not_found")
        (told,) = await harness.ask(harness.jimin, "save 2407.21017")
        assert "Saved" in told
        assert await harness.reading_list(harness.jimin) == ["2407.21017"]


class TestLater:
    async def test_a_changed_language_and_zone_are_noticed_a_day_later(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "help")
        move(harness, harness.ana.id, locale="ko-KR", tz="Asia/Seoul")
        harness.clock.advance_to(harness.clock.now() + timedelta(hours=23))
        await harness.ask(harness.ana, "help")
        assert asked_about(harness.slack, harness.ana.id) == 1
        harness.clock.advance_to(harness.clock.now() + timedelta(hours=1))
        await harness.ask(harness.ana, "help")
        assert asked_about(harness.slack, harness.ana.id) == 2
        (told,) = await harness.ask(harness.ana, "help")
        assert "도움말" in told
        assert await harness.bot.workspace.profiles.zone_name(harness.team, harness.ana.id) == "Asia/Seoul"

    async def test_a_choice_of_ones_own_outlives_that(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "language ko")
        harness.clock.advance_to(harness.clock.now() + timedelta(days=2))
        await harness.ask(harness.ana, "help")
        (told,) = await harness.ask(harness.ana, "help")
        assert "도움말" in told
        assert await harness.bot.workspace.profiles.zone_name(harness.team, harness.ana.id) == "Europe/Berlin"

    async def test_somebody_slack_tells_nothing_of_is_not_asked_about_at_every_turn(self, harness: Harness) -> None:
        harness.slack.faults.error("users.info", error="user_not_visible", times=99)
        for _ in range(5):
            await harness.ask(harness.ana, "help")
        assert asked_about(harness.slack, harness.ana.id) == 1

    async def test_many_questions_at_once_are_one(self, harness: Harness) -> None:
        await asyncio.gather(*(harness.ask(harness.ana, "help") for _ in range(5)))
        assert asked_about(harness.slack, harness.ana.id) == 1

    @pytest.mark.parametrize(
        ("person", "due"),
        [
            (None, True),
            (Person("T1", "U1", language="ko", read_at=NOON), True),
            (Person("T1", "U1", "ko-KR", "Asia/Seoul", read_at=NOON), False),
            (Person("T1", "U1", "ko-KR", "Asia/Seoul", read_at=NOON - ASKED_AGAIN_AFTER), True),
            (Person("T1", "U1", "ko-KR", "Asia/Seoul", read_at=NOON + timedelta(hours=1)), False),
        ],
    )
    def test_a_profile_is_due_when_it_is_new_or_old(self, person: Person | None, due: bool) -> None:
        assert is_due(person, NOON) is due


def move(harness: Harness, person: str, *, locale: str, tz: str) -> None:
    from dataclasses import replace

    people = harness.slack._workspace.people
    people[person] = replace(people[person], locale=locale, tz=tz)


def test_whether_a_zone_exists_is_not_looked_up_on_disk_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_zone("Asia/Seoul")
    walks: list[str] = []

    def walk() -> set[str]:
        walks.append("walked")
        return {"Asia/Seoul"}

    monkeypatch.setattr("bot.text.zones.available_timezones", walk)
    assert all(is_zone(zone) for _, zones in zone_groups() for zone in zones)
    assert not any(is_zone(name) for name in ("", "Asia/Atlantis", "../etc/passwd", "a" * 10_000))
    assert walks == []
