"""`/paper save 2407.21017` and its like: done and said, in both languages; what is not understood is said too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.harness import Harness

MATTING, MELTEMI = "2407.21017", "2407.20743"
SAVING = [
    "save {}",
    "{} save",
    "저장 {}",
    "{} 저장",
    "bookmark arXiv:{}",
    "save https://arxiv.org/abs/{} to my list please",
]
REMOVING = ["remove {}", "{} 삭제", "삭제 {}", "delete https://huggingface.co/papers/{}"]


@pytest.fixture(autouse=True)
async def known(harness: Harness) -> None:
    """The day's papers are known, and so are the people: their first words are over."""
    await harness.post(top=10)
    for person in (harness.ana, harness.jimin):
        await harness.ask(person, "help")


async def test_save_puts_a_paper_on_the_list_in_the_acknowledgement(harness: Harness) -> None:
    for text in SAVING:
        answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", text.format(MATTING))
        assert "Saved “Matting by Generation”" in answer.payload["text"], text
        assert await harness.reading_list(harness.ana) == [MATTING]
        assert await harness.reading_list(harness.jimin) == []
        await harness.bot.services.store.reading_lists.remove(
            harness.team, harness.ana.id, MATTING, now=harness.clock.now()
        )


async def test_remove_takes_it_off_however_it_got_there(harness: Harness) -> None:
    for text in REMOVING:
        await harness.react(harness.ana, harness.cards[8], "bookmark")
        assert await harness.reading_list(harness.ana) == [MATTING]
        (told,) = await harness.ask(harness.ana, text.format(MATTING))
        assert "Removed Matting by Generation" in told, text
        assert await harness.reading_list(harness.ana) == []
        await harness.unreact(harness.ana, harness.cards[8], "bookmark")


async def test_what_is_on_no_list_is_said_to_be_on_none_and_nobody_is_asked_for_it(harness: Harness) -> None:
    for paper_id in (MATTING, "2501.99999"):
        (told,) = await harness.ask(harness.ana, f"remove {paper_id}")
        assert "isn't on your reading list" in told


async def test_it_is_answered_in_the_language_of_who_asks(harness: Harness) -> None:
    (told,) = await harness.ask(harness.jimin, f"save {MATTING}")
    assert "저장" in told


async def test_a_paper_nobody_here_knows_is_looked_up_and_saved(harness: Harness) -> None:
    harness.sources.paper("2501.00001", {"id": "2501.00001", "title": "A Late Find", "authors": [{"name": "Z"}]})
    _, told = await harness.ask(harness.ana, "save 2501.00001")
    assert "A Late Find" in told
    assert await harness.reading_list(harness.ana) == ["2501.00001"]


async def test_several_are_saved_and_one_that_cannot_be_found_does_not_hold_up_the_others(harness: Harness) -> None:
    told = await harness.ask(harness.ana, f"save {MATTING} 2501.99999 {MELTEMI}")
    assert sorted(await harness.reading_list(harness.ana)) == sorted([MATTING, MELTEMI])
    assert any("2501.99999" in each for each in told[1:])


@pytest.mark.parametrize("who", ["known", "new"])
async def test_several_are_saved_though_slack_takes_no_answer(harness: Harness, who: str) -> None:
    person = harness.ana if who == "known" else harness.slack.add_person("new")
    channel = harness.slack.add_channel("without", members=[person.id], with_bot=False, private=True)
    harness.slack.faults.answer("response_url", status=404, body={"ok": False, "error": "expired_url"}, times=9)
    await harness.slack.command(person.id, channel.id, "/paper", f"save {MATTING} {MELTEMI}")
    await harness.quiet()
    assert sorted(await harness.reading_list(person)) == sorted([MATTING, MELTEMI])


@pytest.mark.parametrize("verb", ["", "save ", "remove "])
async def test_one_answer_that_slack_takes_no_way_does_not_keep_the_others_back(harness: Harness, verb: str) -> None:
    harness.slack.faults.answer("response_url", status=500, body={"ok": False})
    harness.slack.faults.error("chat.postEphemeral", 1, "user_not_in_channel")
    told = await harness.ask(harness.ana, f"{verb}{MATTING} {MELTEMI}")
    assert len(told) == 2
    assert "Meltemi" in told[-1]


async def test_share_shows_it_to_everybody_once(harness: Harness) -> None:
    before = len(harness.slack.messages(harness.papers.id))
    await harness.ask(harness.ana, f"share {MATTING}")
    (shown,) = harness.slack.messages(harness.papers.id)[before:]
    assert "Matting by Generation" in shown.text
    await harness.react(harness.jimin, shown, "bookmark")
    assert await harness.reading_list(harness.jimin) == [MATTING]


async def test_share_does_nothing_where_a_word_is_not_understood(harness: Harness) -> None:
    for text in ("share {} tomorrow", "don't share {}", "share and bibtex {}"):
        before = len(harness.slack.messages(harness.papers.id))
        (card,) = await harness.ask(harness.ana, text.format(MATTING))
        assert len(harness.slack.messages(harness.papers.id)) == before
        assert "wasn't understood, so that part was ignored" in card


async def test_a_language_shows_the_card_in_it(harness: Harness) -> None:
    for text in ("in korean {}", "{} in Korean", "한국어로 {}", "{} 한국어로", "{} korean please"):
        answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", text.format(MATTING))
        assert "저장" in str(answer.payload["blocks"])
        assert "wasn't understood" not in str(answer.payload)


async def test_words_that_are_not_understood_are_said_to_be_so_beside_the_card(harness: Harness) -> None:
    for words in ("never save", "settings", "list", "do not remove", "저장하지 마"):
        (card,) = await harness.ask(harness.ana, f"{words} {MATTING}")
        assert "Matting by Generation" in card
        assert f"“{words}” wasn't understood, so that part was ignored." in card.replace("\n", " ")
        assert await harness.reading_list(harness.ana) == []


async def test_a_verb_without_a_paper_says_what_is_missing(harness: Harness) -> None:
    for text, example in (("save", "/paper save"), ("저장", "/paper save"), ("share please", "/paper share")):
        (told,) = await harness.ask(harness.ana, text)
        assert f"{example} 2407.21017" in told


async def test_no_code_of_a_language_is_none(harness: Harness) -> None:
    for code in ("xx", "qq", "kr", "en-"):
        (told,) = await harness.ask(harness.ana, f"language {code}")
        assert ("isn't a language Paperboy knows" in told) is (code != "en-")


async def test_a_language_nobody_here_writes_is_not_promised(harness: Harness) -> None:
    (told,) = await harness.ask(harness.ana, "language ja")
    assert "need a language model" in told
    (told,) = await harness.ask(harness.ana, "language")
    assert "English" in told
