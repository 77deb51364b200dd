"""A paper's card, and what its menu shows.

What is decided here is how much of a text is shown; where it stands is the template's, and its words the catalogue's.
A card keeps to Slack's limits (docs.slack.dev, reference/block-kit) and to 10,000 characters in all, because Slack
refuses messages somewhat above that with `msg_blocks_too_long`. What is shortened ends in "…".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from bot.messages.message import Message
from bot.messages.paper_text import (
    NAME_LENGTH,
    NamedPaper,
    format_authors,
    format_title,
    format_version_id,
    readable,
    shorten_readable,
)
from bot.rules.papers import MAIN_SECTIONS, Origin, ReadSource, Section
from bot.templating.catalogues import catalogue, language_code, languages
from bot.text.clean import isolated, shorten

if TYPE_CHECKING:
    from datetime import date

    from bot.rules.papers import ListedPaper, Paper, Summary

# Lengths in characters. All of one card's at their longest stay under 10,000, with room for headings and buttons.
_CARD_AUTHORS = 5
_ORGANIZATION = 80
_MAIN_SECTION = 1200
_OTHER_SECTION = 360
_ABSTRACT = 2900
_FIRST_LINES = 120
_ADDRESS = 300


def paper_card(
    *,
    listed: ListedPaper | None,
    paper: Paper,
    summary: Summary | None,
    language: str,
    private: bool = False,
    share_in: str | None = None,
    rank: int | None = None,
    rank_on: date | None = None,
    second: Summary | None = None,
    being_written: bool = False,
) -> Message:
    """One paper: title, votes, authors, summary, where to read it, and what the summary rests on.

    `private` cards, which one person sees, can be shared: below the message `share_in`, where it is given. `rank_on`
    names the day of the `rank` where cards of several days stand together. A `second` summary stands below when it is
    in another language than the first. With `being_written` it tells that a summary is to follow.
    """
    card = _Card.of(paper, listed, summary, rank, language, rank_on, second)
    return _render_card(card, language, private, share_in, being_written)


def shared_card(
    *, user_id: str, paper: Paper, listed: ListedPaper | None, summary: Summary | None, language: str
) -> Message:
    """The card a person shows to a whole channel."""
    card = _Card.of(paper, listed, summary, None, language)
    return Message.of("shared_card", language, card=card, private=False, user_id=user_id, being_written=False)


def shared(*, paper: Paper, language: str) -> Message:
    """Told to the person who shared a paper."""
    return Message.of("shared", language, paper=NamedPaper.of(paper), total=0)


def abstract(*, paper: Paper, language: str) -> Message:
    """A paper's abstract in its authors' words."""
    whole = readable(paper.abstract)
    text = shorten(whole, _ABSTRACT)
    return Message.of(
        "abstract",
        language,
        paper=NamedPaper.of(paper),
        text=isolated(text),
        shortened=text != whole,
        first_lines=isolated(shorten(whole, _FIRST_LINES)),
    )


def choice_unknown(*, language: str) -> Message:
    """Told to who chose something from a menu that is not there any more, or never was."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("card.choice_unknown"))


@lru_cache(maxsize=512)
def _render_card(card: _Card, language: str, private: bool, share_in: str | None, being_written: bool) -> Message:
    """The day's papers are asked for over and over, and a card is the body of an acknowledgement."""
    values = {"private": private, "share_in": share_in, "being_written": being_written}
    return Message.of("paper_card", language, card=card, **values)


@dataclass(frozen=True, slots=True)
class _CardSection:
    section: Section
    text: str
    shortened: bool

    @classmethod
    def of(cls, section: Section, whole: str, share: int) -> _CardSection:
        text = shorten(whole, (_MAIN_SECTION if section in MAIN_SECTIONS else _OTHER_SECTION) // share)
        return cls(section, isolated(text), shortened=text != whole)


@dataclass(frozen=True, slots=True)
class _SummarySource:
    """What a summary rests on; `made` and `in_language` are catalogue keys."""

    made: str
    by: str
    read: ReadSource
    in_language: str
    language: str
    wanted: str
    day: date
    version: int | None
    newest: int | None

    @classmethod
    def of(cls, summary: Summary, wanted: str, newest: int | None) -> _SummarySource:
        if language_code(summary.language) == language_code(wanted):
            in_language = "foot.in_language"
        elif summary.origin is Origin.EXTRACT:
            in_language = "foot.in_paper_language"
        else:
            in_language = "foot.not_in_language"
        return cls(
            made=f"foot.{summary.origin}_{summary.read}",
            by=shorten_readable(summary.made_by, NAME_LENGTH),
            read=summary.read,
            in_language=in_language,
            language=summary.language,
            wanted=wanted,
            day=summary.made_at.date(),
            version=summary.arxiv_version,
            newest=newest if newest and summary.arxiv_version and summary.arxiv_version < newest else None,
        )


@dataclass(frozen=True, slots=True)
class _OtherLanguage:
    """A language a card can be had in as well, and the words that offer it, in that language."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class _Card:
    id: str
    version_id: str
    url: str
    pdf_url: str
    title: str
    rank: int | None
    rank_on: date | None
    votes: int | None
    published: date | None
    authors: str
    authors_more: int
    lead_authors: str
    lead_more: int
    organization: str
    thumbnail_url: str | None
    code_url: str | None
    project_url: str | None
    discussion_url: str | None
    withdrawn: bool
    has_abstract: bool
    sections: tuple[_CardSection, ...]
    first_lines: str
    source: _SummarySource | None
    second_sections: tuple[_CardSection, ...] = ()
    second_source: _SummarySource | None = None
    other_languages: tuple[_OtherLanguage, ...] = ()

    @classmethod
    def of(
        cls,
        paper: Paper,
        listed: ListedPaper | None,
        summary: Summary | None,
        rank: int | None,
        language: str,
        rank_on: date | None = None,
        second: Summary | None = None,
    ) -> _Card:
        is_other = second and summary and language_code(second.language) != language_code(summary.language)
        second = second if is_other else None
        share = 2 if second else 1
        sections = _sections(summary, share) if summary else ()
        opening = next((section.text for section in sections if section.text), "")
        version = summary.arxiv_version if summary else paper.arxiv_version
        return cls(
            id=paper.id,
            version_id=format_version_id(paper.id, version),
            url=paper.url,
            pdf_url=paper.pdf_url,
            title=format_title(paper),
            rank=rank,
            rank_on=rank_on,
            votes=listed.votes if listed else None,
            published=paper.published,
            authors=format_authors(paper, _CARD_AUTHORS),
            authors_more=max(0, len(paper.authors) - _CARD_AUTHORS),
            lead_authors=format_authors(paper, 1),
            lead_more=max(0, len(paper.authors) - 1),
            organization=shorten_readable(paper.organization or "", _ORGANIZATION),
            thumbnail_url=_web_address(paper.thumbnail_url),
            code_url=_web_address(paper.code_url),
            project_url=_web_address(paper.project_url),
            # Hugging Face has no pages for the identifiers used until 2007.
            discussion_url=None if "/" in paper.id else paper.discussion_url,
            withdrawn=paper.withdrawn,
            has_abstract=bool(readable(paper.abstract)),
            sections=sections,
            first_lines=shorten_readable(opening, _FIRST_LINES),
            source=_SummarySource.of(summary, language, paper.arxiv_version) if summary else None,
            second_sections=_sections(second, share) if second else (),
            second_source=_SummarySource.of(second, second.language, paper.arxiv_version) if second else None,
            other_languages=_other_languages(language, second.language if second else language),
        )


def _other_languages(*shown: str) -> tuple[_OtherLanguage, ...]:
    codes = {language_code(language) for language in shown}
    return tuple(
        _OtherLanguage(code, catalogue(code).t("card.in_this_language")) for code in languages() if code not in codes
    )


def _sections(summary: Summary, share: int) -> tuple[_CardSection, ...]:
    """What is stated; a `share` of two halves the room, for a card of two languages.

    Only a model that read the whole paper can tell that it does not state something.
    """
    stated = {section: readable(text) for section, text in summary.sections}
    has_read_all = summary.origin is Origin.MODEL and summary.read is ReadSource.FULL_TEXT
    shown = (section for section in Section if stated.get(section) or (has_read_all and section in MAIN_SECTIONS))
    return tuple(_CardSection.of(section, stated.get(section, ""), share) for section in shown)


def _web_address(url: str | None) -> str | None:
    """The address in the characters Slack accepts, or None where it is no address people could open."""
    if not url or len(url) > _ADDRESS:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    address = quote(url, safe=":/?#[]@!$&'()*+,;=%~", errors="replace")
    return address if len(address) <= _ADDRESS else None
