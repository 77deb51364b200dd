"""Papers with odd titles and names: recorded ones, the oddest first, and ones made up of hostile texts."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.rules.list_texts import clean_note, clean_tags
from bot.rules.papers import Paper
from bot.rules.reading_list import ReadingState, SavedPaper
from bot.sources.arxiv import parse_feed
from bot.sources.hugging_face import parse_daily_papers
from bot.text.clean import clean_text, make_storable, shorten
from tests.hostile_texts import hostile_text

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
_USUAL_NAME = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)? (?:[A-Z]\. )?[A-Z][a-z]+")
_USUAL_IN_TITLE = re.compile(r"[A-Za-z ,.:?-]")


def _oddness(paper: Paper) -> tuple[int, int]:
    names = sum(_USUAL_NAME.fullmatch(name) is None for name in paper.authors)
    return len(_USUAL_IN_TITLE.sub("", paper.title)) * 3 + names, len(paper.authors)


def recorded_papers(recorded: Path, how_many: int) -> list[Paper]:
    """So many of the recorded papers, those with the oddest titles and names."""
    papers: dict[str, Paper] = {}
    for file in sorted((recorded / "hf").glob("*.json")):
        listed = parse_daily_papers(file.read_text(encoding="utf-8")).papers
        papers |= {each.paper.id: each.paper for each in listed}
    for file in sorted((recorded / "arxiv").glob("*.xml")):
        papers |= parse_feed(file.read_bytes()).papers
    return sorted(papers.values(), key=_oddness, reverse=True)[:how_many]


def hostile_papers(seed: int, how_many: int) -> list[SavedPaper]:
    """Entries of a list in which all that anybody can write is hostile, as long as sources and forms let it be."""
    choose = random.Random(seed)

    def text(longest: int) -> str:
        return shorten(clean_text(make_storable(hostile_text(choose))[: 4 * longest]), longest)

    return [
        SavedPaper(
            Paper(
                f"2407.{number:05}",
                text(500) or "?",
                tuple(filter(None, (text(200) for _ in range(choose.randrange(4))))),
                doi=choose.choice((None, "10.1002/(sici)1096-8644(199601)99:1<1::aid-ajpa1>3.0.co;2-1")),
                primary_category=choose.choice((None, "cs.CV")),
            ),
            NOW,
            choose.choice(list(ReadingState)),
            note=clean_note("\n".join(text(200) for _ in range(choose.randrange(4)))),
            tags=clean_tags([text(50) for _ in range(choose.randrange(3))]),
        )
        for number in range(how_many)
    ]
