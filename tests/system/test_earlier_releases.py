"""What an earlier release left behind goes on: its database, its messages in Slack, and what it was killed at.

`tests/releases` holds what 0.5.0 wrote when it had lived through a week: the database as SQL, and every message that
stood in Slack then. It died while it sent the papers of 7 August: its last card but one is in Slack and was not yet
known to be, the last was never sent.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.channels import ChannelState
from bot.rules.editions import Edition, EditionKind, share_edition
from bot.rules.papers import Origin, ReadSource, Section, Summary
from bot.services import open_services
from bot.settings import Settings
from bot.slack.manifest import build_manifest
from bot.slack_emulator import Reaction, SlackMessage
from bot.store.tables.columns import to_text
from tests.harness import open_harness, papers_of, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.slack_emulator import SlackEmulator
    from tests.clocks import PatientClock
    from tests.harness import Harness

RELEASES = Path(__file__).parents[1] / "releases"
LEFT = "0.5.0"
MONDAY, TUESDAY, WEDNESDAY = (date(2024, 8, day) for day in (5, 6, 7))
A_DAY = timedelta(days=1)
KILLED_AT = datetime(2024, 8, 8, 0, 31, tzinfo=UTC)
NEXT_MONDAY_IN_SEOUL = datetime(2024, 8, 11, 15, 0, tzinfo=UTC)
NEXT_MORNING = datetime(2024, 8, 9, 0, 10, tzinfo=UTC)
UPDATE = "chat.update"


def message_of(fields: dict[str, Any]) -> SlackMessage:
    reactions = tuple(Reaction(each["name"], tuple(each["users"])) for each in fields["reactions"])
    lists = {name: tuple(fields[name]) for name in ("blocks", "attachments")}
    return SlackMessage(**{**fields, **lists, "reactions": reactions})


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    """This release, started where 0.5.0 was killed."""
    with closing(sqlite3.connect(tmp_path / "paperboy.db")) as db:
        db.executescript((RELEASES / f"{LEFT}.sql").read_text(encoding="utf-8"))
    manifest = build_manifest(with_history=True)
    async with open_harness(
        tmp_path, manifest=manifest, before=as_it_was_left, paperboy_operator="U0000000003"
    ) as harness:
        for day in (MONDAY, TUESDAY, WEDNESDAY):
            harness.sources.day(day, papers_of(day))
        await harness.quiet()
        yield harness


def as_it_was_left(slack: SlackEmulator, clock: PatientClock) -> None:
    clock.advance_to(KILLED_AT)
    ana, jimin = (person.id for person in slack.people if not person.is_bot)
    slack.add_channel("elsewhere", members=[ana, jimin], with_bot=True)
    slack.direct_messages(ana)
    left: dict[str, list[dict[str, Any]]] = json.loads((RELEASES / f"{LEFT}.json").read_text(encoding="utf-8"))
    slack.restore(message_of(fields) for messages in left.values() for fields in messages)


def marks(harness: Harness) -> list[tuple[str, str]]:
    """Edition and part of every message of ours in #papers."""
    payloads = [(each.metadata or {})["event_payload"] for each in harness.slack.messages(harness.papers.id)]
    return [(each["edition"], each["part"]) for each in payloads]


def card(harness: Harness, paper_id: str) -> SlackMessage:
    """The first message of #papers that is this paper's card."""
    return next(
        each
        for each in harness.slack.messages(harness.papers.id)
        if (each.metadata or {})["event_payload"]["part"] == paper_id
    )


def updated(harness: Harness) -> list[str]:
    return [str(call.arguments["ts"]) for call in harness.slack.calls if call.method == UPDATE]


async def test_what_it_was_killed_at_is_finished_and_nothing_comes_twice(harness: Harness) -> None:
    before = marks(harness)
    await harness.at(KILLED_AT + timedelta(minutes=1))
    await harness.at(KILLED_AT + timedelta(minutes=2))
    assert marks(harness) == [*before, ("daily:2024-08-07", "2408.07003")]
    lost = card(harness, "2408.07003")
    assert lost.thread_ts == card(harness, "2408.07002").thread_ts
    assert await harness.bot.services.store.outbox.unfinished(harness.team) == []


async def test_days_and_papers_it_posted_are_not_posted_again(harness: Harness) -> None:
    thursday = date(2024, 8, 8)
    harness.sources.day(thursday, [*papers_of(TUESDAY, (90, 80)), *papers_of(thursday, (9, 8))])
    await harness.at(KILLED_AT + timedelta(minutes=1))
    await harness.at(NEXT_MORNING)
    new = [part for edition, part in marks(harness) if edition == "daily:2024-08-08"]
    assert new == ["header", "2408.08001", "2408.08002"]
    assert len(marks(harness)) == len(set(marks(harness)))


async def test_what_its_lists_tell_and_it_did_not_keep_is_known_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "paperboy.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((RELEASES / f"{LEFT}.sql").read_text(encoding="utf-8"))
        [raw] = db.execute("SELECT raw FROM listings WHERE day = ?", (str(MONDAY),)).fetchone()
        items = json.loads(raw)
        items[0]["paper"]["ai_keywords"] = ["topic"]
        items[0]["submittedBy"] = {"fullname": "AK"}
        db.execute("UPDATE listings SET raw = ? WHERE day = ?", (json.dumps(items), str(MONDAY)))
        db.execute("UPDATE listings SET raw = 'no list' WHERE day = ?", (str(TUESDAY),))
        db.execute("UPDATE listings SET raw = '' WHERE day = ?", (str(WEDNESDAY),))
        before = db.execute("SELECT day, paper, rank, votes FROM listed_papers").fetchall()
        db.commit()
    settings = Settings(database_url=f"sqlite:///{path}")
    for _ in range(2):
        async with open_services(settings) as services:
            listed = await services.store.listings.last_listed(items[0]["paper"]["id"])
            assert listed
            assert (listed.paper.keywords, listed.submitted_by) == (("topic",), "AK")
            assert await services.store.listings.to_read_again() == []
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT day, paper, rank, votes FROM listed_papers").fetchall() == before


async def test_its_cards_can_be_reacted_to_and_reactions_taken_back(harness: Harness) -> None:
    assert await harness.reading_list(harness.ana) == ["2408.01001"]
    assert await harness.reading_list(harness.jimin) == ["2408.01002"], "chosen by number on a header"
    await harness.react(harness.ana, card(harness, "2408.05002"), "bookmark")
    assert await harness.reading_list(harness.ana) == ["2408.05002", "2408.01001"]
    await harness.unreact(harness.ana, card(harness, "2408.01001"), "bookmark")
    assert await harness.reading_list(harness.ana) == ["2408.05002"]
    await harness.at(KILLED_AT + timedelta(minutes=1))
    await harness.react(harness.ana, card(harness, "2408.07002"), "bookmark")
    assert await harness.reading_list(harness.ana) == ["2408.07002", "2408.05002"], "it was not known to be in Slack"


async def test_its_lists_are_as_they_were_whatever_had_been_done_with_them(tmp_path: Path) -> None:
    team, ana = "T0000000001", "U0000000002"
    first, second, third = (f"2024-08-02T0{hour}:00:00.000000+00:00" for hour in (1, 2, 3))
    ended_first, removed, twice = "2408.01002", "2408.02001", "2408.02002"
    path = tmp_path / "paperboy.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript((RELEASES / f"{LEFT}.sql").read_text(encoding="utf-8"))
        db.executemany(
            "INSERT INTO saved_papers (team, user, paper, listed, saved_at) VALUES (?, ?, ?, ?, ?)",
            [(team, ana, ended_first, 1, first), (team, ana, removed, 0, second), (team, ana, twice, 1, second)],
        )
        db.executemany(
            "INSERT INTO save_sources (team, user, paper, kind, origin, at) VALUES (?, ?, ?, ?, ?, ?)",
            [
                (team, ana, ended_first, "click", "", third),
                (team, ana, twice, "reaction", "C0000000004/1722557401.000100/bookmark", second),
                (team, ana, twice, "command", "", third),
            ],
        )
        db.commit()
    async with open_services(Settings(database_url=f"sqlite:///{path}")) as services:
        lists = services.store.reading_lists

        async def told() -> list[tuple[str, str, str]]:
            page, _ = await lists.page(team, ana, limit=10)
            return [(each.paper.id, to_text(each.saved_at), str(each.origin)) for each in page]

        kept = [
            (twice, second, "reaction C0000000004/1722557401.000100/bookmark"),
            (ended_first, first, "click"),
            ("2408.01001", "2024-08-02T00:10:03.000001+00:00", "reaction C0000000004/1722557401.000100/bookmark"),
        ]
        assert await told() == kept
        # The entries come out the same when they are made anew.
        for paper_id, _, _ in kept:
            await lists.set_note(team, ana, paper_id, "A note", now=KILLED_AT)
        assert await told() == kept
        assert not await lists.remove(team, ana, removed, now=KILLED_AT)
        assert not await lists.restore(team, ana, removed, now=KILLED_AT)


async def test_the_buttons_of_its_cards_work(harness: Harness) -> None:
    old = card(harness, "2408.02002")
    told = await harness.click(harness.ana, old, "save_paper")
    assert "2408.02002" in told[0]
    assert await harness.reading_list(harness.ana) == ["2408.02002", "2408.01001"]
    for choice in ("abstract:2408.02002", "language:ko:2408.02002"):
        told = await harness.click(harness.ana, old, "paper_menu", value=choice)
        assert "Paper 2 of 2024-08-02" in told[0]


async def test_what_was_shared_once_is_not_shared_again(harness: Harness) -> None:
    """Slack may bring the click that 0.5.0 acted on once more."""
    known = [part for edition, part in marks(harness) if Edition.parse(edition).kind is EditionKind.SHARE]
    [shared] = [Edition.parse(edition) for edition, _ in marks(harness) if edition.startswith("share:")]
    assert known == ["2408.01002"]
    assert shared == share_edition(harness.ana.id, "1722557403.000003")
    report = await harness.bot.workspace.sender.deliver(harness.team, harness.papers.id, shared)
    assert (report.sent_now, report.sent) == (0, 1)


async def test_its_welcome_can_still_be_accepted(harness: Harness) -> None:
    direct = harness.slack.direct_messages(harness.ana.id)
    hello = harness.slack.messages(direct.id)[0]
    await harness.click(harness.ana, hello, "channel_use_defaults")
    elsewhere = next(each for each in harness.slack.channels if each.name == "elsewhere")
    known = await harness.bot.services.store.channels.find(harness.team, elsewhere.id)
    assert known
    assert known.state is ChannelState.ACTIVE


async def test_votes_that_settle_are_brought_to_its_cards(harness: Harness) -> None:
    harness.sources.day(TUESDAY, papers_of(TUESDAY, (30, 28, 10, 5)))
    harness.sources.day(WEDNESDAY, papers_of(WEDNESDAY, (30, 29, 10, 5)))
    await harness.at(KILLED_AT + timedelta(minutes=1))
    assert updated(harness) == [], "the day after was looked back at already"
    await harness.at(NEXT_MORNING + timedelta(minutes=20))
    assert "29" in read(card(harness, "2408.07002"))
    await harness.at(NEXT_MONDAY_IN_SEOUL)
    assert "28" in read(card(harness, "2408.06002"))
    assert len(updated(harness)) == len(set(updated(harness)))


async def test_a_paper_that_rose_since_comes_late(harness: Harness) -> None:
    harness.sources.day(WEDNESDAY, papers_of(WEDNESDAY, (30, 20, 10, 25)))
    await harness.at(KILLED_AT + timedelta(minutes=1))
    await harness.at(NEXT_MORNING + timedelta(minutes=20))
    assert marks(harness)[-2:] == [("late:2024-08-07", "header"), ("late:2024-08-07", "2408.07004")]


async def test_a_summary_made_since_is_put_on_its_card(harness: Harness) -> None:
    old = card(harness, "2408.06001")
    written = Summary(
        "2408.06001",
        "en",
        ((Section.WHATS_NEW, "It is written anew."),),
        Origin.MODEL,
        "m",
        ReadSource.ABSTRACT,
        harness.clock.now(),
    )
    await harness.bot.services.store.summaries.remember(written)
    harness.bot.services.summarizer.written.notify("2408.06001")
    await harness.bot.workspace.schedule.idle()
    assert updated(harness) == [old.ts]
    assert "It is written anew." in read(card(harness, "2408.06001"))


async def test_the_best_of_its_weeks_comes_once(harness: Harness) -> None:
    thursday, monday = date(2024, 8, 8), date(2024, 8, 12)
    for day in (thursday, monday):
        harness.sources.day(day, papers_of(day))
    await harness.at(NEXT_MORNING)
    await harness.at(datetime(2024, 8, 13, 0, 10, tzinfo=UTC))
    editions = [edition for edition, _ in marks(harness)]
    assert [editions.count(f"recap:2024-W{week}") for week in (31, 32)] == [1, 1]


async def test_a_paused_channel_gets_what_is_shared_there_and_nothing_else(harness: Harness) -> None:
    before = marks(harness)
    await harness.pause()
    await harness.at(KILLED_AT + timedelta(minutes=1))
    assert marks(harness) == before
    await harness.ask(harness.ana, "2408.02002")
    await harness.click(harness.ana, harness.slack.ephemerals(harness.ana.id)[-1], "share_paper")
    assert len(marks(harness)) == len(before) + 1
    assert Edition.parse(marks(harness)[-1][0]).kind is EditionKind.SHARE


async def test_a_channel_that_gets_another_id_takes_all_of_it_along(harness: Harness) -> None:
    store = harness.bot.services.store
    [welcome] = {
        Edition.parse(each.metadata["event_payload"]["edition"])
        for each in harness.slack.messages(harness.slack.direct_messages(harness.ana.id).id)
        if each.metadata
    }
    elsewhere = await harness.slack.change_channel_id(welcome.about)
    await harness.quiet()
    assert await store.outbox.deliveries(harness.team, harness.ana.id, welcome) == []
    renamed = replace(welcome, about=elsewhere.id)
    assert len(await store.outbox.deliveries(harness.team, harness.ana.id, renamed)) == 3
