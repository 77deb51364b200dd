"""The reader of a paper's HTML, as LaTeXML makes it for arXiv: sections of plain text.

A page is untrusted: text its readers do not see – scripts, comments, hidden or white words – is not read either, for it
may be meant for machines.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bot.rules.papers import TextSection
from bot.sources.page_styles import ComputedStyle, Element, StyleSheet, TooManyStyles
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

# A page is read in pieces of this many characters, between which the event loop can do other work.
_PIECE = 4096
_DEEPEST = 500
MOST_ELEMENTS = 200_000
_LONGEST_TITLE = 500
_LONGEST_PARAGRAPH = 50_000
_MOST_CHARACTERS = 1_500_000

_UNREAD_TAGS = frozenset(
    {
        *("script", "style", "nav", "footer", "header", "button", "svg", "noscript", "template", "iframe", "form"),
        *("head", "title", "annotation", "annotation-xml", "mphantom", "object", "audio", "video", "canvas", "select"),
        *("textarea", "datalist", "noframes", "noembed", "dialog", "frameset", "map", "applet", "xmp", "plaintext"),
        *("rp", "meter", "progress"),
    }
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
        "ltx_dates",
        "ltx_ERROR",
        "package-alerts",
    }
)
_BLOCKS = frozenset({"p", "div", "section", "li", "tr", "figcaption", "caption", "article", "table", "br"})
_CELLS = frozenset({"td", "th"})
_SECTION_HEADINGS = frozenset({"h1", "h2"})
_SUBHEADINGS = frozenset({"h3", "h4", "h5", "h6"})
# What stands between the parts of a formula, by the element and the part that follows (MathML Core, 3.3 and 3.4).
_BETWEEN = {
    "msub": {2: "_"},
    "msup": {2: "^"},
    "msubsup": {2: "_", 3: "^"},
    "munder": {2: "_"},
    "munderover": {2: "_", 3: "^"},
    "mfrac": {2: "/"},
}


# Of whose parts a browser shows the first one only (MathML Core, 3.6 and 3.5.2).
_FIRST_PART_ONLY = frozenset({"semantics", "maction"})


class PageUnreadable(Exception):
    """A page takes more work to read than a paper is worth; `reason` is for logs."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PageReader:
    """Reads a page in small steps.

    The work grows with the length of the page and no faster: each piece is read once, and the depth and number of
    elements are bounded.
    """

    def __init__(self, page: str) -> None:
        self._page = page
        self._reader = _Reader()

    def steps(self) -> Iterator[None]:
        """Read the page, a piece at each step. Raises `PageUnreadable`."""
        styles = _Styles()
        yield from _feed(self._page, styles)
        try:
            self._reader.sheet = StyleSheet("\n".join(styles.texts))
            yield from _feed(self._page, self._reader)
        except TooManyStyles:
            raise PageUnreadable("more styles than a page needs") from None

    def sections(self) -> tuple[TextSection, ...]:
        """The sections, once all steps are done."""
        return self._reader.sections()


def _feed(page: str, target: _Styles | _Reader) -> Iterator[None]:
    # libxml2 reads what comes once, and nothing is built from it.
    from lxml import etree  # a heavy import, which only a page needs

    parser = etree.HTMLParser(target=target, encoding="utf-8", no_network=True)
    try:
        for start in range(0, len(page), _PIECE):
            parser.feed(page[start : start + _PIECE].encode("utf-8", "replace"))
            yield
        with suppress(etree.XMLSyntaxError):  # nothing on the page is no fault of the page's
            parser.close()
    except etree.LxmlError as error:
        raise PageUnreadable(f"{type(error).__name__}: {error}") from error


class _Styles:
    """Collects a page's own styles first, for they apply also to what stands before them."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._is_style = False

    def start(self, tag: str, _: object) -> None:
        self._is_style = tag == "style"

    def end(self, _: str) -> None:
        self._is_style = False

    def data(self, text: str) -> None:
        if self._is_style:
            self.texts.append(text)

    def close(self) -> None:
        pass


class _Reader:
    """Walks the page once, without recursion, so that no depth can overflow the stack."""

    def __init__(self) -> None:
        self.sheet = StyleSheet("")
        self._open: list[Element] = []
        self._styles_open: list[tuple[ComputedStyle, bool]] = [
            (ComputedStyle(), True)
        ]  # how it looks inside, and whether that is read
        self._children: list[int] = [0]
        self._pieces: list[str] = []
        self._length = 0
        self._left = _MOST_CHARACTERS
        self._elements = 0
        self._sections: list[tuple[str, list[str]]] = []
        self._heading: list[str] | None = None

    def sections(self) -> tuple[TextSection, ...]:
        """The sections read, without those that have no text."""
        self._end_paragraph()
        found = (TextSection(title, "\n".join(paragraphs)) for title, paragraphs in self._sections)
        return tuple(section for section in found if section.text)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._open) >= _DEEPEST or self._elements > MOST_ELEMENTS:
            raise PageUnreadable("more elements than a page needs")
        element = Element.of(tag, dict(attributes))
        around, is_read = self._styles_open[-1]
        look = around.inside(element, self.sheet.styles(element, self._open)) if is_read else around
        is_read = is_read and not look.is_gone and not _is_unread(element)
        self._children[-1] += 1
        parent = self._open[-1].tag if self._open else ""
        is_read = is_read and not (parent in _FIRST_PART_ONLY and self._children[-1] > 1)
        if is_read:
            self._take(_BETWEEN.get(parent, {}).get(self._children[-1], ""))
            if tag == "math":
                self._take(" ")
            if tag == "mrow" and parent in _BETWEEN:
                self._take("{")
        self._open.append(element)
        self._styles_open.append((look, is_read))
        self._children.append(0)
        if not is_read:
            return
        if tag in _BLOCKS or tag in _SUBHEADINGS or tag in _SECTION_HEADINGS:
            self._end_paragraph()
        if tag in _SECTION_HEADINGS:
            self._heading = []

    def end(self, tag: str) -> None:
        self._open.pop()
        self._children.pop()
        _, was_read = self._styles_open.pop()
        if not was_read:
            return
        if tag in _SECTION_HEADINGS and self._heading is not None:
            title = shorten(clean_text("".join(self._heading)), _LONGEST_TITLE)
            self._heading = None
            self._length = 0
            self._sections.append((title, []))
        elif tag in _SUBHEADINGS:
            self._take(". ")
            self._end_paragraph()
        elif tag in _BLOCKS:
            self._end_paragraph()
        elif tag in _CELLS:
            self._take(" | ")
        elif tag in {"math", "mtd"}:
            self._take(" ")
        elif tag == "mrow" and self._open and self._open[-1].tag in _BETWEEN:
            self._take("}")

    def data(self, text: str) -> None:
        look, is_read = self._styles_open[-1]
        if is_read and look.is_seen:
            self._take(text)

    def close(self) -> None:
        pass

    def _take(self, text: str) -> None:
        space = _LONGEST_PARAGRAPH - self._length
        if text and space > 0:
            (self._pieces if self._heading is None else self._heading).append(text[:space])
            self._length += len(text)

    def _end_paragraph(self) -> None:
        paragraph = clean_text("".join(self._pieces))
        self._pieces.clear()
        self._length = 0
        if paragraph.strip(" .|") and self._sections and self._left > 0:
            self._sections[-1][1].append(paragraph[: self._left])
            self._left -= len(paragraph)


def _is_unread(element: Element) -> bool:
    return (
        element.tag in _UNREAD_TAGS
        or not _UNREAD_CLASSES.isdisjoint(element.classes)
        or (element.tag == "details" and "open" not in element.attributes)
    )
