"""The values Paperboy works with, and how a paper's id is recognized.

A paper is known by its canonical arXiv id: without version, without subject class, lower case
(`2407.21017`, `hep-th/9901001`). Nothing is ever matched by title.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bot.errors import NotAPaperId
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

# The archives of the identifier scheme used until March 2007 (arXiv help, "arXiv identifier").
OLD_ARCHIVES = (
    "acc-phys|adap-org|alg-geom|ao-sci|astro-ph|atom-ph|bayes-an|chao-dyn|chem-ph|cmp-lg|comp-gas|cond-mat|cs|dg-ga"
    "|funct-an|gr-qc|hep-ex|hep-lat|hep-ph|hep-th|math|math-ph|mtrl-th|nlin|nucl-ex|nucl-th|patt-sol|physics|plasm-ph"
    "|q-alg|q-bio|quant-ph|solv-int|supr-con"
)
_PAPER_ID = re.compile(
    rf"""
    (?<! [0-9a-z] ) (?<! [0-9]\. )               # a new word, not the end of a longer number
    (?:
        (?P<new> (?:0[7-9]|1[0-4]) (?:0[1-9]|1[0-2]) \. [0-9]{{4}}      # four digits until 2014, five since
               | (?:1[5-9]|[2-9][0-9]) (?:0[1-9]|1[0-2]) \. [0-9]{{5}} )
      | (?P<archive> {OLD_ARCHIVES} ) (?: \.[a-z-]{{2,}} )? / (?P<number> [0-9]{{2}} (?:0[1-9]|1[0-2]) [0-9]{{3}} )
    )
    (?: v (?P<version> [1-9][0-9]{{0,2}} ) )?
    (?! [0-9a-z] | \.[0-9] )
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class PaperRef:
    """A reference to a paper: its canonical ID and, where a person named one, an arXiv version."""

    id: str
    version: int | None = None

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as its sources describe it; texts are legible but may hold LaTeX, `abstract` may be empty.

    `feed_summary` is the sentence or two that the feed's own model wrote about it, `keywords` that model's topics, and
    `code_stars` how many people starred the repository at `code_url` when the feed was read. `doi` is the
    one of the journal or the proceedings, as `bot.rules.dois` spells it. `primary_category` is arXiv's, as in cs.CV,
    where arXiv was asked.
    """

    id: str
    title: str
    authors: tuple[str, ...]
    abstract: str = ""
    published: date | None = None
    arxiv_version: int | None = None
    thumbnail_url: str | None = None
    code_url: str | None = None
    project_url: str | None = None
    organization: str | None = None
    withdrawn: bool = False
    feed_summary: str | None = None
    keywords: tuple[str, ...] = ()
    code_stars: int | None = None
    media_urls: tuple[str, ...] = ()
    doi: str | None = None
    primary_category: str | None = None

    @property
    def url(self) -> str:
        """The paper's page on arXiv."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """The paper itself."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def discussion_url(self) -> str:
        """The paper's page on Hugging Face, where people vote and comment."""
        return f"https://huggingface.co/papers/{self.id}"


@dataclass(frozen=True, slots=True)
class ListedPaper:
    """A paper on one day's list, with what ranks it there, and the name of who submitted it."""

    paper: Paper
    votes: int
    comments: int = 0
    submitted_at: datetime | None = None
    submitted_by: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A day's list with at least one paper, as it stood at `fetched_at`; `raw` is the source's own answer, as sent."""

    day: date
    papers: tuple[ListedPaper, ...]
    fetched_at: datetime
    raw: str = ""


@dataclass(frozen=True, slots=True)
class EmptyDay:
    """The source says that nothing was listed on this day: a week-end or a holiday."""

    day: date


@dataclass(frozen=True, slots=True)
class NotOpenYet:
    """The source has not opened this day yet."""

    day: date


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The source gave no usable answer; `reason` is for logs and operators."""

    day: date
    reason: str


DayAnswer = Listing | EmptyDay | NotOpenYet | Unreachable


class Section(StrEnum):
    """The parts of a summary, in the order they are shown."""

    WHATS_NEW = "whats_new"
    TECHNICAL_DETAILS = "technical_details"
    PERFORMANCE_HIGHLIGHTS = "performance_highlights"
    LIMITATIONS = "limitations"
    CONCLUSION = "conclusion"
    ETHICAL_CONSIDERATIONS = "ethical_considerations"


MAIN_SECTIONS = (Section.WHATS_NEW, Section.TECHNICAL_DETAILS, Section.PERFORMANCE_HIGHLIGHTS)


class Origin(StrEnum):
    """The origin of a summary: extracted from the paper, by a model, from an imported digest, or written by hand."""

    EXTRACT = "extract"
    MODEL = "model"
    IMPORTED = "imported"
    WRITTEN = "written"


class ReadSource(StrEnum):
    """The text a summary was made from; `PART` is a full text of which the model's server took in only a part."""

    ABSTRACT = "abstract"
    FULL_TEXT = "full_text"
    PART = "part"


class FoundAt(StrEnum):
    """The site on which the full text of a paper was found."""

    HUGGING_FACE = "hugging_face"
    ARXIV = "arxiv"


@dataclass(frozen=True, slots=True)
class TextSection:
    """A part of a paper under its heading, its own subsections included; paragraphs are lines."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class FullText:
    """A paper's text, in its order, and the arXiv version it is of, where that is known."""

    paper_id: str
    found_at: FoundAt
    sections: tuple[TextSection, ...]
    arxiv_version: int | None = None

    @property
    def words(self) -> int:
        """The number of its words, without its headings; in scripts without spaces, fewer are counted."""
        return sum(len(section.text.split()) for section in self.sections)


@dataclass(frozen=True, slots=True)
class Material:
    """The text that a summary is made from: `text` exactly as a summarizer is given it, and what that is.

    `sections` are the headings of the full text it holds, none where it is the abstract.
    """

    text: str
    read: ReadSource
    found_at: FoundAt | None = None
    arxiv_version: int | None = None
    sections: tuple[str, ...] = ()

    @property
    def characters(self) -> int:
        """The length of the text."""
        return len(self.text)

    def is_newest_of(self, paper: Paper) -> bool:
        """Whether the paper has no newer version than the one this text is from."""
        return (self.arxiv_version or 0) >= (paper.arxiv_version or 0)


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of a paper in one language, and what it rests on.

    `sections` holds only what the source states; `not_stated` names the main sections of which a model said that there
    is nothing, and the source check agreed. Of any other that is missing nothing is known. `made_by` names the program
    or model, `read` what it was given, `arxiv_version` the version of the paper it was given, where known. `takeaway`
    is the one sentence that says what the paper says, where whoever made the summary wrote one.
    """

    paper_id: str
    language: str
    sections: tuple[tuple[Section, str], ...]
    origin: Origin
    made_by: str
    read: ReadSource
    made_at: datetime
    arxiv_version: int | None = None
    takeaway: str | None = None
    not_stated: tuple[Section, ...] = ()

    def section(self, wanted: Section) -> str | None:
        """The text under one heading, or None when the source does not state it."""
        return dict(self.sections).get(wanted)


class TakeawayOrigin(StrEnum):
    """The author of a take-away: the language model with its summary, the feed's model, or the paper's authors.

    `WRITTEN` is one that came with a summary written for the bundled papers.
    """

    MODEL = "model"
    FEED = "feed"
    ABSTRACT = "abstract"
    WRITTEN = "written"


LONGEST_TAKEAWAY = 200  # characters


@dataclass(frozen=True, slots=True)
class Takeaway:
    """A paper in one sentence of at most 200 characters that can be read by itself."""

    text: str
    language: str
    origin: TakeawayOrigin


class SummaryState(StrEnum):
    """The fate of a summary: it may be `shown`, the source check `rejected` it, or a later one `replaced` it."""

    SHOWN = "shown"
    REJECTED = "rejected"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Reading:
    """The content of a card: the paper, its place on the latest list that had it, its summary and take-away."""

    paper: Paper
    listed: ListedPaper | None
    summary: Summary | None
    takeaway: Takeaway | None = None


@dataclass(frozen=True, slots=True)
class SummaryVersion:
    """A summary as it is kept: its `number`, from 1, among those of one paper, arXiv version and language.

    `score` is the share of its terms that the source check found, None when it had none or was not judged;
    `unsupported` are the findings of the source check, in words: what the source does not support.
    """

    summary: Summary
    number: int
    state: SummaryState
    score: float | None = None
    unsupported: tuple[str, ...] = ()


def find_paper_refs(text: str) -> tuple[PaperRef, ...]:
    """Every paper pointed at in a text, in order, each once: ids, `arXiv:` forms and any address that holds an id."""
    found: dict[str, PaperRef] = {}
    for ref in _refs(unicodedata.normalize("NFKC", unquote(text))):
        found.setdefault(ref.id, ref)
    return tuple(found.values())


def without_paper_refs(text: str) -> str:
    """The text without the IDs of papers, with a blank in the place of each."""
    return _PAPER_ID.sub(" ", unicodedata.normalize("NFKC", unquote(text)))


def parse_paper_id(text: str) -> PaperRef:
    """The first paper pointed at in a text. Raises `NotAPaperId` when there is none."""
    for ref in find_paper_refs(text):
        return ref
    raise NotAPaperId(text=shorten(clean_text(text), 60))


def _refs(text: str) -> Iterator[PaperRef]:
    for match in _PAPER_ID.finditer(text):
        paper_id = match["new"] or f"{match['archive'].lower()}/{match['number']}"
        yield PaperRef(paper_id, int(match["version"]) if match["version"] else None)
