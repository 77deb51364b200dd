"""Slack messages drawn in a terminal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import StringIO

from rich.cells import cell_len
from rich.console import Console

from bot.messages import cards
from bot.messages.as_text import as_text, render
from bot.messages.daily_digest import digest_messages
from bot.messages.help import help_text
from bot.messages.message import Message
from bot.messages.reading_list import reading_list
from bot.rules.home import ListShown
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import WHOLE_LIST
from bot.rules.papers import ListedPaper, Origin, Paper, ReadSource, Section, Summary
from bot.rules.reading_list import ReadingState, SavedPaper
from bot.rules.selection import ChosenDay

NOON = datetime(2024, 7, 31, 12, tzinfo=UTC)
PAPER = Paper(id="2407.21017", title="Matting by Generation", authors=("Zhixiang Wang",), abstract="We introduce it.")
SUMMARY = Summary(
    paper_id="2407.21017",
    language="en",
    sections=((Section.WHATS_NEW, "We introduce it."),),
    origin=Origin.EXTRACT,
    made_by="extract",
    read=ReadSource.ABSTRACT,
    made_at=NOON,
)


def test_what_a_container_folds_up_stands_open_and_thumbs_are_two_buttons() -> None:
    line = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a"}]}],
    }
    title = {"type": "plain_text", "text": "More"}
    thumbs = {
        "type": "feedback_buttons",
        "action_id": "say",
        **{
            f"{side}_button": {"text": {"type": "plain_text", "text": side}, "value": side}
            for side in ("positive", "negative")
        },
    }
    blocks = (
        line,
        {"type": "container", "title": title, "child_blocks": [line, line]},
        {"type": "context_actions", "elements": [thumbs]},
    )
    assert as_text(Message("", blocks)).split("\n") == ["a", "", "a", "", "a", "", "[ positive ]  [ negative ]"]


def test_a_card_reads_from_title_to_foot() -> None:
    card = cards.paper_card(
        listed=ListedPaper(PAPER, 53), paper=PAPER, summary=SUMMARY, language="en", private=True, rank=1
    )
    assert as_text(card).replace("\u00a0", " ").splitlines() == [
        "Matting by Generation <https://arxiv.org/abs/2407.21017>",
        "#1 · 53 upvotes",
        "Zhixiang Wang",
        "",
        "What's New",
        "We introduce it.",
        "",
        "[ Save ]  [ Share ]  [ PDF ]  [ ⋯ ]",
        "Extract from the abstract · English · as of Jul 31, 2024 · arXiv 2407.21017",
    ]


def test_a_header_numbers_its_papers_and_shows_emoji() -> None:
    papers = (ListedPaper(PAPER, 53), ListedPaper(PAPER, 1))
    days = [ChosenDay(date(2024, 7, 31), papers, 2, NOON)]
    (digest,) = digest_messages(days=days, language="en", source_url="https://huggingface.co", emoji="bookmark")
    lines = as_text(digest.message, width=120).replace("\u00a0", " ").splitlines()
    assert lines[0] == "Top papers · Wed, Jul 31, 2024"
    assert "1. Matting by Generation <https://arxiv.org/abs/2407.21017>" in lines
    assert "▲ 53" in lines
    assert lines[-1].startswith("React with 1️⃣ to 2️⃣ to save by number, or with 🔖 on a card.")


def test_a_list_has_its_buttons_beside_it() -> None:
    shown = ListShown(WHOLE_LIST, (SavedPaper(PAPER, NOON),), 1, 1, {ReadingState.TO_READ: 1})
    lines = as_text(reading_list(shown, language="ko", emoji="bookmark")).replace("\u00a0", " ").splitlines()
    assert lines[-3:] == ["Zhixiang Wang · 2024년 7월 31일 저장", "", "[ 상태 ]  [ ⋯ ]"]


def test_help_is_a_list_of_commands() -> None:
    lines = as_text(help_text(language="en", emoji=ListEmoji(("bookmark",)))).splitlines()
    assert " • /paper help — show this message" in lines


def test_no_line_is_wider_than_asked() -> None:
    wide = Paper(id="2407.21017", title="가나다 [bold]라마[/bold] " * 12, authors=("바사아자차카" * 12,))
    card = cards.paper_card(listed=None, paper=wide, summary=None, language="ko")
    lines = as_text(card, width=40).splitlines()
    assert max(map(cell_len, lines)) <= 40
    assert "[bold]" in "".join(lines)


def test_people_have_names_and_links_are_the_terminals_own() -> None:
    shared = cards.shared_card(user_id="U1", paper=PAPER, listed=None, summary=None, language="en")
    console = Console(file=StringIO(), width=80, force_terminal=True, color_system="truecolor", legacy_windows=False)
    with console.capture() as capture:
        console.print(render(shared.blocks, people={"U1": "Mina"}))
    drawn = capture.get()
    assert "@Mina" in drawn
    assert "https://arxiv.org/abs/2407.21017" in drawn
    assert "<https://" not in drawn
