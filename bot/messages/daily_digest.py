"""The digest: a day's papers, or those of several days caught up on, each with what it says in one sentence.

A long digest is several messages: what Slack takes of one decides where the next begins, and no paper is cut in two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.messages.message import Message
from bot.messages.paper_text import (
    NO_BREAK,
    OPTION_TITLE,
    feed_facts,
    first_titles,
    format_title,
    format_upvotes,
    in_one_line,
    sentence_origin,
    shorten_readable,
    unbroken,
)
from bot.rules.channels import Layout
from bot.rules.digest_parts import MESSAGE, Size, split
from bot.rules.papers import LONGEST_TAKEAWAY
from bot.rules.reading_list import MOST_OFFERED, POSITION_EMOJI, OfferedPapers
from bot.rules.selection import Delay
from bot.templating.catalogues import catalogue, language_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from bot.messages.digest_notes import PostedEarlier
    from bot.rules.papers import ListedPaper, Takeaway
    from bot.rules.selection import ChosenDay
    from bot.templating.catalogues import Catalogue

_BEFORE = 5
_NAMED_DAYS = 5
# Lengths in characters.
_DAY_HEADING = 120
# Of a button, of the 2,000 that Slack takes, because the value counts towards what a message may hold.
_LONGEST_VALUE = 1_000
_NO_TAKEAWAYS: Mapping[str, Takeaway] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class DigestMessage:
    """One message of a digest, and the ids of the papers it lists."""

    message: Message
    papers: tuple[str, ...]


def digest_messages(
    *,
    days: Sequence[ChosenDay],
    language: str,
    source_url: str,
    emoji: str,
    takeaways: Mapping[str, Takeaway] = _NO_TAKEAWAYS,
    as_of: datetime | None = None,
    before: Sequence[PostedEarlier] = (),
    layout: Layout = Layout.THREAD,
) -> tuple[DigestMessage, ...]:
    """A day's papers by rank, or those of several `days`, oldest first, because a channel did not get all but the last.

    `takeaways` are found by the paper's id. `source_url` is the source's own address, under which its lists are, and
    `emoji` the name of one that saves a paper. With `as_of` it tells that the list was read then, on the clocks of the
    zone the moment carries, because the source did not answer later, or, of a day that is not settled, because the list
    still grows. `before` are papers of the same rank that came here earlier. The papers are numbered through, and a
    number means the same paper on every message.
    """
    opening = {
        "as_of": clock_time(as_of) if as_of else None,
        "is_settled": days[-1].is_settled,
        "missed": sum(each.delay is Delay.MISSED for each in days),
        "left_out": _left_out(days, catalogue(language)),
    }
    return _messages("digest", days, takeaways, before, layout, emoji, source_url, language, **opening)


def late_digest(
    *,
    day: ChosenDay,
    top: int,
    language: str,
    source_url: str,
    emoji: str,
    takeaways: Mapping[str, Takeaway] = _NO_TAKEAWAYS,
) -> tuple[DigestMessage, ...]:
    """The papers that rose into a day's `top` after it was posted, where no cards come; the values as for a digest."""
    return _messages("late_digest", [day], takeaways, (), Layout.DIGEST, emoji, source_url, language, top=top)


def _messages(
    template: str,
    days: Sequence[ChosenDay],
    takeaways: Mapping[str, Takeaway],
    before: Sequence[PostedEarlier],
    layout: Layout,
    emoji: str,
    source_url: str,
    language: str,
    **opening: object,
) -> tuple[DigestMessage, ...]:
    """The messages of a digest, as many as its papers take; the first opens with the values of its own."""
    words, is_alone = catalogue(language), layout is Layout.DIGEST
    entries = _entries(days, takeaways, words)
    linked = [(each.url, format_title(each.listed.paper)) for each in before[:_BEFORE]]
    beside = sum(len(url) + len(title) for url, title in linked)
    parts = split([entry.size(with_option=is_alone) for entry in entries], beside=beside)
    dates = _dates(days, words)
    shared = {
        **opening,
        "title": words.t("header.title", date=dates),
        "count": len(entries),
        "day": None if len(days) > 1 else unbroken(words.weekday_and_day(days[0].day)),
        "dates": dates,
        "how": _how_to_save(parts, layout, emoji, words),
    }
    messages = []
    for part in parts:
        listed = [entries[place] for place in part]
        message = Message.of(
            template if part.start == 0 else "digest_continued",
            language,
            **shared,
            groups=list(_by_day(listed, days, source_url, words)),
            leading=first_titles(entry.title for entry in listed),
            first=listed[0].number,
            last=listed[-1].number,
            origins=named_origins(
                [(entry.number, entry.origin) for entry in listed if entry.origin], words, language_code(language)
            ),
            before=linked if part is parts[-1] else [],
            offered=_offered(entries, listed),
            cards=[(entry.id, entry.option) for entry in listed] if is_alone else [],
        )
        messages.append(DigestMessage(message, tuple(entry.id for entry in listed)))
    return tuple(messages)


def clock_time(moment: datetime) -> str:
    """A moment on the clocks of its zone, with that zone's name."""
    return f"{moment:%H:%M}{NO_BREAK}({moment.tzinfo})"


# Votes brought up to date -------------------------------------------------------------------------------------------

_UPVOTES = re.compile(f"▲{NO_BREAK}[0-9,]+")
# Behind the link to a paper, as releases up to 0.5.0 wrote it: ` — 44 votes`, ` — 추천 44`.
_VOTES_IN_WORDS = re.compile(r"(?P<before> — (?:\w+ )?)[0-9,]+(?:(?P<after> [a-z]+?)s?)?")


def with_votes(payload: Mapping[str, Any], votes: Mapping[str, int]) -> Any:
    """A message that lists papers, with the `votes` each has now, by the paper's address; in whatever form it has."""
    changed = _with_new_counts(payload, votes)
    blocks = changed.get("blocks") or []
    for block, below in pairwise(blocks):
        paper = next((url for url in _linked_in(block) if url in votes), None)
        if paper and below.get("type") == "context":
            for element in (each for each in below["elements"] if "text" in each):
                element["text"] = _UPVOTES.sub(format_upvotes(votes[paper]), element["text"], count=1)
    return changed


def _with_new_counts(value: Any, votes: Mapping[str, int]) -> Any:
    if isinstance(value, dict):
        return {name: _with_new_counts(each, votes) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    elements = [_with_new_counts(each, votes) for each in value]
    for link, text in pairwise(elements):
        is_paper = isinstance(link, dict) and link.get("type") == "link" and link.get("url") in votes
        if is_paper and text.get("type") == "text" and (said := _VOTES_IN_WORDS.fullmatch(text["text"])):
            now = votes[link["url"]]
            counted = said["after"] + ("" if now == 1 else "s") if said["after"] else ""
            text["text"] = f"{said['before']}{now:,}{counted}"
    return elements


def _linked_in(block: Mapping[str, Any]) -> Iterator[str]:
    for line in block.get("elements", ()) if block.get("type") == "rich_text" else ():
        yield from (each["url"] for each in line.get("elements", ()) if each.get("type") == "link")


# Sentences brought up to date ---------------------------------------------------------------------------------------

_NUMBER = re.compile(r"(?P<number>[0-9]{1,3})\.\s")


def with_takeaways(payload: Mapping[str, Any], takeaways: Mapping[str, Takeaway], language: str) -> Mapping[str, Any]:
    """A message of a digest in a `language` with the sentences that its papers have now, by the paper's address.

    The same where that changes nothing, where one of its papers has no sentence any more, where a longer sentence
    leaves no room, and where the message is none of a digest with sentences or is in other words: those of an earlier
    release, or of the language a channel had before.
    """
    words = catalogue(language)
    blocks = [dict(block) for block in payload.get("blocks") or ()]
    entries = {place: entry for place, block in enumerate(blocks) if (entry := _listed_entry(block))}
    row = next((place for place, block in enumerate(blocks) if block.get("type") == "actions"), None)
    if not entries or row is None or _button_of(blocks[row]) != words.t("button.choose"):
        return payload
    if any(entry.url not in takeaways and entry.has_sentence for entry in entries.values()):
        return payload
    origins = []
    for place, entry in entries.items():
        if takeaway := takeaways.get(entry.url):
            sentence = {"type": "text", "text": "\n" + shorten_readable(takeaway.text, LONGEST_TAKEAWAY)}
            line = blocks[place]["elements"][0]
            blocks[place]["elements"] = [{**line, "elements": [*line["elements"][:2], sentence]}]
            origins.append((entry.number, origin_of(takeaway)))
    said = named_origins(origins, words, language_code(language))
    foot = {"type": "context", "elements": [{"type": "plain_text", "text": said, "emoji": False}]}
    has_foot = blocks[row - 1].get("type") == "context" and row - 2 not in entries
    blocks[row - has_foot : row] = [foot] if said else []
    changed = {**payload, "blocks": blocks}
    return payload if _length(changed) > max(_length(payload), MESSAGE.characters) else changed


@dataclass(frozen=True, slots=True)
class _ListedEntry:
    """A paper's line in a message that was sent."""

    number: int
    url: str
    has_sentence: bool


def _listed_entry(block: Mapping[str, Any]) -> _ListedEntry | None:
    match block:
        case {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {"type": "text", "text": str(number)},
                        {"type": "link", "url": str(url), "style": {"bold": True}},
                        *sentence,
                    ],
                }
            ],
        } if found := _NUMBER.fullmatch(number):
            return _ListedEntry(int(found["number"]), url, bool(sentence))
        case _:
            return None


def _button_of(block: Mapping[str, Any]) -> str:
    """The words of the button that opens the form of the day's papers; empty where there is none."""
    found = (each["text"]["text"] for each in block["elements"] if each.get("action_id") == "choose_papers")
    return next(found, "")


def _length(part: Any) -> int:
    """The characters of what a message says, its links and values with it."""
    if isinstance(part, dict):
        said = sum(len(part[name]) for name in ("text", "url", "value") if isinstance(part.get(name), str))
        return said + sum(map(_length, part.values()))
    return sum(map(_length, part)) if isinstance(part, list | tuple) else 0


# What a digest consists of ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    """A paper of a digest; `option` is what a menu calls it. Of several days, the first of each `opens_day`."""

    number: int
    id: str
    url: str
    title: str
    takeaway: str
    origin: tuple[str, str] | None
    facts: str
    option: str
    day: date
    opens_day: bool

    def size(self, *, with_option: bool) -> Size:
        """The size of this entry in a message, with the heading of its day where it opens one."""
        heading = _DAY_HEADING if self.opens_day else 0
        texts = [f"{self.number}. ", self.title, self.url, self.takeaway, self.facts]
        texts += [self.option, self.id] if with_option else []
        return Size(heading + sum(map(len, texts)) + 1, 2 + self.opens_day)


def _entries(days: Sequence[ChosenDay], takeaways: Mapping[str, Takeaway], words: Catalogue) -> list[_Entry]:
    entries: list[_Entry] = []
    for chosen in days:
        for place, listed in enumerate(chosen.papers):
            paper, takeaway = listed.paper, takeaways.get(listed.paper.id)
            entries.append(
                _Entry(
                    number=len(entries) + 1,
                    id=paper.id,
                    url=paper.url,
                    title=format_title(paper),
                    takeaway=shorten_readable(takeaway.text, LONGEST_TAKEAWAY) if takeaway else "",
                    origin=origin_of(takeaway) if takeaway else None,
                    facts=listed_facts(listed, words),
                    option=f"{len(entries) + 1}. {format_title(paper, OPTION_TITLE)}",
                    day=chosen.day,
                    opens_day=place == 0 and len(days) > 1,
                )
            )
    return entries


def listed_facts(listed: ListedPaper, words: Catalogue) -> str:
    """One line about a paper: what is known of it, and what is not is left out."""
    paper = listed.paper
    facts = (
        words.t("header.withdrawn") if paper.withdrawn else "",
        format_upvotes(listed.votes),
        *feed_facts(paper, listed.comments),
    )
    return in_one_line(facts)


@dataclass(frozen=True, slots=True)
class _Group:
    """The papers of one day; `heading` is its date where there are several days."""

    heading: str
    count: int
    listed: int
    list_url: str
    entries: Sequence[_Entry]


def _by_day(
    entries: Sequence[_Entry], days: Sequence[ChosenDay], source_url: str, words: Catalogue
) -> Iterator[_Group]:
    chosen = {each.day: each for each in days}
    for day, group in groupby(entries, key=lambda entry: entry.day):
        heading = unbroken(words.medium_date(day)) if len(days) > 1 else ""
        list_url = f"{source_url}/papers/date/{day.isoformat()}"
        yield _Group(heading, len(chosen[day].papers), chosen[day].listed, list_url, list(group))


def _offered(entries: Sequence[_Entry], listed: Sequence[_Entry]) -> str:
    """The papers of the form behind the button: all of them, or those of this message where a value can't hold all."""
    every = str(OfferedPapers(tuple(entry.id for entry in entries)))
    if len(entries) <= MOST_OFFERED and len(every) <= _LONGEST_VALUE:
        return every
    return str(OfferedPapers(tuple(entry.id for entry in listed), listed[0].number))


def _how_to_save(parts: Sequence[range], layout: Layout, emoji: str, words: Catalogue) -> str:
    """Instructions for saving a paper from here, and the place of the cards and of the other papers."""
    count = parts[-1].stop
    if layout is Layout.DIGEST:
        key = "header.how_one_alone" if count == 1 else "header.how_alone"
    else:
        key = "header.how_one" if count == 1 else "header.how"
    said = words.t(key, emoji=emoji, first=POSITION_EMOJI[0], last=POSITION_EMOJI[:count][-1])
    if len(parts) > 1:
        key = "header.rest_below" if layout is Layout.CARDS else "header.rest_in_thread"
        said += words.t(key, first=parts[1].start + 1, last=count)
    return said + words.t("header.in_thread", count=count) if layout is Layout.THREAD else said


def _dates(days: Sequence[ChosenDay], words: Catalogue) -> str:
    if len(days) == 1:
        return unbroken(words.medium_date(days[0].day))
    return named_days(days[0].day, days[-1].day, words)


def named_days(first: date, last: date, words: Catalogue) -> str:
    """Several days by the first and the last."""
    oldest, newest = (unbroken(words.short_date(day)) for day in (first, last))
    return words.t("catch_up.days", oldest=oldest, newest=newest)


def listed_days(days: Sequence[date], most: int, words: Catalogue) -> str:
    """Recent days, each by its name; more than `most` by the first and the last."""
    if len(days) > most:
        return named_days(days[0], days[-1], words)
    return " · ".join(unbroken(words.weekday_and_day(day)) for day in days)


def _left_out(days: Sequence[ChosenDay], words: Catalogue) -> str:
    """The days that had no digest because that was wanted, in words; empty where there are none."""
    those = [each.day for each in days if each.delay is Delay.LEFT_OUT]
    if not those:
        return ""
    return words.t("catch_up.left_out", count=len(those), dates=listed_days(those, _NAMED_DAYS, words))


def origin_of(takeaway: Takeaway) -> tuple[str, str]:
    """The author of a sentence and its language, as `named_origins` takes them."""
    return takeaway.origin, language_code(takeaway.language)


def named_origins(sentences: Iterable[tuple[int, tuple[str, str]]], words: Catalogue, wanted: str) -> str:
    """The origins of the sentences; with their numbers where it isn't the same for all, and in
    which language they are where it isn't the `wanted` one."""
    numbers: dict[tuple[str, str], list[int]] = {}
    for number, came_from in sentences:
        numbers.setdefault(came_from, []).append(number)
    said = []
    for (origin, language), those in numbers.items():
        name = sentence_origin(origin, language, words, wanted)
        said.append(name if len(numbers) == 1 else words.t("header.from_some", origin=name, numbers=_ranges(those)))
    return words.t("header.origins", origins=" · ".join(said)) if said else ""


def _ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers, runs of them by their ends: `1–3, 7`."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
