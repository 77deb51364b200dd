"""One example of every message and view, to ask Slack whether it would take it.

Every function that makes a message or a view is called with examples of what it wants, known by their types and names,
so that a new one is among them without being listed.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

import bot.messages
from bot.errors import NotInvited
from bot.messages.digest_notes import PostedEarlier
from bot.messages.files import OtherFormats
from bot.messages.message import Message
from bot.messages.team import TeamWeekPapers
from bot.rules.budget import Spent
from bot.rules.channel_changes import PostedNow
from bot.rules.channels import Change, Channel, ChannelSettings, Layout
from bot.rules.editions import daily_edition
from bot.rules.entry_points import closed_entry_points
from bot.rules.feedback import Rating
from bot.rules.home import Home, HomeChannel, HomeChannels, HomeState, ListShown, PaperOfDay, TopOfDay
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import ListFilter
from bot.rules.my_settings import MySettings
from bot.rules.outbox import Undelivered
from bot.rules.paper_news import NewsKind, PaperNews
from bot.rules.papers import (
    EmptyDay,
    ListedPaper,
    NotOpenYet,
    Origin,
    Paper,
    Reading,
    ReadSource,
    Section,
    Summary,
    Takeaway,
    TakeawayOrigin,
)
from bot.rules.permissions import Denial
from bot.rules.personal_data import DataKind
from bot.rules.questions import Passage, QuestionAnswer, QuestionLimit
from bot.rules.reading_list import OfferedPapers, ReadingState, SavedPaper, StayReason
from bot.rules.reminders import RemindedPapers, Reminder, ReminderPreference, SuggestedPaper, WaitingPaper
from bot.rules.reports import Complaint, Report
from bot.rules.saved_paper_form import FormProblem
from bot.rules.search_query import parse_query
from bot.rules.selection import ChosenDay, Delay
from bot.rules.settings_form import OpenForm
from bot.rules.shown_days import BestOfDays, DaysShown
from bot.rules.team import SavesTold, Talk, TeamPaper, TeamWeek

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import ModuleType

# What only prepares or renders what the other modules say.
_WITHOUT_MESSAGES = frozenset({"as_text", "message", "paper_text", "samples"})
_RETURNED = frozenset({"Message", "Block", "tuple[DigestMessage, ...]"})
_DAY = date(2024, 7, 31)
_NOON = datetime(2024, 7, 31, 12, tzinfo=UTC)
_PAPER = Paper(
    id="2407.21017",
    title="Matting by Generation",
    authors=("Zhixiang Wang", "Baiang Li", "Jian Wang", "Yu-Lun Liu", "Jinwei Gu", "Yung-Yu Chuang", "Shin'ichi Satoh"),
    abstract="This paper introduces an approach to image matting that redefines it as generation. " * 4,
    published=date(2024, 7, 30),
    arxiv_version=1,
    thumbnail_url="https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2407.21017.png",
    code_url="https://github.com/lightChaserX/MattingByGeneration",
    project_url="https://lightchaserx.github.io/matting-by-generation/",
)


def _summary(language: str) -> Summary:
    sections = {
        Section.WHATS_NEW: "Matting is redefined as generation.",
        Section.TECHNICAL_DETAILS: "A latent diffusion model is given the image and, where there is one, a hint.",
    }
    return Summary(
        paper_id=_PAPER.id,
        language=language,
        sections=tuple(sections.items()),
        origin=Origin.EXTRACT,
        made_by="extract",
        read=ReadSource.ABSTRACT,
        made_at=_NOON,
        arxiv_version=1,
    )


_LISTED = ListedPaper(paper=_PAPER, votes=53)
_SAVED = SavedPaper(_PAPER, _NOON, note="For the related work.", tags=("matting", "to cite"), votes=53)
_LIST = ListShown(
    entries=(_SAVED,) * 10,
    total=23,
    by_state={ReadingState.TO_READ: 23},
    tags=(("matting", 2),),
    removed=_PAPER,
)
_EARLIER = (PostedEarlier(_LISTED, _PAPER.url),)
_CHANNEL = Channel(
    "T0000000001", "C0000000001", ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10), owner="U0000000001"
)
# By the type a parameter wants.
_OF_TYPE: dict[str, object] = {
    "Paper": _PAPER,
    "ListedPaper": _LISTED,
    "Sequence[ListedPaper]": (_LISTED,) * 10,
    "Sequence[ChosenDay]": (
        ChosenDay(_DAY, (_LISTED,) * 10, 23, _NOON, delay=Delay.MISSED),
        ChosenDay(_DAY, (_LISTED,) * 10, 23, _NOON),
    ),
    "ChosenDay": ChosenDay(_DAY, (_LISTED,) * 10, 23, _NOON),
    "Mapping[str, Takeaway]": {_PAPER.id: Takeaway("Matting is redefined as generation.", "en", TakeawayOrigin.FEED)},
    "Takeaway": Takeaway("Matting is redefined as generation.", "en", TakeawayOrigin.FEED),
    "Layout": Layout.DIGEST,
    "Sequence[PostedEarlier]": _EARLIER,
    "Reminder": Reminder(
        papers=RemindedPapers((_PAPER.id,), (_PAPER.id,), (_PAPER.id,)),
        unread=12,
        suggested=(SuggestedPaper(_PAPER, WaitingPaper(_PAPER.id, _NOON, votes=53, words=1380)),) * 3,
        stale=(_PAPER,) * 7,
        archived=2,
        news=((_PAPER, tuple(PaperNews(kind, _NOON, 3, _PAPER.code_url) for kind in NewsKind)),),
        preference=ReminderPreference(is_on=True),
        next_at=_NOON,
    ),
    "ReminderPreference": ReminderPreference(is_on=True),
    "Sequence[SavedPaper]": (_SAVED,) * 10,
    "Sequence[Without]": (EmptyDay(_DAY),),
    "NotOpenYet | Unreachable": NotOpenYet(_DAY),
    "Summary": _summary("en"),
    "Sequence[Paper]": (_PAPER,),
    "Sequence[tuple[str, str]]": ((_PAPER.id, _PAPER.title), ("2407.21071", "")),
    "Sequence[tuple[int | None, str, str]]": ((1, _PAPER.id, _PAPER.title), (None, "2407.21071", "")),
    "Sequence[str]": (_PAPER.id, "latest", "image matting"),
    "Collection[str]": (_PAPER.id,),
    "SearchQuery": parse_query("matting since:2024 author:wang from:bob"),
    "Sequence[Reading]": (Reading(_PAPER, _LISTED, None, Takeaway("It cuts out.", "en", TakeawayOrigin.FEED)),) * 8,
    "OfferedPapers": OfferedPapers((_PAPER.id,)),
    "Channel": _CHANNEL,
    "BestOfDays": BestOfDays((_DAY,), ((_LISTED, _DAY),) * 12, 23, True, read_at=_NOON),
    "DaysShown": DaysShown(_DAY, _DAY),
    "TeamWeekPapers": TeamWeekPapers(
        TeamWeek((TeamPaper(_PAPER.id, SavesTold(4, ("Ana", "Ben")), Talk(_PAPER.id, 2, 1, 1)),)),
        {_PAPER.id: _PAPER},
        {_PAPER.id: _PAPER.url},
    ),
    "WithoutPapers": EmptyDay(_DAY),
    "Sequence[ClosedEntryPoint]": closed_entry_points(frozenset({"chat:write", "commands"})),
    "Home": Home(
        TopOfDay(_DAY, "https://huggingface.co/papers", (PaperOfDay(_LISTED),) * 10, 23),
        frozenset({_PAPER.id}),
        _LIST,
        HomeChannels((HomeChannel(_CHANNEL, may_change=True),)),
        "en",
    ),
    "HomeState": HomeState(teaches=True),
    "SavedPaper": _SAVED,
    "ReadingState": ReadingState.DONE,
    "ListShown": _LIST,
    "Collection[StayReason]": (StayReason.NOTE,),
    "ListFilter": ListFilter(tag="matting", words="hair"),
    "Sequence[tuple[str, int]]": (("matting", 2), ("to cite", 1)),
    "Mapping[str, FormProblem]": {"tags": FormProblem.TAG_TOO_LONG},
    "OpenForm": OpenForm(_CHANNEL.id),
    "Sequence[Change]": (Change(1, "U0000000001", _NOON, "top", "10", "5"),),
    "Denial": Denial.GUEST,
    "Report": Report("T1", "U0000000001", _PAPER.id, "en", Complaint.NUMBERS, "53 is 35", _NOON),
    "PaperboyError": NotInvited(),
    "Message": Message.of("_sentence", "en", sentence="Example."),
    "Rating": Rating.NOT_HELPFUL,
    "QuestionAnswer": QuestionAnswer(
        (
            Passage("3 Method", ("The model is trained on 10,000 pictures of hair and fur.",)),
            Passage("4 Results", ("Model | Error |", "Ours | 24.1 |")),
        ),
        ReadSource.FULL_TEXT,
        2,
    ),
    "QuestionLimit": QuestionLimit.HOUR,
    "PostedNow": PostedNow(is_served=True, count=10),
    "Spent": Spent(requests=3, input_tokens=900, output_tokens=120, dollars=0.02),
    "Undelivered": Undelivered("C0000000001", daily_edition(_DAY), 11, 1, 1, "msg_too_long", _DAY, _NOON),
    "date": _DAY,
    "ListEmoji": ListEmoji(("bookmark", "star")),
    "MySettings": MySettings("ko", shows_name=True, weekday=0),
    "Mapping[DataKind, int]": dict.fromkeys(DataKind, 2),
    "datetime": _NOON,
    "tzinfo": UTC,
    "bool": True,
    "int": 2,
    "OtherFormats": OtherFormats((("ris", "RIS"), ("csl", "CSL-JSON")), _PAPER.id),
}
# By the name of a parameter, or by that of its function as well.
_NAMED: dict[str, object] = {
    "list_url": "https://huggingface.co/papers/date/2024-07-31",
    "source_url": "https://huggingface.co",
    "emoji": "bookmark",
    "user_id": "U0000000001",
    "unknown": "lst",
    "suggestion": "list",
    "ids": (_PAPER.id, "1706.03762"),
    "reference": "a1b2c3",
    "error": "is_archived",
    "about": "Your reading list as BibTeX: 40 papers.",
    "command": "paperboy export --user U0000000001 --format bibtex",
    "format_name": "BibTeX",
    "text_to_copy.text": "@misc{wang-2407.21017,\n  title = {Matting by Generation},\n}\n",
    "references.text": "@misc{wang-2407.21017,\n  title = {Matting by Generation},\n}\n",
    "channel": _CHANNEL.id,
    "channels": (_CHANNEL.id,),
    "verb": "save",
    "code": "ko",
    "spoken": "en",
    "news": "saved",
    "reason": "",
    "causes": {"unusable": 2},
    "second": _summary("ko"),
    "outcome.key": "failed",
    "import_done.skipped": (("A paper without an ID", "no_arxiv_id"),),
    "news.key": "no_preview",
    "emoji_notice_modal.key": "checking",
    "report_result_modal.key": "working",
    "report_result.key": "working",
    "overview.news": None,
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A message or else a view of Paperboy's, by the name of its function; None where no example is known."""

    name: str
    payload: dict[str, Any] | None
    is_view: bool


def samples(language: str) -> Iterator[Sample]:
    """An example of every message and view, as Slack would get it."""
    for function in _message_functions():
        try:
            message = function(**_arguments(function, language))
        except LookupError:
            message = None
        if isinstance(message, tuple):
            message = message[0].message
        payload = message.to_payload() if isinstance(message, Message) else message
        yield Sample(function.__name__, payload, not isinstance(message, Message))


def _message_functions() -> Iterator[Callable[..., Any]]:
    for module in _modules():
        for name, thing in vars(module).items():
            is_its_own = inspect.isfunction(thing) and thing.__module__ == module.__name__
            if is_its_own and not name.startswith("_") and thing.__annotations__.get("return") in _RETURNED:
                yield thing


def _modules() -> Iterator[ModuleType]:
    for each in iter_modules(bot.messages.__path__):
        if each.name not in _WITHOUT_MESSAGES:
            yield import_module(f"bot.messages.{each.name}")


def _arguments(function: Callable[..., Any], language: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            continue
        wanted = str(parameter.annotation).removesuffix(" | None")
        known = {**_NAMED, "language": language}
        is_needed = parameter.default is inspect.Parameter.empty
        for key, examples in ((f"{function.__name__}.{name}", known), (wanted, _OF_TYPE), (name, known)):
            if key in examples:
                found[name] = examples[key]
                break
        else:
            if is_needed and wanted != "str":
                raise LookupError(f"no example of {name}: {wanted} for {function.__name__}")
            if is_needed:
                found[name] = "example"
    return found
