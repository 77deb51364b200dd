"""What `/paper …` answers, through a real Slack client and a real bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.rules.editions import Edition
from tests.office import open_office

if TYPE_CHECKING:
    from pathlib import Path

    from tests.office import Office


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
    async def test_known_paper_is_answered_in_the_acknowledgement_itself(self, office: Office, text: str) -> None:
        await office.post()
        answer = await office.slack.command(office.ana.id, office.papers.id, "/paper", text)
        assert answer.payload["response_type"] == "ephemeral"
        assert "Matting by Generation" in answer.payload["text"]

    async def test_only_the_asker_sees_it(self, office: Office) -> None:
        await office.post()
        before = len(office.slack.messages(office.papers.id))
        await office.ask(office.ana, "2407.21017")
        assert office.slack.ephemerals(office.jimin.id) == []
        assert len(office.slack.messages(office.papers.id)) == before

    async def test_unknown_paper_is_looked_up_and_the_card_follows(self, office: Office) -> None:
        office.sources.paper("2501.00001", {"id": "2501.00001", "title": "A Late Find", "authors": [{"name": "Z"}]})
        looking, card = await office.ask(office.ana, "arXiv:2501.00001")
        assert "2501.00001" in looking
        assert "A Late Find" in card

    async def test_paper_nobody_knows_is_one_clear_sentence(self, office: Office) -> None:
        _, sorry = await office.ask(office.ana, "2501.99999")
        assert "2501.99999" in sorry
        assert "Traceback" not in sorry

    async def test_sources_that_are_down_are_said_to_be_down(self, office: Office) -> None:
        office.sources.down()
        _, sorry = await office.ask(office.ana, "2501.00002")
        assert "arXiv" in sorry

    async def test_several_papers_come_as_a_card_each(self, office: Office) -> None:
        await office.post()
        _, first, second = await office.ask(office.ana, "2407.21017 and https://arxiv.org/abs/2407.20743")
        assert "Matting by Generation" in first
        assert "Meltemi" in second

    async def test_more_papers_than_slack_lets_us_answer_are_said_to_be_left_out(self, office: Office) -> None:
        await office.post()
        looking, *cards = await office.ask(office.ana, " ".join((await _ids(office))[:7]))
        assert len(cards) == 5
        assert "2" in looking


class TestTheList:
    async def test_empty_list_says_how_to_fill_it(self, office: Office) -> None:
        (empty,) = await office.ask(office.ana, "list")
        assert "🔖" in empty or ":bookmark:" in empty

    async def test_korean_words_name_the_same_commands(self, office: Office) -> None:
        await office.post()
        await office.react(office.jimin, office.cards[0], "bookmark")
        (listed,) = await office.ask(office.jimin, "목록")
        assert "Meltemi" in listed

    async def test_first_answer_after_a_reaction_is_in_the_persons_own_language(self, office: Office) -> None:
        await office.post()
        await office.react(office.jimin, office.cards[0], "bookmark")
        (listed,) = await office.ask(office.jimin, "list")
        assert "빼기" in listed

    async def test_days_are_those_of_the_readers_zone(self, tmp_path: Path) -> None:
        async with open_office(tmp_path) as office:
            await office.clock.sleep(17 * 3600)  # 17:10 UTC: in Seoul the next day has come
            await office.post()
            for person in (office.ana, office.jimin):
                await office.react(person, office.cards[0], "bookmark")
            (anas,), (jimins,) = await office.ask(office.ana, "list"), await office.ask(office.jimin, "list")
            assert "1 Aug 2024" in anas
            assert "2024년 8월 2일" in jimins


class TestHelp:
    @pytest.mark.parametrize("text", ["", "help", "도움말", "   "])
    async def test_help_shows_every_form(self, office: Office, text: str) -> None:
        (told,) = await office.ask(office.ana, text)
        for form in ("/paper 2407.21017", "/paper list", "/paper help"):
            assert form in told

    async def test_mistyped_word_gets_a_guess(self, office: Office) -> None:
        (told,) = await office.ask(office.ana, "lsit")
        assert "Did you mean list" in told

    async def test_hostile_text_comes_back_inert(self, office: Office) -> None:
        await office.ask(office.ana, "<!channel> *x* <@U1|y>")
        (told,) = office.slack.ephemerals(office.ana.id)
        assert "<!channel>" not in told.text


async def _ids(office: Office) -> list[str]:
    edition = Edition.parse("daily:2024-07-31")
    deliveries = await office.bot.newsroom.store.outbox.deliveries(office.team, office.papers.id, edition)
    return [delivery.key.part for delivery in deliveries[1:]]
