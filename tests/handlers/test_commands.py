"""What `/paper …` answers, through a real Slack client and a real bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules.editions import Edition
from tests.harness import open_harness

if TYPE_CHECKING:
    from pathlib import Path

    from tests.harness import Harness


class TestAPaper:
    @pytest.mark.parametrize(
        "text",
        [
            "2407.21017",
            "2407.21017v1",
            "https://arxiv.org/abs/2407.21017",
            "<https://huggingface.co/papers/2407.21017|matting>",
            "read ２４０７．２１０１７ please",
        ],
    )
    async def test_known_paper_is_answered_in_the_acknowledgement_itself(self, harness: Harness, text: str) -> None:
        await harness.post()
        answer = await harness.slack.command(harness.ana.id, harness.papers.id, "/paper", text)
        assert answer.payload["response_type"] == "ephemeral"
        assert "Matting by Generation" in answer.payload["text"]

    async def test_only_the_asker_sees_it(self, harness: Harness) -> None:
        await harness.post()
        before = len(harness.slack.messages(harness.papers.id))
        await harness.ask(harness.ana, "2407.21017")
        assert harness.slack.ephemerals(harness.jimin.id) == []
        assert len(harness.slack.messages(harness.papers.id)) == before

    async def test_unknown_paper_is_looked_up_and_the_card_follows(self, harness: Harness) -> None:
        harness.sources.paper("2501.00001", {"id": "2501.00001", "title": "A Late Find", "authors": [{"name": "Z"}]})
        looking, card = await harness.ask(harness.ana, "arXiv:2501.00001")
        assert "2501.00001" in looking
        assert "A Late Find" in card

    async def test_paper_nobody_knows_is_one_clear_sentence(self, harness: Harness) -> None:
        _, sorry = await harness.ask(harness.ana, "2501.99999")
        assert "2501.99999" in sorry
        assert "Traceback" not in sorry

    async def test_sources_that_are_down_are_said_to_be_down(self, harness: Harness) -> None:
        harness.sources.down()
        _, sorry = await harness.ask(harness.ana, "2501.00002")
        assert "arXiv" in sorry

    async def test_several_papers_come_as_a_card_each(self, harness: Harness) -> None:
        await harness.post()
        _, first, second = await harness.ask(harness.ana, "2407.21017 and https://arxiv.org/abs/2407.20743")
        assert "Matting by Generation" in first
        assert "Meltemi" in second

    async def test_more_papers_than_slack_lets_us_answer_are_said_to_be_left_out(self, harness: Harness) -> None:
        await harness.post(top=10)
        looking, *cards = await harness.ask(harness.ana, " ".join((await _ids(harness))[:7]))
        assert len(cards) == 5
        assert "2" in looking


class TestTheList:
    async def test_empty_list_says_how_to_fill_it(self, harness: Harness) -> None:
        (empty,) = await harness.ask(harness.ana, "list")
        assert "🔖" in empty or ":bookmark:" in empty

    async def test_korean_words_name_the_same_commands(self, harness: Harness) -> None:
        await harness.post()
        await harness.react(harness.jimin, harness.cards[0], "bookmark")
        (listed,) = await harness.ask(harness.jimin, "목록")
        assert "Meltemi" in listed

    async def test_first_answer_after_a_reaction_is_in_the_persons_own_language(self, harness: Harness) -> None:
        await harness.post()
        await harness.react(harness.jimin, harness.cards[0], "bookmark")
        (listed,) = await harness.ask(harness.jimin, "list")
        assert "읽기 목록" in listed

    async def test_days_are_those_of_the_readers_zone(self, tmp_path: Path) -> None:
        async with open_harness(tmp_path) as harness:
            await harness.clock.sleep(17 * 3600)  # 17:10 UTC: in Seoul the next day has come
            await harness.post()
            for person in (harness.ana, harness.jimin):
                await harness.react(person, harness.cards[0], "bookmark")
            (anas,), (jimins,) = await harness.ask(harness.ana, "list"), await harness.ask(harness.jimin, "list")
            assert "Aug\u00a01,\u00a02024" in anas
            assert "2024년\u00a08월\u00a02일" in jimins


class TestHelp:
    @pytest.mark.parametrize("text", ["", "help", "도움말", "   "])
    async def test_help_shows_every_form(self, harness: Harness, text: str) -> None:
        (told,) = await harness.ask(harness.ana, text)
        for form in ("/paper 2407.21017", "/paper list", "/paper help"):
            assert form in told

    async def test_mistyped_word_gets_a_guess(self, harness: Harness) -> None:
        (told,) = await harness.ask(harness.ana, "lsit")
        assert "Did you mean list" in told

    async def test_hostile_text_comes_back_inert(self, harness: Harness) -> None:
        await harness.ask(harness.ana, "<!channel> *x* <@U1|y>")
        (told,) = harness.slack.ephemerals(harness.ana.id)
        assert "<!channel>" not in told.text


async def _ids(harness: Harness) -> list[str]:
    edition = Edition.parse("daily:2024-07-31")
    deliveries = await harness.bot.services.store.outbox.deliveries(harness.team, harness.papers.id, edition)
    return [delivery.key.part for delivery in deliveries[1:]]
