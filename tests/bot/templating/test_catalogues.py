"""How words are found, counted and dated."""

from __future__ import annotations

from datetime import date

import pytest

from bot.templating.catalogues import Catalogue, catalogue, language_code, languages

WORDS = Catalogue(
    "en",
    {
        "votes": {"one": "1 vote", "other": "{count} votes"},
        "plain": "추천 {count}",
        "sentence": "{who} shares {what}.",
        "dates.weekdays": ["Monday"],
    },
)


class TestWords:
    @pytest.mark.parametrize(("count", "said"), [(0, "0 votes"), (1, "1 vote"), (2, "2 votes"), (1234, "1,234 votes")])
    def test_are_counted(self, count: int, said: str) -> None:
        assert WORDS.t("votes", count=count) == said

    def test_need_no_plural_where_the_language_has_none(self) -> None:
        assert WORDS.t("plain", count=1) == "추천 1"

    def test_take_what_they_are_given_as_it_is(self) -> None:
        assert WORDS.t("sentence", who="{what} %s", what="{who.__class__}") == "{what} %s shares {who.__class__}."

    def test_come_in_pieces_where_a_value_is_more_than_words(self) -> None:
        link = "link"
        pieces = list(WORDS.pieces("sentence", who="Mina", what=link))
        assert pieces == ["Mina", " shares ", "link", "."]
        assert pieces[2] is link

    def test_that_nobody_wrote_are_missed_at_once(self) -> None:
        with pytest.raises(KeyError, match="nonsense"):
            WORDS.t("nonsense")

    def test_that_lack_a_value_are_missed_at_once(self) -> None:
        with pytest.raises(KeyError, match="what"):
            WORDS.t("sentence", who="Mina")

    def test_of_a_list_are_no_sentence(self) -> None:
        with pytest.raises(KeyError):
            WORDS.t("dates.weekdays")
        with pytest.raises(KeyError):
            WORDS.listed("sentence")

    def test_say_which_values_they_ask_for(self) -> None:
        assert WORDS.names("sentence") == {"who", "what"}
        assert WORDS.names("votes") == {"count"}


class TestDates:
    @pytest.mark.parametrize(
        ("language", "long", "short"),
        [("en", "Wednesday, July 31, 2024", "Jul 31, 2024"), ("ko", "2024년 7월 31일 (수)", "2024년 7월 31일")],
    )
    def test_read_as_the_language_writes_them(self, language: str, long: str, short: str) -> None:
        day = date(2024, 7, 31)
        assert catalogue(language).long_date(day) == long
        assert catalogue(language).short_date(day) == short

    def test_have_every_weekday_in_its_place(self) -> None:
        week = [catalogue("ko").long_date(date(2024, 7, day))[-2] for day in range(1, 8)]
        assert "".join(week) == "월화수목금토일"


class TestLanguages:
    def test_are_found_by_their_files(self) -> None:
        assert languages() == ("en", "ko")

    @pytest.mark.parametrize("asked", ["ko", "ko-KR", "ko_KR", "KO"])
    def test_are_known_whatever_their_region(self, asked: str) -> None:
        assert catalogue(asked).language == language_code(asked) == "ko"

    @pytest.mark.parametrize("asked", ["", "pt-BR", "../en", "x" * 1000, "en\x00"])
    def test_not_spoken_here_get_english(self, asked: str) -> None:
        assert catalogue(asked).language == "en"

    def test_call_each_other_by_name(self) -> None:
        assert catalogue("en").language_name("ko-KR") == "Korean"
        assert catalogue("ko").language_name("en") == "영어"
        assert catalogue("en").language_name("eo") == "eo"
