"""What somebody typed is answered alike, whichever way they came: `answer_text` on a path of messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from bot.messages.as_text import as_text
from bot.rules.commands import CitePapers, ClearList, ShowHelp, ShowSettings, ShowStatus
from bot.rules.papers import PaperRef
from handlers.answers import AnswerPath
from handlers.asked import answer_text, find_answer, go_on
from handlers.asker import Asker
from handlers.help import show_help
from handlers.shown_papers import suggest_papers
from tests.harness import DAY, papers_of

if TYPE_CHECKING:
    from bot.messages.message import Message
    from bot.rules.commands import Command
    from tests.harness import Harness

MATTING, MELTEMI, LATE = "2407.21017", "2407.20743", "2501.00001"


@dataclass
class Conversation:
    """What is posted in answer to messages, in order; the last one may have been edited."""

    posted: list[str] = field(default_factory=list)
    direct: list[str] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)
    edits: int = 0

    async def post(self, message: Message) -> None:
        self.posted.append(_read(message))
        self.payloads.append(message.to_payload())

    async def edit(self, message: Message) -> None:
        self.edits += 1
        self.posted[-1] = _read(message)

    async def write_to(self, message: Message) -> None:
        self.direct.append(_read(message))


async def ask(harness: Harness, text: str, *, is_public: bool = False, channel: str = "D1") -> Conversation:
    """Type a text in a conversation where answers are messages, and wait for all of them."""
    told = Conversation()
    place = harness.papers.id if is_public else channel
    asker = Asker(harness.team, harness.ana.id, place, "en")
    await answer_text(harness.bot.deps, asker, _path_to(told, harness, place, text, is_public=is_public), text)
    await harness.quiet()
    return told


async def follow(harness: Harness, command: Command) -> Conversation:
    """Answer a command in a conversation of two, and wait for all of it."""
    told = Conversation()
    path = _path_to(told, harness, "D1", str(command))
    asker = Asker(harness.team, harness.ana.id, "D1", "en")
    answer = await find_answer(harness.bot.deps, asker, path, command)
    await told.post(await answer.compose(asker))
    await go_on(harness.bot.deps, asker, path, answer)
    await harness.quiet()
    return told


def _path_to(told: Conversation, harness: Harness, place: str, cause: str, *, is_public: bool = False) -> AnswerPath:
    return AnswerPath(
        _no_response_url,
        harness.bot.workspace.client,
        harness.ana.id,
        place,
        "1722500000.000100" if is_public else None,
        write_to=told.write_to,
        post=told.post,
        edit=told.edit,
        is_public=is_public,
        cause=f"{place}:{cause}",
    )


async def _no_response_url(**_: object) -> Any:
    raise ValueError("Slack gave no response_url")


def _read(message: Message) -> str:
    return as_text(message, width=200)


class TestCards:
    async def test_a_known_paper_is_one_message(self, harness: Harness) -> None:
        await harness.post()
        told = await ask(harness, MATTING)
        assert len(told.posted) == 1
        assert "Matting by Generation" in told.posted[0]

    async def test_where_nobody_else_is_there_is_nothing_to_share_with(self, harness: Harness) -> None:
        await harness.post()
        assert "share_paper" not in str((await ask(harness, MATTING)).payloads)
        command = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", MATTING)
        assert "share_paper" in str(command.payload)

    async def test_for_all_to_see_it_is_the_card_everybody_gets(self, harness: Harness) -> None:
        await harness.post()
        told = await ask(harness, MATTING, is_public=True)
        assert "save_paper" in str(told.payloads)
        assert "share_paper" not in str(told.payloads)

    async def test_for_all_to_see_it_is_in_the_channels_language(self, harness: Harness) -> None:
        await harness.post()
        await harness.serve()
        await harness.change(language="ko")
        assert any("가" <= letter <= "힣" for letter in (await ask(harness, MATTING, is_public=True)).posted[0])

    async def test_what_has_to_be_looked_up_takes_the_place_of_what_says_so(self, harness: Harness) -> None:
        harness.sources.paper(LATE, {"id": LATE, "title": "A Late Find", "authors": [{"name": "Z"}]})
        told = await ask(harness, LATE)
        assert "Looking up" in str(told.payloads)
        assert told.edits == 1
        assert "A Late Find" in told.posted[0]

    async def test_of_several_papers_the_first_takes_that_place_and_the_others_follow(self, harness: Harness) -> None:
        await harness.post()
        told = await ask(harness, f"{MATTING} 2501.99999 {MELTEMI}")
        first, missing, last = told.posted
        assert "Matting by Generation" in first
        assert "2501.99999" in missing
        assert "Meltemi" in last

    async def test_sharing_where_all_see_the_answer_is_the_card_itself(self, harness: Harness) -> None:
        await harness.post()
        before = len(harness.slack.messages(harness.papers.id))
        told = await ask(harness, f"share {MATTING}", is_public=True)
        assert "Matting by Generation" in told.posted[0]
        assert len(harness.slack.messages(harness.papers.id)) == before


class TestRequests:
    async def test_the_result_takes_the_place_of_what_says_that_it_is_looked_up(self, harness: Harness) -> None:
        harness.sources.paper(LATE, {"id": LATE, "title": "A Late Find", "authors": [{"name": "Z"}]})
        (saved,) = (await ask(harness, f"save {LATE}")).posted
        assert "Saved" in saved

    async def test_of_several_the_first_does_and_the_others_follow(self, harness: Harness) -> None:
        await harness.post()
        first, second = (await ask(harness, f"save {MATTING} {MELTEMI}")).posted
        assert "Matting" in first
        assert "Meltemi" in second

    async def test_where_nobody_else_is_nothing_is_shared(self, harness: Harness) -> None:
        await harness.post()
        (told,) = (await ask(harness, f"share {MATTING}")).posted
        assert "Shared" not in told
        assert "Looking up" not in told


class TestWhatIsPersonal:
    async def test_is_never_shown_to_all(self, harness: Harness) -> None:
        await harness.post()
        await harness.react(harness.ana, harness.cards[0], "bookmark")
        for text in ("list", "settings", "language", "language en", f"save {MATTING}", f"remove {MATTING}"):
            told = await ask(harness, text, is_public=True)
            assert told.direct, text
            assert told.posted == ["This is only for you, so the answer is in a direct message."], text

    async def test_is_answered_in_a_conversation_of_two_where_it_was_asked(self, harness: Harness) -> None:
        await harness.post()
        told = await ask(harness, f"save {MATTING}")
        assert "Saved" in told.posted[0]
        assert await harness.reading_list(harness.ana) == [MATTING]

    async def test_a_paper_that_has_to_be_looked_up_is_saved_once_however_often_slack_brings_it(
        self, harness: Harness
    ) -> None:
        harness.sources.paper(LATE, {"id": LATE, "title": "A Late Find", "authors": [{"name": "Z"}]})
        for _ in range(2):
            await ask(harness, f"save {LATE}")
        assert await harness.reading_list(harness.ana) == [LATE]


async def test_what_is_personal_is_in_ones_own_language_whatever_the_channels(harness: Harness) -> None:
    await harness.serve()
    await harness.change(language="ko")
    told = await ask(harness, "list", is_public=True)
    assert "reading list" in told.direct[0]


async def told_of(harness: Harness, command: Command, language: str = "en") -> str:
    """What a command is answered at once in #papers, as a person would read it."""
    asker = Asker(harness.team, harness.ana.id, harness.papers.id, language)
    path = AnswerPath(_no_response_url, harness.bot.workspace.client, harness.ana.id, harness.papers.id)
    answer = await find_answer(harness.bot.deps, asker, path, command)
    return _read(await answer.compose(asker))


class TestReferences:
    async def test_of_papers_by_hundreds_fit_one_message(self, harness: Harness) -> None:
        """The emulator refuses a message that Slack would."""
        for number in range(5):
            authors = [{"name": f"Ana Beatriz {'de Castro ' * 5}{each}"} for each in range(400)]
            harness.sources.paper(
                f"2501.0000{number}", {"id": f"2501.0000{number}", "title": "Long " * 60, "authors": authors}
            )
        told = await harness.ask(harness.ana, "cite " + " ".join(f"2501.0000{number}" for number in range(5)))
        assert told[-1].count("@misc{") == 5

    async def test_known_papers_are_cited_at_once(self, harness: Harness) -> None:
        await harness.post()
        told = await told_of(harness, CitePapers((PaperRef(MATTING), PaperRef(MELTEMI))))
        assert "@misc{wang-2407.21017," in told
        assert "eprint        = {2407.20743}" in told

    async def test_a_paper_nobody_knows_is_cited_once_it_is_found(self, harness: Harness) -> None:
        harness.sources.paper(LATE, {"id": LATE, "title": "A Late Find", "authors": [{"name": "Zoë Q"}]})
        told = await follow(harness, CitePapers((PaperRef(LATE), PaperRef("2501.99999"))))
        cited, missing = told.posted
        assert "@misc{q-2501.00001," in cited
        assert "2501.99999" in missing


class TestWhatIsNoCommand:
    async def test_a_slip_is_asked_back_and_a_click_shows_the_card(self, harness: Harness) -> None:
        await harness.post()
        asker = Asker(harness.team, harness.ana.id, harness.papers.id, "en")
        suggested = await suggest_papers(harness.bot.deps, asker, [PaperRef(MATTING)], "2407-21017")
        assert "Matting by Generation" in _read(suggested)
        posted = await harness.bot.workspace.client.chat_postMessage(
            channel=harness.papers.id, **suggested.to_payload()
        )
        message = harness.slack.message(harness.papers.id, posted["ts"])
        assert message is not None
        (card,) = await harness.click(harness.ana, message, "ask_1")
        assert "Matting by Generation" in card

    async def test_help_offers_what_has_an_answer_now(self, harness: Harness) -> None:
        await harness.post()
        asker = Asker(harness.team, harness.ana.id, harness.papers.id, "en")
        told = await show_help(harness.bot.deps, asker, ShowHelp(greeting=True), is_command=True)
        examples = [each["value"] for block in told.blocks for each in block.get("elements", ()) if "value" in each]
        assert len(examples) == 3
        assert await harness.bot.services.library.recall(examples[0], "en")

    async def test_no_example_is_a_topic_that_a_button_cuts_short(self, harness: Harness) -> None:
        listed = papers_of(DAY)
        listed[0]["paper"]["ai_keywords"] = ["reinforcement learning from feedback", "matting"]
        harness.sources.day(DAY, listed)
        await harness.bot.services.library.read_day(DAY)
        asker = Asker(harness.team, harness.ana.id, harness.papers.id, "en")
        told = await show_help(harness.bot.deps, asker, ShowHelp(greeting=True), is_command=True)
        examples = [each["value"] for block in told.blocks for each in block.get("elements", ()) if "value" in each]
        assert examples[-1] == "matting"

    async def test_status_tells_version_next_digest_and_model(self, harness: Harness) -> None:
        await harness.serve()
        told = await told_of(harness, ShowStatus())
        assert "Paperboy 0" in told
        assert "Next digest" in told
        assert "No language model" in told


class TestWishes:
    @pytest.mark.parametrize(
        ("wish", "button"),
        [("pause", "Pause"), ("time", "Change next to When"), ("follow", "Change next to What"), ("resume", "already")],
    )
    async def test_settings_say_which_button_does_it(self, harness: Harness, wish: str, button: str) -> None:
        await harness.serve()
        assert button in await told_of(harness, ShowSettings(wish))

    async def test_what_stands_still_cannot_be_paused(self, harness: Harness) -> None:
        assert "nothing to pause" in await told_of(harness, ShowSettings("pause"))

    async def test_an_empty_list_is_shown_where_it_is_to_be_cleared(self, harness: Harness) -> None:
        assert "empty" in await told_of(harness, ClearList())


async def test_a_question_about_several_papers_is_answered_about_none(harness: Harness) -> None:
    told = await ask(harness, f"{MATTING} {MELTEMI} what data was it trained on?")
    assert told.posted == ["A question can be about one paper at a time. Ask again with one of the IDs."]


async def test_a_card_in_a_language_that_nobody_here_writes_says_so(harness: Harness) -> None:
    await harness.post()
    (told,) = (await ask(harness, f"{MATTING} in French")).posted
    assert told.startswith("Matting by Generation")
    assert "Other languages, such as “French”, need a language model" in told
    (told,) = (await ask(harness, f"{MATTING} in Korean")).posted
    assert "need a language model" not in told
