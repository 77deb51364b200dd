"""What somebody meant who typed `/paper …`."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.commands import (
    ChooseLanguage,
    Command,
    CommandWords,
    NamePapers,
    RemovePapers,
    SavePapers,
    SharePapers,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowPapers,
    parse_command,
)
from bot.rules.papers import PaperRef
from bot.templating.catalogues import catalogue, languages
from bot.templating.command_words import paper_phrases

TODAY = date(2024, 8, 1)
WORDS = {"list": "list", "목록": "list", "help": "help", "도움말": "help", "language": "language", "언어": "language"}


def meaning(text: str) -> Command:
    return parse_command(text, CommandWords(WORDS, {}), today=TODAY)


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
        ("https://arxiv.org/pdf/2407.21017.pdf", [PaperRef("2407.21017")]),
        ("doi:10.48550/arXiv.2407.21017", [PaperRef("2407.21017")]),
        ("(2407.21017), 2407.20743.", [PaperRef("2407.21017"), PaperRef("2407.20743")]),
    ],
)
def test_ids_and_addresses_mean_their_papers(text: str, refs: list[PaperRef]) -> None:
    assert meaning(text) == ShowPapers(tuple(refs))


@pytest.mark.parametrize("word", ["list", "help", "lsit", "목록에", "bibtex", "cite", "don't save", "very nice, save"])
def test_an_id_says_more_than_words_that_do_not_fit_and_those_are_not_ignored_in_silence(word: str) -> None:
    said = word.replace(",", "")
    assert meaning(f"{word} 2407.21017") == ShowPapers((PaperRef("2407.21017"),), ignored=said)
    assert meaning(f"2407.21017 {word}") == ShowPapers((PaperRef("2407.21017"),), ignored=said)


PHRASES = {
    "save": "save", "저장": "save", "remove": "remove", "삭제": "remove", "share": "share", "공유": "share",
    "korean": "in ko", "in korean": "in ko", "한국어로": "in ko",
    "please": "", "and": "", "논문": "", "to my list": "", "arxiv": "", "을": "",
}  # fmt: skip
PAPER = (PaperRef("2407.21017"),)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("save 2407.21017", SavePapers(PAPER)),
        ("SAVE https://arxiv.org/abs/2407.21017", SavePapers(PAPER)),
        ("ｓａｖｅ 2407.21017", SavePapers(PAPER)),
        ("please save arXiv:2407.21017 to my list", SavePapers(PAPER)),
        ("save: 2407.21017", SavePapers(PAPER)),
        ("save:2407.21017", SavePapers(PAPER)),
        ("2407.21017 저장", SavePapers(PAPER)),
        ("2407.21017을 저장", SavePapers(PAPER)),
        (unicodedata.normalize("NFD", "저장 2407.21017"), SavePapers(PAPER)),
        ("save 2407.21017 and 2407.20743", SavePapers((*PAPER, PaperRef("2407.20743")))),
        ("save 2407.21017 for Monday", SavePapers(PAPER, ignored="for monday")),
        ("save 2407.21017 in korean", SavePapers(PAPER, ignored="in korean")),
        ("remove 2407.21017", RemovePapers(PAPER)),
        ("논문 2407.21017 삭제", RemovePapers(PAPER)),
        ("share <https://huggingface.co/papers/2407.21017|matting by generation>", SharePapers(PAPER)),
        ("2407.21017 공유", SharePapers(PAPER)),
        ("share 2407.21017 with nobody", ShowPapers(PAPER, ignored="share with nobody")),
        ("share save 2407.21017", ShowPapers(PAPER, ignored="share save")),
        ("never share 2407.21017", ShowPapers(PAPER, ignored="never share")),
        ("2407.21017 in korean", ShowPapers(PAPER, language="ko")),
        ("한국어로 2407.21017", ShowPapers(PAPER, language="ko")),
        ("in korean and french 2407.21017", ShowPapers(PAPER, ignored="in korean french")),
        ("read 2407.21017 please", ShowPapers(PAPER, ignored="read")),
        ("2407.21017 please", ShowPapers(PAPER)),
        ("save", NamePapers("save")),
        ("저장", NamePapers("save")),
        ("share please", NamePapers("share")),
        ("save the whales", ShowHelp(unknown="save the whales")),
    ],
)
def test_a_verb_or_a_language_beside_an_id_is_understood_and_what_is_not_is_told(text: str, command: Command) -> None:
    assert parse_command(text, CommandWords(WORDS, PHRASES), today=TODAY) == command


def test_every_verb_is_understood_in_every_language_before_and_after_the_id() -> None:
    phrases = paper_phrases()
    for language in languages():
        for verb, made in (("save", SavePapers), ("remove", RemovePapers), ("share", SharePapers)):
            for word in catalogue(language).listed(f"command.{verb}"):
                for text in (f"{word} 2407.21017", f"2407.21017 {word}"):
                    assert parse_command(text, CommandWords(WORDS, phrases), today=TODAY) == made(PAPER), text


def test_what_was_not_understood_beside_an_id_is_quoted_legibly_and_shortly() -> None:
    asked = parse_command(
        "\u202e<!channel> " + "word " * 1000 + "2407.21017", CommandWords(WORDS, PHRASES), today=TODAY
    )
    assert isinstance(asked, ShowPapers)
    assert asked.ignored.startswith("channel word word")
    assert len(asked.ignored) <= 60


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
        ("lsit", "list"),
        ("hlep", "help"),
        ("도음말", "도움말"),
    ],
)
def test_a_word_that_is_close_is_guessed_at(text: str, suggestion: str) -> None:
    assert meaning(text) == ShowHelp(unknown=text, suggestion=suggestion)


@pytest.mark.parametrize(
    "text",
    [
        *("diffusion models", "2413.21017", "12", "확산 모델", "?"),
        *(
            "matting",
            "hello",
            "latest",
            "status",
            "settle",
            "litmus",
            "목",
        ),
    ],
)
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
        case ShowPapers(refs, ignored):
            assert refs
            assert len(ignored) <= 60
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
