"""What somebody meant who typed `/paper …`, wrote a direct message, or mentioned Paperboy.

The day is Thursday, August 1, 2024.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.rules.command_grammar import (
    BULK_REQUESTS,
    LISTS_BY_STATE,
    PAPER_VERBS,
    PLAIN_REQUESTS,
    parse_command,
    parse_command_about_days,
)
from bot.rules.commands import (
    AskAbout,
    ChooseLanguage,
    CitePapers,
    ClearList,
    Command,
    DaysWanted,
    ExportList,
    ForgetMe,
    ImportPapers,
    NamePapers,
    NoSuchDate,
    NotePaper,
    OpenLinks,
    RemovePapers,
    SavePapers,
    SearchPapers,
    SetReminders,
    SetState,
    SetStateOfAll,
    SharePapers,
    ShowDays,
    ShowHelp,
    ShowLanguage,
    ShowList,
    ShowMyData,
    ShowMySettings,
    ShowPapers,
    ShowSettings,
    ShowStatus,
    ShowTeam,
    SuggestPapers,
    TagPapers,
    UndoRemoval,
)
from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.papers import PaperRef
from bot.rules.phrases import LONGEST_PHRASE
from bot.rules.reading_list import ReadingState
from bot.templating.catalogues import catalogue, languages
from bot.templating.command_words import command_words

if TYPE_CHECKING:
    from types import FrameType

TODAY = date(2024, 8, 1)
PAPER = (PaperRef("2407.21017"),)
OTHER = PaperRef("2407.20743")
HELP, GREETING = ShowHelp(), ShowHelp(greeting=True)
LATEST = DaysWanted()
TO_READ, READING, DONE, ARCHIVED = ReadingState


def only(*states: ReadingState, **filters: Any) -> ListFilter:
    return ListFilter(frozenset(states), **filters)


def meaning(text: str, today: date = TODAY) -> Command:
    """The command, the words that days were asked for with left out: they are told apart."""
    command = parse_command(text, command_words(), today=today)
    if isinstance(command, ShowDays):
        assert command.days.words
        return replace(command, days=DaysWanted(command.days.first, command.days.last))
    return command


def day(month: int, day_of_month: int, *, year: int = 2024, top: int | None = None) -> ShowDays:
    found = date(year, month, day_of_month)
    return ShowDays(DaysWanted(found, found), top)


def days(first: str, last: str, *, top: int | None = None) -> ShowDays:
    return ShowDays(DaysWanted(date.fromisoformat(first), date.fromisoformat(last)), top)


def search(query: str, suggestion: str | None = None) -> SearchPapers:
    return SearchPapers(query, suggestion=suggestion)


def link(*urls: str) -> OpenLinks:
    return OpenLinks(urls)


def may_be(*ids: str, typed: str) -> SuggestPapers:
    return SuggestPapers(tuple(PaperRef(paper_id) for paper_id in ids), typed)


THIS_WEEK, LAST_WEEK = days("2024-07-29", "2024-08-01"), days("2024-07-22", "2024-07-28")
ONE_DIGIT_SHORT = tuple(f"2407.2101{digit}" for digit in range(10))

# What the review of release 0.5.0 found that people type, and that was not understood then.
ASKED_BEFORE: dict[str, Command] = {
    "today": day(8, 1),
    "yesterday": day(7, 31),
    "latest": ShowDays(LATEST),
    "top": ShowDays(LATEST),
    "top 5": ShowDays(LATEST, top=5),
    "top 10": ShowDays(LATEST, top=10),
    "2024-07-31": day(7, 31),
    "31 July 2024": day(7, 31),
    "July 31": day(7, 31),
    "31 July": day(7, 31),
    "this week": THIS_WEEK,
    "last week": LAST_WEEK,
    "trending": ShowDays(LATEST),
    "오늘": day(8, 1),
    "오늘의 논문": day(8, 1),
    "어제": day(7, 31),
    "상위 5": ShowDays(LATEST, top=5),
    "최신": ShowDays(LATEST),
    "최신 논문": ShowDays(LATEST),
    "인기": ShowDays(LATEST),
    "지난주": LAST_WEEK,
    "이번 주": THIS_WEEK,
    "7월 31일": day(7, 31),
    "2024년 7월 31일": day(7, 31),
    "search diffusion": search("diffusion"),
    "find diffusion": search("diffusion"),
    "find diffusion models": search("diffusion models"),
    "diffusion": search("diffusion"),
    "diffusion models": search("diffusion models"),
    "SAM 2": search("SAM 2"),
    "Matting by Generation": search("Matting by Generation"),
    "Meltemi": search("Meltemi"),
    "Benjamin Clavié": search("Benjamin Clavié"),
    "author Benjamin Clavié": search('author:"Benjamin Clavié"'),
    "검색 확산": search("확산"),
    "검색 확산 모델": search("확산 모델"),
    "확산 모델": search("확산 모델"),
    "저자 이루": search('저자:"이루"'),
    "my list": ShowList(),
    "reading list": ShowList(),
    "my reading list": ShowList(),
    "saved": ShowList(),
    "saved papers": ShowList(),
    "bookmarks": ShowList(),
    "list done": ShowList(only(DONE)),
    "list unread": ShowList(only(TO_READ)),
    "export": ExportList(),
    "export bibtex": ExportList("bibtex"),
    "export csv": ExportList("csv"),
    "cite my list": ExportList(),
    "cite my list as ris": ExportList("ris"),
    "목록 인용": ExportList(),
    "clear": ClearList(),
    "clear list": ClearList(),
    "내 목록": ShowList(),
    "읽을 목록": ShowList(),
    "읽기 목록": ShowList(),
    "저장": NamePapers("save"),
    "내보내기": ExportList(),
    "config": ShowSettings(),
    "set time 10:00": ShowSettings("time", "10:00"),
    "pause": ShowSettings("pause"),
    "resume": ShowSettings("resume"),
    "subscribe": ShowSettings("subscribe"),
    "unsubscribe": ShowSettings("unsubscribe"),
    "follow diffusion": ShowSettings("follow", "diffusion"),
    "follow Benjamin Clavié": ShowSettings("follow", "benjamin clavié"),
    "mute": ShowSettings("pause"),
    "mute reinforcement learning": ShowSettings("mute", "reinforcement learning"),
    "일시 중지": ShowSettings("pause"),
    "구독": ShowSettings("subscribe"),
    "한국어": ChooseLanguage("ko"),
    "한국어로": ChooseLanguage("ko"),
    "영어로": ChooseLanguage("en"),
    "in korean": ChooseLanguage("ko"),
    "?": GREETING,
    "hi": GREETING,
    "hello": GREETING,
    "thanks": GREETING,
    "status": ShowStatus(),
    "version": ShowStatus(),
    "help list": HELP,
    "help me": HELP,
    "도움": HELP,
    "사용법": HELP,
    "안녕": GREETING,
    "안녕하세요": GREETING,
    "https://openreview.net/forum?id=kiOxNsrpQy": link("https://openreview.net/forum?id=kiOxNsrpQy"),
    "https://aclanthology.org/2024.acl-long.1/": link("https://aclanthology.org/2024.acl-long.1/"),
    "https://www.semanticscholar.org/paper/204e3073870fae3d05bcbc2f6a8e263d9b72e776": link(
        "https://www.semanticscholar.org/paper/204e3073870fae3d05bcbc2f6a8e263d9b72e776"
    ),
    "https://github.com/lightChaserX/MattingByGeneration": link("https://github.com/lightChaserX/MattingByGeneration"),
    "https://www.biorxiv.org/content/10.1101/2024.01.15.575712v1": link(
        "https://www.biorxiv.org/content/10.1101/2024.01.15.575712v1"
    ),
    "https://dl.acm.org/doi/10.1145/3411764.3445678": link("https://dl.acm.org/doi/10.1145/3411764.3445678"),
    "https://proceedings.neurips.cc/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html": link(
        "https://proceedings.neurips.cc/paper/2017/hash/3f5ee243547dee91fbd053c1c4a845aa-Abstract.html"
    ),
    "https://paperswithcode.com/paper/sam-2": link("https://paperswithcode.com/paper/sam-2"),
    "https://doi.org/10.1038/s41586-021-03819-2": link("https://doi.org/10.1038/s41586-021-03819-2"),
    "10.1145/3411764.3445678": link("https://doi.org/10.1145/3411764.3445678"),
    "doi:10.1145/3411764.3445678": link("https://doi.org/10.1145/3411764.3445678"),
    "10.48550/arXiv.2407.21017": ShowPapers(PAPER),
    "huggingface.co/papers": ShowDays(LATEST),
    "https://huggingface.co/papers/date/2024-07-31": day(7, 31),
    "https://huggingface.co/papers/week/2024-W30": LAST_WEEK,
    "https://huggingface.co/papers/month/2024-07": days("2024-07-01", "2024-07-31"),
    "240721017": may_be("2407.21017", typed="240721017"),
    "2407-21017": may_be("2407.21017", typed="2407-21017"),
    "2407 21017": may_be("2407.21017", typed="2407 21017"),
    "2407.2101": may_be(*ONE_DIGIT_SHORT, typed="2407.2101"),
    "24O7.21O17": may_be("2407.21017", typed="24O7.21O17"),
    "save 2407.21017": SavePapers(PAPER),
    "import 2407.21017, 2407.20743": SavePapers((*PAPER, OTHER)),
    "2407.21017 가져오기": SavePapers(PAPER),
    "remove 2407.21017": RemovePapers(PAPER),
    "share 2407.21017": SharePapers(PAPER),
    "cite 2407.21017": CitePapers(PAPER),
    "bibtex 2407.21017": CitePapers(PAPER, format="bibtex"),
    "2407.21017 in korean": ShowPapers(PAPER, language="ko"),
    "2407.21017 and 2407.20743": ShowPapers((*PAPER, OTHER)),
    "오늘 논문 보여줘": day(8, 1),
    "확산 모델 찾아줘": search("확산 모델"),
    "2407.21017 저장해줘": SavePapers(PAPER),
    "2407.21017 삭제해줘": RemovePapers(PAPER),
    "2407.21017 인용": CitePapers(PAPER),
    "목록 보여줘": ShowList(),
    "목록 비우기": ClearList(),
    "설정 바꿔줘": ShowSettings(),
    "재개": ShowSettings("resume"),
    "팔로우 확산 모델": ShowSettings("follow", "확산 모델"),
    "고마워": GREETING,
    "상태": ShowStatus(),
}

DAYS: dict[str, Command] = {
    "": HELP,
    "   ": HELP,
    "Today!": day(8, 1),
    "today's papers": day(8, 1),
    "show me today's papers please": day(8, 1),
    "can you show me yesterday's digest?": day(7, 31),
    "what's new today": day(8, 1),
    "what's new": ShowDays(LATEST),
    "papers": ShowDays(LATEST),
    "digest": ShowDays(LATEST),
    "latest papers": ShowDays(LATEST),
    "most upvoted": ShowDays(LATEST),
    "top5": ShowDays(LATEST, top=5),
    "top ten": ShowDays(LATEST, top=10),
    "top 3 papers of last week": days("2024-07-22", "2024-07-28", top=3),
    "best of july": days("2024-07-01", "2024-07-31"),
    "top 10 yesterday": day(7, 31, top=10),
    "the day before yesterday": day(7, 30),
    "tomorrow": day(8, 2),
    "next week": days("2024-08-05", "2024-08-11"),
    "this month": day(8, 1),
    "last month": days("2024-07-01", "2024-07-31"),
    "3 days ago": day(7, 29),
    "two weeks ago": days("2024-07-15", "2024-07-21"),
    "last 3 days": days("2024-07-30", "2024-08-01"),
    "past week": days("2024-07-26", "2024-08-01"),
    "past month": days("2024-07-03", "2024-08-01"),
    "last 30 days": days("2024-07-03", "2024-08-01"),
    "past 2 months": days("2024-06-03", "2024-08-01"),
    "지난 한 달": days("2024-07-03", "2024-08-01"),
    "최근 한달간 논문": days("2024-07-03", "2024-08-01"),
    "지난 한 주": days("2024-07-26", "2024-08-01"),
    "August 5": day(8, 5),
    "8월 15일": day(8, 15),
    "8/16": day(8, 16, year=2023),
    "3일": day(8, 3),
    "monday": day(7, 29),
    "on Tuesday": day(7, 30),
    "thursday": day(8, 1),
    "last thursday": day(7, 25),
    "last friday": day(7, 26),
    "July 31st, 2024": day(7, 31),
    "31st of July": day(7, 31),
    "Jul 31": day(7, 31),
    "31-Jul-2024": day(7, 31),
    "July 2024": days("2024-07-01", "2024-07-31"),
    "2024-07": days("2024-07-01", "2024-07-31"),
    "March": days("2024-03-01", "2024-03-31"),
    "August 2": day(8, 2),
    "Dec 25": day(12, 25, year=2023),
    "Feb 29": day(2, 29),
    "2024/07/31": day(7, 31),
    "2024.07.31": day(7, 31),
    "20240731": day(7, 31),
    "7/31": day(7, 31),
    "31/7": day(7, 31),
    "07/31/2024": day(7, 31),
    "31.07.2024": day(7, 31),
    "2030-01-01": day(1, 1, year=2030),
    "24.7.31": day(7, 31),
    "24/7/31": day(7, 31),
    "7/31/24": day(7, 31),
    "31/7/24": day(7, 31),
    "07-31": day(7, 31),
    "1/2/3": search("1/2/3"),
    "last 5 papers": ShowDays(LATEST, top=5),
    "5 latest papers": ShowDays(LATEST, top=5),
    "최신 논문 3편": ShowDays(LATEST, top=3),
    "2024-W31": THIS_WEEK,
    "week 30": LAST_WEEK,
    "from 2024-07-01 to 2024-07-05": days("2024-07-01", "2024-07-05"),
    "find today's papers": day(8, 1),
    "hf.co/papers": ShowDays(LATEST),
    "https://huggingface.co/papers?date=2024-07-30": day(7, 30),
    "papers of https://huggingface.co/papers/date/2024-07-31": day(7, 31),
    "<https://huggingface.co/papers/date/2024-07-31|Daily Papers>": day(7, 31),
    "today in korean": ShowDays(DaysWanted(TODAY, TODAY), language="ko"),
    "한국어로 오늘 논문": ShowDays(DaysWanted(TODAY, TODAY), language="ko"),
    "what should I read today?": day(8, 1),
    "recommend a paper": ShowDays(LATEST),
    "summary of yesterday": day(7, 31),
    "어제 뭐 올라왔어?": day(7, 31),
    "오늘 요약해줘": day(8, 1),
    "논문 추천해줘": ShowDays(LATEST),
    "papers from 3 days ago": day(7, 29),
    "digest from 2 days ago": day(7, 30),
    "2407.12": SearchPapers("2407.12"),
    "2407-21": SearchPapers("2407-21"),
    "31 Feb": NoSuchDate("31 Feb"),
    "2024-02-31": NoSuchDate("2024-02-31"),
    "February 29, 2023": NoSuchDate("February 29, 2023"),
    "2024-13-01": NoSuchDate("2024-13-01"),
    "https://huggingface.co/papers/date/2024-02-31": NoSuchDate("https://huggingface.co/papers/date/2024-02-31"),
    "99999999999 days ago": NoSuchDate("99999999999 days ago"),
    "오늘 뭐 나왔어?": day(8, 1),
    "오늘 논문": day(8, 1),
    "오늘논문": day(8, 1),
    "어제 논문 보여 주세요": day(7, 31),
    "그저께": day(7, 30),
    "내일": day(8, 2),
    "논문": ShowDays(LATEST),
    "인기 논문 5개": ShowDays(LATEST, top=5),
    "상위 5편": ShowDays(LATEST, top=5),
    "지난주 상위 3편": days("2024-07-22", "2024-07-28", top=3),
    "이번주 논문": THIS_WEEK,
    "지난달": days("2024-07-01", "2024-07-31"),
    "3일 전": day(7, 29),
    "최근 3일": days("2024-07-30", "2024-08-01"),
    "월요일": day(7, 29),
    "지난주 월요일": day(7, 22),
    "7월": days("2024-07-01", "2024-07-31"),
    "2024년 7월": days("2024-07-01", "2024-07-31"),
    "7월31일 논문": day(7, 31),
    "31일": day(7, 31),
    "2024. 7. 31.": day(7, 31),
    "7월 1일부터 7월 5일까지": days("2024-07-01", "2024-07-05"),
    "2월 31일": NoSuchDate("2월 31일"),
    "오늘 논문 찾아줘": day(8, 1),
}

PAPERS: dict[str, Command] = {
    "2407.21017": ShowPapers(PAPER),
    "２４０７．２１０１７": ShowPapers(PAPER),
    "<https://arxiv.org/abs/2407.21017v2|this one>": ShowPapers((PaperRef("2407.21017", 2),)),
    "hep-th/9901001": ShowPapers((PaperRef("hep-th/9901001"),)),
    "https://arxiv.org/pdf/2407.21017.pdf": ShowPapers(PAPER),
    "https://openreview.net/forum?id=x&note=2407.21017": ShowPapers(PAPER),
    "https://www.alphaxiv.org/overview/2407.21017": ShowPapers(PAPER),
    "doi:10.48550/arXiv.2407.21017": ShowPapers(PAPER),
    "(2407.21017), 2407.20743.": ShowPapers((*PAPER, OTHER)),
    "what is 2407.21017 about?": ShowPapers(PAPER),
    "2407.21017?": ShowPapers(PAPER),
    "hi, can you show me 2407.21017 please": ShowPapers(PAPER),
    "summarize 2407.21017": ShowPapers(PAPER),
    "find 2407.21017": ShowPapers(PAPER),
    "2407.21017 요약해줘": ShowPapers(PAPER),
    "2407.21017 논문 좀 보여줘": ShowPapers(PAPER),
    "SAVE https://arxiv.org/abs/2407.21017": SavePapers(PAPER),
    "ｓａｖｅ 2407.21017": SavePapers(PAPER),
    "please save arXiv:2407.21017 to my list": SavePapers(PAPER),
    "save: 2407.21017": SavePapers(PAPER),
    "save:2407.21017": SavePapers(PAPER),
    "bookmark 2407.21017": SavePapers(PAPER),
    "2407.21017 저장": SavePapers(PAPER),
    "2407.21017을 저장": SavePapers(PAPER),
    "2407.21017을 내 목록에 담아줘": SavePapers(PAPER),
    unicodedata.normalize("NFD", "저장 2407.21017"): SavePapers(PAPER),
    "save 2407.21017 and 2407.20743": SavePapers((*PAPER, OTHER)),
    "save 2407.21017 for Monday": SavePapers(PAPER, ignored="for monday"),
    "save 2407.21017 in korean": SavePapers(PAPER, ignored="in korean"),
    "2407.21017 추가로 설명해줘": ShowPapers(PAPER, ignored="추가로"),
    "2407.21017 저장하지 마": ShowPapers(PAPER, ignored="저장하지 마"),
    "don't save 2407.21017": ShowPapers(PAPER, ignored="don't save"),
    "논문 2407.21017 삭제": RemovePapers(PAPER),
    "2407.21017 빼줘": RemovePapers(PAPER),
    "share <https://huggingface.co/papers/2407.21017|matting by generation>": SharePapers(PAPER),
    "2407.21017 공유해 주세요": SharePapers(PAPER),
    "share 2407.21017 with nobody": ShowPapers(PAPER, ignored="share with nobody"),
    "do not remove 2407.21017": ShowPapers(PAPER, ignored="do not remove"),
    "who wrote 2407.21017?": ShowPapers(PAPER),
    "when was 2407.21017 published?": ShowPapers(PAPER),
    "2407.21017 누가 썼어?": ShowPapers(PAPER),
    "2407.21017 언제 나왔어?": ShowPapers(PAPER),
    "when was the data of 2407.21017 collected?": AskAbout(PAPER, "when was the data of collected?"),
    "help me find papers on llm agents": SearchPapers("llm agents"),
    "다음 다이제스트 언제야": ShowStatus(),
    "does it use a tokenizer 2407.21017": AskAbout(PAPER, "does it use a tokenizer"),
    "저장 목록에서 2407.21017 삭제해줘": RemovePapers(PAPER),
    "remove 2407.21017 from saved": RemovePapers(PAPER),
    "remove the saved 2407.21017": RemovePapers(PAPER, ignored="saved"),
    "save or remove 2407.21017": ShowPapers(PAPER, ignored="save remove"),
    "share save 2407.21017": ShowPapers(PAPER, ignored="share save"),
    "never share 2407.21017": ShowPapers(PAPER, ignored="never share"),
    "cite 2407.21017 as bibtex": CitePapers(PAPER, format="bibtex"),
    "2407.21017 in french": ShowPapers(PAPER, language="fr"),
    "한국어로 2407.21017": ShowPapers(PAPER, language="ko"),
    "2407.21017 영어로 보여줘": ShowPapers(PAPER, language="en"),
    "in korean and french 2407.21017": ShowPapers(PAPER, ignored="in korean french"),
    "2407.21017 today": ShowPapers(PAPER, ignored="today"),
    "list 2407.21017": ShowPapers(PAPER, ignored="list"),
    "what data was 2407.21017 trained on?": AskAbout(PAPER, "what data was trained on?"),
    "2407.21017 how many parameters does it have": AskAbout(PAPER, "how many parameters does it have"),
    "2407.21017 무슨 데이터로 학습했어?": AskAbout(PAPER, "무슨 데이터로 학습했어?"),
    "2407.21017 학습에 어떤 데이터를 썼나요": AskAbout(PAPER, "학습에 어떤 데이터를 썼나요"),
    "save": NamePapers("save"),
    "share please": NamePapers("share"),
    "cite": NamePapers("cite"),
    "이거 저장해줘": NamePapers("save"),
    "save the whales": search("save the whales"),
    "arxiv2407.21017": may_be("2407.21017", typed="arxiv2407.21017"),
    "2407,21017": may_be("2407.21017", typed="2407,21017"),
    "2407.210177": may_be("2407.21017", typed="2407.210177"),
    "407.21017": may_be("2407.21017", typed="407.21017"),
    "0724.21017": may_be("2407.21017", typed="0724.21017"),
    "hep-th9901001": may_be("hep-th/9901001", typed="hep-th9901001"),
    "https://arxiv.org/abs/240721017": may_be("2407.21017", typed="https://arxiv.org/abs/240721017"),
    "arxiv.org/pdf/2407-21017.pdf": may_be("2407.21017", typed="https://arxiv.org/pdf/2407-21017.pdf"),
    "https://huggingface.co/papers/2407.2101": may_be(
        *ONE_DIGIT_SHORT, typed="https://huggingface.co/papers/2407.2101"
    ),
    "save 240721017": may_be("2407.21017", typed="240721017"),
    "240721017 저장해줘": may_be("2407.21017", typed="240721017"),
    "2413.21017": may_be(typed="2413.21017"),
    "2012 2013": search("2012 2013"),
    "GPT 4 1106": search("GPT 4 1106"),
    "save https://github.com/facebookresearch/segment-anything-2": link(
        "https://github.com/facebookresearch/segment-anything-2"
    ),
    "github.com/facebookresearch/segment-anything-2": link("https://github.com/facebookresearch/segment-anything-2"),
    "<https://lightchaserx.github.io/matting-by-generation/>": link(
        "https://lightchaserx.github.io/matting-by-generation/"
    ),
    "https://arxiv.org/list/cs.CL/recent": link("https://arxiv.org/list/cs.CL/recent"),
}

WORDS: dict[str, Command] = {
    "help": HELP,
    "HELP": HELP,
    "ｈｅｌｐ": HELP,
    "\u200bhelp\u200b": HELP,
    "how do I use this?": HELP,
    "what can you do?": HELP,
    "도움말": HELP,
    "도움말 좀": HELP,
    "어떻게 써?": HELP,
    "hi there!": GREETING,
    "hello paperboy": GREETING,
    "good morning": GREETING,
    "thank you so much!": GREETING,
    "👋": GREETING,
    ":wave:": GREETING,
    "???": GREETING,
    "test": GREETING,
    "고마워요!": GREETING,
    "감사합니다 🙏": GREETING,
    "안녕 페이퍼보이": GREETING,
    "list": ShowList(),
    "List": ShowList(),
    "ｌｉｓｔ": ShowList(),
    "list 2": ShowList(page=2),
    "list page 2": ShowList(page=2),
    "list ２": ShowList(page=2),
    "list  12 ": ShowList(page=12),
    "list 007": ShowList(page=7),
    "my list 2": ShowList(page=2),
    "show my list": ShowList(),
    "can I see my saved papers?": ShowList(),
    "목록": ShowList(),
    unicodedata.normalize("NFD", "목록"): ShowList(),
    "목록 3": ShowList(page=3),
    "목록 2쪽": ShowList(page=2),
    "내목록": ShowList(),
    "목록을 보여줘": ShowList(),
    "내가 저장한 논문 보여줘": ShowList(),
    "저장한 논문": ShowList(),
    "목록 완료": ShowList(only(DONE)),
    "export my list as csv": ExportList("csv"),
    "목록 내보내기": ExportList(),
    "bibtex 내보내기": ExportList("bibtex"),
    "clear my reading list please": ClearList(),
    "읽기 목록 비워줘": ClearList(),
    "settings": ShowSettings(),
    "channel settings please": ShowSettings(),
    "설정": ShowSettings(),
    "설정 보여줘": ShowSettings(),
    "pause until monday": ShowSettings("pause", "until monday"),
    "skip": ShowSettings("skip"),
    "stop": ShowSettings("pause"),
    "subscribe to diffusion": ShowSettings("subscribe", "diffusion"),
    "확산 모델 구독해줘": ShowSettings("subscribe", "확산 모델"),
    "구독 취소": ShowSettings("unsubscribe"),
    "월요일까지 일시 중지": ShowSettings("pause", "월요일까지"),
    "시간 설정 10:00": ShowSettings("time", "10:00"),
    "language": ShowLanguage(),
    "언어": ShowLanguage(),
    "language KO": ChooseLanguage("ko"),
    "언어 English": ChooseLanguage("en"),
    "language auto": ChooseLanguage("auto"),
    "korean please": ChooseLanguage("ko"),
    "한국어로 답해줘": ChooseLanguage("ko"),
    "in german": ChooseLanguage("German"),
    "독일어로": ChooseLanguage("독일어"),
    "language german": ChooseLanguage("German"),
    "set language to korean": ChooseLanguage("ko"),
    "when is the next digest?": ShowStatus(),
    "버전": ShowStatus(),
    "search": search(""),
    "검색": search(""),
    "search list": search("list"),
    "search 2407.21017": search("2407.21017"),
    "search today": search("today"),
    "Search for “flow matching”": search("“flow matching”"),
    "검색해줘 확산": search("확산"),
    "확산 모델 검색": search("확산 모델"),
    "확산 모델 논문 찾아 주세요": search("확산 모델 논문"),
    "find me papers about agents": search("agents"),
    "anything on mamba?": search("mamba?"),
    "papers by Kaiming He": search('author:"Kaiming He"'),
    'author:"Kaiming He" since:2024': search('author:"Kaiming He" since:2024'),
    "list of papers about diffusion": search("diffusion"),
    "can you find me a paper on RLHF?": search("RLHF?"),
    "I want papers about agents": search("agents"),
    "can you search for my list": search("my list"),
    "트랜스포머 논문 있어?": search("트랜스포머"),
    "확산 모델에 대한 논문 보여줘": search("확산 모델에 대한"),
    "clear all my saved papers": ClearList(),
    "목록 다 지워줘": ClearList(),
    "내 저장 목록 내보내줘": ExportList(),
    "when do you post?": ShowStatus(),
    "몇 시에 와?": ShowStatus(),
    "알림 꺼줘": SetReminders("off"),
    "turn off": ShowSettings("pause"),
    "latest papers on RAG": search("RAG"),
    "diffusion papers from last week": search("diffusion papers since:2024-07-22"),
    "this week's papers on agents": search("agents since:2024-07-29"),
    "find RAG papers since yesterday": search("RAG papers since:2024-07-31"),
    "지난주 확산 모델 논문": search("확산 모델 논문 since:2024-07-22"),
    "search diffusion today": search("diffusion today"),
    "diffusion 2024": search("diffusion 2024"),
    "Kaiming He 저자 검색": search('저자:"Kaiming He"'),
    "search papers by Kaiming He": search('author:"Kaiming He"'),
    "language models that reason": search("language models that reason"),
    "language models": search("language models"),
    "list 0": search("list 0"),
    "list -1": search("list -1"),
    "resume parsing with LLM": search("resume parsing with LLM"),
    "Set Transformer": search("Set Transformer"),
    "stop words": search("stop words"),
    "time series": search("time series"),
    "top 0": search("top 0"),
    "neural architecture search": search("neural architecture search"),
    "Show and Tell": search("Show and Tell"),
    "today in NLP": search("NLP since:2024-08-01"),
    "latent": search("latent"),
    "german": search("german"),
    "GPT-4o": search("GPT-4o"),
    "R&amp;D of &lt;b&gt;": search("R&D of <b>"),
    "papers by <@U012AB3CD|junda>": search('author:"junda"'),
    "추론": search("추론"),
    "lists": search("lists", suggestion="list"),
    "setting": search("setting", suggestion="settings"),
    "lsit": search("lsit", suggestion="list"),
    "lst 2": search("lst 2", suggestion="list"),
    "helpp me": search("helpp me", suggestion="help"),
    "langauge": search("langauge", suggestion="language"),
    "what is the best paper about agents?": search("agents?"),
    "what's the best paper on best arm identification": search("best arm identification"),
    "which papers should I read about agents?": search("agents?"),
    "any good papers on agents?": search("agents?"),
    "are there any good agents papers?": search("agents"),
    "can you recommend a good paper about agents?": search("agents?"),
    "recommend agents papers": search("agents"),
    "what is language modeling?": search("language modeling?"),
    "how do I train a reward model?": search("train a reward model?"),
    "is attention all you need?": search("attention all you need?"),
    "best of n sampling": search("best of n sampling"),
    "recommend me something": ShowDays(LATEST),
    "can you suggest something to read?": ShowDays(LATEST),
    "any recommendations?": ShowDays(LATEST),
    "anything interesting?": ShowDays(LATEST),
    "가장 좋은 에이전트 논문이 뭐야?": search("에이전트"),
    "에이전트 관련 좋은 논문 추천해줘": search("에이전트 관련"),
    "볼 만한 확산 모델 논문 있어?": search("확산 모델"),
    "재밌는 거 추천해줘": ShowDays(LATEST),
    "뭐 좋은 거 있어?": ShowDays(LATEST),
    "summarize this paper": NamePapers(""),
    "show me the paper": NamePapers(""),
    "explain it": NamePapers(""),
    "explain this paper in korean": NamePapers(""),
    "who wrote it?": NamePapers(""),
    "what is it about?": NamePapers(""),
    "요약해줘": NamePapers(""),
    "이 논문 요약해줘": NamePapers(""),
    "이 논문 설명해줘": NamePapers(""),
    "language klingon": SearchPapers("language klingon", no_language="klingon"),
    "언어 클링온": SearchPapers("언어 클링온", no_language="클링온"),
    "reply in klingon": SearchPapers("reply in klingon", no_language="klingon"),
    "language agents": search("language agents"),
    "language model": search("language model"),
    "language grounding": search("language grounding"),
    "언어 모델": search("언어 모델"),
    "language klingon corpus": search("language klingon corpus"),
    "yesteday": search("yesteday", suggestion="yesterday"),
    "목녹": search("목녹", suggestion="목록"),
    "목롣": search("목롣", suggestion="목록"),
    "도음말": search("도음말", suggestion="도움말"),
    "litmus": search("litmus"),
    "settle": search("settle"),
}

# What Korean researchers type: polite and blunt, abbreviated, with blanks where none belong and without where one does.
TYPED_IN_KOREAN: dict[str, Command] = {
    "오늘자 논문": day(8, 1),
    "오늘 것": day(8, 1),
    "어제거": day(7, 31),
    "어제것 좀": day(7, 31),
    "어제 거 보여줘": day(7, 31),
    "어제자": day(7, 31),
    "3일전": day(7, 29),
    "사흘 전": day(7, 29),
    "이틀전 논문": day(7, 30),
    "일주일 전": day(7, 25),
    "최근 일주일": days("2024-07-26", "2024-08-01"),
    "지난 보름": days("2024-07-18", "2024-08-01"),
    "하루": search("하루"),
    "일주일": search("일주일"),
    "24년 7월 31일": day(7, 31),
    "24년 7월": days("2024-07-01", "2024-07-31"),
    "24년": search("24년"),
    "7.31": day(7, 31),
    "7.31.": day(7, 31),
    "6월 3일부터 5일까지": days("2024-06-03", "2024-06-05"),
    "6월 3~5일": days("2024-06-03", "2024-06-05"),
    "6월 28일부터 3일까지": days("2024-06-28", "2024-07-03"),
    "3.5": search("3.5"),
    "2.11": search("2.11"),
    "7/29~7/31": days("2024-07-29", "2024-07-31"),
    "7월 29일~31일": days("2024-07-29", "2024-07-31"),
    "2024-07-29~2024-07-31": days("2024-07-29", "2024-07-31"),
    "이번주 핫한 논문": THIS_WEEK,
    "오늘 추천 논문": day(8, 1),
    "이번 주에 나온 논문 중 인기 있는 거": THIS_WEEK,
    "지난주 가장 추천 많이 받은 논문": LAST_WEEK,
    "지난달 논문 모아줘": days("2024-07-01", "2024-07-31"),
    "핫한 논문": ShowDays(LATEST),
    "추천 논문": ShowDays(LATEST),
    "논문 추천": ShowDays(LATEST),
    "새로운 거 있어?": ShowDays(LATEST),
    "추천 시스템": search("추천 시스템"),
    "추천 시스템 논문": search("추천 시스템 논문"),
    "인기 편향": search("인기 편향"),
    "2407.21017 한글로": ShowPapers(PAPER, language="ko"),
    "2407.21017 한글로 요약 부탁드립니다": ShowPapers(PAPER, language="ko"),
    "2407.21017 영문으로": ShowPapers(PAPER, language="en"),
    "2407.21017 번역해줘": ShowPapers(PAPER),
    "2407.21017 정리해줘": ShowPapers(PAPER),
    "2407.21017 설명 좀": ShowPapers(PAPER),
    "2407.21017 원문": ShowPapers(PAPER),
    "아카이브 2407.21017": ShowPapers(PAPER),
    "2407.21017 찜": SavePapers(PAPER),
    "2407.21017 찜해줘": SavePapers(PAPER),
    "2407.21017 스크랩": SavePapers(PAPER),
    "2407.21017 저장 좀 해줘": SavePapers(PAPER),
    "2407.21017 저장 하지마": ShowPapers(PAPER, ignored="저장 하지마"),
    "2407.21017 채널에 올려줘": SharePapers(PAPER),
    "2407.21017 비브텍": CitePapers(PAPER),
    "2407.21017 빕텍 줘": CitePapers(PAPER),
    "비브텍": NamePapers("cite"),
    "비브텍으로 내보내기": ExportList("bibtex"),
    "2407.21017 저자가 누구야": ShowPapers(PAPER),
    "2407.21017 코드 있나요": AskAbout(PAPER, "코드 있나요"),
    "2407.21017의 저자는?": ShowPapers(PAPER),
    "2407.21017에서 뭘 제안해?": AskAbout(PAPER, "뭘 제안해?"),
    "내꺼": ShowList(),
    "내 거": ShowList(),
    "내가 저장한 거": ShowList(),
    "저장한거 보여줘": ShowList(),
    "찜 목록": ShowList(),
    "스크랩 목록": ShowList(),
    "리스트": ShowList(),
    "내 리스트": ShowList(),
    "읽을거리": ShowList(),
    "안 읽은 논문": ShowList(only(TO_READ)),
    "어떻게 쓰는거야": HELP,
    "뭐 할 줄 알아?": HELP,
    "기능": HELP,
    "도와 주세요": HELP,
    "ㅋㅋㅋㅋ": GREETING,
    "ㅇㅇ": GREETING,
    "ㅎㅎ 고마워": GREETING,
    "수고하셨습니다": GREETING,
    "고생했어": GREETING,
    "굿": GREETING,
    "저기요": GREETING,
    "넵 감사합니다": GREETING,
    "구독하고 싶어": ShowSettings("subscribe"),
    "RAG 논문 구독하고 싶어요": ShowSettings("subscribe", "rag 논문"),
    "알림 켜줘": SetReminders("on"),
    "다시 보내줘": ShowSettings("resume"),
    "이제 그만": ShowSettings("pause"),
    "내일은 쉬어": ShowSettings("skip"),
    "세팅": ShowSettings(),
    "설정 바꾸고 싶어요": ShowSettings(),
    "시간 바꾸고 싶어": ShowSettings("time"),
    "9시 30분에 보내줘": ShowSettings("time", "9시 30분에"),
    "오전 10시로 변경": ShowSettings("time", "오전 10시로"),
    "10시로 바꿔줘": ShowSettings("time", "10시로"),
    "2407.21017 보내줘": ShowPapers(PAPER),
    "5편 보내줘": ShowDays(LATEST, top=5),
    "한글로": ChooseLanguage("ko"),
    "한글": ChooseLanguage("ko"),
    "한국말로 해줘": ChooseLanguage("ko"),
    "영문으로": ChooseLanguage("en"),
    "몇시에 와?": ShowStatus(),
    "다음 논문 언제 와": ShowStatus(),
    "확산 모델 관련 논문 있을까요?": search("확산 모델 관련"),
    "강화학습 논문을 찾아줘": search("강화학습 논문을"),
    "작년 논문": search("논문 since:2023-01-01"),
    "작년 CVPR 논문": search("CVPR 논문 since:2023-01-01"),
    "올해 확산 모델 논문": search("확산 모델 논문 since:2024-01-01"),
    "diffusion papers from last year": search("diffusion papers since:2023-01-01"),
    "논문 검색": search(""),
    "확산 모델 논문 검색해줘": search("확산 모델"),
    "혹시 오늘 논문 있나요?": day(8, 1),
    "오늘 논문 보여주실 수 있나요?": day(8, 1),
    "확산 모델 논문 찾아주실 수 있을까요?": search("확산 모델 논문"),
    "2407.21017 저장해주실 수 있나요?": SavePapers(PAPER),
    "2407.21017 요약해주실 수 있나요?": ShowPapers(PAPER),
    "2407.21017 저장 안 해": ShowPapers(PAPER, ignored="저장 안"),
    "2407.21017 저장해놔": SavePapers(PAPER),
    "2407.21017 저장해 둬": SavePapers(PAPER),
    "2407.21017 목록에 넣어줘": SavePapers(PAPER),
    "2407.21017 나중에 읽기": SavePapers(PAPER),
    "2407.21017 인용 형식으로": CitePapers(PAPER),
    "2407.21017 데이터셋 알려줘": AskAbout(PAPER, "데이터셋 알려줘"),
    "2407.21017 알려줘": ShowPapers(PAPER),
    "2407.21017 뭐냐": AskAbout(PAPER, "뭐냐"),
    "오늘 1등 논문": day(8, 1, top=1),
    "상위 세 편": ShowDays(LATEST, top=3),
    "요새 재밌는 논문": ShowDays(LATEST),
    "뭐 읽을까": ShowDays(LATEST),
    "논문목록": ShowDays(LATEST),
    "제가 저장한 논문": ShowList(),
    "전부 지우기": ClearList(),
    "한국어로 답변해줘": ChooseLanguage("ko"),
    "언어를 영어로 바꿔주세요": ChooseLanguage("en"),
    "시간대 변경": ShowSettings(),
    "잠깐 멈춰": ShowSettings("pause"),
    "오늘은 건너뛰자": ShowSettings("skip"),
    "언제 올려줘?": ShowStatus(),
    "넌 뭐야?": HELP,
    "넹": GREETING,
    "고맙다": GREETING,
    "한글 인식": search("한글 인식"),
    "시간 추론": search("시간 추론"),
    "기능 자기공명영상": search("기능 자기공명영상"),
}

BY_VOTES, OLDEST = only(order=ListOrder.VOTES), only(order=ListOrder.OLDEST_UNREAD)
NOT_DONE = only(TO_READ, READING)

LISTS: dict[str, Command] = {
    "list reading": ShowList(only(READING)),
    "list read": ShowList(only(DONE)),
    "list to read": ShowList(only(TO_READ)),
    "list all": ShowList(only(*ReadingState)),
    "list archived": ShowList(only(ARCHIVED)),
    "list done and archived": ShowList(only(DONE, ARCHIVED)),
    "list #rl": ShowList(only(tag="rl")),
    "list tag:rl": ShowList(only(tag="rl")),
    "list tagged rl": ShowList(only(tag="rl")),
    "list diffusion": ShowList(only(words="diffusion")),
    "list diffusion papers": ShowList(only(words="diffusion")),
    "my papers about diffusion": ShowList(only(words="diffusion")),
    "list resnet 50": ShowList(only(words="resnet 50")),
    "list by votes": ShowList(BY_VOTES),
    "list oldest": ShowList(OLDEST),
    "list newest": ShowList(),
    "list reading #rl by votes page 2": ShowList(only(READING, tag="rl", order=ListOrder.VOTES), 2),
    "list done 2": ShowList(only(DONE), 2),
    "my archived papers": ShowList(only(ARCHIVED)),
    "my unread papers": ShowList(only(TO_READ)),
    "what am I reading?": ShowList(only(READING)),
    "papers I've read": ShowList(only(DONE)),
    "목록 읽는 중": ShowList(only(READING)),
    "목록 보관됨": ShowList(only(ARCHIVED)),
    "목록 #강화학습": ShowList(only(tag="강화학습")),
    "목록 태그 강화학습": ShowList(only(tag="강화학습")),
    "목록 확산 모델": ShowList(only(words="확산 모델")),
    "목록에서 확산 찾아줘": ShowList(only(words="확산")),
    "내 목록 추천순": ShowList(BY_VOTES),
    "목록 오래된 순": ShowList(OLDEST),
    "목록 읽는 중 2쪽": ShowList(only(READING), 2),
    "다 읽은 논문 보여줘": ShowList(only(DONE)),
    "읽는 중인 논문": ShowList(only(READING)),
    "보관한 논문": ShowList(only(ARCHIVED)),
    "list decoding algorithms for codes over finite rings": search(
        "list decoding algorithms for codes over finite rings"
    ),
    "list today": day(8, 1),
    "list papers": ShowDays(LATEST),
    "list recent papers": ShowDays(LATEST),
    "reading list generation": search("reading list generation"),
    "saved models": search("saved models"),
    "archived web data": search("archived web data"),
    "읽는 중 발생하는 눈 움직임": search("읽는 중 발생하는 눈 움직임"),
    "mark all as read": SetStateOfAll(DONE, NOT_DONE),
    "archive all read papers": SetStateOfAll(ARCHIVED, only(DONE)),
    "archive all #rl": SetStateOfAll(ARCHIVED, only(TO_READ, READING, DONE, tag="rl")),
    "전부 읽음으로 표시해줘": SetStateOfAll(DONE, NOT_DONE),
    "읽은 논문 모두 보관해줘": SetStateOfAll(ARCHIVED, only(DONE)),
    "undo": UndoRemoval(),
    "되돌려줘": UndoRemoval(),
    "undo operations in transformers": search("undo operations in transformers"),
    "내 논문 중 확산 태그": ShowList(only(tag="확산")),
    "목록 확산 태그 달린 논문": ShowList(only(tag="확산")),
    "아직 안 읽은 거 보여줘": ShowList(only(TO_READ)),
    "목록 오래 안 읽은 순": ShowList(OLDEST),
    "내 태그 보여줘": ShowList(),
    "my notes": ShowList(),
    "모두 읽음 처리해 주세요": SetStateOfAll(DONE, NOT_DONE),
    "읽은 논문 다 보관해 주세요": SetStateOfAll(ARCHIVED, only(DONE)),
    "remove all read papers": ShowList(only(DONE)),
    "clear archived": ShowList(only(ARCHIVED)),
    "읽은 논문 다 지워줘": ShowList(only(DONE)),
    "방금 삭제한 거 복구해줘": UndoRemoval(),
    "실수로 지웠어요": UndoRemoval(),
}

KEPT_BESIDE_A_PAPER: dict[str, Command] = {
    "done 2407.21017": SetState(PAPER, DONE),
    "done with 2407.21017": SetState(PAPER, DONE),
    "mark 2407.21017 as read": SetState(PAPER, DONE),
    "mark 2407.21017 and 2407.20743 as read": SetState((*PAPER, OTHER), DONE),
    "I've read 2407.21017": SetState(PAPER, DONE),
    "reading 2407.21017": SetState(PAPER, READING),
    "unread 2407.21017": SetState(PAPER, TO_READ),
    "archive 2407.21017 please": SetState(PAPER, ARCHIVED),
    "read 2407.21017": ShowPapers(PAPER),
    "not done 2407.21017": ShowPapers(PAPER, ignored="not done"),
    "2407.21017 done by Monday": ShowPapers(PAPER, ignored="done by monday"),
    "reading comprehension in 2407.21017?": AskAbout(PAPER, "reading comprehension in"),
    "how is 2407.21017 done?": AskAbout(PAPER, "how is done?"),
    "다 읽었어 2407.21017": SetState(PAPER, DONE),
    "2407.21017과 2407.20743 다 읽었어요": SetState((*PAPER, OTHER), DONE),
    "2407.21017 읽음으로 표시해줘": SetState(PAPER, DONE),
    "2407.21017 읽는 중": SetState(PAPER, READING),
    "2407.21017 읽을 예정으로 표시": SetState(PAPER, TO_READ),
    "2407.21017 보관해줘": SetState(PAPER, ARCHIVED),
    "reading comprehension": search("reading comprehension"),
    "done right": search("done right"),
    "archive of knowledge": search("archive of knowledge"),
    "완료 시간 예측": search("완료 시간 예측"),
    "note 2407.21017 compare with X": NotePaper(*PAPER, "compare with X"),
    "note: 2407.21017 – A&amp;B > <https://example.org|C>": NotePaper(*PAPER, "A&B > https://example.org"),
    "note 2407.21017 first line\nsecond  line": NotePaper(*PAPER, "first line\nsecond line"),
    "please note on 2407.21017: is x² enough?": NotePaper(*PAPER, "is x² enough?"),
    "2407.21017 note compare with 2407.20743": NotePaper(*PAPER, "compare with 2407.20743"),
    "add a note to 2407.21017": NotePaper(*PAPER),
    "note compare with X 2407.21017": NotePaper(*PAPER, "compare with X"),
    "메모 2407.21017 X와 비교": NotePaper(*PAPER, "X와 비교"),
    "2407.21017에 메모: 3절 다시 읽기": NotePaper(*PAPER, "3절 다시 읽기"),
    "2407.21017에 3절 다시 읽기 메모 남겨줘": NotePaper(*PAPER, "3절 다시 읽기"),
    "2407.21017 메모": NotePaper(*PAPER),
    "2407.21017 메모리 사용량은?": AskAbout(PAPER, "메모리 사용량은?"),
    "notes on diffusion models": search("notes on diffusion models"),
    "note taking": search("note taking"),
    "메모리 효율적인 추론": search("메모리 효율적인 추론"),
    "tag 2407.21017 rl, agents": TagPapers(PAPER, ("rl", "agents")),
    "tag 2407.21017 #rl #agents": TagPapers(PAPER, ("rl", "agents")),
    "tag 2407.21017 as reinforcement learning": TagPapers(PAPER, ("reinforcement learning",)),
    "tag 2407.21017 and 2407.20743 with RL": TagPapers((*PAPER, OTHER), ("RL",)),
    "add tag rl to 2407.21017": TagPapers(PAPER, ("rl",)),
    "tag 2407.21017": TagPapers(PAPER, ()),
    "untag 2407.21017 rl": TagPapers(PAPER, ("rl",), is_removal=True),
    "remove the tag rl from 2407.21017": TagPapers(PAPER, ("rl",), is_removal=True),
    "태그 2407.21017 강화학습, 에이전트": TagPapers(PAPER, ("강화학습", "에이전트")),
    "2407.21017에 강화학습 태그 달아줘": TagPapers(PAPER, ("강화학습",)),
    "2407.21017에서 강화학습 태그 빼줘": TagPapers(PAPER, ("강화학습",), is_removal=True),
    "what tags does 2407.21017 use?": AskAbout(PAPER, "what tags does use?"),
    "tag recommendation": search("tag recommendation"),
    "태그 추천": search("태그 추천"),
    "2407.21017 읽음 처리해 주세요": SetState(PAPER, DONE),
    "2407.21017 읽음으로 바꿔줘": SetState(PAPER, DONE),
    "2407.21017 완료했어요": SetState(PAPER, DONE),
    "2407.21017 지금 읽고 있어요": SetState(PAPER, READING),
    "2407.21017 아직 안 읽었어요": SetState(PAPER, TO_READ),
    "2407.21017 보관 해제해줘": SetState(PAPER, TO_READ),
    "unarchive 2407.21017": SetState(PAPER, TO_READ),
    "move 2407.21017 to reading": SetState(PAPER, READING),
    "2407.21017에 메모 남겨 주세요: 3절 다시 보기": NotePaper(*PAPER, "3절 다시 보기"),
    "2407.21017 메모 보여 주세요": NotePaper(*PAPER),
    "2407.21017 메모 지워줘": NotePaper(*PAPER),
    "2407.21017 메모 고치고 싶어요": NotePaper(*PAPER),
    "2407.21017 메모: 확인": NotePaper(*PAPER, "확인"),
    "2407.21017 메모: 수정 필요": NotePaper(*PAPER, "수정 필요"),
    "메모 2407.21017 보여줘": NotePaper(*PAPER),
    "2407.21017 메모 없애줘": NotePaper(*PAPER),
    "2407.21017 북마크 해제해 주세요": RemovePapers(PAPER),
    "delete the note on 2407.21017": NotePaper(*PAPER),
    "2407.21017에 태그 확산 추가해 주세요": TagPapers(PAPER, ("확산",)),
    "2407.21017을 확산으로 태그해줘": TagPapers(PAPER, ("확산",)),
    "2407.21017 태그 확산 삭제해 주세요": TagPapers(PAPER, ("확산",), is_removal=True),
    "태그 2407.21017 확산 빼줘": TagPapers(PAPER, ("확산",), is_removal=True),
}

TAKEN_ALONG: dict[str, Command] = {
    "export list as csv": ExportList("csv"),
    "export #rl ris": ExportList("ris", only(tag="rl")),
    "export my archived papers as json": ExportList("json", only(ARCHIVED)),
    "export read papers as bibtex": ExportList("bibtex", only(DONE)),
    "export diffusion as markdown": ExportList("markdown", only(words="diffusion")),
    "export 2407.21017 as ris": CitePapers(PAPER, format="ris"),
    "cite 2407.21017 as ris": CitePapers(PAPER, format="ris"),
    "목록 csv로 내보내줘": ExportList("csv"),
    "읽은 논문 내보내기": ExportList(None, only(DONE)),
    "#강화학습 ris 내보내기": ExportList("ris", only(tag="강화학습")),
    "2407.21017 ris로 인용": CitePapers(PAPER, format="ris"),
    "export control": search("export control"),
    "import": ImportPapers(),
    "import my library": ImportPapers(),
    "import from Zotero": ImportPapers(),
    "가져오기": ImportPapers(),
    "목록 가져오기": ImportPapers(),
    "import vector machines": search("import vector machines"),
    "가져오기 학습": search("가져오기 학습"),
    "확산 태그 논문만 bibtex로 내보내줘": ExportList("bibtex", only(tag="확산")),
    "json으로 내려받을래요": ExportList("json"),
    "논문 가져오고 싶어요": ImportPapers(),
    "조테로에서 가져오기": ImportPapers(),
}

PEOPLE: dict[str, Command] = {
    "team": ShowTeam(),
    "what are we reading?": ShowTeam(),
    "우리 팀 논문": ShowTeam(),
    "우리 팀 뭐 읽어?": ShowTeam(),
    "team learning": search("team learning"),
    "팀 학습": search("팀 학습"),
    "my data": ShowMyData(),
    "export my data": ShowMyData(),
    "내 데이터": ShowMyData(),
    "내 데이터 내보내줘": ShowMyData(),
    "my data augmentation": search("my data augmentation"),
    "forget me": ForgetMe(),
    "delete all my data": ForgetMe(),
    "나를 잊어줘": ForgetMe(),
    "내 데이터 삭제해줘": ForgetMe(),
    "my settings": ShowMySettings(),
    "내 설정": ShowMySettings(),
    "reminders": SetReminders(),
    "remind me": SetReminders("on"),
    "reminders off": SetReminders("off"),
    "don't remind me": SetReminders("off"),
    "snooze": SetReminders("snooze"),
    "remind me next week": SetReminders("snooze"),
    "알림 켜기": SetReminders("on"),
    "알림 끄기": SetReminders("off"),
    "다음 주에 다시 알려줘": SetReminders("snooze"),
    "알림 시스템": search("알림 시스템"),
    "팀 모아보기": ShowTeam(),
    "우리 팀은 요즘 뭐 읽나요?": ShowTeam(),
    "제 데이터 받고 싶어요": ShowMyData(),
    "나에 대해 뭘 저장하고 있어?": ShowMyData(),
    "저를 잊어 주세요": ForgetMe(),
    "제 데이터를 전부 삭제해 주세요": ForgetMe(),
    "데이터 삭제 기법": search("데이터 삭제 기법"),
    "제 설정 바꾸고 싶어요": ShowMySettings(),
    "hide my name": ShowMySettings(),
    "알림 설정": SetReminders(),
    "매주 알려줘": SetReminders("on"),
    "더 이상 알림 보내지 마세요": SetReminders("off"),
    "알림 필요 없어요": SetReminders("off"),
    "알림 끄고 싶어요": SetReminders("off"),
    "읽기 목록 이모지": ShowMySettings(),
    "stop sending me reminders": SetReminders("off"),
    "나중에 다시 알려 주세요": SetReminders("snooze"),
    "알림 2주 미뤄 주세요": SetReminders("snooze"),
}

TABLE = ASKED_BEFORE | DAYS | PAPERS | WORDS | TYPED_IN_KOREAN | LISTS | KEPT_BESIDE_A_PAPER | TAKEN_ALONG | PEOPLE


def test_the_table_is_as_long_as_what_was_typed_and_as_much_again() -> None:
    assert len(ASKED_BEFORE) >= 121
    assert len(TABLE) >= 2 * 121
    parts = (
        ASKED_BEFORE, DAYS, PAPERS, WORDS, TYPED_IN_KOREAN, LISTS, KEPT_BESIDE_A_PAPER, TAKEN_ALONG, PEOPLE,
    )  # fmt: skip
    twice = {text for one in parts for other in parts if one is not other for text in {*one} & {*other}}
    assert twice == set()


def test_what_is_typed_is_read_as_what_is_meant() -> None:
    assert {text: read for text, meant in TABLE.items() if (read := meaning(text)) != meant} == {}


@pytest.mark.parametrize("verb", PAPER_VERBS)
def test_a_verb_means_the_same_before_and_after_the_id_in_every_language(verb: str) -> None:
    meant = meaning(f"{catalogue('en').listed(f'command.{verb}')[0]} 2407.21017")
    for language in languages():
        for word in catalogue(language).listed(f"command.{verb}"):
            assert meaning(f"{word} 2407.21017") == meaning(f"2407.21017 {word}") == meant, word
            # 북마크 is what is kept, and to keep it; `unread` are the papers in that state, and to put one into it.
            # `import` with no paper beside it is about a library.
            alone = meaning(word)
            assert alone == NamePapers(verb) or isinstance(alone, ShowList | ImportPapers), word


@pytest.mark.parametrize(
    "name",
    [
        "list", "settings", "language", "help", "status", "greeting", "clear", "export", *PLAIN_REQUESTS,
        *LISTS_BY_STATE, *BULK_REQUESTS,
    ],
)  # fmt: skip
def test_every_word_of_a_request_asks_for_it_politely_too(name: str) -> None:
    for language, asks in (("en", "please"), ("ko", "좀")):
        first, *others = catalogue(language).listed(f"command.{name}")
        for word in others:
            assert meaning(word) == meaning(f"{word} {asks}") == meaning(first), word


def test_no_phrase_is_longer_than_what_is_looked_up() -> None:
    words = command_words()
    for phrases in (words.requests, words.searches, words.beside, words.asking, words.dates.times, words.languages):
        assert max(phrase.count(" ") + 1 for phrase in phrases.meanings) <= LONGEST_PHRASE


@given(st.dates(date(2007, 4, 1), date(2100, 1, 1)))
@example(date(2024, 2, 29))
def test_a_date_with_its_year_means_that_day_however_it_is_written(when: date) -> None:
    english = catalogue("en")
    for written in (
        when.isoformat(),
        f"{when:%Y%m%d}",
        f"{when.day} {english.listed('dates.months')[when.month - 1]} {when.year}",
        english.short_date(when),
        english.long_date(when).partition(", ")[2],
        catalogue("ko").short_date(when),
        f"{when.year}. {when.month}. {when.day}.",
        f"https://huggingface.co/papers/date/{when}",
    ):
        assert meaning(written) == day(when.month, when.day, year=when.year), written


@given(st.dates(date(2007, 4, 1), date(2100, 1, 1)), st.dates(date(2015, 1, 1), date(2099, 1, 1)))
def test_a_date_without_a_year_is_the_one_within_two_weeks_or_else_the_last(when: date, today: date) -> None:
    for written in (f"{when:%B} {when.day}", f"{when.month}월 {when.day}일", f"{when.month}/{when.day}"):
        read = meaning(written, today)
        assert isinstance(read, ShowDays), written
        found = read.days.first
        assert found is not None
        assert found == read.days.last
        assert (found.month, found.day) == (when.month, when.day)
        assert found - today <= timedelta(14)
        assert today - found < timedelta(8 * 366 if when.month == 2 and when.day == 29 else 366)


@given(st.dates(date(2015, 1, 1), date(2099, 1, 1)), st.integers(1, 14))
def test_a_date_up_to_two_weeks_ahead_is_that_day_also_across_new_year(today: date, ahead: int) -> None:
    when = today + timedelta(ahead)
    for written in (f"{when:%B} {when.day}", f"{when.month}월 {when.day}일", f"{when.month}/{when.day}"):
        read = meaning(written, today)
        assert isinstance(read, ShowDays), written
        assert read.days.first == read.days.last == when


@given(st.integers(13, 31), st.integers(1, 31), st.integers(2007, 2099))
def test_no_number_becomes_a_month_that_is_none(month: int, day_of_month: int, year: int) -> None:
    for written in (f"{year}-{month}-{day_of_month}", f"{year}년 {month}월 {day_of_month}일"):
        assert meaning(written) == NoSuchDate(written)


@given(st.integers(0, 99999), st.integers(1501, 2407).filter(lambda yymm: 1 <= yymm % 100 <= 12))
def test_an_id_is_found_again_behind_each_single_slip(number: int, yymm: int) -> None:
    whole, digits = f"{yymm}.{number:05}", f"{number:05}"
    for slip in (
        f"{yymm} {digits}",
        f"{yymm}-{digits}",
        f"{yymm},{digits}",
        f"{yymm}..{digits}",
        f"{yymm}{digits}",
        f"arxiv{whole}",
        whole[:-1],
    ):
        read = meaning(slip)
        assert isinstance(read, SuggestPapers), slip
        assert PaperRef(whole) in read.refs, slip


AMONG = (
    "2407.21017 save 저장해줘 today 7월 ? 31 diffusion 목록 태그 done note in korean <https://github.com/x/y|z> find"
    " 검색 2407 21017"
)


@given(st.lists(st.sampled_from(AMONG.split())))
def test_an_id_is_never_lost_among_words_but_where_it_is_searched_for(words: list[str]) -> None:
    match meaning(" ".join(words)):
        case SearchPapers():
            assert "2407.21017" not in words or {"search", "검색"} & {*words}
        case ShowPapers(refs) | SavePapers(refs) | CitePapers(refs) | SetState(refs) | TagPapers(refs) | AskAbout(refs):
            assert "2407.21017" in words
            assert PaperRef("2407.21017") in refs


HOSTILE = (
    st.text()
    | st.text(alphabet="<>|&;:/?#@!.,-0123456789 oOlI년월일전주arxivhtp", max_size=200)
    | st.lists(st.sampled_from([word for text in TABLE for word in text.split()]), max_size=30).map(" ".join)
)


@given(HOSTILE)
@example("\ud800")
@example("list ²")
@example("list ①")
@example("\u202e")
@example("٣ days ago")
@example("https://[")
@example("https://huggingface.co/papers?" + "&" * 300 + "date=x")
@example("9" * 10_000)
@example("a" * 100_000)
@example("/" * 10_000)
@example("top " + "9" * 5000)
@example("0000-00-00")
@example("week 99")
def test_whatever_is_typed_means_something_and_what_is_quoted_of_it_is_short(text: str) -> None:
    command = meaning(text)
    for told in ("ignored", "typed", "detail", "unknown"):
        assert len(getattr(command, told, None) or "") <= 60
    match command:
        case ShowList(_, page):
            assert page >= 1
        case ShowList(wanted):
            assert ListFilter.parse(str(wanted)) == wanted
        case ShowPapers(refs) | SavePapers(refs) | RemovePapers(refs) | SharePapers(refs) | AskAbout(refs):
            assert refs
        case TagPapers(refs, tags):
            assert refs
            assert len(tags) <= 20
        case ShowDays(DaysWanted(first, last), top):
            assert (first is None) == (last is None)
            assert first is None or last is None or first <= last
            assert top is None or top >= 1
        case OpenLinks(urls):
            assert 1 <= len(urls) <= 5
            assert all(url.startswith(("https://", "http://")) or "://" in url for url in urls)


def test_a_page_far_beyond_any_list_is_still_a_page() -> None:
    asked = meaning("list " + "9" * 5000)
    assert isinstance(asked, ShowList)
    assert asked.page >= 999_999


def test_the_last_day_of_the_calendar_has_no_tomorrow() -> None:
    assert meaning("tomorrow", date.max) == NoSuchDate("tomorrow")
    assert meaning("3000 weeks ago", date.min) == NoSuchDate("3000 weeks ago")
    assert isinstance(meaning("this week", date.max), ShowDays | NoSuchDate)


def work(text: str) -> int:
    """The number of calls that reading a text takes."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        parse_command(text, command_words(), today=TODAY)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize(
    "piece",
    [
        "word ",
        "2407.21017 ",
        "저장해줘 ",
        "today ",
        "https://github.com/x/y ",
        "show me ",
        "3일 ",
        "<@U1|x> ",
        "& ",
        "in ",
        "note ",
        "태그 ",
        "목록 ",
    ],
)
def test_reading_takes_work_in_proportion_to_what_is_typed(piece: str) -> None:
    command_words()
    once, twice = work(piece * 500), work(piece * 1000)
    assert twice <= 2.2 * once + 500


@pytest.mark.parametrize(
    ("text", "there", "first", "last"),
    [
        ("today", "2024-08-01", "2024-07-31", "2024-07-31"),
        ("오늘", "2024-08-01", "2024-07-31", "2024-07-31"),
        ("yesterday", "2024-08-01", "2024-07-31", "2024-07-31"),
        ("어제", "2024-08-01", "2024-07-31", "2024-07-31"),
        ("tomorrow", "2024-08-01", "2024-08-02", "2024-08-02"),
        ("1 August", "2024-08-01", "2024-08-01", "2024-08-01"),
        ("31 July to 1 August", "2024-08-01", "2024-07-31", "2024-08-01"),
        ("thursday", "2024-08-01", "2024-08-01", "2024-08-01"),
        ("last 3 days", "2024-08-01", "2024-07-29", "2024-07-31"),
        ("today", "2024-07-30", "2024-07-30", "2024-07-30"),
        ("yesterday", "2024-07-30", "2024-07-29", "2024-07-29"),
        ("31 July", "2024-07-31", "2024-07-31", "2024-07-31"),
    ],
)
def test_days_are_those_of_whoever_asks_and_today_is_one_that_may_have_a_list(
    text: str, there: str, first: str, last: str
) -> None:
    """The day is July 31 in UTC."""
    command = parse_command_about_days(text, command_words(), there=date.fromisoformat(there), today=date(2024, 7, 31))
    assert isinstance(command, ShowDays)
    assert (command.days.first, command.days.last) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("verb", ["저장", "삭제", "공유"])
@pytest.mark.parametrize(
    "said",
    [
        "그만", "그만해", "안함", "안할래", "안해도 돼", "못 해", "못해", "금지", "필요 없어", "필요없어요", "싫어",
        "하지말아주세요", "하지 말아 주세요", "하지 말자", "하지마십시오", "하지는 마세요", "하지 않아도 돼",
        "하면안돼요",
        "아니야", "보류", "ㄴㄴ", "없이 보여줘", "안됨", "안돼요", "실패", "오류", "방법", "여부",
    ],
)  # fmt: skip
def test_what_says_behind_a_korean_verb_that_it_is_not_asked_for_is_heeded(verb: str, said: str) -> None:
    assert isinstance(parse_command(f"2407.21017 {verb} {said}", command_words(), today=TODAY), ShowPapers | AskAbout)


@pytest.mark.parametrize(
    "text",
    [
        "save nothing of 2407.21017",
        "save everything except 2407.21017",
        "remove all but 2407.21017",
        "save isn't working 2407.21017",
        "save failed 2407.21017",
        "remove is broken for 2407.21017",
        "save doesn't work 2407.21017",
        "2407.21017 remove can't be undone",
        "2407.21017 삭제 취소",
        "2407.21017 제거 취소해줘",
        "2407.21017 공유취소",
        "2407.21017 공유 알려줘",
        "2407.21017 공유 설명해줘",
        "2407.21017 저장 설명",
        "2407.21017 공유 형식",
        "what is share 2407.21017",
        "explain share 2407.21017",
        "tell me about save 2407.21017",
        "about remove 2407.21017",
    ],
)
def test_what_takes_a_verb_back_or_tells_that_it_fails_does_nothing(text: str) -> None:
    assert isinstance(parse_command(text, command_words(), today=TODAY), ShowPapers | AskAbout)


def test_a_title_beside_a_verb_takes_nothing_back() -> None:
    for text in ("save 2407.21017 Broken Neural Scaling Laws", "저장 2407.21017 새로운 오류 역전파 방법"):
        assert isinstance(parse_command(text, command_words(), today=TODAY), SavePapers)
