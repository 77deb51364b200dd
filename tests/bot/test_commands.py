"""What somebody meant who typed `/paper …`."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.commands import ChooseLanguage, Command, ShowHelp, ShowLanguage, ShowList, ShowPapers, parse_command
from bot.papers import PaperRef

WORDS = {"list": "list", "목록": "list", "help": "help", "도움말": "help", "language": "language", "언어": "language"}


def meaning(text: str) -> Command:
    return parse_command(text, WORDS)


@pytest.mark.parametrize(
    "text", ["", "   ", "\n\t", "help", "HELP", "도움말", "ｈｅｌｐ", " help  ", "\u200bhelp\u200b"]
)
def test_help_is_given_to_who_asks_and_to_who_says_nothing(text: str) -> None:
    assert meaning(text) == ShowHelp()


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("list", 1),
        ("List", 1),
        ("목록", 1),
        (unicodedata.normalize("NFD", "목록"), 1),
        ("ｌｉｓｔ", 1),
        ("list 2", 2),
        ("목록 3", 3),
        ("list ２", 2),
        ("list  12 ", 12),
        ("list 007", 7),
    ],
)
def test_the_list_is_shown_by_pages(text: str, page: int) -> None:
    assert meaning(text) == ShowList(page)


def test_a_page_far_beyond_any_list_is_still_a_page() -> None:
    asked = meaning("list " + "9" * 5000)
    assert isinstance(asked, ShowList)
    assert asked.page >= 999_999


@pytest.mark.parametrize(
    "text", ["list of papers about diffusion", "list 0", "list -1", "list 1.5", "list two", "list 2 3", "목록 보여줘"]
)
def test_a_subcommand_whose_rest_does_not_fit_is_none(text: str) -> None:
    asked = meaning(text)
    assert isinstance(asked, ShowHelp)
    assert asked.unknown == text


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("2407.21017", [PaperRef("2407.21017")]),
        ("２４０７．２１０１７", [PaperRef("2407.21017")]),
        ("<https://arxiv.org/abs/2407.21017v2|this one>", [PaperRef("2407.21017", 2)]),
        ("hep-th/9901001", [PaperRef("hep-th/9901001")]),
        ("이 논문 2407.21017이랑 2407.20743", [PaperRef("2407.21017"), PaperRef("2407.20743")]),
    ],
)
def test_ids_and_addresses_mean_their_papers(text: str, refs: list[PaperRef]) -> None:
    assert meaning(text) == ShowPapers(tuple(refs))


@pytest.mark.parametrize("text", ["list 2407.21017", "help 2407.21017", "lsit 2407.21017", "목록에 2407.21017"])
def test_an_id_says_more_than_a_word_that_does_not_fit(text: str) -> None:
    assert meaning(text) == ShowPapers((PaperRef("2407.21017"),))


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("lisst", "list"),
        ("lst 2", "list"),
        ("halp", "help"),
        ("helpp me", "help"),
        ("list everything", "list"),
        ("목녹", "목록"),
        ("목롣", "목록"),
        ("도움", "도움말"),
        ("도음말", "도움말"),
    ],
)
def test_a_word_that_is_close_is_guessed_at(text: str, suggestion: str) -> None:
    assert meaning(text) == ShowHelp(unknown=text, suggestion=suggestion)


@pytest.mark.parametrize("text", ["diffusion models", "2413.21017", "12", "확산 모델", "?"])
def test_nothing_is_guessed_where_nothing_is_close(text: str) -> None:
    assert meaning(text) == ShowHelp(unknown=text)


def test_what_was_not_understood_is_quoted_legibly_and_shortly() -> None:
    asked = meaning("\x00\u202e<!channel>\n" + "word " * 1000)
    assert isinstance(asked, ShowHelp)
    assert asked.unknown is not None
    assert asked.unknown.startswith("<!channel> word word")
    assert len(asked.unknown) <= 60


@given(st.text() | st.builds("{} {}".format, st.sampled_from([*WORDS, "lits"]), st.text()))
@example("\ud800")
@example("list ²")
@example("list ①")
@example("\u202e")
@example("a" * 100_000)
def test_whatever_is_typed_means_something(text: str) -> None:
    match meaning(text):
        case ShowList(page):
            assert page >= 1
        case ShowPapers(refs):
            assert refs
        case ShowHelp(unknown, suggestion):
            assert suggestion is None or suggestion in WORDS
            assert unknown is None or 0 < len(unknown) <= 60


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("language", ShowLanguage()),
        ("언어", ShowLanguage()),
        ("language KO", ChooseLanguage("ko")),
        ("언어 English", ChooseLanguage("english")),
    ],
)
def test_a_language_is_shown_or_chosen(text: str, command: Command) -> None:
    assert meaning(text) == command


def test_more_words_than_one_are_no_language() -> None:
    assert not isinstance(meaning("language models that reason"), ShowLanguage | ChooseLanguage)
