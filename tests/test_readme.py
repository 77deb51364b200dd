"""What the README shows is what Paperboy prints."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from bot.demo.newsstand import bundled_summaries
from bot.messages.as_text import as_text
from bot.messages.papers import paper_card
from bot.slack.manifest import SCOPES
from bot.sources.hugging_face import parse_daily_papers
from bot.summaries.extract import extract
from tests.office import bundled_day

README = Path(__file__).resolve().parents[1] / "README.md"
PICTURED = "2407.20445"


def test_the_picture_is_a_card_as_it_is_printed() -> None:
    text = README.read_text(encoding="utf-8")
    shown = re.search(r"<!-- picture: .*? -->\n```text\n(.*?)\n?```\n<!-- /picture -->", text, re.DOTALL)
    assert shown
    assert shown[1] == picture()


def test_every_scope_is_explained() -> None:
    text = README.read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `([a-z:.]+)` \| (.*?) \|$", text, re.MULTILINE))
    assert told == SCOPES


def picture() -> str:
    """The pictured paper's card in English and in Korean."""
    made_at = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)
    listed = next(entry for entry in parse_daily_papers(json.dumps(bundled_day())).papers if entry.paper.id == PICTURED)
    korean = next(summary for summary in bundled_summaries(made_at) if summary.paper_id == PICTURED)
    english = extract(listed.paper, made_at=made_at)
    cards = [
        paper_card(listed=listed, paper=listed.paper, summary=summary, language=language, rank=4)
        for language, summary in (("en", english), ("ko", korean))
    ]
    return "\n\n".join(as_text(card, width=92) for card in cards)
