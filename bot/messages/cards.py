"""A paper's card, and what its menu shows.

What is decided here is how much of a text is shown; where it stands is the template's, and its words the catalogue's.
A card keeps to Slack's limits (docs.slack.dev, reference/block-kit) and to 10,000 characters in all, because Slack
refuses messages somewhat above that with `msg_blocks_too_long`. What is shortened ends in "…".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from bot.messages.message import Message
from bot.messages.paper_text import (
    NAME_LENGTH,
    NamedPaper,
    feed_facts,
    format_authors,
    format_title,
    format_topics,
    format_version_id,
    in_one_line,
    sentence_origin,
    shorten_readable,
    unbroken,
)
from bot.rules.feedback import rated
from bot.rules.papers import LONGEST_TAKEAWAY, MAIN_SECTIONS, Origin, ReadSource, Section, TakeawayOrigin
from bot.templating.catalogues import catalogue, language_code, languages
from bot.text.clean import isolated, shorten
from bot.text.readable import readable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from bot.rules.papers import ListedPaper, Paper, Summary, Takeaway
    from bot.templating.catalogues import Catalogue

# Lengths in characters. All of one card's at their longest stay under 10,000, with room for headings and buttons.
_CARD_AUTHORS = 5
_MAIN_SECTION = 1200
_OTHER_SECTION = 360
_ABSTRACT = 2900
_ALL_AUTHORS = 2900
_KEYWORDS = 20
_MOST_OPTIONS = 5
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
    takeaway: Takeaway | None = None,
    being_written: bool = False,
    can_share: bool = True,
    is_saved: bool = False,
) -> Message:
    """One paper: title, votes, authors, summary, where to read it, and what the summary rests on.

    `private` cards, which one person sees, can be shared where others are: below the message `share_in`, where it is
    given. `rank_on`
    names the day of the `rank` where cards of several days stand together. A `second` summary stands below when it is
    in another language than the first. A `takeaway`, for a card that no digest stands above, opens it where it says
    something the summary does not. With `being_written` it tells that a summary is to follow. One that
    `is_saved`, on the list of the person who sees it, has a button to remove it.
    """
    card = _Card.of(paper, listed, summary, rank, language, rank_on, second, takeaway)
    return _render_card(card, language, private, can_share, share_in, being_written, is_saved)


def shared_card(
    *,
    user_id: str,
    paper: Paper,
    listed: ListedPaper | None,
    summary: Summary | None,
    language: str,
    takeaway: Takeaway | None = None,
) -> Message:
    """The card a person shows to a whole channel."""
    card = _Card.of(paper, listed, summary, None, language, takeaway=takeaway)
    return Message.of(
        "shared_card", language, card=card, private=False, user_id=user_id, being_written=False, is_saved=False
    )


def shared(*, paper: Paper, language: str) -> Message:
    """Answer to the person who shared a paper."""
    return Message.of("shared", language, paper=NamedPaper.of(paper), total=0)


def details(*, paper: Paper, language: str) -> Message:
    """Details that a card has no room for: the abstract in its authors' words, all authors, and the keywords."""
    whole = readable(paper.abstract)
    text = shorten(whole, _ABSTRACT)
    named = _fitting_authors(paper)
    return Message.of(
        "details",
        language,
        paper=NamedPaper.of(paper),
        authors=format_authors(paper, named),
        authors_more=len(paper.authors) - named,
        keywords=", ".join(format_topics(paper, _KEYWORDS)),
        text=isolated(text),
        shortened=text != whole,
        first_lines=isolated(shorten(whole, _FIRST_LINES)),
    )


def choice_unknown(*, language: str) -> Message:
    """Answer to a choice from a menu that is not there any more, or never was."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("card.choice_unknown"))


def beside_facts(payload: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The blocks of a card but for that of its facts, such as stars, which change whatever its summary says."""
    return [block for block in payload["blocks"] if block["type"] != "section"]


@lru_cache(maxsize=512)
def _render_card(
    card: _Card,
    language: str,
    private: bool,
    can_share: bool,
    share_in: str | None,
    being_written: bool,
    is_saved: bool,
) -> Message:
    """The day's papers are asked for over and over, and a card is the body of an acknowledgement."""
    message = Message.of(
        "paper_card",
        language,
        card=card,
        private=private,
        can_share=can_share,
        share_in=share_in,
        being_written=being_written,
        is_saved=is_saved,
    )
    return replace(message, shows=(card.id,))


def _fitting_authors(paper: Paper) -> int:
    """The number of authors there is room for."""
    lengths = accumulate(min(len(name), NAME_LENGTH) + len(", ") for name in paper.authors)
    return sum(length <= _ALL_AUTHORS for length in lengths)


@dataclass(frozen=True, slots=True)
class _CardSection:
    """A heading, what stands below it, and the words that lead to the rest of it; none where nothing was left out.

    `absent` is said in place of a text: that the paper does not state it.
    """

    heading: str
    text: str
    read_on: str
    absent: str

    @classmethod
    def of(cls, section: Section, whole: str, share: int, words: Catalogue) -> _CardSection:
        text = shorten(whole, (_MAIN_SECTION if section in MAIN_SECTIONS else _OTHER_SECTION) // share)
        return cls(
            words.t(f"section.{section}"),
            isolated(text),
            read_on=words.t("card.read_on") if text != whole else "",
            absent="" if whole else words.t("not_stated.full_text"),
        )


@dataclass(frozen=True, slots=True)
class _OtherLanguage:
    """A language a card can be had in as well, and the words that offer it, in that language."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class _Card:
    id: str
    url: str
    pdf_url: str
    title: str
    votes: int | None
    facts: str
    authors: str
    authors_more: int
    lead_authors: str
    lead_more: int
    feed_facts: str
    thumbnail_url: str | None
    code_url: str | None
    project_url: str | None
    discussion_url: str | None
    withdrawn: bool
    has_abstract: bool
    has_details: bool
    lead: str
    sections: tuple[_CardSection, ...]
    second_sections: tuple[_CardSection, ...]
    first_lines: str
    foot: str
    # The value of the buttons that rate a summary, empty where no model wrote one.
    rated: str
    # The language of the summary that can be reported, None where there is none.
    spoken: str | None
    other_languages: tuple[_OtherLanguage, ...]

    @property
    def can_cite(self) -> bool:
        """Whether there is room for that in the menu, which takes five options (docs.slack.dev, overflow menu)."""
        others = (self.has_details, self.discussion_url, self.spoken)
        return len(self.other_languages) + sum(map(bool, others)) < _MOST_OPTIONS

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
        takeaway: Takeaway | None = None,
    ) -> _Card:
        is_other = second and summary and language_code(second.language) != language_code(summary.language)
        second = second if is_other else None
        words, share = catalogue(language), 2 if second else 1
        # Two languages need a heading each; over a single text stand the words of whoever reads it.
        sections = (
            _sections(summary, share, _words_of(summary.language, language) if second else words) if summary else ()
        )
        opening = next((section.text for section in sections if section.text), "")
        lead, to_rate = _lead(takeaway, summary), rated(summary, second)
        authors = tuple(filter(None, paper.authors))
        return cls(
            id=paper.id,
            url=paper.url,
            pdf_url=paper.pdf_url,
            title=format_title(paper),
            votes=listed.votes if listed else None,
            facts=_facts(paper, listed, _rank(rank, rank_on, words), words),
            authors=format_authors(paper, _CARD_AUTHORS),
            authors_more=max(0, len(paper.authors) - _CARD_AUTHORS),
            lead_authors=format_authors(paper, 1),
            lead_more=max(0, len(paper.authors) - 1),
            feed_facts=in_one_line(feed_facts(paper, listed.comments if listed else 0)),
            thumbnail_url=web_address(paper.thumbnail_url),
            code_url=web_address(paper.code_url),
            project_url=web_address(paper.project_url),
            # Hugging Face has no pages for the identifiers used until 2007.
            discussion_url=None if "/" in paper.id else paper.discussion_url,
            withdrawn=paper.withdrawn,
            has_abstract=bool(readable(paper.abstract)),
            has_details=bool(readable(paper.abstract) or authors or paper.keywords),
            lead=isolated(shorten(lead.text, LONGEST_TAKEAWAY)) if lead else "",
            sections=sections,
            second_sections=_sections(second, share, _words_of(second.language, language), MAIN_SECTIONS)
            if second
            else (),
            first_lines=shorten_readable(opening, _FIRST_LINES),
            foot=_foot(paper, summary, second, lead, language),
            rated=str(to_rate or ""),
            spoken=to_rate.language if to_rate else summary.language if summary else None,
            other_languages=_other_languages(language, second),
        )


def _rank(rank: int | None, rank_on: date | None, words: Catalogue) -> str:
    if rank is None:
        return ""
    if rank_on is None:
        return words.t("card.rank", rank=rank)
    return words.t("card.rank_on", rank=rank, date=words.short_date(rank_on))


def _facts(paper: Paper, listed: ListedPaper | None, rank: str, words: Catalogue) -> str:
    """The rank, upvotes and date of a paper in one line, each unbroken, as far as they are known."""
    facts = (
        rank,
        words.t("card.votes", count=listed.votes) if listed else "",
        words.t("card.published", date=words.short_date(paper.published)) if paper.published else "",
    )
    return in_one_line(unbroken(fact) for fact in facts)


def _words_of(spoken: str, language: str) -> Catalogue:
    """The words of the language of a text, where Paperboy speaks it, or else those of the card."""
    return catalogue(spoken if language_code(spoken) in languages() else language)


def _other_languages(language: str, second: Summary | None) -> tuple[_OtherLanguage, ...]:
    """The languages whose card shows more than this one; of a second language it has the main sections alone."""
    is_whole = second and all(section in MAIN_SECTIONS for section, _ in second.sections)
    shown = {language_code(language), language_code(second.language) if second and is_whole else ""}
    return tuple(
        _OtherLanguage(code, catalogue(code).t("card.in_this_language")) for code in languages() if code not in shown
    )


def _sections(
    summary: Summary, share: int, words: Catalogue, wanted: Sequence[Section] = tuple(Section)
) -> tuple[_CardSection, ...]:
    """The sections that the summary states; a `share` of two halves the room, for a card of two languages.

    Only a model that read the whole paper can tell that it does not state something.
    """
    stated = {section: readable(text) for section, text in summary.sections}
    has_read_all = summary.origin is Origin.MODEL and summary.read is ReadSource.FULL_TEXT
    absent = summary.not_stated if has_read_all else ()
    return tuple(
        _CardSection.of(section, stated.get(section, ""), share, words)
        for section in wanted
        if stated.get(section) or section in absent
    )


def _lead(takeaway: Takeaway | None, summary: Summary | None) -> Takeaway | None:
    """The sentence that opens a card; None where it would say again what stands below.

    One of the abstract's own is left to the extract, which chooses among the same sentences.
    """
    if takeaway is None or takeaway.origin is TakeawayOrigin.ABSTRACT:
        return None
    below = " ".join(text for _, text in summary.sections) if summary else ""
    return None if _letters(takeaway.text) in _letters(below) else takeaway


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, readable(text).casefold()))


def _foot(paper: Paper, summary: Summary | None, second: Summary | None, lead: Takeaway | None, language: str) -> str:
    """The sources of the texts: by whom, from what, in which language, and when; said once if the same for both."""
    words = catalogue(language)
    version = summary.arxiv_version if summary else paper.arxiv_version
    said = [_origin_of(lead, language), *_made(paper, summary, second, language)]
    return " · ".join(filter(None, [*said, words.t("foot.id", id=format_version_id(paper.id, version))]))


def _made(paper: Paper, summary: Summary | None, second: Summary | None, language: str) -> list[str]:
    words = catalogue(language)
    if summary is None:
        return []
    facts = _facts_of(summary, paper, words)
    if second is None:
        return [facts[0], _language_of(summary, language), *facts[1:]]
    others = _facts_of(second, paper, words)
    both = [_language_of(summary, language), _language_of(second, second.language, words)]
    if facts == others:
        return [facts[0], ", ".join(both), *facts[1:]]
    shared = [fact for fact, other in zip(facts, others, strict=True) if fact == other]
    return [
        *(
            words.t(
                "foot.in_one_language", language=spoken, facts=", ".join(each for each in own if each not in shared)
            )
            for spoken, own in zip(both, ([*filter(None, facts)], [*filter(None, others)]), strict=True)
        ),
        *shared,
    ]


def _facts_of(summary: Summary, paper: Paper, words: Catalogue) -> tuple[str, str, str]:
    """A summary's author and material, its date, and a note when the paper has a newer version by now."""
    version, newest = summary.arxiv_version, paper.arxiv_version
    is_older = version and newest and version < newest
    return (
        words.t(f"foot.{summary.origin}_{summary.read}", by=shorten_readable(summary.made_by, NAME_LENGTH)),
        words.t("foot.read", date=unbroken(words.short_date(summary.made_at.date()))),
        words.t("foot.older_version", version=version, newest=newest) if is_older else "",
    )


def _language_of(summary: Summary, wanted: str, words: Catalogue | None = None) -> str:
    """The language a summary is in, and why it is not the one that is wanted."""
    words = words or catalogue(wanted)
    if language_code(summary.language) == language_code(wanted):
        key = "foot.in_language"
    elif summary.origin is Origin.EXTRACT:
        key = "foot.in_paper_language"
    else:
        key = "foot.not_in_language"
    return words.t(key, language=words.language_name(summary.language), wanted=words.language_name(wanted))


def _origin_of(lead: Takeaway | None, language: str) -> str:
    """The source of the opening sentence, unless the summary comes from there as well."""
    if lead is None or lead.origin is not TakeawayOrigin.FEED:
        return ""
    words = catalogue(language)
    origin = sentence_origin(lead.origin, language_code(lead.language), words, language_code(language))
    return words.t("foot.first_sentence", origin=origin)


def web_address(url: str | None) -> str | None:
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
