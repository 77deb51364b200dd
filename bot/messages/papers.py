"""Everything Paperboy can say in Slack: one typed function a message, each a template of the same name.

What is decided here is how much of a text is shown; where it stands is the template's, and its words the catalogue's.
Every message keeps to Slack's limits (docs.slack.dev, reference/block-kit) and to 10,000 characters in all, because
Slack refuses messages somewhat above that with `msg_blocks_too_long`. What is shortened ends in "…".
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from bot.rules.papers import MAIN_SECTIONS, EmptyDay, NotOpenYet, Origin, ReadSource, Section
from bot.rules.reading_list import POSITION_EMOJI
from bot.rules.selection import NothingFitting, NothingNew, NothingYet
from bot.templating.catalogues import catalogue, language_code, languages, named_languages
from bot.templating.environment import render_message
from bot.text.clean import clean_text, isolated, shorten
from bot.text.latex import without_latex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from bot.errors import PaperboyError
    from bot.rules.outbox import Undelivered
    from bot.rules.papers import ListedPaper, Paper, Summary, Unreachable
    from bot.rules.reading_list import SavedPaper
    from bot.rules.selection import ChosenDay, Without
    from bot.templating.blocks import Block

ENTRIES_PER_PAGE = 10

_SUBCOMMANDS = ("list", "settings", "language", "help")
_PAPER_VERBS = ("save", "remove", "share")
_EXAMPLE_ID = "2407.21017"
_HEADER_ENTRIES = 25
_CARD_AUTHORS = 5
_BEFORE = 5
_NAMED_IN_TEXT = 3
_TITLE_IN_TEXT = 120

# Lengths in characters. All of one card's at their longest stay under 10,000, with room for headings and buttons.
_TITLE = 200
_NAME = 60
# What an error says of the machine Paperboy runs on, which is the business of whoever runs it.
_OF_THE_MACHINE = frozenset({"path", "host", "port"})
_ORGANIZATION = 80
_MAIN_SECTION = 1200
_OTHER_SECTION = 360
_ABSTRACT = 2900
_FIRST_LINES = 120
_ADDRESS = 300
_SENTENCE_VALUE = 200
_ALOUD_TITLE = 60
_ONLY_WORDS = 2900
_NAMED_DAYS = 5


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to Slack: `text` for notifications and screen readers, in Slack's mrkdwn; `blocks` for everyone."""

    text: str
    blocks: tuple[Block, ...]

    @classmethod
    def of(cls, template: str, language: str, **values: object) -> Message:
        """The message of a template, in a language."""
        return cls(*render_message(template, language, **values))

    def to_payload(self) -> dict[str, Any]:
        """The `text` and `blocks` arguments of `chat.postMessage` and its like."""
        return {"text": self.text, "blocks": list(self.blocks)}


@dataclass(frozen=True, slots=True)
class PostedEarlier:
    """A paper with the address where a channel's people find it: its card there, or else the paper itself."""

    listed: ListedPaper
    url: str


def daily_header(
    *,
    day: date,
    papers: Sequence[ListedPaper],
    listed: int,
    language: str,
    source_url: str,
    emoji: str,
    as_of: datetime | None = None,
    is_settled: bool = True,
    before: Sequence[PostedEarlier] = (),
    in_thread: bool = True,
) -> Message:
    """What opens a day: its papers by rank, as links, and how to save them.

    `papers` holds at least one; `listed` is how many the day's list had in all, `source_url` where that list is,
    `emoji` the name of one that saves a paper. With `as_of` it tells that the list was read then, on the clocks of the
    zone the moment carries, because the source did not answer later, or, of a day that is not settled, because the list
    still grows. `before` are papers of the same rank that came here earlier, and `in_thread` tells where the cards are.
    """
    entries = [_Entry.of(listed_paper) for listed_paper in papers[:_HEADER_ENTRIES]]
    return Message.of(
        "daily_header",
        language,
        day=day,
        count=len(papers),
        listed=listed,
        source_url=source_url,
        entries=entries,
        more=len(papers) - len(entries),
        leading=_leading(entry.title for entry in entries),
        as_of=_clock_time(as_of),
        is_settled=is_settled,
        before=_linked(before[:_BEFORE]),
        in_thread=in_thread,
        emoji=emoji,
        first=POSITION_EMOJI[0],
        last=POSITION_EMOJI[: len(papers)][-1],
    )


def catch_up_header(
    *,
    days: Sequence[ChosenDay],
    language: str,
    emoji: str,
    as_of: datetime | None = None,
    before: Sequence[PostedEarlier] = (),
    in_thread: bool = True,
) -> Message:
    """What opens several days at once, because a channel missed all but the last of them; `days` hold two or more."""
    entries = [_Entry.of(listed, chosen.day) for chosen in days for listed in chosen.papers]
    shown = entries[:_HEADER_ENTRIES]
    return Message.of(
        "catch_up_header",
        language,
        missed=len(days) - 1,
        oldest=days[0].day,
        newest=days[-1].day,
        count=len(entries),
        entries=shown,
        more=len(entries) - len(shown),
        leading=_leading(entry.title for entry in shown),
        as_of=_clock_time(as_of),
        is_settled=days[-1].is_settled,
        before=_linked(before[:_BEFORE]),
        in_thread=in_thread,
        emoji=emoji,
        first=POSITION_EMOJI[0],
        last=POSITION_EMOJI[: len(entries)][-1],
    )


def with_votes(payload: Mapping[str, Any], changed: Mapping[str, tuple[int, int]], language: str) -> Any:
    """A message that lists papers, with other votes behind the links to some: old and new by the paper's address."""
    words = catalogue(language)

    def counted(votes: int) -> str:
        return f" — {words.t('card.votes', count=votes)}"

    def redrawn(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: redrawn(each) for name, each in value.items()}
        if not isinstance(value, list):
            return value
        elements = [redrawn(each) for each in value]
        for link, text in pairwise(elements):
            if not (isinstance(link, dict) and link.get("type") == "link" and link.get("url") in changed):
                continue
            old, new = changed[link["url"]]
            if text.get("type") == "text" and text.get("text") == counted(old):
                text["text"] = counted(new)
        return elements

    return redrawn(payload)


def best_of_week(*, without: Sequence[Without], entries: Sequence[PostedEarlier], language: str) -> Message:
    """The best of a week, on a day that brings no papers, and why it does not."""
    shown = _linked(entries)
    return Message.of(
        "best_of_week",
        language,
        sentences=[day_sentence(answer, language) for answer in without[-_NAMED_DAYS:]],
        entries=shown,
        leading=_leading(entry.title for entry in shown),
    )


def recap(*, first: date, last: date, entries: Sequence[PostedEarlier], language: str) -> Message:
    """The best of what a channel got from a `first` day to a `last`, as links to the cards."""
    shown = _linked(entries)
    leading = _leading(entry.title for entry in shown)
    return Message.of("recap", language, first=first, last=last, count=len(shown), entries=shown, leading=leading)


def late_header(*, day: date, papers: Sequence[ListedPaper], top: int, language: str) -> Message:
    """What opens the cards of papers that rose into a day's `top` after it was posted."""
    leading = _leading(_title(listed.paper) for listed in papers)
    return Message.of("late_header", language, day=day, count=len(papers), top=top, leading=leading)


def paper_card(
    *,
    listed: ListedPaper | None,
    paper: Paper,
    summary: Summary | None,
    language: str,
    private: bool = False,
    rank: int | None = None,
    rank_on: date | None = None,
    second: Summary | None = None,
    being_written: bool = False,
) -> Message:
    """One paper: title, votes, authors, summary, where to read it, and what the summary rests on.

    `private` cards, which one person sees, can be shared. `rank_on` names the day of the `rank` where cards of several
    days stand together. A `second` summary stands below when it is in another language than the first. With
    `being_written` it tells that a summary is to follow.
    """
    card = _Card.of(paper, listed, summary, rank, language, rank_on, second)
    return _said_of(card, language, private, being_written)


def shared_card(
    *, user_id: str, paper: Paper, listed: ListedPaper | None, summary: Summary | None, language: str
) -> Message:
    """The card a person shows to a whole channel."""
    card = _Card.of(paper, listed, summary, None, language)
    return Message.of("shared_card", language, card=card, private=False, user_id=user_id, being_written=False)


def reading_list(*, entries: Sequence[SavedPaper], total: int, page: int, language: str, emoji: str) -> Message:
    """One page of a person's list; `page` counts from 1, `entries` are that page's, `total` is the whole list's length.

    Days are those of each `saved_at` in the zone it carries.
    """
    shown = [_Saved.of(entry) for entry in entries[:ENTRIES_PER_PAGE]]
    pages = max(1, -(-total // ENTRIES_PER_PAGE))
    return Message.of(
        "reading_list",
        language,
        entries=shown,
        total=total,
        page=page,
        pages=pages,
        newer=str(min(page - 1, pages)) if page > 1 else None,
        older=str(page + 1) if page < pages else None,
        leading=_leading(entry.title for entry in shown),
        emoji=emoji,
    )


def help_text(*, language: str, emoji: str, unknown: str | None = None, suggestion: str | None = None) -> Message:
    """What can be asked; opened, when a word was `unknown`, by the `suggestion` that is nearest to it."""
    word = _fit(unknown, _NAME) if unknown else None
    return Message.of("help_text", language, unknown=word, suggestion=suggestion, emoji=emoji)


def looking_up(*, ids: Sequence[str], language: str, more: int = 0) -> Message:
    """Said at once, while papers not known yet are fetched; `more` were asked for and will not be."""
    return Message.of("looking_up", language, count=len(ids), ids=", ".join(ids), more=more)


def saved(*, paper: Paper, total: int, language: str) -> Message:
    """A paper went onto a list, which now holds `total`."""
    return _say_about("saved", paper, language, total)


def already_saved(*, paper: Paper, total: int, language: str) -> Message:
    """A paper was on the list of `total` before."""
    return _say_about("already_saved", paper, language, total)


def removed(*, paper: Paper, total: int, language: str) -> Message:
    """A paper went off a list, which now holds `total`."""
    return _say_about("removed", paper, language, total)


def not_saved(*, paper: Paper, language: str) -> Message:
    """A paper that was to be removed was not on the list."""
    return _say_about("not_saved", paper, language)


def shared(*, paper: Paper, language: str) -> Message:
    """Told to the person who shared a paper."""
    return _say_about("shared", paper, language)


def abstract(*, paper: Paper, language: str) -> Message:
    """A paper's abstract in its authors' words."""
    whole = _readable(paper.abstract)
    text = shorten(whole, _ABSTRACT)
    return Message.of(
        "abstract",
        language,
        paper=_Named.of(paper),
        text=isolated(text),
        shortened=text != whole,
        first_lines=isolated(shorten(whole, _FIRST_LINES)),
    )


def failure(*, error: PaperboyError, reference: str, language: str) -> Message:
    """What went wrong and what to do about it, with the `reference` under which the log tells more."""
    said = sentence(error, language)
    if error.values.keys() & _OF_THE_MACHINE:
        said = catalogue(language).t("failure.out_of_order")
    return Message.of("failure", language, sentence=said, reference=reference)


def day_note(*, without: Sequence[Without], waiting: NotOpenYet | Unreachable | None, language: str) -> Message:
    """Why a channel that is due gets no papers, or not all.

    Days `without` any for it, of which the latest few are named, and the one it is `waiting` for.
    """
    words = catalogue(language)
    sentences = [day_sentence(answer, language) for answer in without[-_NAMED_DAYS:]]
    if waiting:
        key = "note.not_open_yet" if isinstance(waiting, NotOpenYet) else "note.unreachable"
        sentences.append(words.t(key, date=words.long_date(waiting.day)))
    return Message.of("day_note", language, sentences=sentences)


def channel_paused(*, channel: str, error: str, language: str) -> Message:
    """Told to whoever looks after a channel: Slack lets Paperboy post there no more, and why."""
    return Message.of("channel_paused", language, channel=channel, error=_fit(error, _NAME))


def messages_undelivered(*, undelivered: Undelivered, language: str) -> Message:
    """Told to the operator: messages to a channel were refused, or could not be confirmed, and what sends them."""
    day = undelivered.day.isoformat() if undelivered.day else None
    error = _fit(undelivered.error, _NAME)
    return Message.of("messages_undelivered", language, undelivered=undelivered, error=error, day=day)


def messages_waiting(*, channel: str, count: int, error: str, language: str) -> Message:
    """Told to the operator: Slack puts `count` messages to a channel off, and why."""
    return Message.of("messages_waiting", language, channel=channel, count=count, error=_fit(error, _NAME))


def message_doubled(*, channel: str, is_repaired: bool, language: str) -> Message:
    """Told to the operator: a message stood in a channel twice, and the later one was deleted or stays."""
    return Message.of("message_doubled", language, channel=channel, is_repaired=is_repaired)


def serving_failed(*, channel: str, reference: str, language: str) -> Message:
    """Told to the operator: a channel could not be served for a reason Paperboy does not know."""
    return Message.of("serving_failed", language, channel=channel, reference=reference)


def source_away(*, day: date, language: str) -> Message:
    """Told to the operator: the papers of a day wait for Hugging Face."""
    return Message.of("source_away", language, day=day)


def sentence(error: PaperboyError, language: str) -> str:
    """What went wrong and what to do about it, as plain text; an error without a sentence gets the general one."""
    words = catalogue(language)
    key = error.key if error.key in words.entries else "error.unexpected"
    known = {name: _fit(str(value), _SENTENCE_VALUE) for name, value in error.values.items()}
    return words.t(key, **{name: known.get(name, "?") for name in words.names(key)})


def day_sentence(answer: Without | NotOpenYet | Unreachable, language: str) -> str:
    """Why there are no papers for a day, as plain text."""
    words = catalogue(language)
    match answer:
        case EmptyDay():
            key = "day.empty"
        case NothingNew():
            key = "day.nothing_new"
        case NothingFitting():
            key = "day.nothing_fitting"
        case NothingYet():
            key = "day.nothing_yet"
        case NotOpenYet():
            key = "day.not_open_yet"
        case _:
            key = "day.unreachable"
    return words.t(key, date=words.long_date(answer.day))


def subcommands() -> dict[str, str]:
    """Each word, in every language, that names a subcommand of `/paper`: `{"list": "list", "목록": "list", …}`."""
    return {
        word: name
        for language in languages()
        for name in _SUBCOMMANDS
        for word in catalogue(language).listed(f"command.{name}")
    }


def paper_phrases() -> dict[str, str]:
    """What words beside the id of a paper mean, in every language: `{"save": "save", "in korean": "in ko"}`.

    Words that ask for nothing the answer does not do anyway mean an empty text.
    """
    found: dict[str, str] = {}
    for language in languages():
        words = catalogue(language)
        for code in named_languages():
            name = words.language_name(code)
            for phrase in (name, words.t("command.in_language", language=name)):
                found[phrase.casefold()] = f"in {code}"
            found[words.t("command.in_language", language=code).casefold()] = f"in {code}"
        found |= dict.fromkeys(words.listed("command.beside"), "")
        for verb in _PAPER_VERBS:
            found |= dict.fromkeys(words.listed(f"command.{verb}"), verb)
    return found


def with_ignored(message: Message, *, words: str, language: str) -> Message:
    """The same message, and that some `words` were not understood; the message itself where there are none."""
    if not words:
        return message
    note = Message.of("words_ignored", language, words=_fit(words, _NAME))
    return Message(f"{message.text} {note.text}", (*message.blocks, *note.blocks))


def answered_elsewhere(message: Message, *, channel: str, language: str) -> Message:
    """An answer that reaches somebody in a direct message, and what it is about; the message itself for no channel."""
    if not channel:
        return message
    about = Message.of("answered_elsewhere", language, channel=channel)
    return Message(f"{about.text} {message.text}", (*about.blocks, *message.blocks))


def needs_paper(*, verb: str, language: str) -> Message:
    """Told to who types `save`, `remove` or `share` and names no paper."""
    words = catalogue(language)
    example = f"/paper {words.listed(f'command.{verb}')[0]} {_EXAMPLE_ID}"
    return Message.of("_sentence", language, sentence=words.t("help.needs_paper", example=example))


def choice_unknown(*, language: str) -> Message:
    """Told to who chose something from a menu that is not there any more, or never was."""
    return Message.of("_sentence", language, sentence=catalogue(language).t("card.choice_unknown"))


def only_words(payload: dict[str, Any]) -> dict[str, Any]:
    """The same message as its top-level text alone: for when Slack refuses the blocks or their length."""
    kept = {name: value for name, value in payload.items() if name != "blocks"}
    return {**kept, "text": shorten(payload["text"], _ONLY_WORDS)}


def without_images(payload: dict[str, Any]) -> dict[str, Any]:
    """The same message without any picture: for when Slack cannot fetch one and refuses the whole."""
    kept = (_without_image(block) for block in payload.get("blocks", ()))
    return {**payload, "blocks": [block for block in kept if block is not None]}


def _without_image(block: Block) -> Block | None:
    if block["type"] == "image":
        return None
    if block.get("accessory", {}).get("type") == "image":
        return {name: value for name, value in block.items() if name != "accessory"}
    if block["type"] == "context":
        elements = [element for element in block["elements"] if element["type"] != "image"]
        return {**block, "elements": elements} if elements else None
    return block


def _linked(papers: Sequence[PostedEarlier]) -> list[_Entry]:
    return [_Entry(each.url, _title(each.listed.paper), each.listed.votes, None) for each in papers[:_HEADER_ENTRIES]]


def _clock_time(moment: datetime | None) -> str | None:
    return moment.strftime("%H:%M") if moment else None


def _leading(titles: Iterable[str]) -> list[str]:
    return [shorten(title, _TITLE_IN_TEXT) for title in islice(titles, _NAMED_IN_TEXT)]


@lru_cache(maxsize=512)
def _said_of(card: _Card, language: str, private: bool, being_written: bool) -> Message:
    """The day's papers are asked for over and over, and a card is the body of an acknowledgement."""
    return Message.of("paper_card", language, card=card, private=private, being_written=being_written)


def _say_about(template: str, paper: Paper, language: str, total: int = 0) -> Message:
    return Message.of(template, language, paper=_Named.of(paper), total=total)


@dataclass(frozen=True, slots=True)
class _Named:
    id: str
    version_id: str
    url: str
    title: str

    @classmethod
    def of(cls, paper: Paper) -> _Named:
        return cls(paper.id, _version_id(paper.id, paper.arxiv_version), paper.url, _title(paper))


@dataclass(frozen=True, slots=True)
class _Entry:
    url: str
    title: str
    votes: int
    day: date | None

    @classmethod
    def of(cls, listed: ListedPaper, day: date | None = None) -> _Entry:
        return cls(listed.paper.url, _title(listed.paper), listed.votes, day)


@dataclass(frozen=True, slots=True)
class _Saved:
    id: str
    url: str
    title: str
    short_title: str
    authors: str
    authors_more: int
    saved_on: date

    @classmethod
    def of(cls, entry: SavedPaper) -> _Saved:
        paper = entry.paper
        return cls(
            id=paper.id,
            url=paper.url,
            title=_title(paper),
            short_title=_title(paper, _ALOUD_TITLE),
            authors=_authors(paper, _NAMED_IN_TEXT),
            authors_more=max(0, len(paper.authors) - _NAMED_IN_TEXT),
            saved_on=entry.saved_at.date(),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    section: Section
    text: str
    shortened: bool

    @classmethod
    def of(cls, section: Section, whole: str, share: int) -> _Part:
        text = shorten(whole, (_MAIN_SECTION if section in MAIN_SECTIONS else _OTHER_SECTION) // share)
        return cls(section, isolated(text), shortened=text != whole)


@dataclass(frozen=True, slots=True)
class _Basis:
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
    def of(cls, summary: Summary, wanted: str, newest: int | None) -> _Basis:
        if language_code(summary.language) == language_code(wanted):
            in_language = "foot.in_language"
        elif summary.origin is Origin.EXTRACT:
            in_language = "foot.in_paper_language"
        else:
            in_language = "foot.not_in_language"
        return cls(
            made=f"foot.{summary.origin}_{summary.read}",
            by=_fit(summary.made_by, _NAME),
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
    parts: tuple[_Part, ...]
    first_lines: str
    basis: _Basis | None
    second_parts: tuple[_Part, ...] = ()
    second_basis: _Basis | None = None
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
        parts = _parts(summary, share) if summary else ()
        opening = next((part.text for part in parts if part.text), "")
        version = summary.arxiv_version if summary else paper.arxiv_version
        return cls(
            id=paper.id,
            version_id=_version_id(paper.id, version),
            url=paper.url,
            pdf_url=paper.pdf_url,
            title=_title(paper),
            rank=rank,
            rank_on=rank_on,
            votes=listed.votes if listed else None,
            published=paper.published,
            authors=_authors(paper, _CARD_AUTHORS),
            authors_more=max(0, len(paper.authors) - _CARD_AUTHORS),
            lead_authors=_authors(paper, 1),
            lead_more=max(0, len(paper.authors) - 1),
            organization=_fit(paper.organization or "", _ORGANIZATION),
            thumbnail_url=_web_address(paper.thumbnail_url),
            code_url=_web_address(paper.code_url),
            project_url=_web_address(paper.project_url),
            # Hugging Face has no pages for the identifiers used until 2007.
            discussion_url=None if "/" in paper.id else paper.discussion_url,
            withdrawn=paper.withdrawn,
            has_abstract=bool(_readable(paper.abstract)),
            parts=parts,
            first_lines=_fit(opening, _FIRST_LINES),
            basis=_Basis.of(summary, language, paper.arxiv_version) if summary else None,
            second_parts=_parts(second, share) if second else (),
            second_basis=_Basis.of(second, second.language, paper.arxiv_version) if second else None,
            other_languages=_other_languages(language, second.language if second else language),
        )


def _other_languages(*shown: str) -> tuple[_OtherLanguage, ...]:
    codes = {language_code(language) for language in shown}
    return tuple(
        _OtherLanguage(code, catalogue(code).t("card.in_this_language")) for code in languages() if code not in codes
    )


def _parts(summary: Summary, share: int) -> tuple[_Part, ...]:
    """What is stated; a `share` of two halves the room, for a card of two languages.

    Only a model that read the whole paper can tell that it does not state something.
    """
    stated = {section: _readable(text) for section, text in summary.sections}
    has_read_all = summary.origin is Origin.MODEL and summary.read is ReadSource.FULL_TEXT
    shown = (section for section in Section if stated.get(section) or (has_read_all and section in MAIN_SECTIONS))
    return tuple(_Part.of(section, stated.get(section, ""), share) for section in shown)


def _title(paper: Paper, limit: int = _TITLE) -> str:
    return _fit(paper.title, limit) or paper.id


def _authors(paper: Paper, how_many: int) -> str:
    return ", ".join(_fit(name, _NAME) for name in paper.authors[:how_many])


def _version_id(paper_id: str, version: int | None) -> str:
    return paper_id if version is None else f"{paper_id}v{version}"


def _fit(text: str, limit: int) -> str:
    return isolated(shorten(_readable(text), limit))


@lru_cache(maxsize=4096)
def _readable(text: str) -> str:
    return clean_text(without_latex(clean_text(text)))


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
