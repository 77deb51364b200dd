"""Hugging Face's daily papers: which papers a day lists, with votes, and what it knows of one paper.

Most fields may be missing and some changed meaning over the years; only an id and a title are needed to keep a paper.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import structlog

from bot.errors import SourceUnreachable
from bot.http import PATIENT, Answer, Patience, fetch, fetch_patiently
from bot.legible import legible, shorten
from bot.papers import (
    EmptyDay,
    ListedPaper,
    Listing,
    NotOpenYet,
    Paper,
    PaperRef,
    Unreachable,
    find_paper_refs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import httpx

    from bot.papers import DayAnswer

SOURCE = "Hugging Face"
PAGE_SIZE = 100
MOST_PAGES = 10
LIMIT_BYTES = 16 * 1024 * 1024

_LONGEST_URL = 3000  # docs.slack.dev, image block: `image_url` holds at most 3,000 characters
_MOST_VOTES = 2**31 - 1
_OK, _BAD_REQUEST, _NOT_FOUND = 200, 400, 404
_Fields = Mapping[str, object]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SkippedItem:
    """An item of a day's list that could not be kept: its id as far as readable, and why."""

    id: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.id or 'item without an id'}: skipped: {self.reason}"


@dataclass(frozen=True, slots=True)
class ParsedDay:
    """A day's list as read: the papers in the source's order, each once, and the items left out."""

    papers: tuple[ListedPaper, ...]
    skipped: tuple[SkippedItem, ...]


class HuggingFace:
    """The daily papers API at one address; `now` dates what was fetched."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str = "https://huggingface.co",
        *,
        now: Callable[[], datetime],
        patience: Patience = PATIENT,
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._now = now
        self._patience = patience

    async def read_day(self, day: date) -> DayAnswer:
        """What the source says of one UTC day, within `patience` for all its pages; trouble is an answer, too.

        `Listing.raw` is the text as sent; of a day with several pages it is the JSON array of those pages.
        `parse_daily_papers` reads both, and names the items that were skipped.
        """
        try:
            async with asyncio.timeout(self._patience.seconds):
                return await self._read_day(day)
        except SourceUnreachable as trouble:
            return Unreachable(day, str(trouble.values["reason"]))
        except TimeoutError:
            return Unreachable(day, f"not read within {self._patience.seconds:g} s")

    async def read_paper(self, paper_id: str) -> Paper | None:
        """One paper by its canonical id, None when it was never submitted to Hugging Face.

        Raises `SourceUnreachable`.
        """
        answer = await self._fetch(f"/api/papers/{quote(paper_id, safe='')}", {})
        if answer.status == _NOT_FOUND:
            return None
        fields = _read_json(answer)
        if not isinstance(fields, dict):
            raise SourceUnreachable(source=SOURCE, reason="the answer is no JSON object")
        paper = _read_paper(fields, item={})
        if isinstance(paper, SkippedItem):
            raise SourceUnreachable(source=SOURCE, reason=str(paper))
        if paper.id != paper_id:
            raise SourceUnreachable(source=SOURCE, reason=f"answered with {paper.id} when asked for another paper")
        return paper

    async def _read_day(self, day: date) -> DayAnswer:
        pages: list[str] = []
        for number in range(MOST_PAGES):
            answer = await self._fetch("/api/daily_papers", {"date": day.isoformat(), "limit": PAGE_SIZE, "p": number})
            if number == 0 and _says_not_open(answer):
                return NotOpenYet(day)
            items = _read_json(answer)
            if not isinstance(items, list):
                raise SourceUnreachable(source=SOURCE, reason="the answer is no JSON array")
            if not items or answer.text in pages:
                break
            pages.append(answer.text)
            if len(items) < PAGE_SIZE:
                break
        if not pages:
            return EmptyDay(day)
        raw = pages[0] if len(pages) == 1 else "[" + ",\n".join(pages) + "]"
        parsed = parse_daily_papers(raw)
        for item in parsed.skipped:
            log.warning("item skipped", source=SOURCE, day=day.isoformat(), id=item.id, reason=item.reason)
        if not parsed.papers:
            raise SourceUnreachable(source=SOURCE, reason=f"none of {len(parsed.skipped)} items could be read")
        return Listing(day, parsed.papers, self._now(), raw)

    async def _fetch(self, path: str, params: Mapping[str, str | int]) -> Answer:
        url = self._base_url + path
        return await fetch_patiently(
            lambda: fetch(self._client, url, params, source=SOURCE, limit_bytes=LIMIT_BYTES),
            source=SOURCE,
            patience=self._patience,
        )


def parse_daily_papers(raw: str) -> ParsedDay:
    """Read a day's list, one page or an array of pages. A broken item is left out and named, never more than it.

    Raises `SourceUnreachable` when the text is no JSON array.
    """
    listed = _load(raw)
    if not isinstance(listed, list):
        raise SourceUnreachable(source=SOURCE, reason="the answer is no JSON array")
    papers: dict[str, ListedPaper] = {}
    skipped: list[SkippedItem] = []
    for item in _items(listed):
        read = _read_item(item)
        if isinstance(read, SkippedItem):
            skipped.append(read)
        else:
            papers.setdefault(read.paper.id, read)
    return ParsedDay(tuple(papers.values()), tuple(skipped))


def _items(listed: list[object]) -> Iterator[object]:
    for element in listed:
        if isinstance(element, list):
            yield from element
        else:
            yield element


def _read_item(item: object) -> ListedPaper | SkippedItem:
    if not isinstance(item, dict):
        return SkippedItem(None, "not a JSON object")
    fields = item.get("paper")
    if not isinstance(fields, dict):
        return SkippedItem(None, "no paper in it")
    paper = _read_paper(fields, item=item)
    if isinstance(paper, SkippedItem):
        return paper
    # Until late 2024 the item's `publishedAt` was the time of submission; later it is not, but then the paper says it.
    submitted_at = _moment(fields.get("submittedOnDailyAt")) or _moment(item.get("publishedAt"))
    return ListedPaper(paper, _count(fields.get("upvotes")), _count(item.get("numComments")), submitted_at)


def _read_paper(fields: _Fields, *, item: _Fields) -> Paper | SkippedItem:
    ref = _paper_ref(fields.get("id"))
    if ref is None:
        return SkippedItem(shorten(_text(fields.get("id")), 40) or None, "no usable arXiv id")
    # `paper.title` comes without LaTeX, the item's own title with it.
    title = _text(fields.get("title")) or _text(item.get("title"))
    if not title:
        return SkippedItem(ref.id, "no title")
    published = _moment(fields.get("publishedAt"))
    organization = _organization(fields.get("organization")) or _organization(item.get("organization"))
    return Paper(
        id=ref.id,
        title=title,
        authors=tuple(_authors(fields.get("authors"))),
        abstract=_text(fields.get("summary")) or _text(item.get("summary")),
        published=published.date() if published else None,
        arxiv_version=ref.version,
        thumbnail_url=_address(item.get("thumbnail") or fields.get("thumbnail"), schemes={"https"}),
        code_url=_address(fields.get("githubRepo"), schemes={"https"}, host="github.com"),
        project_url=_address(fields.get("projectPage"), schemes={"https", "http"}),
        organization=organization,
    )


def _paper_ref(value: object) -> PaperRef | None:
    if not isinstance(value, str):
        return None
    refs = find_paper_refs(value)
    return refs[0] if len(refs) == 1 and str(refs[0]) == value.strip() else None


def _authors(value: object) -> Iterator[str]:
    for author in value if isinstance(value, list) else ():
        if isinstance(author, dict) and not author.get("hidden"):
            name = _text(author.get("name"))
            if name:
                yield name


def _organization(value: object) -> str | None:
    if not isinstance(value, dict):
        return None
    return _text(value.get("fullname")) or _text(value.get("name")) or None


def _address(value: object, *, schemes: set[str], host: str | None = None) -> str | None:
    if not isinstance(value, str):
        return None
    address = value.strip()
    if len(address) > _LONGEST_URL or legible(address) != address or any(mark in address for mark in ' <>"\\'):
        return None
    try:
        parts = urlsplit(address)
        named = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in schemes or not named or "@" in parts.netloc or (host and parts.netloc != host):
        return None
    return address


def _text(value: object) -> str:
    return legible(value) if isinstance(value, str) else ""


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 <= value <= _MOST_VOTES else 0


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _read_json(answer: Answer) -> object:
    if answer.status != _OK:
        raise SourceUnreachable(source=SOURCE, reason=f"HTTP {answer.status}: {shorten(legible(answer.text), 120)}")
    return _load(answer.text)


def _load(text: str) -> object:
    try:
        loaded: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceUnreachable(source=SOURCE, reason="the answer is no JSON") from error
    return loaded


def _says_not_open(answer: Answer) -> bool:
    """Whether this refuses a date because it is still to come: `"date" must be less than or equal to "…"`."""
    if answer.status != _BAD_REQUEST:
        return False
    try:
        refusal = _load(answer.text)
    except SourceUnreachable:
        return False
    error = refusal.get("error") if isinstance(refusal, dict) else None
    return isinstance(error, str) and "date" in error and "must be less than or equal" in error
