"""What is typed beside a paper, without naming one."""

from __future__ import annotations

from datetime import date

import pytest

from bot.rules.command_context import in_context
from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    CitePapers,
    NamePapers,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SharePapers,
    ShowDays,
    ShowHelp,
    ShowList,
    ShowPapers,
    parse_command,
)
from bot.rules.papers import PaperRef
from bot.templating.command_words import command_words

ONE = ("2407.21017",)
TWO = ("2407.21017", "2407.20743")
MATTING = PaperRef("2407.21017")


def read(text: str, papers: tuple[str, ...]) -> object:
    words, today = command_words(), date(2024, 8, 1)
    return in_context(parse_command(text, words, today=today), text, papers, words, today=today)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("save", SavePapers((MATTING,))),
        ("저장", SavePapers((MATTING,))),
        ("remove", RemovePapers((MATTING,))),
        ("share", SharePapers((MATTING,))),
        ("cite", CitePapers((MATTING,))),
    ],
)
def test_a_verb_alone_means_the_paper_in_view(text: str, meant: object) -> None:
    assert read(text, ONE) == meant
    assert isinstance(read(text, ()), NamePapers)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("저장해줘", SavePapers((MATTING,))),
        ("save it please", SavePapers((MATTING,))),
        ("bibtex", CitePapers((MATTING,), format="bibtex")),
        ("in Korean", ShowPapers((MATTING,), language="ko")),
        ("한국어로", ShowPapers((MATTING,), language="ko")),
        ("language ko", ChooseLanguage("ko")),
        ("how does it work?", AskAbout((MATTING,), "how does it work?")),
        ("What's new in this paper?", AskAbout((MATTING,), "What's new in this paper?")),
        ("어떤 데이터를 썼는지 알려줘", AskAbout((MATTING,), "어떤 데이터를 썼는지 알려줘")),
        ("이게 뭐야?", AskAbout((MATTING,), "이게 뭐야?")),
        ("summarize", ShowPapers((MATTING,))),
        ("요약해줘", ShowPapers((MATTING,))),
        ("what can you do?", ShowHelp()),
        ("diffusion models", SearchPapers("diffusion models")),
        ("find diffusion models", SearchPapers("diffusion models")),
        ("any papers on diffusion?", SearchPapers("diffusion?")),
        ("list", ShowList()),
    ],
)
def test_what_more_there_is_to_say_is_understood_as_anywhere(text: str, meant: object) -> None:
    assert read(text, ONE) == meant


def test_beside_several_papers_a_question_has_to_name_one() -> None:
    assert read("what data was it trained on?", TWO) == AskAbout((), "what data was it trained on?")


def test_beside_several_papers_it_has_to_name_one() -> None:
    assert read("save", TWO) == NamePapers("save")


@pytest.mark.parametrize("text", ["what data was it trained on?", "어떤 데이터로 학습했나요?"])
def test_a_question_is_about_the_paper_in_view(text: str) -> None:
    asked = read(text, ONE)
    assert isinstance(asked, AskAbout)
    assert asked.refs == (MATTING,)
    assert not isinstance(read(text, ()), AskAbout)


def test_what_names_a_day_or_words_to_search_for_means_that() -> None:
    assert isinstance(read("yesterday", ONE), ShowDays)
    assert isinstance(read("diffusion models", ONE), SearchPapers)
    assert read("save 2407.20743", ONE) == SavePapers((PaperRef("2407.20743"),))
