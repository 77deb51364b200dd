"""arXiv's API: any paper, in any version.

All processes together send one request every three seconds (arXiv API help, "Terms of Use", which count all machines
that somebody has), and each uses one connection.
Entries of a response are matched by id: they keep no order, unknown ids are absent or blank, and errors come as
entries.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import re
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import structlog
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from bot.errors import NotAPaperId, PaperUnknown, SourceUnreachable, TooBusy
from bot.http import DEFAULT_RETRY_POLICY, Response, Retryable, RetryPolicy, fetch, fetch_with_retry
from bot.rules.dois import LONGEST_DOI, normalize_doi
from bot.rules.papers import Paper, PaperRef, find_paper_refs, parse_paper_id
from bot.sources.fields import LONGEST_ABSTRACT, LONGEST_TITLE, names_of, text_of
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from xml.etree.ElementTree import Element

    import httpx

    from bot.rules.search_query import SearchQuery

SOURCE = "arXiv"
SECONDS_BETWEEN_REQUESTS = 3.0
MOST_IDS = 100
MOST_HITS = 3
_SEARCHES_AT_ONCE = 10
# Results of a search change once a day (arXiv API help, "Terms of Use").
_SEARCH_KEPT_SECONDS = 3600.0
_SEARCHES_KEPT = 100
LIMIT_BYTES = 4 * 1024 * 1024
_MOST_DOIS = 4
_MOST_LINKS = 20
_LONGEST_COMMENT = 500
_LONGEST_CATEGORY = 30
# An archive, and behind a dot one of its subject classes (arXiv, "Category Taxonomy").
_CATEGORY = re.compile(r"[a-z][a-z-]*(?:\.(?:[A-Z]{2}|[a-z][a-z-]*))?")

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_OK, _BAD_REQUEST = 200, 400
_ONCE = RetryPolicy(tries=1)
_ERROR_ENTRY = re.compile(r"https?://arxiv\.org/api/errors\b")
_RATE_EXCEEDED = re.compile(rb"\s*Rate exceeded", re.IGNORECASE)
# arXiv has no flag for a withdrawn paper: its abstract begins with these words, which elsewhere mean something else.
# Lately the abstract is often left as it was, and only a sentence of the comment begins so.
_WITHDRAWN = re.compile(
    r"""
    (?: arxiv \s+ admin(?:istrator)? \s+ note: \s* )?
    [\[(*]*
    (?:
        (?:this|the) \s+ (?:paper|article|submission|manuscript|preprint|e-?print|work|version)
        \s+ (?:has|have|is|was) \s+ (?:now\s+|been\s+|being\s+)* withdrawn\b
      | (?:paper\s+|article\s+)? withdrawn (?: \s+by\b | \s+due\s+to\b | [\s.\])*]*$ )
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.;]\s")
# As a comment says it of a conference.
_WITHDRAWN_FROM = re.compile(r"\bwithdrawn\s+from\b(?!\s+arxiv\b)", re.IGNORECASE)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AtomFeed:
    """The content of an Atom response: papers by canonical id, and the errors arXiv wrote as entries."""

    papers: dict[str, Paper]
    errors: tuple[str, ...]


@dataclass(eq=False, slots=True)
class _PendingPaper:
    """A paper somebody waits for: once answered, it is found, or unknown, or `trouble` says why nobody knows."""

    ref: PaperRef
    is_answered: bool = False
    paper: Paper | None = None
    trouble: str | None = None


class Arxiv:
    """arXiv's query API at one address. Keep one for the process: it holds the queue for arXiv's rate limit.

    The first in the queue asks for all who wait, so that nobody waits for more than two requests and their retries,
    however many ask at once. `retry_policy` counts from a request on: waiting in the queue is not arXiv's silence.
    `wait_for_others` waits for a turn where other processes ask arXiv as well.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        api_url: str = "https://export.arxiv.org",
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY,
        wait_for_others: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._wait_for_others = wait_for_others
        self._url = f"{api_url.rstrip('/')}/api/query"
        self._sleep = sleep
        self._monotonic = monotonic
        self._retry_policy = retry_policy
        self._turn = asyncio.Lock()
        self._free_at = -math.inf
        self._waiting: dict[_PendingPaper, None] = {}
        self._searching = 0
        self._found: dict[str, tuple[float, tuple[Paper, ...]]] = {}

    async def read_paper(self, ref: PaperRef) -> Paper:
        """One paper, in the version asked for or the latest.

        Raises `PaperUnknown` when arXiv has none by this id, and `SourceUnreachable`.
        """
        papers = await self.read_papers([ref])
        if ref.id not in papers:
            raise PaperUnknown(id=str(ref))
        return papers[ref.id]

    async def read_papers(self, refs: Sequence[PaperRef]) -> dict[str, Paper]:
        """Papers by canonical id, up to 100 a request; those arXiv does not know are absent.

        A paper named twice is asked for once, in the version named first. Raises `SourceUnreachable`.
        """
        pending_papers: dict[str, _PendingPaper] = {}
        for ref in refs:
            # One malformed id makes arXiv refuse all of them, so only ids that can exist are sent.
            if find_paper_refs(str(ref)) == (ref,):
                pending_papers.setdefault(ref.id, _PendingPaper(ref))
        self._waiting.update(dict.fromkeys(pending_papers.values()))
        try:
            for pending in pending_papers.values():
                while not pending.is_answered:
                    async with self._turn:
                        if not pending.is_answered:
                            await self._serve()
        finally:
            for pending in pending_papers.values():
                self._waiting.pop(pending, None)
        for pending in pending_papers.values():
            if pending.trouble is not None:
                raise SourceUnreachable(source=SOURCE, reason=pending.trouble)
        return {paper_id: pending.paper for paper_id, pending in pending_papers.items() if pending.paper}

    async def search(self, query: SearchQuery) -> tuple[Paper, ...]:
        """The papers that arXiv finds most relevant, three at most; none for a query without words.

        An hour's answers are kept. Raises `SourceUnreachable`, and `TooBusy` where ten people wait already.
        """
        asked = search_terms(query)
        if not asked:
            return ()
        if (known := self._found_before(asked)) is not None:
            return known
        if self._searching >= _SEARCHES_AT_ONCE:
            raise TooBusy
        self._searching += 1
        try:
            async with self._turn:
                known = self._found_before(asked)
                return await self._search_now(asked) if known is None else known
        finally:
            self._searching -= 1

    def _found_before(self, asked: str) -> tuple[Paper, ...] | None:
        at, papers = self._found.get(asked, (-math.inf, ()))
        return papers if self._monotonic() - at < _SEARCH_KEPT_SECONDS else None

    async def _search_now(self, asked: str) -> tuple[Paper, ...]:
        params: dict[str, str | int] = {"search_query": asked, "max_results": MOST_HITS, "sortBy": "relevance"}
        answer = await fetch_with_retry(
            lambda: self._fetch_in_turn(params), source=SOURCE, retry_policy=self._retry_policy
        )
        if answer.status != _OK:
            raise SourceUnreachable(source=SOURCE, reason=f"HTTP {answer.status}")
        feed = parse_feed(answer.body)
        if feed.errors:
            raise SourceUnreachable(source=SOURCE, reason="; ".join(feed.errors))
        papers = tuple(feed.papers.values())[:MOST_HITS]
        self._found.pop(asked, None)
        while len(self._found) >= _SEARCHES_KEPT:
            self._found.pop(next(iter(self._found)))
        if papers:  # arXiv now and then answers with nothing where there is something
            self._found[asked] = self._monotonic(), papers
        return papers

    async def _serve(self) -> None:
        """Ask in one request for as many waiting papers as fit."""
        await self._wait_for_turn()
        wanted: dict[str, PaperRef] = {}
        for pending in self._waiting:
            if len(wanted) < MOST_IDS and not pending.is_answered:
                wanted.setdefault(pending.ref.id, pending.ref)
        refs = tuple(wanted.values())
        try:
            self._answer(refs, await self._read_batch(refs, self._retry_policy))
        except _Refused as refusal:
            await self._read_halves(refs, refusal.reason)
        except SourceUnreachable as trouble:
            self._fail(refs, str(trouble.values["reason"]))

    async def _read_halves(self, refs: Sequence[PaperRef], reason: str) -> None:
        """Find the id that makes arXiv refuse a whole batch, unless it refuses both halves."""
        if len(refs) == 1:
            self._fail(refs, reason)
            return
        refused = []
        for half in (refs[: len(refs) // 2], refs[len(refs) // 2 :]):
            try:
                self._answer(half, await self._read_batch(half, _ONCE))
            except SourceUnreachable as trouble:
                refused.append((half, str(trouble.values["reason"])))
        for half, why in refused:
            if len(refused) == 1:
                await self._read_halves(half, why)
            else:
                self._fail(half, why)

    def _answer(self, refs: Sequence[PaperRef], papers: Mapping[str, Paper]) -> None:
        for pending in self._waiting:
            if pending.ref in refs:
                pending.is_answered, pending.paper = True, papers.get(pending.ref.id)

    def _fail(self, refs: Sequence[PaperRef], trouble: str) -> None:
        for pending in self._waiting:
            if pending.ref in refs:
                pending.is_answered, pending.trouble = True, trouble

    async def _read_batch(self, refs: Sequence[PaperRef], retry_policy: RetryPolicy) -> dict[str, Paper]:
        """Raises `_Refused` for what may be about one of several ids alone, else `SourceUnreachable`."""
        params: dict[str, str | int] = {"id_list": ",".join(map(str, refs)), "max_results": len(refs)}
        answer = await fetch_with_retry(lambda: self._fetch_in_turn(params), source=SOURCE, retry_policy=retry_policy)
        if answer.status not in {_OK, _BAD_REQUEST}:
            raise SourceUnreachable(source=SOURCE, reason=f"HTTP {answer.status}")
        feed = parse_feed(answer.body)
        refused = "; ".join(feed.errors) or ("HTTP 400" if answer.status == _BAD_REQUEST else "")
        if refused and not (len(refs) == 1 and "incorrect id format" in refused):
            raise _Refused(refused)
        asked = {ref.id for ref in refs}
        return {paper_id: paper for paper_id, paper in feed.papers.items() if paper_id in asked}

    async def _fetch_in_turn(self, params: Mapping[str, str | int]) -> Response:
        await self._wait_for_turn()
        if self._wait_for_others:
            await self._wait_for_others()
        try:
            answer = await fetch(self._client, self._url, params, source=SOURCE, limit_bytes=LIMIT_BYTES)
        finally:
            self._free_at = self._monotonic() + SECONDS_BETWEEN_REQUESTS
        if _RATE_EXCEEDED.match(answer.body):
            raise Retryable("Rate exceeded")
        return answer

    async def _wait_for_turn(self) -> None:
        wait = self._free_at - self._monotonic()
        if wait > 0:
            await self._sleep(wait)


class _Refused(SourceUnreachable):
    """arXiv understood the request and would not answer it."""

    def __init__(self, reason: str) -> None:
        super().__init__(source=SOURCE, reason=reason)
        self.reason = reason


def search_terms(query: SearchQuery) -> str:
    """A query in arXiv's words (arXiv API user manual, "Details of Query Construction"); empty without any."""
    terms = [f'{"au" if term.in_authors else "all"}:"{term.text}"' for term in query.terms if term.text]
    if terms and query.since:
        terms.append(f"submittedDate:[{query.since:%Y%m%d}0000 TO 999912312359]")
    return " AND ".join(terms)


def parse_feed(body: bytes) -> AtomFeed:
    """Read an Atom response. Entries without a usable id or title are left out.

    Raises `SourceUnreachable` for anything else: plain text, web pages, XML with a document type.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        reason = f"the answer is no Atom feed: {shorten(clean_text(str(error)), 120)}"
        raise SourceUnreachable(source=SOURCE, reason=reason) from error
    if root.tag != f"{_ATOM}feed":
        raise SourceUnreachable(source=SOURCE, reason=f"the answer is no Atom feed but {shorten(root.tag, 60)}")
    papers: dict[str, Paper] = {}
    errors: list[str] = []
    for entry in itertools.islice(root.iterfind(f"{_ATOM}entry"), 10 * MOST_IDS):
        address = _text(entry, "id")
        if _ERROR_ENTRY.match(address):
            errors.append(shorten(_text(entry, "summary"), 200) or "an error without words")
            continue
        paper = _read_entry(entry, address)
        if paper is not None:
            papers.setdefault(paper.id, paper)
        elif address:
            log.warning("entry skipped", source=SOURCE, id=shorten(address, 60))
    return AtomFeed(papers, tuple(errors))


def _read_entry(entry: Element, address: str) -> Paper | None:
    try:
        ref = parse_paper_id(address.partition("/abs/")[2])
    except NotAPaperId:
        return None
    title = _text(entry, "title", LONGEST_TITLE)
    if not title:
        return None
    abstract = _text(entry, "summary", LONGEST_ABSTRACT)
    names = (author.findtext(f"{_ATOM}name") for author in entry.findall(f"{_ATOM}author"))
    return Paper(
        id=ref.id,
        title=title,
        authors=names_of(names),
        abstract=abstract,
        published=_day(_text(entry, "published")),
        arxiv_version=ref.version,
        withdrawn=_WITHDRAWN.match(abstract) is not None or _is_withdrawn_by(_comment(entry)),
        doi=_doi(entry),
        primary_category=_primary_category(entry),
    )


def _comment(entry: Element) -> str:
    """The authors' comment, such as the number of pages."""
    return text_of(entry.findtext(f"{_ARXIV}comment"), _LONGEST_COMMENT)


def _is_withdrawn_by(comment: str) -> bool:
    """Whether a sentence of the comment says that the paper is withdrawn, and not from a conference."""
    sentences = (sentence.strip() for sentence in _SENTENCE_END.split(comment))
    return any(_WITHDRAWN.match(each) and not _WITHDRAWN_FROM.search(each) for each in sentences)


def _doi(entry: Element) -> str | None:
    """The first DOI that authors gave: they may give several, with other words, and not every answer has the field."""
    told = (entry.findtext(f"{_ARXIV}doi") or "")[: _MOST_DOIS * LONGEST_DOI].split()
    links = (link.get("href", "") for link in itertools.islice(entry.iterfind(f"{_ATOM}link"), _MOST_LINKS))
    return next((doi for text in itertools.chain(told, links) if (doi := normalize_doi(text))), None)


def _primary_category(entry: Element) -> str | None:
    category = entry.find(f"{_ARXIV}primary_category")
    term = "" if category is None else category.get("term", "")
    return term if len(term) <= _LONGEST_CATEGORY and _CATEGORY.fullmatch(term) else None


def _text(parent: Element, tag: str, longest: int = 200) -> str:
    return text_of(parent.findtext(_ATOM + tag), longest)


def _day(text: str) -> date | None:
    try:
        read = datetime.fromisoformat(text)
        return (read.astimezone(UTC) if read.tzinfo else read).date()
    except (ValueError, OverflowError):
        return None
