"""Hugging Face's daily papers: the list of a day with votes, and single papers.

Most fields may be missing and some changed meaning over the years; only an id and a title are needed to keep a paper.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog

from bot.errors import SourceUnreachable
from bot.http import DEFAULT_RETRY_POLICY, Response, RetryPolicy, fetch, fetch_with_retry
from bot.rules.feeds import HUGGING_FACE
from bot.rules.papers import EmptyDay, ListedPaper, Listing, NotOpenYet, Paper, Unreachable
from bot.sources.fields import (
    LONGEST_ABSTRACT,
    LONGEST_FEED_SUMMARY,
    LONGEST_NAME,
    LONGEST_TITLE,
    address_of,
    keywords_of,
    media_of,
    names_of,
    paper_ref_of,
    text_of,
)
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    import httpx

    from bot.rules.papers import DayAnswer

SOURCE = HUGGING_FACE.name
PAGE_SIZE = 100
MOST_PAGES = 10
MOST_PAPERS = PAGE_SIZE * MOST_PAGES
LIMIT_BYTES = 4 * 1024 * 1024  # ten times the largest day on record, whose fifty papers have 359 kB
_MOST_A_DAY = 2 * LIMIT_BYTES

_MOST_COUNTED = 2**31 - 1
_LONGEST_NUMBER = 12  # characters
_LONGEST_WHOLE_NUMBER = 30
_LONGEST_MOMENT = 40
_EPOCH_SECONDS = range(1_000_000_000, 10_000_000_000)  # 2001 to 2286
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

    feed = HUGGING_FACE

    def __init__(
        self,
        client: httpx.AsyncClient,
        base_url: str = "https://huggingface.co",
        *,
        now: Callable[[], datetime],
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
    ) -> None:
        self._client = client
        self._base_url = base_url.rstrip("/")
        self._now = now
        self._retry_policy = retry_policy

    def list_url(self, day: date) -> str:
        """The page with a day's list."""
        return f"{self._base_url}/papers/date/{day.isoformat()}"

    async def read_day(self, day: date) -> DayAnswer:
        """The list of one UTC day, within `retry_policy` for all its pages; failures are values, too.

        `Listing.raw` is the text as sent; of a day with several pages it is the JSON array of those pages.
        `parse_daily_papers` reads both, and names the items that were skipped.
        """
        try:
            async with asyncio.timeout(self._retry_policy.seconds):
                return await self._read_day(day)
        except SourceUnreachable as trouble:
            return Unreachable(day, str(trouble.values["reason"]))
        except TimeoutError:
            return Unreachable(day, f"not read within {self._retry_policy.seconds:g} s")

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
            if sum(map(len, pages)) > _MOST_A_DAY:
                raise SourceUnreachable(source=SOURCE, reason=f"a day of more than {_MOST_A_DAY} characters")
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

    async def _fetch(self, path: str, params: Mapping[str, str | int]) -> Response:
        url = self._base_url + path
        return await fetch_with_retry(
            lambda: fetch(self._client, url, params, source=SOURCE, limit_bytes=LIMIT_BYTES),
            source=SOURCE,
            retry_policy=self._retry_policy,
        )


def parse_daily_papers(raw: str) -> ParsedDay:
    """Read a day's list, one page or an array of pages. A malformed item is left out and named.

    Raises `SourceUnreachable` when the text is not a JSON array.
    """
    listed = _load(raw)
    if not isinstance(listed, list):
        raise SourceUnreachable(source=SOURCE, reason="the answer is no JSON array")
    papers: dict[str, ListedPaper] = {}
    skipped: list[SkippedItem] = []
    for item in itertools.islice(_items(listed), MOST_PAPERS):
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
    return ListedPaper(
        paper,
        votes=_count(fields.get("upvotes")) or 0,
        comments=_count(item.get("numComments")) or 0,
        submitted_at=submitted_at,
        submitted_by=_account(item.get("submittedBy")) or _account(fields.get("submittedOnDailyBy")),
    )


def _read_paper(fields: _Fields, *, item: _Fields) -> Paper | SkippedItem:
    ref = paper_ref_of(fields.get("id"))
    if ref is None:
        return SkippedItem(text_of(fields.get("id"), 40) or None, "no usable arXiv id")
    # `paper.title` comes without LaTeX, the item's own title with it.
    title = text_of(fields.get("title"), LONGEST_TITLE) or text_of(item.get("title"), LONGEST_TITLE)
    if not title:
        return SkippedItem(ref.id, "no title")
    published = _moment(fields.get("publishedAt"))
    abstract = text_of(fields.get("summary"), LONGEST_ABSTRACT) or text_of(item.get("summary"), LONGEST_ABSTRACT)
    code_url = address_of(fields.get("githubRepo"), schemes={"https"}, host="github.com")
    return Paper(
        id=ref.id,
        title=title,
        authors=names_of(_authors(fields.get("authors"))),
        abstract=abstract,
        published=published.date() if published else None,
        arxiv_version=ref.version,
        thumbnail_url=address_of(item.get("thumbnail") or fields.get("thumbnail"), schemes={"https"}),
        code_url=code_url,
        project_url=address_of(fields.get("projectPage"), schemes={"https", "http"}),
        organization=_account(fields.get("organization")) or _account(item.get("organization")),
        feed_summary=text_of(fields.get("ai_summary"), LONGEST_FEED_SUMMARY) or None,
        keywords=keywords_of(fields.get("ai_keywords")),
        code_stars=_count(fields.get("githubStars")) if code_url else None,
        # Days of before June 2024 have one address in an item's `mediaUrl` in place of a list and a thumbnail.
        media_urls=media_of(fields.get("mediaUrls"), item.get("mediaUrls"), [item.get("mediaUrl")]),
    )


def _authors(value: object) -> Iterator[object]:
    """The names of those who are shown: each an object with a name, or the name itself."""
    for author in value if isinstance(value, list) else ():
        if not isinstance(author, dict):
            yield author
        elif not _is_set(author.get("hidden")):
            account = author.get("user")
            yield author.get("name") or (account.get("fullname") if isinstance(account, dict) else None)


def _account(value: object) -> str | None:
    """The name of a person or an organization, in full where it is told."""
    if isinstance(value, dict):
        return text_of(value.get("fullname"), LONGEST_NAME) or text_of(value.get("name"), LONGEST_NAME) or None
    return text_of(value, LONGEST_NAME) or None


def _is_set(value: object) -> bool:
    """Whether a flag is set, however it is written."""
    return value.strip().lower() not in {"", "false", "0", "no"} if isinstance(value, str) else bool(value)


def _count(value: object) -> int | None:
    """A count that is given as a number or in digits; None for what is no count."""
    if isinstance(value, str):
        digits = value.strip() if len(value) <= _LONGEST_NUMBER else ""
        value = int(digits) if digits.isascii() and digits.isdigit() else None
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_COUNTED else None


def _moment(value: object) -> datetime | None:
    """A moment, as ISO 8601 or in seconds or milliseconds since 1970; None for what is none."""
    try:
        if isinstance(value, str) and len(value) <= _LONGEST_MOMENT:
            read = datetime.fromisoformat(value.strip())
            return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            whole = int(value)
            seconds = whole if whole in _EPOCH_SECONDS else whole // 1000
            return datetime.fromtimestamp(seconds, UTC) if seconds in _EPOCH_SECONDS else None
    except (ValueError, OverflowError, OSError):
        pass
    return None


def _read_json(answer: Response) -> object:
    if answer.status != _OK:
        raise SourceUnreachable(source=SOURCE, reason=f"HTTP {answer.status}: {shorten(clean_text(answer.text), 120)}")
    return _load(answer.text)


def _load(text: str) -> object:
    try:
        loaded: object = json.loads(text, parse_int=_whole_number)
    except (ValueError, RecursionError) as error:
        raise SourceUnreachable(source=SOURCE, reason="the answer is no JSON") from error
    return loaded


def _whole_number(digits: str) -> int | float:
    """A number of JSON's; one too long to count anything is infinite, as it would be with a point in it.

    Python refuses to read whole numbers of more than 4,300 digits, and with them all that stands beside them.
    """
    return int(digits) if len(digits) <= _LONGEST_WHOLE_NUMBER else float(digits)


def _says_not_open(answer: Response) -> bool:
    """Whether this refuses a date because it is still to come: `"date" must be less than or equal to "…"`."""
    if answer.status != _BAD_REQUEST:
        return False
    try:
        refusal = _load(answer.text)
    except SourceUnreachable:
        return False
    error = refusal.get("error") if isinstance(refusal, dict) else None
    return isinstance(error, str) and "date" in error and "must be less than or equal" in error
