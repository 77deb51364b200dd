"""What is typed beside a paper, without naming one."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.rules.command_context import in_context
from bot.rules.command_grammar import parse_command
from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    ChoosePaper,
    CitePapers,
    NamePapers,
    NotePaper,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SetState,
    SharePapers,
    ShowDays,
    ShowHelp,
    ShowList,
    ShowPapers,
    TagPapers,
    UndoRemoval,
)
from bot.rules.list_filter import ListFilter
from bot.rules.papers import PaperRef
from bot.rules.papers_in_view import PapersInView, paper_by_title
from bot.rules.reading_list import ReadingState
from bot.templating.command_words import command_words

if TYPE_CHECKING:
    from bot.rules.commands import Command

ONE = ("2407.21017",)
TWO = ("2407.21017", "2407.20743")
MATTING = PaperRef("2407.21017")
TITLES = {
    "2407.20743": "Meltemi: The first open Large Language Model for Greek",
    "2407.20729": "Adapting Safe-for-Work Classifier for Malaysian Language Text: Alignment in LLM-Ops Framework",
    "2407.21018": "ThinK: Thinner Key Cache by Query-Driven Pruning",
    "2408.00714": "SAM 2: Segment Anything in Images and Videos",
    "2407.20595": "Harvesting Textual and Structured Data from the HAL Publication Repository",
    "2407.20750": "JaColBERTv2.5: Optimising Multi-Vector Retrievers to Create State-of-the-Art Japanese Retrievers",
    "2407.20798": "Diffusion Augmented Agents: A Framework for Efficient Exploration and Transfer Learning",
    "2407.21017": "Matting by Generation",
    "2408.00001": "Training Data Attribution for Models of Code",
    "2408.00002": "SAM 3 or SAM 2? Memory of Language Models",
}


def read(text: str, papers: tuple[str, ...]) -> object:
    words, today = command_words(), date(2024, 8, 1)
    view = PapersInView(papers, papers, {paper_id: TITLES.get(paper_id, "") for paper_id in papers})
    return in_context(parse_command(text, words, today=today), text, view, words, today=today)


def about(text: str) -> object:
    """What is read beside a digest: the numbers of its papers, or that one is to be chosen."""
    match read(text, tuple(TITLES)):
        case ChoosePaper(papers, words):
            assert papers == tuple(TITLES)
            return f"which? {words}"
        case (
            AskAbout(refs, _) | SavePapers(refs, "") | RemovePapers(refs, "") | CitePapers(refs, "")
            | ShowPapers(refs, "", _) | SharePapers(refs) | SetState(refs, _) | TagPapers(refs, _)
        ) as command:  # fmt: skip
            return (type(command), *(list(TITLES).index(ref.id) + 1 for ref in refs))
        case other:
            return type(other)


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
        ("done", SetState((MATTING,), ReadingState.DONE)),
        ("다 읽었어", SetState((MATTING,), ReadingState.DONE)),
        ("unread", SetState((MATTING,), ReadingState.TO_READ)),
        ("읽는 중", SetState((MATTING,), ReadingState.READING)),
        ("archive it please", SetState((MATTING,), ReadingState.ARCHIVED)),
        ("note", NotePaper(MATTING)),
        ("note compare with X", NotePaper(MATTING, "compare with X")),
        ("note compare with 2407.20743", NotePaper(MATTING, "compare with 2407.20743")),
        ("note 2407.20743 does better", NotePaper(PaperRef("2407.20743"), "does better")),
        ("메모 3절 다시 읽기", NotePaper(MATTING, "3절 다시 읽기")),
        ("tag rl, agents", TagPapers((MATTING,), ("rl", "agents"))),
        ("untag rl", TagPapers((MATTING,), ("rl",), is_removal=True)),
        ("강화학습 태그 달아줘", TagPapers((MATTING,), ("강화학습",))),
        ("notes on diffusion models", SearchPapers("notes on diffusion models")),
        ("reading comprehension", SearchPapers("reading comprehension")),
        ("list reading", ShowList(ListFilter(frozenset({ReadingState.READING})))),
        ("undo", UndoRemoval()),
    ],
)
def test_what_more_there_is_to_say_is_understood_as_anywhere(text: str, meant: object) -> None:
    assert read(text, ONE) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("what data was #3 trained on?", (AskAbout, 3)),
        ("what data does paper 3 use?", (AskAbout, 3)),
        ("Paper #3: what data was it trained on?", (AskAbout, 3)),
        ("how does the 3rd paper prune?", (AskAbout, 3)),
        ("what is the third paper's main idea?", (AskAbout, 3)),
        ("tell me about #3", (ShowPapers, 3)),
        ("#3", (ShowPapers, 3)),
        ("3", (ShowPapers, 3)),
        ("save 3", (SavePapers, 3)),
        ("save #10", (SavePapers, 10)),
        ("please save the third one", (SavePapers, 3)),
        ("cite 2 and 5", (CitePapers, 2, 5)),
        ("done 2", (SetState, 2)),
        ("mark 2 and 5 as read", (SetState, 2, 5)),
        ("cite 2,5", (CitePapers, 2, 5)),
        ("save papers 2 and 5", (SavePapers, 2, 5)),
        ("remove 3 from my list", (RemovePapers, 3)),
        ("share 3", (SharePapers, 3)),
        ("3 in Korean", (ShowPapers, 3)),
        ("what about the second one?", (AskAbout, 2)),
        ("is number 3 open source?", (AskAbout, 3)),
        ("how does the #3 paper prune?", (AskAbout, 3)),
        ("save 3-5", (SavePapers, 3, 4, 5)),
        ("3~5번 저장", (SavePapers, 3, 4, 5)),
        ("3번이 뭐야?", (AskAbout, 3)),
        ("3번이요", (ShowPapers, 3)),
        ("3번", (ShowPapers, 3)),
        ("3번 논문은 어떤 데이터로 학습했나요?", (AskAbout, 3)),
        ("3번 어떤 데이터를 썼어?", (AskAbout, 3)),
        ("#3은 무슨 데이터를 썼나요?", (AskAbout, 3)),
        ("3번 저장", (SavePapers, 3)),
        ("논문 3 저장", (SavePapers, 3)),
        ("2번과 5번을 저장해 줘", (SavePapers, 2, 5)),
        ("2번, 5번 인용", (CitePapers, 2, 5)),
        ("2번과 5번은 뭐가 달라?", (AskAbout, 2, 5)),
        ("세 번째 논문은 어떤 모델이야?", (AskAbout, 3)),
        ("세번째 거 저장해줘", (SavePapers, 3)),
        ("3번 한국어로", (ShowPapers, 3)),
    ],
)
def test_beside_several_papers_a_number_means_the_one_it_stands_at(text: str, meant: object) -> None:
    assert about(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "does it need 3 GPUs?",
        "how does it do in top 5 accuracy?",
        "is it better than GPT 3?",
        "what is in table 3?",
        "was it trained in 2024?",
        "is it the first paper to use diffusion?",
        "in the paper 3 things are said, which?",
        "how many of the 3 papers use it?",
        "does 3.5 mean anything?",
        "what's the #1 result?",
        "is step 3 needed?",
        "stage 2?",
        "does the second one of its losses matter?",
        "학습을 3번에 나눠서 했나요?",
        "GPU 3개로 학습했나요?",
        "3번 반복했나요?",
        "실험은 3번 했나요?",
        "두 번째 실험은 뭐야?",
        "2024년에 학습했나요?",
    ],
)
def test_a_number_of_something_else_means_no_paper(text: str) -> None:
    assert about(text) == f"which? {text}"


@pytest.mark.parametrize(("text", "meant"), [("top 5", ShowDays), ("list 3", ShowList), ("search 3", SearchPapers)])
def test_a_number_that_means_something_anywhere_means_that(text: str, meant: type) -> None:
    assert about(text) is meant


@pytest.mark.parametrize("text", ["save 2 papers", "save top 5", "save 3.5", "논문 2편 저장"])
def test_a_number_of_papers_is_not_one_of_them(text: str) -> None:
    assert about(text) not in {(SavePapers, 2), (SavePapers, 5), (SavePapers, 3)}


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("what data was #3 trained on?", "what data was it trained on?"),
        ("what is paper 3's main idea?", "what is its main idea?"),
        ("paper 3: what data does it use?", "what data does it use?"),
        ("3번 논문은 어떤 데이터를 썼어?", "이 논문은 어떤 데이터를 썼어?"),
    ],
)
def test_a_question_is_asked_without_the_number(text: str, asked: str) -> None:
    """It would be taken for one of the paper's own."""
    question = read(text, tuple(TITLES))
    assert isinstance(question, AskAbout)
    assert question.question == asked


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("What data was Meltemi trained on?", (AskAbout, 1)),
        ("Meltemi는 어떤 데이터로 학습했나요?", (AskAbout, 1)),
        ("how does ThinK prune?", (AskAbout, 3)),
        ("is JaColBERT any good?", (AskAbout, 6)),
        ("does the matting paper release code?", (AskAbout, 8)),
        ("how does matting by generation work?", (AskAbout, 8)),
        ("save Meltemi", (SavePapers, 1)),
        ("Meltemi 저장해줘", (SavePapers, 1)),
        ("cite jacolbert", (CitePapers, 6)),
        ("Meltemi in Korean", (ShowPapers, 1)),
    ],
)
def test_words_that_only_one_of_the_titles_has_mean_that_paper(text: str, meant: object) -> None:
    assert about(text) == meant


def test_a_name_with_a_number_is_one_name() -> None:
    two = {"2408.00714": "SAM 2: Segment Anything", "2408.00003": "SAM 3: Track Anything"}
    for text in ("what data was SAM 2 trained on?", "SAM 2는 어떤 데이터를 썼나요?"):
        assert paper_by_title(text, two) == "2408.00714"
    assert paper_by_title("what is SAM?", two) is None


@pytest.mark.parametrize(
    "text",
    [
        "what data was it trained on?",
        "어떤 데이터로 학습했나요?",
        "what do you think of it?",
        "does it use an LLM?",
        "how much memory does the language model need?",
        "what is SAM 2?",
        "does it use diffusion?",
        "how do Meltemi and JaColBERT differ?",
    ],
)
def test_words_of_several_titles_or_of_any_question_mean_none(text: str) -> None:
    assert about(text) == f"which? {text}"


@pytest.mark.parametrize("text", ["save", "저장", "cite", "in Korean", "한국어로", "summarize", "요약해줘", "bibtex"])
def test_beside_several_papers_somebody_who_names_none_chooses(text: str) -> None:
    assert about(text) == f"which? {text}"


@pytest.mark.parametrize(
    "text",
    ["which paper uses diffusion?", "which of these use LLMs?", "how many papers are there?", "어떤 논문이 제일 빨라?"],
)
def test_who_asks_which_paper_is_not_asked_which(text: str) -> None:
    assert read(text, tuple(TITLES)) == read(text, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [("save 12", "save"), ("what data was #30 trained on?", "what data was it trained on?"), ("99번 저장", "저장")],
)
def test_a_number_that_no_paper_has_lets_somebody_choose(text: str, words: str) -> None:
    assert about(text) == f"which? {words}"


@pytest.mark.parametrize("text", ["diffusion models", "help", "yesterday", "list", "hello", "what can you do?"])
def test_beside_several_papers_all_else_means_what_it_means_anywhere(text: str) -> None:
    assert read(text, tuple(TITLES)) == read(text, ())


def test_after_the_answer_about_one_of_them_the_others_keep_their_numbers() -> None:
    view, words, today = PapersInView(ONE, tuple(TITLES), TITLES), command_words(), date(2024, 8, 1)

    def meant(text: str) -> Command:
        return in_context(parse_command(text, words, today=today), text, view, words, today=today)

    assert meant("save") == SavePapers((MATTING,))
    assert meant("save 1") == SavePapers((PaperRef("2407.20743"),))


@pytest.mark.parametrize("text", ["#" * 50_000, "3번 " * 20_000, "save " + "1," * 20_000, "paper 3 and " * 10_000])
def test_long_nonsense_is_read_like_anything(text: str) -> None:
    read(text, tuple(TITLES))


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


@pytest.mark.parametrize("verb", ["save", "remove", "share"])
def test_where_one_of_two_is_meant_neither_is_taken_for_the_asker(verb: str) -> None:
    papers = tuple(TITLES)
    for text in (f"{verb} 2 or 3", f"{verb} #2 or #3"):
        assert isinstance(read(text, papers), ChoosePaper), text


def test_the_count_of_all_papers_is_no_number_of_one() -> None:
    assert about("share paper 2 of 3") == (SharePapers, 2)


def test_two_verbs_that_undo_each_other_do_nothing() -> None:
    assert isinstance(read("2번 빼 공유", tuple(TITLES)), ShowPapers)
