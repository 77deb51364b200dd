"""Papers with their summaries for other programs: a digest as Markdown and as JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.rules.papers import Section
from bot.templating.environment import render_export
from bot.text.clean import clean_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from bot.rules.papers import Reading

# The format of the digests Paperboy replaces: their keys are English in every language.
_MARKDOWN_HEADINGS = {
    Section.WHATS_NEW: "What's New",
    Section.TECHNICAL_DETAILS: "Technical Details",
    Section.PERFORMANCE_HIGHLIGHTS: "Performance Highlights",
    Section.LIMITATIONS: "Limitations",
    Section.CONCLUSION: "Conclusion",
    Section.ETHICAL_CONSIDERATIONS: "Ethical Considerations",
}
_MARKDOWN_SIGNS = re.compile(r"([\\`*_\[\]<>])")


def digest_json(readings: Sequence[Reading]) -> list[dict[str, Any]]:
    """The papers as plain data, in the order given; a summary that does not exist is null."""
    return [_as_data(reading) for reading in readings]


def _as_data(reading: Reading) -> dict[str, Any]:
    paper, summary = reading.paper, reading.summary
    return {
        "id": paper.id,
        "title": paper.title,
        "authors": list(paper.authors),
        "votes": reading.listed.votes if reading.listed else None,
        "url": paper.url,
        "thumbnail": paper.thumbnail_url,
        "media": list(paper.media_urls),
        "organization": paper.organization,
        "submitted_by": reading.listed.submitted_by if reading.listed else None,
        "comments": reading.listed.comments if reading.listed else None,
        "keywords": list(paper.keywords),
        "code": paper.code_url,
        "code_stars": paper.code_stars,
        "project": paper.project_url,
        "doi": paper.doi,
        "feed_summary": paper.feed_summary,
        "takeaway": reading.takeaway.text if reading.takeaway else None,
        "takeaway_language": reading.takeaway.language if reading.takeaway else None,
        "takeaway_origin": reading.takeaway.origin.value if reading.takeaway else None,
        "summary": {section.value: text for section, text in summary.sections} if summary else None,
        "summary_language": summary.language if summary else None,
        "summary_origin": summary.origin.value if summary else None,
        "summary_made_by": summary.made_by if summary else None,
        "summary_read": summary.read.value if summary else None,
    }


def digest_markdown(day: date, readings: Sequence[Reading]) -> str:
    """The papers as a Markdown document; titles and texts cannot break out of their places in it."""
    return render_export(
        "digest.md",
        day=day.isoformat(),
        entries=[_as_entry(reading) for reading in readings],
    )


def _as_entry(reading: Reading) -> dict[str, Any]:
    paper, sections = reading.paper, reading.summary.sections if reading.summary else ()
    return {
        "title": _plain(paper.title),
        "url": paper.url,
        "thumbnail": (paper.thumbnail_url or "").replace("(", "%28").replace(")", "%29"),
        "votes": reading.listed.votes if reading.listed else None,
        "authors": _plain(", ".join(paper.authors)),
        "sections": [(_MARKDOWN_HEADINGS[section], _plain(text)) for section, text in sections],
    }


def _plain(text: str) -> str:
    return _MARKDOWN_SIGNS.sub(r"\\\1", clean_text(text))
