"""What is asked where several papers are in view: in the thread of a digest, below a list, in a direct message."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.incoming_messages import WITHIN
from bot.slack.manifest import build_manifest
from bot.slack_emulator.blocks import message_problems
from tests.harness import Harness, open_harness, read
from tests.papers_in_full import html

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.slack_emulator import Person, SlackMessage

MELTEMI, THINK, MATTING = "2407.20743", "2407.21018", "2407.21017"
CHOOSE = "choose_asked_paper"
QUESTION = "How long does an image take?"
SPEED = "It takes 3.5 seconds an image."


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Harness]:
    manifest = build_manifest()
    async with open_harness(tmp_path, manifest=manifest, granted=manifest["oauth_config"]["scopes"]["bot"]) as opened:
        opened.sources.arxiv_page(MATTING, html())
        await opened.post(top=10)
        yield opened


async def mention(office: Harness, text: str, *, below: SlackMessage | None = None) -> list[SlackMessage]:
    """Ask in the digest's thread, or below another message; what is said there then."""
    root = below or office.header
    before = len(office.slack.thread(root.channel, root.ts))
    await office.slack.mention(office.ana.id, office.papers.id, text, thread_ts=root.ts)
    await office.quiet()
    return office.slack.thread(root.channel, root.ts)[before + 1 :]


async def write(office: Harness, text: str) -> list[SlackMessage]:
    """Write a direct message; what is said then."""
    alone = office.slack.direct_messages(office.jimin.id).id
    before = len(office.slack.messages(alone))
    await office.slack.say(office.jimin.id, alone, text)
    await office.quiet()
    return office.slack.messages(alone)[before + 1 :]


async def choose(office: Harness, person: Person, message: SlackMessage, paper: str) -> list[SlackMessage]:
    """Choose a paper; what everybody there sees then."""
    before = office.slack.messages(message.channel)
    assert (await office.slack.choose(person.id, message, CHOOSE, paper)).ok
    await office.quiet()
    return [each for each in office.slack.messages(message.channel) if each.ts not in {old.ts for old in before}]


def options(message: SlackMessage) -> list[dict[str, Any]]:
    """What a menu of a message has to choose from."""
    assert message_problems(message.blocks) == ()
    assert len(str(message.snapshot())) < 10_000
    return [
        option
        for block in message.blocks
        for element in block.get("elements", ())
        if element.get("action_id") == CHOOSE
        for option in element["options"]
    ]


def number(message: SlackMessage, title: str) -> int:
    """The number at which a paper stands in a list, as the list says."""
    (found,) = re.findall(rf"(?m)(?:^|\s)(\d+)\.\s{title}", read(message))
    return int(found)


# named ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "How long does an image take in #{}?",
        "{}번 논문: How long does an image take?",
        "Is matting by generation fast?",
    ],
)
async def test_a_question_in_a_digests_thread_is_about_the_paper_it_names(office: Harness, text: str) -> None:
    (answer,) = await mention(office, text.format(number(office.header, "Matting")))
    assert "Matting by Generation" in read(answer)


async def test_numbers_are_those_of_the_digest(office: Harness) -> None:
    await mention(office, f"save {number(office.header, 'ThinK')}")
    await mention(office, f"{number(office.header, 'Matting')}번 저장해줘")
    assert sorted(await office.reading_list(office.ana)) == sorted([THINK, MATTING])


async def test_after_an_answer_about_one_the_next_follows_it_up_and_numbers_stay(office: Harness) -> None:
    await mention(office, f"How long does an image take in #{number(office.header, 'Matting')}?")
    (answer,) = await mention(office, "What are its limitations?")
    assert "Matting by Generation" in read(answer)
    await mention(office, f"save {number(office.header, 'ThinK')}")
    assert await office.reading_list(office.ana) == [THINK]


async def test_what_is_found_in_a_direct_message_is_meant_by_its_number(office: Harness) -> None:
    (found,) = await write(office, "search language model")
    await write(office, f"{number(found, 'Meltemi')}번 저장")
    assert await office.reading_list(office.jimin) == [MELTEMI]


async def test_the_papers_of_a_day_are_meant_by_their_number(office: Harness) -> None:
    (latest,) = await write(office, "최신")
    await write(office, f"{number(latest, 'ThinK')}번 저장")
    assert await office.reading_list(office.jimin) == [THINK]


async def test_papers_of_a_reading_list_are_meant_by_their_names(office: Harness) -> None:
    await write(office, f"{MELTEMI} {THINK} 저장")
    await write(office, "목록")
    await write(office, "Meltemi 삭제")
    assert await office.reading_list(office.jimin) == [THINK]


# chosen ---------------------------------------------------------------------------------------------------------------


async def test_a_question_that_names_none_asks_which_and_a_choice_answers_it_for_all(office: Harness) -> None:
    (which,) = await mention(office, QUESTION)
    assert read(which).startswith("Which paper?")
    offered = {each["value"]: each["text"]["text"] for each in options(which)}
    assert len(offered) == 10
    assert offered[MATTING] == f"{number(office.header, 'Matting')}. Matting by Generation"
    (answer,) = await choose(office, office.jimin, which, MATTING)
    assert answer.thread_ts == office.header.ts
    assert SPEED in read(answer)


@pytest.mark.parametrize("paper", [MATTING, MELTEMI])
async def test_a_choice_is_answered_once_however_often_it_is_made(office: Harness, paper: str) -> None:
    (which,) = await mention(office, QUESTION)
    assert len(await choose(office, office.ana, which, paper)) == 1
    assert await choose(office, office.ana, which, paper) == []
    assert await choose(office, office.jimin, which, paper) == []


async def test_each_choice_is_answered(office: Harness) -> None:
    (which,) = await mention(office, QUESTION)
    for paper, title in ((MATTING, "Matting"), (THINK, "ThinK")):
        (answer,) = await choose(office, office.ana, which, paper)
        assert title in read(answer)


async def test_a_choice_that_was_one_too_many_can_be_made_again_later(office: Harness) -> None:
    (which,) = await mention(office, QUESTION)
    papers = [option["value"] for option in options(which)]
    answers = [await choose(office, office.ana, which, paper) for paper in papers]
    assert "in a minute" in read(answers[-1][0])
    office.clock.advance_to(office.clock.now() + WITHIN + timedelta(seconds=1))
    (answer,) = await choose(office, office.ana, which, papers[-1])
    assert "in a minute" not in read(answer)
    assert await choose(office, office.ana, which, papers[-1]) == []


async def test_what_is_personal_is_done_for_whoever_chose_and_told_them_alone(office: Harness) -> None:
    (which,) = await mention(office, "save")
    assert await choose(office, office.jimin, which, THINK) == []
    assert await office.reading_list(office.jimin) == [THINK]
    assert await office.reading_list(office.ana) == []
    assert "ThinK" in read(office.slack.ephemerals(office.jimin.id)[-1])


async def test_what_is_personal_is_on_disk_before_the_choice_is_acknowledged(
    office: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that would go on after the acknowledgement does: the process may end there."""
    (which,) = await mention(office, "save")
    background = office.bot.deps.background.of(office.team)
    monkeypatch.setattr(background, "start", lambda work, name=None: work.close())
    await choose(office, office.jimin, which, THINK)
    assert await office.reading_list(office.jimin) == [THINK]


@pytest.mark.parametrize(("text", "told"), [("cite", "@misc{"), ("한국어로", "새로운 점")])
async def test_other_things_are_answered_in_the_thread(office: Harness, text: str, told: str) -> None:
    (which,) = await mention(office, text)
    (answer,) = await choose(office, office.ana, which, THINK)
    assert told in read(answer)
    assert answer.thread_ts == office.header.ts


async def test_the_same_in_korean_in_a_direct_message(office: Harness) -> None:
    await write(office, "최신")
    (which,) = await write(office, "어떤 데이터로 학습했나요?")
    assert read(which).startswith("어느 논문인가요?")
    (answer,) = await choose(office, office.jimin, which, MATTING)
    assert "Matting by Generation" in read(answer)
    assert answer.thread_ts is None
    await write(office, f"{MELTEMI} {THINK}")
    (which,) = await write(office, "저장")
    await choose(office, office.jimin, which, THINK)
    assert await office.reading_list(office.jimin) == [THINK]


async def test_words_that_are_too_long_to_go_with_a_choice_are_not_shortened(office: Harness) -> None:
    (which,) = await mention(office, f"What about {'very ' * 60}slow images?")
    assert "#3" in read(which)
    assert options(which) == []


@pytest.mark.parametrize("words", ["<b>&amp; what? \"'{{ x }}</b>", "which *data* \u202e\u2028is this?", "왜 " * 80])
async def test_hostile_words_are_asked_as_they_are(office: Harness, words: str) -> None:
    (which,) = await mention(office, words)
    assert options(which)
    (answer,) = await choose(office, office.ana, which, MATTING)
    assert "Matting by Generation" in read(answer)
