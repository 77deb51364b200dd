"""A document read in one go, as nobody does while others wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sources.full_text import InstructionFilter
from bot.sources.paper_html import PageReader
from bot.sources.paper_markdown import MarkdownReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.rules.papers import TextSection


def read_html(page: str) -> tuple[TextSection, ...]:
    """The sections of a page. Raises `PageUnreadable`."""
    return _read(PageReader(page))


def read_markdown(text: str) -> tuple[TextSection, ...]:
    """The sections of a document."""
    return _read(MarkdownReader(text))


def without_instructions(sections: Sequence[TextSection]) -> tuple[TextSection, ...]:
    """Sections without the sentences that give instructions to a machine."""
    return _read(InstructionFilter(sections))


def _read(reader: PageReader | MarkdownReader | InstructionFilter) -> tuple[TextSection, ...]:
    for _ in reader.steps():
        pass
    return reader.sections()
