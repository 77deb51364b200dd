"""A paper's HTML, as LaTeXML makes it for arXiv, read as sections of plain text.

A page is a stranger's: what a reader of it would not see – scripts, comments, hidden or white words – is not read
either, for it may be meant for machines.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from bot.legible import legible
from bot.papers import TextSection

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_UNREAD_TAGS = frozenset(
    {"script", "style", "nav", "footer", "header", "button", "svg", "noscript", "template", "iframe", "form", "head"}
)
# The classes of LaTeXML for what is no part of the argument.
_UNREAD_CLASSES = frozenset(
    {
        "ltx_bibliography",
        "ltx_page_navbar",
        "ltx_page_footer",
        "ltx_page_header",
        "ltx_authors",
        "ltx_note",
        "ltx_TOC",
        "ltx_abstract",
        "ltx_appendix",
        "ltx_dates",
        "ltx_ERROR",
        "package-alerts",
    }
)
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])"
    r"|(?<![-\w])color\s*:\s*(?:white|#fff(?:fff)?\b|rgb\(\s*255\s*,\s*255\s*,\s*255\s*\))",
    re.IGNORECASE,
)
_BLOCKS = frozenset({"p", "div", "section", "li", "tr", "figcaption", "caption", "article", "table", "br"})
_CELLS = frozenset({"td", "th"})
_DEEPEST = 500
_SECTION_HEADINGS = {"h1": 1, "h2": 2}
_SUBHEADINGS = frozenset({"h3", "h4", "h5", "h6"})


def read_html(page: str) -> tuple[TextSection, ...]:
    """The sections of a page, each with its subsections; formulas as LaTeX, tables as lines, nothing hidden."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.sections()


class _Reader(HTMLParser):
    """Walks through the page once; nothing in it nests by calls, so that no depth can overthrow it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._open: list[tuple[str, bool]] = []  # tag, and whether what is inside is read
        self._pieces: list[str] = []
        self._sections: list[tuple[str, list[str]]] = []
        self._heading: list[str] | None = None

    def sections(self) -> tuple[TextSection, ...]:
        """What was read."""
        self._end_paragraph()
        found = (TextSection(title, "\n".join(paragraphs)) for title, paragraphs in self._sections)
        return tuple(section for section in found if section.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        is_read = self._is_read and not _is_unread(tag, dict(attrs))
        if tag == "math" and is_read:
            self._take(f" {dict(attrs).get('alttext') or ''} ")
            is_read = False
        if is_read and (tag in _BLOCKS or tag in _SUBHEADINGS or tag in _SECTION_HEADINGS):
            self._end_paragraph()
        if is_read and tag in _SECTION_HEADINGS:
            self._heading = []
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append((tag, is_read))

    def handle_endtag(self, tag: str) -> None:
        was_read = self._is_read
        places = [place for place, (name, _) in enumerate(self._open) if name == tag]
        if places:
            del self._open[places[-1] :]
        if not was_read:
            return
        if tag in _SECTION_HEADINGS and self._heading is not None:
            title = legible("".join(self._heading))
            self._heading = None
            self._sections.append((title, []))
        elif tag in _SUBHEADINGS:
            self._take(". ")
            self._end_paragraph()
        elif tag in _BLOCKS:
            self._end_paragraph()
        elif tag in _CELLS:
            self._take(" | ")

    def handle_data(self, data: str) -> None:
        if self._is_read:
            self._take(data)

    @property
    def _is_read(self) -> bool:
        return self._open[-1][1] if self._open else True

    def _take(self, text: str) -> None:
        (self._pieces if self._heading is None else self._heading).append(text)

    def _end_paragraph(self) -> None:
        paragraph = legible("".join(self._pieces))
        self._pieces.clear()
        if paragraph.strip(" .|") and self._sections:
            self._sections[-1][1].append(paragraph)


def _is_unread(tag: str, attributes: dict[str, str | None]) -> bool:
    classes = (attributes.get("class") or "").split()
    return (
        tag in _UNREAD_TAGS
        or not _UNREAD_CLASSES.isdisjoint(classes)
        or "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(attributes.get("style") or ""))
    )
