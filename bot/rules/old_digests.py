"""The reader of digests in the format Paperboy replaces, kept as Markdown files.

Their papers, order, votes, and summaries are what was once printed, true or not. The files were written over years by
changing programs and models, so nearly everything in them may be missing or odd.

The format only looks like Markdown, so no Markdown parser reads it: headings are broken over several lines and titles
have unbalanced brackets, where CommonMark sees no link; bullets may be `•`; an asterisk in a formula is no emphasis;
and each digest's text is kept character for character.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.rules.papers import Origin, ReadSource, Section, Summary, find_paper_refs
from bot.text.clean import clean_text, shorten
from bot.text.languages import language_of
from bot.text.latex import with_latex_restored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_DIGEST_HEADING = re.compile(r"##\s*Daily Papers\s*\(([^()]*)\)", re.IGNORECASE)
_ANY_HEADING = re.compile(r"#{1,6}\s")
_PAPER_HEADING = re.compile(r"###\s+\[(?P<title>.*)\]\((?P<address>[^()\s]*)\)")
_THUMBNAIL = re.compile(r"!\[[^\]]*\]\((?P<address>\S*)\)")
_VOTES = re.compile(r"Votes?\s*:\s*(?P<count>[0-9]{1,9}|-)?", re.IGNORECASE)
_AUTHORS = re.compile(r"Authors?\s*:(?P<line>.*)", re.IGNORECASE)
_BULLET = re.compile(r"[-*•]\s+(?P<text>.*)")
_KEY = re.compile(r"\*{2,6}(?P<key>[^*]{1,200})\*{2,6}(?P<colon>\s*:)?")
# A video takes the thumbnail's place; nothing of it is used. Comments mark where a digest stood in a longer page.
_PASSED_OVER = re.compile(r"\[Watch Video\]|</?(?:video|source)\b|<!--.*-->|-{3,}$", re.IGNORECASE)
_LONGEST_TITLE = 4  #  lines: Hugging Face breaks long titles
_LONGEST_REPR = 10_000
_MARKDOWN_ESCAPE = re.compile(r"\\([\\`*_\[\]<>])")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_APOSTROPHES = str.maketrans("\u2018\u2019\u02bc`", "''''")
_NO_KEY_SIGNS = re.compile(r"[^\w']+")

_SECTIONS: Mapping[str, Section] = {
    "what's new": Section.WHATS_NEW,
    "새로운 점": Section.WHATS_NEW,
    "technical details": Section.TECHNICAL_DETAILS,
    "기술 상세": Section.TECHNICAL_DETAILS,
    "기술적 세부사항": Section.TECHNICAL_DETAILS,
    "기술적 세부 사항": Section.TECHNICAL_DETAILS,
    "performance highlights": Section.PERFORMANCE_HIGHLIGHTS,
    "주요 성능": Section.PERFORMANCE_HIGHLIGHTS,
    "주요 결과": Section.PERFORMANCE_HIGHLIGHTS,
    "성능 하이라이트": Section.PERFORMANCE_HIGHLIGHTS,
    "limitations": Section.LIMITATIONS,
    "한계": Section.LIMITATIONS,
    "한계점": Section.LIMITATIONS,
    "conclusion": Section.CONCLUSION,
    "conclusion and future work": Section.CONCLUSION,
    "결론": Section.CONCLUSION,
    "ethical considerations": Section.ETHICAL_CONSIDERATIONS,
    "윤리적 고려사항": Section.ETHICAL_CONSIDERATIONS,
    "윤리적 고려 사항": Section.ETHICAL_CONSIDERATIONS,
}


@dataclass(frozen=True, slots=True)
class Bullet:
    """One point of a summary as printed; `key` is what stood before it between stars, None where nothing did."""

    key: str | None
    text: str


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One paper of an old digest, as printed; `author_line` is in no order anybody meant."""

    paper_id: str
    title: str
    votes: int | None = None
    author_line: str | None = None
    thumbnail_url: str | None = None
    bullets: tuple[Bullet, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedDigest:
    """A day's digest: its own text, character for character, and what could be read from it, in its order."""

    day: date
    text: str
    entries: tuple[DigestEntry, ...]

    @property
    def language(self) -> str:
        """The language of its summaries."""
        return language_of(" ".join(bullet.text for entry in self.entries for bullet in entry.bullets))


@dataclass(frozen=True, slots=True)
class SkippedPart:
    """A part of a file that could not be understood: the line it begins in, counted from 1, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.line}: skipped: {self.reason}"


@dataclass(frozen=True, slots=True)
class ParsedDigests:
    """The content of a file: a digest per day, and the parts that were left out of them."""

    digests: tuple[ImportedDigest, ...]
    skipped: tuple[SkippedPart, ...]


def parse_digest(text: str) -> ParsedDigests:
    """Read a file of digests, one or several. What cannot be understood is named, and costs nothing but itself.

    The texts of the digests together are the file: whatever stands before the first heading belongs to the first
    digest, and a day that has several headings is one digest. Only what stands under a heading whose date is none is
    left out.
    """
    lines = _lines(text)
    starts = [number for number, line in enumerate(lines) if _DIGEST_HEADING.match(_bare(line))]
    if not starts:
        reason = "no “## Daily Papers (date)” heading" if _bare(text) else "the file is empty"
        return ParsedDigests((), (SkippedPart(1, reason),))
    skipped = _stray(lines, range(starts[0]), "text before the first digest")
    texts: dict[date, list[str]] = {}
    entries: dict[date, list[DigestEntry]] = {}
    for start, end in pairwise([*starts, len(lines)]):
        day = _day(lines[start])
        if day is None:
            skipped.append(SkippedPart(start + 1, f"“{shorten(clean_text(lines[start]), 60)}” has no date"))
            continue
        first = 0 if start == starts[0] else start
        texts.setdefault(day, []).extend(lines[first:end])
        found, left_out = _read_section(lines, range(start + 1, end))
        entries.setdefault(day, []).extend(found)
        skipped.extend(left_out)
    digests = tuple(ImportedDigest(day, "".join(texts[day]), tuple(entries[day])) for day in texts)
    return ParsedDigests(digests, tuple(skipped))


def imported_summary(entry: DigestEntry, day: date) -> Summary | None:
    """An old digest's text on a paper as a summary, unchecked; None when it has nothing under a heading of ours.

    Nobody knows what was read to write it, so the least is assumed: the abstract.
    """
    said: dict[Section, list[str]] = {}
    for bullet in entry.bullets:
        section = _section(bullet.key) if bullet.key else None
        words = _prose(bullet.text)
        if section and words:
            said.setdefault(section, []).append(words)
    if not said:
        return None
    return Summary(
        paper_id=entry.paper_id,
        language=language_of(" ".join(words for texts in said.values() for words in texts)),
        sections=tuple((section, " ".join(said[section])) for section in Section if section in said),
        origin=Origin.IMPORTED,
        made_by=f"digest of {day.isoformat()}",
        read=ReadSource.ABSTRACT,
        made_at=datetime.combine(day, time(), UTC),
    )


def _lines(text: str) -> list[str]:
    # Not splitlines(): a form feed is a control character in the middle of a sentence, not the end of it.
    end = "\r" if "\r" in text and "\n" not in text else "\n"
    *whole, rest = text.split(end)
    return [*(line + end for line in whole), *([rest] if rest else [])]


def _bare(line: str) -> str:
    return line.strip("\ufeff \t\r\n")


def _stray(lines: Sequence[str], numbers: range, reason: str) -> list[SkippedPart]:
    """One remark, on the first of these lines that holds anything."""
    written = (number for number in numbers if (bare := _bare(lines[number])) and not _PASSED_OVER.match(bare))
    return [SkippedPart(number + 1, reason) for number in written][:1]


def _day(heading: str) -> date | None:
    named = _DIGEST_HEADING.match(_bare(heading))
    try:
        return date.fromisoformat(named[1].strip()) if named else None
    except ValueError:
        return None


def _read_section(lines: Sequence[str], numbers: range) -> tuple[list[DigestEntry], list[SkippedPart]]:
    starts = [number for number in numbers if _ANY_HEADING.match(_bare(lines[number]))]
    entries: list[DigestEntry] = []
    skipped = _stray(lines, range(numbers.start, starts[0] if starts else numbers.stop), "text before the first paper")
    for start, end in pairwise([*starts, numbers.stop]):
        entry, left_out = _read_paper(lines, start, end)
        entries.extend([entry] if entry else [])
        skipped.extend(left_out)
    return entries, skipped


def _read_paper(lines: Sequence[str], start: int, end: int) -> tuple[DigestEntry | None, list[SkippedPart]]:
    heading, length = _paper_heading(lines, start, end)
    if heading is None:
        return None, [SkippedPart(start + 1, "heading has no paper link")]
    refs = find_paper_refs(heading["address"])
    if not refs:
        return None, [SkippedPart(start + 1, "heading link has no arXiv ID")]
    thumbnail_url: str | None = None
    votes: int | None = None
    author_line: str | None = None
    bullets: list[list[str]] = []  # each in lines
    skipped: list[SkippedPart] = []
    in_bullet = lost = False
    for number in range(start + length, end):
        line = _bare(lines[number])
        if bullet := _BULLET.fullmatch(line):
            bullets.append([bullet["text"]])
        elif thumbnail := _THUMBNAIL.fullmatch(line):
            thumbnail_url = thumbnail_url or thumbnail["address"]
        elif counted := _VOTES.fullmatch(line):
            votes = int(counted["count"]) if (counted["count"] or "-") != "-" else None
        elif authors := _AUTHORS.fullmatch(line):
            author_line = authors["line"].strip()
        elif not line or _PASSED_OVER.match(line):
            pass
        elif in_bullet:  # models break lines in the middle of a sentence
            bullets[-1].append(line)
            continue
        else:
            skipped.extend([] if lost else [SkippedPart(number + 1, "text outside a paper")])
            lost = True
            continue
        in_bullet = bullet is not None
        lost = lost and not line
    said = tuple(_read_bullet("\n".join(bullet_lines)) for bullet_lines in bullets)
    return DigestEntry(refs[0].id, heading["title"].strip(), votes, author_line, thumbnail_url, said), skipped


def _paper_heading(lines: Sequence[str], start: int, end: int) -> tuple[re.Match[str] | None, int]:
    """The link of a heading, which may be broken over lines, and how many lines it takes."""
    title = ""
    for length, line in enumerate(lines[start : min(end, start + _LONGEST_TITLE)], start=1):
        title = f"{title} {_bare(line)}".strip()
        if found := _PAPER_HEADING.match(title):
            return found, length
        if not _bare(line) or not title.startswith("###"):
            break
    return None, 1


def _read_bullet(text: str) -> Bullet:
    keyed = _KEY.match(text)
    if keyed is None or not (keyed["colon"] or keyed["key"].rstrip().endswith(":")):
        return Bullet(None, text.strip())
    return Bullet(keyed["key"].strip().rstrip(":").rstrip(), text[keyed.end() :].strip())


def _section(key: str) -> Section | None:
    plain = unicodedata.normalize("NFKC", key).translate(_APOSTROPHES).casefold()
    return _SECTIONS.get(_NO_KEY_SIGNS.sub(" ", plain).strip())


def _prose(text: str) -> str:
    return clean_text(_MARKDOWN_ESCAPE.sub(r"\1", _without_repr(with_latex_restored(text))))


def _without_repr(text: str) -> str:
    """A list or dict of texts, printed as Python prints it, as those texts; everything else as it is."""
    if len(text) > _LONGEST_REPR or not (text.startswith(("['", '["', "{'", '{"')) and text.endswith(("]", "}"))):
        return text
    pieces: list[str] = []
    end = 0
    for quoted in _QUOTED.finditer(text):
        if ":" in text[end : quoted.start()]:
            pieces.append(":")
        pieces.append(f" {quoted[1] or quoted[2] or ''}")
        end = quoted.end()
    return "".join(pieces)
