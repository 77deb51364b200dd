"""What Paperboy says: true, legible, inert, and within what Slack takes."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from syrupy.extensions.json import JSONSnapshotExtension

from bot.errors import NotADate, NotAPaperId, PaperboyError, PaperUnknown, SourceUnreachable
from bot.exports.bibtex import bibtex
from bot.imports.entries import SkipReason
from bot.messages import (
    answers,
    cards,
    digest_notes,
    files,
    imports,
    link_previews,
    lists,
    notices,
    papers_in_message,
    questions,
    search,
    summaries,
    team,
)
from bot.messages import help as help_messages
from bot.messages import reading_list as list_messages
from bot.messages.answers import format_error
from bot.messages.daily_digest import digest_messages, with_votes
from bot.messages.emoji_settings import emoji_in_use
from bot.messages.help import help_text, links_taken, needs_paper
from bot.messages.message import Message, without_images
from bot.messages.my_settings import my_settings
from bot.messages.paper_text import feed_facts
from bot.messages.personal_data import erased, erasure_offered
from bot.rules.budget import Spent
from bot.rules.channels import Layout
from bot.rules.editions import daily_edition
from bot.rules.entry_points import closed_entry_points
from bot.rules.feedback import Rating
from bot.rules.home import ListShown
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import WHOLE_LIST, ListFilter, ListOrder
from bot.rules.list_texts import clean_note, clean_tag
from bot.rules.list_view import ListView
from bot.rules.my_settings import MySettings
from bot.rules.outbox import Undelivered
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
    Unreachable,
)
from bot.rules.personal_data import DataKind
from bot.rules.questions import ABSTRACT, NoModelAnswer, Passage, QuestionAnswer, QuestionLimit
from bot.rules.reading_list import ReadingState, SavedPaper, SaveKind, SaveOrigin, StayReason
from bot.rules.reports import Complaint, Report
from bot.rules.search_query import parse_query
from bot.rules.selection import ChosenDay, Delay, NothingFitting, NothingNew, NothingYet
from bot.rules.team import SavesTold, Talk, TeamPaper, TeamWeek
from bot.slack.manifest import SCOPES
from bot.slack_emulator.blocks import message_problems
from bot.templating.catalogues import catalogue, languages
from bot.templating.command_words import subcommands
from bot.text.clean import clean_text
from bot.use_cases.paper_imports import NotImported
from handlers.answers import explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from syrupy.assertion import SnapshotAssertion

RECORDED = os.environ.get("PAPERBOY_RECORDED_DATA")
needs_recorded_data = pytest.mark.skipif(RECORDED is None, reason="PAPERBOY_RECORDED_DATA is not set")

DAY = date(2024, 7, 31)
NOON = datetime(2024, 7, 31, 12, tzinfo=UTC)
SOURCE = "https://huggingface.co"
LIST = f"{SOURCE}/papers/date/2024-07-31"

MATTING = Paper(
    id="2407.21017",
    title="Matting by Generation",
    authors=("Zhixiang Wang", "Baiang Li", "Jian Wang", "Yu-Lun Liu", "Jinwei Gu", "Yung-Yu Chuang", "Shin'ichi Satoh"),
    abstract="This paper introduces an approach to image matting that redefines it as generation.",
    published=date(2024, 7, 30),
    arxiv_version=1,
    thumbnail_url="https://cdn-thumbnails.huggingface.co/social-thumbnails/papers/2407.21017.png",
    code_url="https://github.com/example/matting",
    project_url="https://lightchaserx.github.io/matting-by-generation/",
    organization="Example University",
)
EXTRACT = Summary(
    paper_id="2407.21017",
    language="en",
    sections=(
        (Section.WHATS_NEW, "This paper introduces an approach to image matting."),
        (Section.TECHNICAL_DETAILS, "A latent diffusion model is given the image and, where there is one, a hint."),
    ),
    origin=Origin.EXTRACT,
    made_by="extract",
    read=ReadSource.ABSTRACT,
    made_at=NOON,
    arxiv_version=1,
)
EMOJI = ListEmoji(("bookmark",))
LISTED = ListedPaper(paper=MATTING, votes=53)
KNOWN = ListedPaper(
    paper=replace(MATTING, id="2407.21018", keywords=("image matting", "latent diffusion", "SAM"), code_stars=1234),
    votes=1_057,
    comments=5,
)
SENTENCE = Takeaway("Matting is redefined as generation.", "en", TakeawayOrigin.ABSTRACT)
FEEDS = Takeaway("It redefines matting.", "ko", TakeawayOrigin.FEED)
OLD = Paper(id="hep-th/9901001", title="A Paper of Old", authors=())
AT_0905 = datetime(2024, 8, 1, 9, 5, tzinfo=ZoneInfo("Asia/Seoul"))
SATURDAY = EmptyDay(date(2024, 8, 3))
DELETED = replace(MATTING, withdrawn=True, abstract="", thumbnail_url=None, code_url=None, project_url=None)


def undelivered(refused: int, unknown: int, *, day: date | None = DAY, language: str) -> Message:
    told = Undelivered("C1", daily_edition(DAY), 4, refused, unknown, "no_text" if refused else "", day, NOON)
    return notices.messages_undelivered(undelivered=told, language=language)


def found(typed: str, total: int, *, page: int = 1, language: str) -> Message:
    hits = [Reading(MATTING, LISTED, EXTRACT, SENTENCE), Reading(OLD, None, None)] if total else []
    return search.found_papers(
        typed=typed,
        query=parse_query(typed),
        hits=hits,
        page=page,
        pages=3 if total else 1,
        total=total,
        is_complete=total > 0,
        emoji="bookmark",
        language=language,
    )


TEAM_WEEK = team.TeamWeekPapers(
    TeamWeek(
        (
            TeamPaper(MATTING.id, SavesTold(4, ("Ana Ruiz", "김지민")), Talk(MATTING.id, questions=2, shares=1)),
            TeamPaper("2408.00001", SavesTold(None, ("Ana Ruiz",))),
            TeamPaper("2408.00002", SavesTold(2, ("Ana Ruiz", "Ben"))),
        ),
        (TeamPaper("2408.00003", talk=Talk("2408.00003", links=1, shares=2)),),
        (TeamPaper("2408.00004", SavesTold(3)),),
    ),
    {
        MATTING.id: MATTING,
        **{
            f"2408.0000{number}": Paper(f"2408.0000{number}", f"Paper {number}", ("Ana Ruiz", "Ben", "Cho"))
            for number in range(1, 5)
        },
    },
    {
        MATTING.id: "https://reading-room.slack.com/archives/C1/p1",
        **{f"2408.0000{number}": f"https://arxiv.org/abs/2408.0000{number}" for number in range(1, 5)},
    },
)


SAYS: dict[str, Callable[[str], Message]] = {
    "digest": lambda language: header([LISTED, ListedPaper(OLD, 1)], listed=23, language=language),
    "digest_of_one": lambda language: header([LISTED], listed=1, language=language),
    "digest_with_all_facts": lambda language: header(
        [KNOWN, LISTED], listed=2, language=language, takeaways={"2407.21018": SENTENCE, "2407.21017": FEEDS}
    ),
    "digest_alone": lambda language: header([KNOWN, LISTED], listed=9, language=language, layout=Layout.DIGEST),
    "digest_continued": lambda language: day_digest([LISTED] * 25, listed=30, language=language)[1],
    "paper_card": lambda language: card(language=language, rank=1),
    "paper_card_private": lambda language: card(language=language, listed=None, private=True),
    "paper_card_withdrawn": lambda language: card(language=language, listed=None, paper=DELETED, summary=None),
    "paper_card_bare": lambda language: card(language=language, listed=None, paper=OLD, summary=None),
    "shared_card": lambda language: cards.shared_card(
        user_id="U1", paper=MATTING, listed=LISTED, summary=EXTRACT, language=language
    ),
    "reading_list": lambda language: reading_list(2, total=21, page=2, language=language),
    "reading_list_empty": lambda language: reading_list(0, total=0, page=1, language=language),
    "reading_list_part": lambda language: list_messages.reading_list(
        ListShown(
            ListFilter(frozenset({ReadingState.READING}), "to cite", "matting", ListOrder.VOTES),
            (
                SavedPaper(
                    MATTING,
                    NOON,
                    ReadingState.READING,
                    "Compare with X.\nThen cite.",
                    ("to cite", "확산"),
                    53,
                    SaveOrigin(SaveKind.REACTION, "C0000000001", "1.0", "bookmark"),
                ),
            ),
            1,
            1,
            {ReadingState.READING: 3, ReadingState.ARCHIVED: 2},
            (("rl", 3),),
            removed=OLD,
        ),
        language=language,
        emoji="bookmark",
    ),
    "reading_list_part_empty": lambda language: list_messages.reading_list(
        ListShown(ListFilter(words="<!channel> *now*"), by_state={ReadingState.READING: 3}),
        language=language,
        emoji="bookmark",
    ),
    "reading_list_archived": lambda language: list_messages.reading_list(
        ListShown(by_state={ReadingState.ARCHIVED: 3}), language=language, emoji="bookmark"
    ),
    "saved_undo": lambda language: lists.saved(
        paper=MATTING,
        total=3,
        undo=str(SaveOrigin(SaveKind.CLICK, "C0000000001", "1722384600.000100")),
        language=language,
    ),
    "restored": lambda language: lists.restored(paper=MATTING, language=language),
    "save_undone": lambda language: lists.save_undone(papers=[MATTING], language=language),
    "several_saved": lambda language: lists.several_saved(papers=[MATTING, OLD], language=language),
    **{
        f"state_set_{state}": partial(
            lambda state, language: lists.state_set(papers=[MATTING, OLD, OLD], state=state, language=language), state
        )
        for state in ReadingState
    },
    **{
        f"stays_{reason}": partial(
            lambda reason, language: lists.stays(
                papers=[MATTING], because={reason}, state=ReadingState.READING, language=language
            ),
            reason,
        )
        for reason in StayReason
    },
    "noted": lambda language: lists.noted(
        entry=SavedPaper(MATTING, NOON, note="Compare with <!channel>.", tags=("rl", "확산")), language=language
    ),
    "noted_nothing": lambda language: lists.noted(entry=SavedPaper(MATTING, NOON), language=language, is_changed=False),
    "note_full": lambda language: lists.note_full(paper=MATTING, most=2000, language=language),
    "nothing_to_undo": lambda language: lists.nothing_to_undo(language=language),
    "brought_back": lambda language: lists.brought_back(count=12, language=language),
    "asks_to_clear": lambda language: lists.asks_to_clear(count=12, language=language),
    **{
        f"asks_to_set_states_{state}": partial(
            lambda state, language: lists.asks_to_set_states(
                count=12, state=state, value=f"{state} tag:rl", language=language
            ),
            state,
        )
        for state in ReadingState
    },
    **{
        f"states_set_{state}": partial(
            lambda state, language: lists.states_set(
                count=1, state=state, undo=f"{state} 2024-08-01T00:10:00+00:00", language=language
            ),
            state,
        )
        for state in ReadingState
    },
    "cleared": lambda language: lists.cleared(count=12, undo="2024-08-01T00:10:00+00:00", language=language),
    "nothing_to_change": lambda language: lists.nothing_to_change(language=language),
    "left_as_it_was": lambda language: lists.left_as_it_was(language=language),
    "reading_list_page_gone": lambda language: reading_list(0, total=20, page=3, language=language),
    "help_text": lambda language: help_text(emoji=EMOJI, language=language),
    "language_not_written": lambda language: answers.language_not_written(name="French", language=language),
    "searching_arxiv": lambda language: answers.searching_arxiv(language=language),
    "found_papers": lambda language: found("matting since:2024 from:bob", 20, page=2, language=language),
    "found_papers_none": lambda language: found("mating", 0, language=language),
    "found_papers_on_my_list": lambda language: found("mating from:me", 0, language=language),
    "found_papers_no_words": lambda language: found("…", 0, language=language),
    "found_on_arxiv": lambda language: search.found_on_arxiv(typed="matting", papers=[MATTING, OLD], language=language),
    "found_on_arxiv_none": lambda language: search.found_on_arxiv(typed="mating", papers=[], language=language),
    "looking_up": lambda language: answers.looking_up(ids=["2407.21017"], language=language),
    "looking_up_many": lambda language: answers.looking_up(ids=["2407.21017", "1706.03762"], more=3, language=language),
    "with_ignored": lambda language: answers.with_ignored(
        lists.saved(paper=MATTING, total=3, language=language), words="for <!channel> *now*", language=language
    ),
    "links_taken": lambda language: links_taken(url="https://openreview.net/forum?id=kiOxNsrpQy", language=language),
    "needs_paper": lambda language: needs_paper(verb="save", language=language),
    "needs_paper_to_show": lambda language: needs_paper(verb="", language=language, is_command=False),
    "no_such_language": lambda language: answers.no_such_language(name="klingon", language=language),
    "choice_unknown": lambda language: cards.choice_unknown(language=language),
    "saved": lambda language: lists.saved(paper=MATTING, total=3, language=language),
    "already_saved": lambda language: lists.already_saved(paper=MATTING, total=3, language=language),
    "removed": lambda language: lists.removed(paper=MATTING, total=2, language=language),
    "removed_last": lambda language: lists.removed(paper=MATTING, total=0, language=language),
    "not_saved": lambda language: lists.not_saved(paper=MATTING, language=language),
    "shared": lambda language: cards.shared(paper=MATTING, language=language),
    "details": lambda language: cards.details(paper=MATTING, language=language),
    "details_missing": lambda language: cards.details(paper=OLD, language=language),
    "failure": lambda language: answers.failure(
        error=NotAPaperId(text="the one about mats"), reference="a1b2c3", language=language
    ),
    "digest_as_of": lambda language: header([LISTED], listed=9, language=language, as_of=AT_0905),
    "catch_up": lambda language: catch_up([[LISTED, ListedPaper(OLD, 1)], [LISTED]], language=language)[0],
    "catch_up_by_choice": lambda language: catch_up(
        [[LISTED], [LISTED], [LISTED]], delays=[Delay.LEFT_OUT, Delay.MISSED], language=language
    )[0],
    "catch_up_as_of": lambda language: catch_up([[LISTED]] * 3, language=language, as_of=AT_0905)[0],
    "paper_card_of_a_day": lambda language: cards.paper_card(
        listed=LISTED, paper=OLD, summary=None, language=language, rank=2, rank_on=DAY
    ),
    "day_note_empty": lambda language: digest_notes.day_note(without=[SATURDAY], waiting=None, language=language),
    "day_note_nothing_new": lambda language: digest_notes.day_note(
        without=[NothingNew(DAY)], waiting=None, language=language
    ),
    "day_note_not_open": lambda language: digest_notes.day_note(
        without=[SATURDAY], waiting=NotOpenYet(date(2024, 8, 4)), language=language
    ),
    "day_note_unreachable": lambda language: digest_notes.day_note(
        without=[], waiting=Unreachable(DAY, "503"), language=language
    ),
    "serving_failed": lambda language: notices.serving_failed(channel="C1", reference="a1b2c3", language=language),
    "not_set_up": lambda language: notices.not_set_up(channels=["C1", "C2"], language=language),
    "closed_entry_points": lambda language: notices.closed_entry_points(
        closed=closed_entry_points(frozenset(SCOPES)), language=language
    ),
    "budget_spent": lambda language: notices.budget_spent(spent=Spent(80, 900_000, 100_000, 1.5), language=language),
    "summaries_given_up": lambda language: notices.summaries_given_up(causes={"unusable": 2}, language=language),
    "summary_reported": lambda language: notices.summary_reported(
        report=Report("T1", "U0000000001", MATTING.id, "en", Complaint.NUMBERS, "53 is 35", NOON),
        paper=MATTING,
        is_rewritten=True,
        language=language,
    ),
    "paper_card_by_model": lambda language: card(
        language=language,
        listed=KNOWN,
        paper=KNOWN.paper,
        summary=replace(EXTRACT, origin=Origin.MODEL, made_by="scripted", read=ReadSource.FULL_TEXT),
    ),
    "feedback_noted": lambda language: summaries.feedback_noted(
        rating=Rating.HELPFUL, paper=MATTING, spoken="en", language=language
    ),
    "feedback_noted_not_helpful": lambda language: summaries.feedback_noted(
        rating=Rating.NOT_HELPFUL, paper=MATTING, spoken="ko", language=language
    ),
    "source_away": lambda language: notices.source_away(day=date(2026, 8, 20), language=language),
    "messages_undelivered": lambda language: undelivered(3, 0, language=language),
    "messages_undelivered_unknown": lambda language: undelivered(0, 2, language=language),
    "messages_undelivered_both": lambda language: undelivered(1, 1, day=None, language=language),
    "message_doubled": lambda language: notices.message_doubled(channel="C1", is_repaired=True, language=language),
    "message_doubled_stays": lambda language: notices.message_doubled(
        channel="C1", is_repaired=False, language=language
    ),
    "messages_waiting": lambda language: notices.messages_waiting(
        channel="C1", count=4, error="team_quota_exceeded", language=language
    ),
    "answered_elsewhere": lambda language: answers.answered_elsewhere(
        cards.shared(paper=OLD, language=language), channel="C1", language=language
    ),
    "no_papers_in_message": lambda language: papers_in_message.no_papers_in_message(language=language),
    "papers_in_message": lambda language: papers_in_message.papers_in_message(
        readings=[Reading(MATTING, LISTED, None, FEEDS), Reading(OLD, None, None), Reading(DELETED, None, None)],
        missing=["2501.99999"],
        more=4,
        language=language,
    ),
    "papers_saved": lambda language: papers_in_message.papers_saved(
        papers=[MATTING, OLD], saved=1, total=7, awaited=["2501.00001"], language=language
    ),
    "papers_saved_before": lambda language: papers_in_message.papers_saved(
        papers=[MATTING, OLD], saved=0, total=7, awaited=[], language=language
    ),
    "papers_to_be_saved": lambda language: papers_in_message.papers_saved(
        papers=[], saved=0, total=0, awaited=["2501.00001", "2501.00002"], language=language
    ),
    "finding": lambda language: papers_in_message.finding(language=language),
    "link_preview": lambda language: link_previews.link_preview(
        paper=MATTING, listed=LISTED, takeaway=SENTENCE, language=language, emoji="bookmark", is_only=True
    ),
    "link_preview_of_several": lambda language: link_previews.link_preview(
        paper=OLD, listed=None, takeaway=None, language=language, emoji="bookmark", is_only=False
    ),
    "link_preview_withdrawn": lambda language: link_previews.link_preview(
        paper=DELETED, listed=None, takeaway=FEEDS, language=language, emoji="bookmark", is_only=True
    ),
    "papers_suggested": lambda language: answers.papers_suggested(
        typed="2407-21017", papers=[(MATTING.id, MATTING.title), ("2407.21071", "")], language=language
    ),
    "papers_suggested_only": lambda language: answers.papers_suggested(
        typed="2407-21017", papers=[(MATTING.id, MATTING.title)], language=language
    ),
    "papers_suggested_none": lambda language: answers.papers_suggested(
        typed="2413.21017", papers=[], language=language
    ),
    "no_such_date": lambda language: answers.no_such_date(typed="31 Feb", language=language),
    "references": lambda language: files.references(
        text=bibtex([MATTING, OLD]),
        format_name="BibTeX",
        others=files.OtherFormats((("ris", "RIS"), ("csl", "CSL-JSON")), MATTING.id),
        language=language,
    ),
    "nothing_to_export": lambda language: files.nothing_to_export(language=language),
    "import_offer": lambda language: imports.import_offer(takes_files=True, language=language),
    "import_offer_without_files": lambda language: imports.import_offer(takes_files=False, language=language),
    "import_begun": lambda language: imports.import_begun(language=language),
    "import_progress": lambda language: imports.import_progress(done=50, total=120, language=language),
    "import_done": lambda language: imports.import_done(
        saved=12, there=2, skipped=(), can_be_undone=True, language=language
    ),
    "import_done_in_part": lambda language: imports.import_done(
        saved=0,
        there=0,
        skipped=[("Attention <!channel> *Is* All " * 20, reason) for reason in SKIPPED],
        can_be_undone=True,
        language=language,
    ),
    "import_undone": lambda language: imports.import_undone(removed=12, language=language),
    "import_not_undone": lambda language: imports.import_not_undone(language=language),
    "file_under_way": lambda language: files.file_under_way(language=language),
    "file_on_its_way": lambda language: files.file_on_its_way(about="1 paper.", language=language),
    "file_sent": lambda language: files.file_sent(about="1 paper.", language=language),
    "file_sent_in_other_formats": lambda language: files.file_sent(
        about="1 paper.", others=files.OtherFormats((("ris", "RIS"), ("csv", "CSV")), "to_read"), language=language
    ),
    "file_unconfirmed": lambda language: files.file_unconfirmed(about="1 paper.", language=language),
    "file_as_text": lambda language: files.file_as_text(about="1 paper.", language=language),
    "file_elsewhere": lambda language: files.file_elsewhere(language=language),
    "text_to_copy": lambda language: files.text_to_copy(
        about="1 paper.", text=bibtex([MATTING]), error=None, command="paperboy export", language=language
    ),
    "text_to_copy_in_part": lambda language: files.text_to_copy(
        about="99 papers.",
        text="@misc{x}\n" * 2_000,
        error="file_uploads_disabled",
        command="paperboy export --user U1",
        language=language,
    ),
    "status": lambda language: answers.status(
        version="0.6.0", posting="Next digest: Friday.", has_model=True, language=language
    ),
    "status_without_model": lambda language: answers.status(
        version="0.6.0", posting="Next digest: Friday.", has_model=False, language=language
    ),
    "help_text_with_examples": lambda language: help_text(
        emoji=EMOJI, language=language, greeting=True, examples=[MATTING.id, "latest", "image matting"]
    ),
    "looking_for_answer": lambda language: questions.looking_for_answer(paper_id=MATTING.id, language=language),
    "answered_with_passages": lambda language: questions.answered(paper=MATTING, answer=PASSAGES, language=language),
    "answered_by_a_model": lambda language: questions.answered(
        paper=MATTING,
        answer=replace(PASSAGES, text="It was trained on 10,000 pictures.", made_by="gpt-4o-mini"),
        language=language,
    ),
    "answered_without_the_model": lambda language: questions.answered(
        paper=MATTING, answer=replace(PASSAGES, reason=NoModelAnswer.UNSUPPORTED), language=language
    ),
    "answered_from_the_abstract": lambda language: questions.answered(
        paper=MATTING,
        answer=QuestionAnswer((Passage(ABSTRACT, ("Three datasets were used.",)),), ReadSource.ABSTRACT, 2),
        language=language,
    ),
    "answered_by_nothing": lambda language: questions.answered(
        paper=MATTING, answer=QuestionAnswer((), ReadSource.ABSTRACT, needs_model=True), language=language
    ),
    "one_paper_at_a_time": lambda language: questions.one_paper_at_a_time(language=language),
    "which_paper": lambda language: questions.which_paper(language=language),
    "which_of_these": lambda language: questions.which_of_these(
        words="what data was it trained on?",
        papers=[(1, MATTING.id, MATTING.title), (2, "2407.00001", "")],
        language=language,
    ),
    "which_of_these_by_number": lambda language: questions.which_of_these(
        words="why? " * 60, papers=[(1, MATTING.id, MATTING.title)], language=language
    ),
    "too_many_questions": lambda language: questions.too_many_questions(limit=QuestionLimit.DAY, language=language),
    "answered_privately": lambda language: answers.answered_privately(language=language),
    "no_longer_asked": lambda language: answers.no_longer_asked(language=language),
    "channel_paused": lambda language: notices.channel_paused(channel="C1", error="is_archived", language=language),
}
SKIPPED: list[str] = [*map(str, SkipReason), *map(str, NotImported)]
PASSAGES: QuestionAnswer = QuestionAnswer(
    (
        Passage("3 Method", ("The model is trained on 10,000 pictures of hair and fur. <!channel> *It* is large.",)),
        Passage("4 Results", ("Model | Error |", "Ours | 24.1 |")),
    ),
    ReadSource.FULL_TEXT,
    2,
)
EARLIER = [
    digest_notes.PostedEarlier(LISTED, "https://t.slack.com/archives/C1/p1000"),
    digest_notes.PostedEarlier(ListedPaper(OLD, 1), OLD.url),
]
KOREAN = replace(EXTRACT, language="ko", sections=((Section.WHATS_NEW, "매팅을 생성 문제로 다시 정의합니다."),))
SAYS |= {
    "erasure_offered": lambda language: erasure_offered(counts=dict.fromkeys(DataKind, 1200), language=language),
    "erasure_of_nothing": lambda language: erasure_offered(counts={}, language=language),
    "erased": lambda language: erased(counts={DataKind.SAVED_PAPERS: 3, DataKind.REPORTS: 1}, language=language),
    "my_settings": lambda language: my_settings(
        settings=MySettings("ko", shows_name=True, weekday=2), language=language
    ),
    "emoji_in_use": lambda language: emoji_in_use(
        emoji=ListEmoji(("bookmark", "+1"), (), ("done",)), language=language
    ),
}

SAYS |= {
    "digest_so_far_as_cards": lambda language: digest_of(
        [ChosenDay(DAY, (LISTED,), 9, AT_0905, is_settled=False)],
        language=language,
        as_of=AT_0905,
        before=EARLIER,
        layout=Layout.CARDS,
    )[0],
    "best_of_week": lambda language: digest_notes.best_of_week(without=[SATURDAY], entries=EARLIER, language=language),
    "recap": lambda language: digest_notes.recap(
        first=date(2024, 7, 22), last=date(2024, 7, 28), entries=EARLIER, language=language
    ),
    "team_recap": lambda language: team.team_recap(
        week=TEAM_WEEK, first=date(2024, 7, 29), last=date(2024, 8, 5), language=language
    ),
    "team_week": lambda language: team.team_week(week=TEAM_WEEK, shows_name=True, language=language),
    "team_week_of_nothing": lambda language: team.team_week(
        week=team.TeamWeekPapers(TeamWeek(), {}, {}), shows_name=False, language=language
    ),
    "team_of_others": lambda language: team.not_of_team(language=language),
    "late_header": lambda language: digest_notes.late_header(day=DAY, papers=[LISTED], top=3, language=language),
    "paper_card_in_two_languages": lambda language: cards.paper_card(
        listed=LISTED, paper=MATTING, summary=EXTRACT, second=KOREAN, language=language, rank=1
    ),
    "day_note_none_fitting": lambda language: digest_notes.day_note(
        without=[NothingFitting(DAY)], waiting=None, language=language
    ),
    "day_note_nothing_yet": lambda language: digest_notes.day_note(
        without=[NothingYet(DAY)], waiting=None, language=language
    ),
}
EVERY_MESSAGE = pytest.mark.parametrize("name", SAYS)
EVERY_LANGUAGE = pytest.mark.parametrize("language", languages())


def header(papers: Sequence[ListedPaper], *, listed: int, language: str = "en", **more: Any) -> Message:
    (said,) = day_digest(papers, listed=listed, language=language, **more)
    return said


def day_digest(papers: Sequence[ListedPaper], *, listed: int, language: str = "en", **more: Any) -> list[Message]:
    return digest_of([ChosenDay(DAY, tuple(papers), listed, AT_0905)], language=language, **more)


def catch_up(
    days: Sequence[Sequence[ListedPaper]],
    *,
    language: str = "en",
    as_of: datetime | None = None,
    delays: Sequence[Delay] = (Delay.MISSED,) * 9,
    **more: Any,
) -> list[Message]:
    chosen = [
        ChosenDay(DAY + timedelta(days=number), tuple(papers), len(papers), AT_0905, delay=delay)
        for number, (papers, delay) in enumerate(zip(days, [*delays[: len(days) - 1], None], strict=True))
    ]
    return digest_of(chosen, language=language, as_of=as_of, **more)


def digest_of(days: Sequence[ChosenDay], *, language: str, **more: Any) -> list[Message]:
    told = digest_messages(days=days, language=language, source_url=SOURCE, emoji="bookmark", **more)
    return [each.message for each in told]


def card(
    *,
    language: str = "en",
    listed: ListedPaper | None = LISTED,
    paper: Paper = MATTING,
    summary: Summary | None = EXTRACT,
    private: bool = False,
    rank: int | None = None,
) -> Message:
    return cards.paper_card(listed=listed, paper=paper, summary=summary, language=language, private=private, rank=rank)


def reading_list(count: int, *, total: int, page: int, language: str = "en", paper: Paper = MATTING) -> Message:
    entry = SavedPaper(
        paper,
        NOON,
        ReadingState.READING,
        clean_note(f"{paper.title} {paper.abstract}"),
        (clean_tag(paper.title) or "a",) * 20,
        10**6,
    )
    entries = [SavedPaper(paper, NOON)] * count if paper is MATTING else [entry] * count
    by_state = {ReadingState.TO_READ: total} if total else {}
    # Tags are clean wherever they are kept.
    offered = {clean_tag(f"{paper.title[:40]} {number}") or "a": 10**4 for number in range(100)}
    shown = ListShown(
        WHOLE_LIST, tuple(entries), page, total, by_state, () if paper is MATTING else tuple(offered.items())
    )
    return list_messages.reading_list(shown, language=language, emoji="bookmark")


def parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of a payload, however deep."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        yield from parts_of(inner)


def shown(message: Message) -> str:
    """All the words of the blocks, a line a text."""
    return "\n".join(part["text"] for part in parts_of(message.blocks) if isinstance(part.get("text"), str))


def lines(message: Message) -> list[str]:
    """What stands in each block, as a reader sees it."""
    texts = (
        "".join(part["text"] for part in parts_of(block) if isinstance(part.get("text"), str))
        for block in message.blocks
    )
    return [text.replace("\u00a0", " ") for text in texts]


def links(message: Message) -> dict[str, str]:
    """What is linked or opens an address, by its words."""
    found = {}
    for part in parts_of(message.blocks):
        if "url" in part:
            text = part["text"]
            found[text if isinstance(text, str) else text["text"]] = part["url"]
    return found


def elements(message: Message, action_id: str) -> list[dict[str, Any]]:
    return [part for part in parts_of(message.blocks) if part.get("action_id") == action_id]


def faults(message: Message) -> list[str]:
    """What Slack would refuse or show otherwise than meant."""
    payload = json.loads(json.dumps(message.to_payload(), ensure_ascii=False).encode())
    found = [*message_problems(payload["blocks"])]
    objects = list(parts_of(payload))
    visible = [
        value
        for part in objects
        for name, value in part.items()
        if isinstance(value, str) and name in {"text", "alt_text", "url", "image_url", "accessibility_label", "value"}
    ]
    if sum(map(len, visible)) > 10_000:
        found.append(f"{sum(map(len, visible))} characters in all")
    if not 0 < len(payload["text"]) <= 4000:
        found.append(f"{len(payload['text'])} characters of top-level text")
    if re.search(r"[<>]|&(?!(amp|lt|gt);)", payload["text"]):
        found.append(f"live markup in {payload['text'][:200]!r}")
    found += [f"{part['type']} in a block" for part in objects if part.get("type") in {"mrkdwn", "broadcast"}]
    found += ["an empty text" for part in objects if part.get("type") == "text" and not part["text"]]
    found += [
        f"an action_id twice in block {number}"
        for number, block in enumerate(payload["blocks"])
        if len(ids := [part["action_id"] for part in parts_of(block) if "action_id" in part]) != len(set(ids))
    ]
    found += [
        f"an unseen character in {text[:80]!r}"
        for text in visible
        if re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)
    ]
    return found


@EVERY_MESSAGE
def test_every_message_is_one_slack_takes_and_looks_as_reviewed(name: str, snapshot: SnapshotAssertion) -> None:
    for language in languages():
        said = SAYS[name](language)
        assert faults(said) == [], language
        assert said.to_payload() == snapshot(name=f"{name}_{language}", extension_class=JSONSnapshotExtension)


def test_every_function_that_says_something_is_reviewed() -> None:
    functions = {name for name, thing in _things() if _says(thing)}
    assert {name for name in functions if not any(said.startswith(name) for said in SAYS)} == set()


def _things() -> Iterator[tuple[str, object]]:
    for module in (answers, cards, digest_notes, help_messages, list_messages, lists, notices, questions, search):
        yield from vars(module).items()


def _says(thing: object) -> bool:
    return getattr(thing, "__annotations__", {}).get("return") == "Message" and not thing.__name__.startswith("_")  # type: ignore[attr-defined]


def test_a_message_has_the_same_blocks_in_every_language() -> None:
    def layouts(name: str) -> set[tuple[str, ...]]:
        return {tuple(block["type"] for block in SAYS[name](language).blocks) for language in languages()}

    assert [name for name in SAYS if len(layouts(name)) != 1] == []


class TestDigest:
    def test_says_first_what_it_is_wherever_a_notification_takes_its_text_from(self) -> None:
        said = header([LISTED] * 2, listed=5)
        assert said.text.startswith("2 top papers for Wed, Jul 31: Matting by Generation")
        assert lines(said)[0] == "Top papers · Wed, Jul 31, 2024"

    def test_names_each_paper_by_rank_with_its_link_its_sentence_and_what_is_known_of_it(self) -> None:
        said = header([KNOWN, ListedPaper(OLD, 1)], listed=23, takeaways={"2407.21018": SENTENCE})
        assert lines(said)[2:6] == [
            "1. Matting by Generation\nMatting is redefined as generation.",
            "▲ 1,057 · Example University · ★ 1,234 · 💬 5 · image matting, latent diffusion",
            "2. A Paper of Old",
            "▲ 1",
        ]
        assert links(said)["A Paper of Old"] == "https://arxiv.org/abs/hep-th/9901001"

    def test_says_of_a_withdrawn_paper_that_it_was(self) -> None:
        assert "Withdrawn · ▲ 53" in lines(header([replace(LISTED, paper=DELETED)], listed=1))[3]

    def test_breaks_no_line_between_a_number_and_what_it_counts(self) -> None:
        (facts,) = [line for line in shown(header([KNOWN], listed=1)).splitlines() if "▲" in line]
        assert not re.search("[▲★💬] ", facts)
        assert "Jul\u00a031,\u00a02024" in shown(header([KNOWN], listed=1))

    def test_says_how_many_were_listed_and_links_to_the_list(self) -> None:
        said = header([LISTED, LISTED], listed=23)
        assert "Top 2 of 23 papers on" in shown(said)
        assert links(said)["Hugging Face"] == LIST

    def test_claims_no_choice_where_none_was_made(self) -> None:
        assert "All 2 papers on" in shown(header([LISTED, LISTED], listed=2))

    @pytest.mark.parametrize(("count", "last"), [(2, ":two:"), (10, ":keycap_ten:"), (12, ":keycap_ten:")])
    def test_offers_the_numbers_that_choose(self, count: int, last: str) -> None:
        assert f":one: to {last}" in shown(header([LISTED] * count, listed=99))

    @pytest.mark.parametrize("layout", Layout)
    def test_of_a_single_paper_needs_no_numbers(self, layout: Layout) -> None:
        assert ":one:" not in shown(header([LISTED], listed=5, layout=layout))

    def test_where_no_card_comes_speaks_of_none(self) -> None:
        said = header([LISTED] * 3, listed=5, layout=Layout.DIGEST)
        assert "card" not in lines(said)[-1].replace("to see its card, only for you", "")
        (menu,) = elements(said, "show_card")
        assert [option["value"] for option in menu["options"]] == ["2407.21017"] * 3

    def test_says_where_the_sentences_come_from_once(self) -> None:
        said = header([KNOWN, LISTED], listed=2, takeaways=dict.fromkeys(("2407.21018", "2407.21017"), SENTENCE))
        assert shown(said).count("One-line summaries from: the abstract\n") == 1

    def test_names_the_papers_where_the_sentences_come_from_different_places_or_are_in_another_language(self) -> None:
        said = header([LISTED, KNOWN, LISTED], listed=3, takeaways={"2407.21018": SENTENCE, "2407.21017": FEEDS})
        assert "One-line summaries from: Hugging Face's AI summary, in Korean (1, 3) · the abstract (2)" in shown(said)

    def test_without_any_sentence_says_nothing_of_where_they_come_from(self) -> None:
        assert "Sentences" not in shown(header([LISTED], listed=2))

    def test_of_several_days_numbers_the_papers_through_under_their_days(self) -> None:
        (said,) = catch_up([[LISTED, LISTED], [LISTED]])
        numbered = [line for line in lines(said) if line.startswith(tuple("123"))]
        assert [line[:3] for line in numbered] == ["1. ", "2. ", "3. "]
        headings = [line for line in lines(said) if re.search(" papers?$", line)]
        assert headings == ["Wed, Jul 31, 2024 · 2 of 2 papers", "Thu, Aug 1, 2024 · the only paper"]

    @pytest.mark.parametrize(("comments", "shown"), [(0, ""), (1, ""), (2, "💬 2"), (1200, "💬 1,200")])
    def test_comments_are_told_from_the_second_on(self, comments: int, shown: str) -> None:
        told = [fact for fact in feed_facts(LISTED.paper, comments) if fact.startswith("💬")]
        assert [fact.replace("\u00a0", " ") for fact in told] == ([shown] if shown else [])

    def test_a_title_that_lost_its_accents_has_those_of_the_abstract(self) -> None:
        paper = replace(LISTED.paper, title="Fr'echet Distance", abstract="The Fréchet distance.")
        (said,) = [header([replace(LISTED, paper=paper)], listed=2)]
        assert "Fréchet Distance" in shown(said)


class TestLongDigest:
    LONG = replace(
        KNOWN,
        paper=replace(
            KNOWN.paper, title="가나다라 " * 60, organization="마바사아 " * 20, keywords=("자차카타" * 20,) * 3
        ),
    )
    SENTENCES: ClassVar = {"2407.21018": replace(SENTENCE, text="모든 방법보다 낫습니다. " * 14, language="ko")}

    @pytest.mark.parametrize("layout", Layout)
    @EVERY_LANGUAGE
    def test_of_fifty_papers_of_the_longest_kind_is_several_messages_slack_takes(
        self, language: str, layout: Layout
    ) -> None:
        said = day_digest(
            [self.LONG] * 50, listed=99, language=language, takeaways=self.SENTENCES, before=EARLIER * 9, layout=layout
        )
        assert 1 < len(said) <= 8
        assert [faults(each) for each in said] == [[]] * len(said)
        numbers = [
            int(each) for message in said for each in re.findall(r"^(\d+)\.\u00a0", shown(message), re.MULTILINE)
        ]
        assert numbers == list(range(1, 51))

    def test_of_fifty_usual_papers_is_three_messages_each_naming_what_it_is(self) -> None:
        said = day_digest([KNOWN] * 50, listed=99, takeaways={"2407.21018": SENTENCE})
        assert [lines(each)[0] for each in said] == [
            "Top papers · Wed, Jul 31, 2024",
            "Top papers · Wed, Jul 31, 2024 · 18–34",
            "Top papers · Wed, Jul 31, 2024 · 35–50",
        ]
        assert "Papers 18 to 50 are in the thread." in shown(said[0])

    def test_of_ten_papers_of_the_longest_kind_is_one_message(self) -> None:
        assert len(day_digest([self.LONG] * 10, listed=99, language="ko", takeaways=self.SENTENCES)) == 1

    def test_of_several_days_names_the_day_again_where_a_message_begins_within_it(self) -> None:
        first, second = catch_up([[LISTED] * 3, [LISTED] * 27])
        assert "Thu, Aug 1, 2024 · 27 of 27 papers" in lines(first)
        assert lines(second)[1] == "Thu, Aug 1, 2024 · 27 of 27 papers"


def shown_votes(message: Any) -> list[str]:
    """The votes that stand behind links to papers, as 0.5.0 wrote them."""
    texts = [part["text"] for part in parts_of(message.get("blocks")) if part.get("type") == "text"]
    return [said[1] for text in texts if (said := re.fullmatch(" — ([0-9,]+) votes?", text))]


def linked_papers(message: Any) -> list[str]:
    return [part["url"] for part in parts_of(message["blocks"]) if part.get("type") == "link"]


class TestVotesInDigests:
    def test_are_brought_up_to_date_and_nothing_else_is(self) -> None:
        before = header([KNOWN, LISTED], listed=2, takeaways={"2407.21018": SENTENCE}).to_payload()
        papers = [replace(KNOWN, votes=2_000), LISTED]
        wanted = header(papers, listed=2, takeaways={"2407.21018": SENTENCE}).to_payload()
        assert with_votes(before, {KNOWN.paper.url: 2_000}) == json.loads(json.dumps(wanted))

    @pytest.mark.parametrize(
        ("was", "becomes"),
        [
            (" — 44 upvotes", " — 1,049 upvotes"),
            (" — 1 upvote", " — 1,049 upvotes"),
            (" — 추천 44", " — 추천 1,049"),
            (" · Jul 31, 2024", None),
        ],
    )
    def test_of_messages_that_0_5_0_posted_are_so_too(self, was: str, becomes: str | None) -> None:
        def payload(text: str) -> dict[str, Any]:
            link = {"type": "link", "url": MATTING.url, "text": "Matting by Generation"}
            item = {"type": "rich_text_section", "elements": [link, {"type": "text", "text": text}]}
            ordered = {"type": "rich_text_list", "style": "ordered", "elements": [item]}
            return {"text": "…", "blocks": [{"type": "rich_text", "elements": [ordered]}]}

        assert with_votes(payload(was), {MATTING.url: 1_049}) == payload(becomes or was)

    def test_of_what_stood_in_slack_when_0_5_0_was_replaced_are_so_too(self) -> None:
        left = json.loads((Path(__file__).parents[2] / "releases" / "0.5.0.json").read_text(encoding="utf-8"))
        headers = [message for messages in left.values() for message in messages if shown_votes(message)]
        assert len(headers) >= 3
        for message in headers:
            changed = with_votes(message, dict.fromkeys(linked_papers(message), 1_234))
            assert set(shown_votes(changed)) == {"1,234"}
            unchanged = re.sub("[0-9,]+ votes?", "", str(message))
            assert re.sub("[0-9,]+ votes?", "", str(changed)) == unchanged

    def test_are_not_looked_for_in_what_a_stranger_wrote(self) -> None:
        paper = replace(MATTING, organization="▲\u00a09 · ▲\u00a08", title="▲\u00a07")
        said = header([replace(LISTED, paper=paper)], listed=1).to_payload()
        changed = with_votes(said, {MATTING.url: 60})
        was = lines(Message("", tuple(said["blocks"])))
        assert lines(Message("", tuple(changed["blocks"]))) == [line.replace("▲ 53", "▲ 60", 1) for line in was]


class TestCard:
    def test_names_the_first_authors_in_order_and_counts_the_rest(self) -> None:
        assert "Zhixiang Wang, Baiang Li, Jian Wang, Yu-Lun Liu, Jinwei Gu and 2 more" in shown(card())
        assert "Zhixiang Wang, Baiang Li, Jian Wang, Yu-Lun Liu, Jinwei Gu 외 2명" in shown(card(language="ko"))

    def test_tells_the_facts_of_the_feed_in_one_line(self) -> None:
        told = card(listed=KNOWN, paper=KNOWN.paper)
        assert "\nExample University · ★ 1,234 · 💬 5 · image matting, latent diffusion" in lines(told)[1]
        assert lines(card(paper=OLD, listed=ListedPaper(OLD, 1)))[1] == "1 upvote"

    def test_in_two_languages_has_the_headings_of_each_and_one_foot(self) -> None:
        said = SAYS["paper_card_in_two_languages"]("en")
        headings = [line.splitlines()[0] for line in lines(said) if "\n" in line][1:]
        assert headings == ["What's New", "Technical Details", "새로운 점"]
        assert [block["type"] for block in said.blocks].count("context") == 1
        assert lines(said)[-1] == (
            "Extract from the abstract · English, Korean · as of Jul 31, 2024 · arXiv 2407.21017v1"
        )

    def test_in_two_languages_tells_apart_what_the_texts_rest_on(self) -> None:
        by_model = replace(KOREAN, origin=Origin.MODEL, made_by="scripted", arxiv_version=None)
        said = cards.paper_card(listed=LISTED, paper=MATTING, summary=EXTRACT, second=by_model, language="en")
        assert lines(said)[-1] == (
            "English: Extract from the abstract · Korean: AI summary of the abstract (scripted)"
            " · as of Jul 31, 2024 · arXiv 2407.21017v1"
        )

    def test_of_two_languages_the_one_a_model_wrote_is_rated_and_reported(self) -> None:
        by_model = replace(KOREAN, origin=Origin.MODEL, made_by="scripted")
        for first, second in ((EXTRACT, by_model), (by_model, EXTRACT)):
            said = cards.paper_card(listed=LISTED, paper=MATTING, summary=first, second=second, language="en")
            (helpful,) = elements(said, "summary_helpful")
            (not_helpful,) = elements(said, "summary_not_helpful")
            (menu,) = elements(said, "paper_menu")
            assert helpful["value"] == f"helpful:ko:2407.21017:{NOON.isoformat()}"
            assert not_helpful["value"] == f"not_{helpful['value']}"
            assert menu["options"][-1]["value"] == "wrong:ko:2407.21017"

    def test_in_two_languages_offers_the_second_alone_where_it_says_more(self) -> None:
        more = replace(KOREAN, sections=(*KOREAN.sections, (Section.LIMITATIONS, "머리카락은 어렵습니다.")))
        offered = {}
        for name, second in (("all", KOREAN), ("more", more)):
            said = cards.paper_card(listed=LISTED, paper=MATTING, summary=EXTRACT, second=second, language="en")
            assert "머리카락" not in shown(said)
            (menu,) = elements(said, "paper_menu")
            offered[name] = [option["value"] for option in menu["options"] if "language" in option["value"]]
        assert offered == {"all": [], "more": ["language:ko:2407.21017"]}

    def test_opened_alone_begins_with_a_sentence_that_the_summary_does_not_have(self) -> None:
        def opened(takeaway: Takeaway, **changes: Any) -> list[str]:
            summary = replace(EXTRACT, **changes)
            return lines(
                cards.paper_card(listed=None, paper=MATTING, summary=summary, language="en", takeaway=takeaway)
            )

        model = replace(SENTENCE, origin=TakeawayOrigin.MODEL)
        assert opened(model)[2] == "Matting is redefined as generation."
        assert opened(FEEDS)[2] == "It redefines matting."
        assert opened(FEEDS)[-1].startswith("First sentence: Hugging Face's AI summary, in Korean · Extract")
        assert opened(SENTENCE) == lines(card(listed=None))
        told = ((Section.WHATS_NEW, "At last, matting is redefined as generation, and well."),)
        assert opened(model, sections=told)[2].startswith("What's New")

    def test_of_five_authors_leaves_nobody_out(self) -> None:
        five = replace(MATTING, authors=MATTING.authors[:5])
        assert "Yu-Lun Liu, Jinwei Gu\n" in shown(card(paper=five))

    def test_leaves_out_a_section_for_which_an_extract_has_nothing(self) -> None:
        said = shown(card())
        assert "Performance Highlights" not in said
        assert "not stated" not in said

    def test_says_that_a_paper_does_not_state_something_when_a_model_that_read_it_all_says_so(self) -> None:
        by_model = replace(
            EXTRACT,
            origin=Origin.MODEL,
            made_by="scripted",
            read=ReadSource.FULL_TEXT,
            not_stated=(Section.PERFORMANCE_HIGHLIGHTS,),
        )
        assert "Performance Highlights\n\n\nNot stated in the paper" in shown(card(summary=by_model))
        for less in ({"read": ReadSource.ABSTRACT}, {"read": ReadSource.PART}, {"not_stated": ()}):
            assert "Performance Highlights" not in shown(card(summary=replace(by_model, **less)))

    def test_shows_a_further_section_where_the_source_states_it(self) -> None:
        limited = replace(EXTRACT, sections=(*EXTRACT.sections, (Section.LIMITATIONS, "Hair is hard.")))
        assert "Limitations\n\n\nHair is hard." in shown(card(summary=limited))

    def test_without_abstract_invents_nothing(self) -> None:
        said = shown(card(paper=replace(MATTING, abstract=""), summary=None))
        assert "No summary: this paper has no abstract." in said
        assert "What's New" not in said

    def test_tells_a_missing_summary_from_a_missing_abstract(self) -> None:
        assert "No summary yet." in shown(card(summary=None))

    def test_of_a_withdrawn_paper_says_so_first(self) -> None:
        said = card(paper=replace(MATTING, withdrawn=True))
        assert shown(said).startswith("This paper has been withdrawn.")
        assert said.text.startswith("Withdrawn: Matting by Generation")

    def test_describes_its_picture(self) -> None:
        picture = next(part for part in parts_of(card().blocks) if part.get("type") == "image")
        assert picture["alt_text"] == "Thumbnail of “Matting by Generation”"

    def test_links_to_the_paper_and_what_belongs_to_it(self) -> None:
        assert links(card()) == {
            "Matting by Generation": "https://arxiv.org/abs/2407.21017",
            "PDF": "https://arxiv.org/pdf/2407.21017",
            "Code": "https://github.com/example/matting",
            "Project page": "https://lightchaserx.github.io/matting-by-generation/",
            "Discuss on Hugging Face": "https://huggingface.co/papers/2407.21017",
        }

    @pytest.mark.parametrize(
        "address",
        [
            "javascript:alert(1)",
            "ftp://example.org/code",
            "https://",
            "http://[",
            "https://e.org/" + "a" * 4000,
            "",
            " ",
        ],
    )
    def test_leaves_out_what_is_no_address(self, address: str) -> None:
        said = card(paper=replace(MATTING, code_url=address, thumbnail_url=address))
        assert "Code" not in links(said)
        assert not any(part.get("type") == "image" for part in parts_of(said.blocks))
        assert faults(said) == []

    def test_cannot_be_given_a_link_that_says_something_else(self) -> None:
        said = card(paper=replace(MATTING, code_url="https://e.org/a|b><!channel> c"))
        assert links(said)["Code"] == "https://e.org/a%7Cb%3E%3C!channel%3E%20c"

    def test_can_be_saved_by_everyone_and_shared_by_the_one_who_asked(self) -> None:
        assert [button["value"] for button in elements(card(), "save_paper")] == ["2407.21017"]
        assert elements(card(), "share_paper") == []
        (share,) = elements(card(private=True, language="ko"), "share_paper")
        assert (share["value"], share["text"]["text"]) == ("2407.21017", "공유")

    def test_offers_details_only_where_there_are_any(self) -> None:
        (menu,) = elements(card(), "paper_menu")
        assert menu["options"][0]["value"] == "details:2407.21017"
        (menu,) = elements(card(paper=OLD), "paper_menu")
        assert f"cite:{OLD.id}" in [option["value"] for option in menu["options"]]
        assert not any("details" in option["value"] for option in menu["options"])

    def test_offers_a_reference_where_the_menu_has_room_for_it(self) -> None:
        options = {}
        for language in ("en", "ja"):
            (menu,) = elements(card(language=language), "paper_menu")
            options[language] = [option["value"].partition(":")[0] for option in menu["options"]]
        assert options == {
            "en": ["details", "language", "discussion", "cite", "wrong"],
            "ja": ["details", "language", "language", "discussion", "wrong"],
        }

    @pytest.mark.parametrize(
        ("changes", "language", "foot"),
        [
            ({}, "en", "Extract from the abstract · English · as of Jul 31, 2024 · arXiv 2407.21017v1"),
            ({}, "ko", "초록에서 발췌 · 영어(논문의 언어) · 2024년 7월 31일 기준 · arXiv 2407.21017v1"),
            (
                {"origin": Origin.MODEL, "made_by": "small-model", "read": ReadSource.FULL_TEXT, "arxiv_version": None},
                "en-GB",
                "AI summary of the full text (small-model) · English · as of Jul 31, 2024 · arXiv 2407.21017",
            ),
            (
                {"origin": Origin.MODEL, "made_by": "small-model"},
                "ko",
                "초록을 바탕으로 한 AI 요약(small-model) · 영어(한국어 요약은 아직 없음)"
                " · 2024년 7월 31일 기준 · arXiv 2407.21017v1",
            ),
            (
                {"origin": Origin.WRITTEN, "language": "ko"},
                "ko",
                "초록을 바탕으로 한 예시 요약(Paperboy에 포함) · 한국어 · 2024년 7월 31일 기준 · arXiv 2407.21017v1",
            ),
            (
                {"origin": Origin.IMPORTED},
                "en",
                "Imported from an earlier digest · English · as of Jul 31, 2024 · arXiv 2407.21017v1",
            ),
        ],
    )
    def test_says_what_was_read_by_what_and_when(self, changes: dict[str, Any], language: str, foot: str) -> None:
        said = card(summary=replace(EXTRACT, **changes), language=language)
        assert said.blocks[-1]["elements"][0]["text"].replace("\u00a0", " ") == foot

    @EVERY_LANGUAGE
    def test_breaks_no_line_within_a_fact(self, language: str) -> None:
        said = card(listed=KNOWN, paper=replace(KNOWN.paper, published=date(2024, 7, 28)), language=language, rank=1)
        facts, foot = said.blocks[1]["text"]["text"].splitlines()[0], said.blocks[-1]["elements"][0]["text"]
        assert len(facts.split(" ")) == len(facts.split("·")) == 3
        assert catalogue(language).short_date(EXTRACT.made_at.date()).replace(" ", "\u00a0") in foot

    @EVERY_LANGUAGE
    def test_says_when_a_newer_version_of_the_paper_is_out(self, language: str) -> None:
        newer = card(paper=replace(MATTING, arxiv_version=3), language=language)
        told = catalogue(language).t("foot.older_version", version=1, newest=3)
        assert told in newer.blocks[-1]["elements"][0]["text"]
        assert told not in shown(card(language=language))

    @EVERY_LANGUAGE
    def test_offers_itself_in_the_other_languages_and_a_word_against_its_summary(self, language: str) -> None:
        (menu,) = elements(card(language=language), "paper_menu")
        others = [f"language:{other}:2407.21017" for other in languages() if other != language]
        values = [option["value"] for option in menu["options"]]
        assert [value for value in values if value.startswith("language:")] == others
        assert values[-1] == "wrong:en:2407.21017"
        assert len(values) <= 5

    @EVERY_LANGUAGE
    def test_says_that_a_summary_is_to_follow(self, language: str) -> None:
        said = cards.paper_card(
            paper=MATTING, listed=None, summary=EXTRACT, language=language, private=True, being_written=True
        )
        assert faults(said) == []
        assert catalogue(language).t("foot.being_written") in shown(said)

    @pytest.mark.parametrize("origin", Origin)
    @pytest.mark.parametrize("read", ReadSource)
    @EVERY_LANGUAGE
    def test_has_words_for_every_way_a_summary_comes_about(
        self, origin: Origin, read: ReadSource, language: str
    ) -> None:
        everything = tuple((section, "Said.") for section in Section)
        summary = replace(EXTRACT, origin=origin, read=read, sections=everything)
        assert faults(card(summary=summary, language=language)) == []

    def test_that_shortens_says_so_and_links_to_the_whole(self) -> None:
        said = card(summary=replace(EXTRACT, sections=((Section.WHATS_NEW, "mat " * 2000),)))
        assert "mat mat…" in shown(said)
        assert links(said)["Read more on arXiv"] == "https://arxiv.org/abs/2407.21017"
        assert "Read more on arXiv" not in links(card())

    def test_is_heard_as_title_votes_authors_and_first_lines(self) -> None:
        assert card().text == (
            "Matting by Generation · 53 upvotes · Zhixiang Wang and 6 more"
            " · This paper introduces an approach to image matting."
        )

    def test_shared_names_who_shares(self) -> None:
        said = SAYS["shared_card"]("en")
        assert said.blocks[0]["elements"][0]["elements"][0] == {"type": "user", "user_id": "U1"}
        assert said.blocks[1:] == card().blocks


class TestReadingList:
    def test_links_each_paper_and_lets_it_be_removed(self) -> None:
        said = reading_list(1, total=1, page=1)
        assert links(said) == {"Matting by Generation": MATTING.url, "PDF": MATTING.pdf_url}
        (menu,) = elements(said, "list_entry")
        assert [option["value"].partition(" ")[0] for option in menu["options"]] == [
            "card", "pdf", "note", "cite", "remove",
        ]  # fmt: skip
        (state,) = elements(said, "list_state")
        assert state["initial_option"]["value"] == "to_read 2407.21017"
        assert "Zhixiang Wang and 6 more · saved Jul 31, 2024" in shown(said).replace("\u00a0", " ")

    @pytest.mark.parametrize(
        ("total", "page", "newer", "older"),
        [(10, 1, [], []), (11, 1, [], ["2"]), (21, 2, ["1"], ["3"]), (21, 3, ["2"], []), (10, 7, ["1"], [])],
    )
    def test_turns_to_the_pages_there_are(self, total: int, page: int, newer: list[str], older: list[str]) -> None:
        said = reading_list(1, total=total, page=page)
        assert [button["value"] for button in elements(said, "list_page_newer")] == newer
        assert [button["value"] for button in elements(said, "list_page_older")] == older

    def test_says_where_in_the_list_each_part_belongs_for_the_clicks_that_come_back(self) -> None:
        said = SAYS["reading_list_part"]("en")
        wanted = ListView(ListFilter(frozenset({ReadingState.READING}), "to cite", "matting", ListOrder.VOTES))
        named = [block["block_id"] for block in said.blocks if "block_id" in block]
        assert len(named) == len({*named}) == sum(block["type"] == "actions" for block in said.blocks)
        assert {ListView.of_block(block_id) for block_id in named} == {wanted}

    def test_a_state_that_was_changed_makes_its_menu_another(self) -> None:
        """Slack keeps what somebody chose in a menu for as long as that has the same names."""
        before, after = (
            list_messages.reading_list(
                ListShown(WHOLE_LIST, (SavedPaper(MATTING, NOON, state),), 1, 1, {state: 1}), language="en", emoji="x"
            )
            for state in (ReadingState.TO_READ, ReadingState.DONE)
        )
        assert before.blocks[-1]["block_id"] != after.blocks[-1]["block_id"]

    def test_when_empty_says_how_to_save(self) -> None:
        assert "react to its card with :bookmark:" in shown(reading_list(0, total=0, page=1))


class TestShortAnswers:
    def test_saving_links_the_paper_and_counts_the_list(self) -> None:
        said = lists.saved(paper=MATTING, total=3, language="en")
        assert said.text == "Saved “Matting by Generation”. Your reading list has 3 papers."
        assert links(said) == {"Matting by Generation": MATTING.url}

    def test_help_names_the_subcommands_of_the_language(self) -> None:
        assert "/paper 목록" in shown(help_text(emoji=EMOJI, language="ko"))
        assert subcommands() == {
            "list": "list",
            "목록": "list",
            "help": "help",
            "도움말": "help",
            "settings": "settings",
            "설정": "settings",
            "language": "language",
            "언어": "language",
        }

    def test_details_name_every_author_and_keyword(self) -> None:
        said = cards.details(paper=KNOWN.paper, language="en")
        assert lines(said)[1:] == [
            "Authors\n" + ", ".join(MATTING.authors),
            "Abstract\n" + MATTING.abstract,
            "Keywords\nimage matting, latent diffusion, SAM",
            "Abstract as listed by the source · Keywords by Hugging Face · arXiv 2407.21018v1",
        ]

    def test_details_count_the_authors_there_is_no_room_for(self) -> None:
        many = replace(MATTING, authors=tuple(f"Author Number {number}" for number in range(664)))
        said = shown(cards.details(paper=many, language="en"))
        named = said.count("Author Number")
        assert named > 100
        assert f"and {664 - named} more" in said

    def test_a_long_abstract_links_to_the_whole(self) -> None:
        long = replace(MATTING, abstract="mat " * 2000)
        assert links(cards.details(paper=long, language="en"))["Read more on arXiv"] == MATTING.url

    @pytest.mark.parametrize(
        ("answer", "truth"),
        [
            (EmptyDay(date(2024, 8, 3)), "No papers for Saturday, August 3, 2024: Hugging Face listed none."),
            (
                NotOpenYet(DAY),
                "No list yet for Wednesday, July 31, 2024. Hugging Face completes it by 22:00 UTC.",
            ),
            (
                Unreachable(DAY, "503"),
                "Couldn't get the papers for Wednesday, July 31, 2024: Hugging Face isn't responding."
                " Try again in a few minutes.",
            ),
        ],
    )
    def test_a_day_without_papers_tells_why(self, answer: EmptyDay | NotOpenYet | Unreachable, truth: str) -> None:
        assert digest_notes.day_sentence(answer, "en") == truth

    def test_a_channel_is_told_of_each_day_and_what_comes_next(self) -> None:
        waiting = Unreachable(date(2024, 8, 4), "503")
        said = digest_notes.day_note(without=[SATURDAY], waiting=waiting, language="en")
        assert shown(said).splitlines() == [
            "No papers for Saturday, August 3, 2024: Hugging Face listed none.",
            "Hugging Face isn't responding, so there's no digest yet for Sunday, August 4, 2024."
            " It will be posted as soon as possible.",
        ]
        assert links(said) == {}

    def test_missed_days_are_told_in_words(self) -> None:
        (said,) = catch_up([[LISTED], [LISTED], [LISTED]])
        assert "2 missed days" in shown(said)
        assert "2 missed days" in said.text

    def test_days_left_out_by_choice_are_named_and_not_called_missed(self) -> None:
        (said,) = catch_up([[LISTED], [LISTED], [LISTED]], delays=[Delay.LEFT_OUT, Delay.LEFT_OUT])
        assert "missed" not in shown(said) + said.text
        named = "Includes 2 days with no separate digest, by this channel's settings: Wed, Jul 31 · Thu, Aug 1."
        assert named in shown(said).replace("\u00a0", " ")

    def test_missed_days_are_told_apart_from_those_left_out(self) -> None:
        (said,) = catch_up([[LISTED], [LISTED], [LISTED]], delays=[Delay.LEFT_OUT, Delay.MISSED])
        assert "1 missed day plus" in shown(said)
        assert "Includes 1 day with no separate digest" in shown(said)
        assert "1 missed day:" in said.text

    def test_of_many_days_left_out_the_first_and_the_last_are_named(self) -> None:
        (said,) = catch_up([[LISTED]] * 8, delays=[Delay.LEFT_OUT] * 7)
        assert "settings: Jul 31, 2024 – Aug 6, 2024." in shown(said).replace("\u00a0", " ")

    def test_days_that_came_after_their_date_are_no_news(self) -> None:
        (said,) = catch_up([[LISTED], [LISTED]], delays=[Delay.AFTER_ITS_DATE])
        assert "missed" not in shown(said) + said.text
        assert "without a digest" not in shown(said)


class TestFailures:
    def test_what_went_wrong_stays_text(self) -> None:
        said = answers.failure(error=NotAPaperId(text="<!channel> {0} & *x*"), reference="a1b2", language="en")
        assert said.text.startswith("“&lt;!channel&gt; {0} &amp; *x*” isn't an arXiv ID")
        assert "“<!channel> {0} & *x*” isn't an arXiv ID" in shown(said)
        assert "Reference: a1b2" in shown(said)

    def test_a_mistake_that_its_sentence_tells_all_of_has_no_reference_to_a_log(self) -> None:
        mistake, failure = explain(NotADate(text="31 June"), "en"), explain(SourceUnreachable(source="arXiv"), "en")
        assert "Reference" not in mistake.text + shown(mistake)
        assert "Reference: " in failure.text
        assert "Reference: " in shown(failure)

    def test_an_error_that_tells_less_than_its_sentence_asks_still_has_one(self) -> None:
        assert format_error(PaperUnknown(), "en") == "No paper found with the ID ?. Check the number."

    def test_an_error_nobody_wrote_a_sentence_for_gets_the_general_one(self) -> None:
        class Novel(PaperboyError):
            key = "error.novel"

        assert format_error(Novel(), "ko") == catalogue("ko").t("error.unexpected")


class TestWithoutImages:
    def test_leaves_out_every_picture_and_nothing_else(self) -> None:
        whole = card().to_payload()
        bare = without_images(whole)
        assert any(part.get("type") == "image" for part in parts_of(whole))
        assert not any(part.get("type") == "image" for part in parts_of(bare))
        assert bare == card(paper=replace(MATTING, thumbnail_url=None)).to_payload()

    def test_knows_pictures_wherever_blocks_hold_them(self) -> None:
        picture = {"type": "image", "image_url": "https://e.org/a.png", "alt_text": "a"}
        text = {"type": "plain_text", "text": "a"}
        blocks = [picture, {"type": "context", "elements": [picture, text]}, {"type": "context", "elements": [picture]}]
        payload = {"text": "a", "blocks": blocks, "channel": "C1"}
        assert without_images(payload) == {
            "text": "a",
            "blocks": [{"type": "context", "elements": [text]}],
            "channel": "C1",
        }
        assert payload["blocks"] == blocks


HOSTILE = (
    "<!channel> & *x* | y",
    "<https://evil.example|paper> <@U1>",
    "</script><img src=x>",
    "$L_2$ \\alpha_{i} \\textbf{A} $$ \\frac{1",
    "A* ~b~ `c` _d_ :smile: > quote",
    "\x00\x07\x1b[31m\u202eevil\u2028line\x85",
    "שלום עולם",
    "مرحبا",
    "e\u0301\u0302\u0303\u0304\u0305\u0306",
    "{title} {{ 7 * 7 }} {% raw %} %s",
    '&amp; &lt; &#34; "quoted" it\'s',
    "🧑‍🤝‍🧑 논문 \U0001f600",
    "\n\n- a\n\t- b",
)
strangers_words = st.one_of(
    st.text(max_size=60),
    st.sampled_from(HOSTILE),
    st.builds(lambda word, times: (word * times)[:10_000], st.sampled_from(HOSTILE), st.integers(100, 2000)),
    st.builds(lambda word: (word or "x") * 10_000, st.characters(exclude_categories=["Cs"]).map(str)).map(
        lambda t: t[:10_000]
    ),
)
addresses = st.one_of(st.none(), strangers_words, strangers_words.map("https://example.org/".__add__))
hostile_papers = st.builds(
    Paper,
    id=st.sampled_from(["2407.21017", "hep-th/9901001"]),
    title=strangers_words,
    authors=st.lists(strangers_words, max_size=8).map(tuple),
    abstract=strangers_words,
    published=st.one_of(st.none(), st.just(DAY)),
    arxiv_version=st.one_of(st.none(), st.just(2)),
    thumbnail_url=addresses,
    code_url=addresses,
    project_url=addresses,
    organization=st.one_of(st.none(), strangers_words),
    withdrawn=st.booleans(),
)
hostile_summaries = st.builds(
    Summary,
    paper_id=st.just("2407.21017"),
    language=st.sampled_from(["en", "ko", "xx"]),
    sections=st.lists(st.tuples(st.sampled_from(Section), strangers_words), max_size=6).map(tuple),
    origin=st.sampled_from(Origin),
    made_by=strangers_words,
    read=st.sampled_from(ReadSource),
    made_at=st.just(NOON),
)
hostile = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@hostile
@given(
    paper=hostile_papers,
    summary=st.one_of(st.none(), hostile_summaries),
    language=st.sampled_from(languages()),
    private=st.booleans(),
)
def test_no_paper_can_break_its_card(paper: Paper, summary: Summary | None, language: str, private: bool) -> None:
    said = card(
        paper=paper, listed=ListedPaper(paper, 10**9), summary=summary, language=language, private=private, rank=1
    )
    assert faults(said) == []


@hostile
@given(title=strangers_words, words=strangers_words, language=st.sampled_from(languages()))
def test_neither_titles_nor_what_was_asked_can_break_the_choice_of_a_paper(
    title: str, words: str, language: str
) -> None:
    papers = [(number, f"2407.{number:05}", title) for number in range(1, 61)]
    said = questions.which_of_these(words=words, papers=papers, language=language)
    assert faults(said) == []
    for element in (each for block in said.blocks for each in block.get("elements", ()) if "action_id" in each):
        action = {"block_id": next(block["block_id"] for block in said.blocks if "block_id" in block)}
        asked, chosen = questions.read_asked({**action, "selected_option": element["options"][-1]})
        assert (asked, chosen) == (clean_text(words), "2407.00050")


def all_else_about(paper: Paper, summary: Summary | None, language: str) -> Iterator[Message]:
    """Everything but its card that is said about a paper, as often as it can be named there."""
    listed = ListedPaper(paper, 10**9)
    earlier = digest_notes.PostedEarlier(listed, EARLIER[0].url)
    takeaways = {paper.id: Takeaway(paper.abstract, language, TakeawayOrigin.MODEL)}
    yield from catch_up([[listed] * 10] * 5, language=language, as_of=AT_0905, takeaways=takeaways)
    yield reading_list(10, total=30, page=2, language=language, paper=paper)
    yield from digest_of(
        [ChosenDay(DAY, (listed,) * 30, 100, AT_0905, is_settled=False)],
        language=language,
        takeaways=takeaways,
        as_of=AT_0905,
        before=[earlier] * 30,
        layout=Layout.DIGEST,
    )
    yield digest_notes.late_header(day=DAY, papers=[listed] * 10, top=10, language=language)
    ids = [f"2408.{number:05}" for number in range(10)]
    told = [TeamPaper(each, SavesTold(None, (paper.title,) * 9), Talk(each, 10**6, 10**6, 10**6)) for each in ids]
    of_team = team.TeamWeekPapers(
        TeamWeek(tuple(told[:5]), tuple(told[5:8]), tuple(told[8:])),
        {each: replace(paper, id=each) for each in ids},
        dict.fromkeys(ids, "https://reading-room.slack.com/archives/C0000000001/p1722500000000100"),
    )
    yield team.team_recap(week=of_team, first=DAY, last=DAY, language=language)
    yield team.team_week(week=of_team, shows_name=True, language=language)
    yield digest_notes.recap(first=DAY, last=DAY, entries=[earlier] * 10, language=language)
    yield digest_notes.best_of_week(without=[SATURDAY] * 9, entries=[earlier] * 10, language=language)
    yield cards.shared_card(user_id="U1", paper=paper, listed=None, summary=summary, language=language)
    yield lists.saved(paper=paper, total=1, language=language)
    yield cards.details(paper=paper, language=language)


@hostile
@given(paper=hostile_papers, summary=st.one_of(st.none(), hostile_summaries), language=st.sampled_from(languages()))
def test_no_paper_can_break_anything_else_said_about_it(paper: Paper, summary: Summary | None, language: str) -> None:
    for said in all_else_about(paper, summary, language):
        assert faults(said) == []


@EVERY_LANGUAGE
@pytest.mark.parametrize("text", ["<" * 10_000, "&" * 10_000, "& " * 4000, "가" * 10_000, "שלום " * 2000])
def test_what_names_many_papers_keeps_to_ten_thousand_characters_too(text: str, language: str) -> None:
    paper = replace(MATTING, title=text, authors=(text,) * 664, abstract=text, organization=text)
    summary = replace(EXTRACT, sections=tuple((section, text) for section in Section), made_by=text)
    for said in all_else_about(paper, summary, language):
        assert faults(said) == []


@hostile
@given(words=strangers_words, language=st.sampled_from(languages()))
def test_no_word_of_a_stranger_can_break_an_answer(words: str, language: str) -> None:
    assert faults(help_text(emoji=EMOJI, language=language, examples=[words] * 3)) == []
    assert faults(answers.failure(error=NotAPaperId(text=words), reference="a1", language=language)) == []


@pytest.mark.parametrize("text", ["<" * 10_000, "&" * 10_000, "가" * 10_000, "a" * 10_000, "ab " * 4000])
def test_a_card_whose_every_field_is_too_long_keeps_to_ten_thousand_characters(text: str) -> None:
    url = "https://example.org/" + "a" * 280
    paper = Paper(
        id="2407.21017",
        title=text,
        authors=(text,) * 664,
        abstract=text,
        published=DAY,
        arxiv_version=2,
        thumbnail_url=url,
        code_url=url,
        project_url=url,
        organization=text,
        withdrawn=True,
    )
    summary = replace(EXTRACT, sections=tuple((section, text) for section in Section), made_by=text)
    said = card(paper=paper, listed=ListedPaper(paper, 10**9), summary=summary, private=True, rank=1)
    assert faults(said) == []
    assert "and 659 more" in shown(said)


def test_right_to_left_titles_keep_to_themselves() -> None:
    said = card(paper=replace(MATTING, title="שלום"))
    assert links(said)["\u2068שלום\u2069"] == MATTING.url


def test_formulas_in_titles_are_readable() -> None:
    said = card(paper=replace(MATTING, title="On $\\alpha$-Matting in $L_2$ & A*"))
    assert "On α-Matting in L_2 & A*" in links(said)


def test_a_title_of_nothing_visible_is_named_by_its_id() -> None:
    assert "2407.21017" in links(card(paper=replace(MATTING, title="\u200b\x00")))


def recorded_days() -> list[Path]:
    return sorted(Path(RECORDED, "hf").glob("*.json")) if RECORDED else []


@needs_recorded_data
def test_every_recorded_day_can_be_told() -> None:
    told = [[_recorded(item) for item in json.loads(path.read_text())] for path in recorded_days()]
    assert any(told)
    for papers, language in zip(filter(None, told), cycle(languages()), strict=False):
        for said in day_digest(papers, listed=len(papers), language=language):
            assert faults(said) == []
        for listed in papers[:10]:
            summary = replace(EXTRACT, sections=tuple((section, listed.paper.abstract) for section in Section))
            said = card(paper=listed.paper, listed=listed, summary=summary, language=language, rank=1)
            assert faults(said) == []


@needs_recorded_data
def test_the_paper_of_664_authors_names_the_first_five() -> None:
    days = [path for path in recorded_days() if path.stem == "2025-01-27"]
    papers = [_recorded(item) for path in days for item in json.loads(path.read_text())]
    many = max(papers, key=lambda listed: len(listed.paper.authors))
    assert f"and {len(many.paper.authors) - 5:,} more" in shown(card(paper=many.paper, listed=many))


def _recorded(item: dict[str, Any]) -> ListedPaper:
    paper = item["paper"]
    return ListedPaper(
        Paper(
            id=paper["id"],
            title=paper["title"],
            authors=tuple(author["name"] for author in paper["authors"]),
            abstract=paper.get("summary") or "",
            published=date.fromisoformat(paper["publishedAt"][:10]),
            thumbnail_url=item.get("thumbnail"),
            code_url=paper.get("githubRepo"),
            project_url=paper.get("projectPage"),
            organization=(paper.get("organization") or {}).get("fullname"),
        ),
        votes=paper["upvotes"],
    )
