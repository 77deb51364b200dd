"""The full text of a paper: arXiv's HTML, or else Hugging Face's Markdown.

Hugging Face makes its Markdown from arXiv's HTML, and where there is none it sends the text of its own page about the
paper instead; so a text counts only when it has the title and the parts of a paper. Markdown carries no styles, so text
that the HTML hides stands in it like any other: it is read only where the HTML cannot be had, and then without
sentences addressed to machines.
"""

from __future__ import annotations

import asyncio
import math
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import structlog

from bot.errors import SourceUnreachable
from bot.http import Response, RetryPolicy, fetch, fetch_with_retry
from bot.rules.papers import FoundAt, FullText, TextSection
from bot.sources.paper_html import PageReader
from bot.sources.paper_markdown import MarkdownReader

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from bot.http import Client
    from bot.rules.papers import Paper

log = structlog.get_logger(__name__)

LIMIT_BYTES = 8 * 1024 * 1024
SECONDS_BETWEEN_PAGES = 1.0
SECONDS_LEFT_ALONE = 120.0
_RETRY_POLICY = RetryPolicy(tries=2, seconds=25.0)
_OK = 200
_SHORTEST = 4000  # characters; a page about a paper has hardly more than the abstract
_FEWEST_SECTIONS = 3
_PARTS_OF_A_PAPER = re.compile(
    r"introduction|method|approach|experiment|evaluation|results?\b|conclusion|discussion|related work|background",
    re.IGNORECASE,
)
_LEAST_OF_TITLE = 0.6
_OPENING = 3000  # characters
_LOOKED_THROUGH = 200_000  # characters, for a version or the words of a title
_READ_IN_A_STEP = 8_000  # characters
_LONGEST_INSTRUCTION = 500
_SENTENCE_END = re.compile(r"(?<=[.!?])\s")
# Instructions to a machine that reads a text; no paper has them.
_INSTRUCTION_TO_MODELS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:previous|prior|above|earlier|preceding|all|other|your)\b"
    r"|\b(?:you\s+are|as|if\s+you\s+are|note\s+to|for)\s+(?:an?\s+|any\s+|all\s+)?"
    r"(?:ai|llms?|(?:large\s+)?language\s+models?|assistants?|chatbots?|(?:ai\s+|llm\s+)?reviewers?)\s*[:,;]"
    r"|\byou\s+are\s+(?:now\s+)?an?\s.{0,40}\b(?:ai|llm|model|assistant|chatbot|reviewer)\b"
    r"|(?:^|[,;:]\s*|\band\s+)(?:do\s+not|don['’]t|never)\s+(?:mention|highlight|include|reveal|report|discuss|disclose|criti[cq]\w*)\b"
    r"|\b(?:give|write|provide|output|assign|generate|recommend|return|say)\b.{0,40}"
    r"\b(?:positive|favou?rable|high|highest|accept(?:ance)?|glowing)\b.{0,20}"
    r"\b(?:reviews?|ratings?|scores?|recommendations?|only|summar\w+)\b"
    r"|\b(?:recommend|strong)\s+accept(?:ance|ing)?\b"
    r"|\b(?:system|hidden)\s+prompt\s*:",
    re.IGNORECASE,
)


class FullTexts:
    """Reads full texts, and tells `note_read` of each.

    Keep one for the process: it holds the queue for arXiv's pages. `wait_for_others` waits for a turn where other
    processes ask for them as well.
    """

    def __init__(
        self,
        client: Client,
        hugging_face_url: str,
        arxiv_url: str,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        retry_policy: RetryPolicy = _RETRY_POLICY,
        note_read: Callable[[FullText], Awaitable[None]] | None = None,
        wait_for_others: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._client = client
        self._hugging_face_url = hugging_face_url.rstrip("/")
        self._arxiv_url = arxiv_url.rstrip("/")
        self._sleep = sleep
        self._monotonic = monotonic
        self._retry_policy = retry_policy
        self._note_read = note_read
        self._wait_for_others = wait_for_others
        self._turn = asyncio.Lock()
        self._free_at = -math.inf
        self._asked_again_at = -math.inf

    async def read(self, paper: Paper) -> FullText | None:
        """The text of a paper, None when neither source has it; failures are logged."""
        for look in (self._at_arxiv, self._at_hugging_face):
            try:
                found = await look(paper)
            except SourceUnreachable as error:
                log.info("couldn't fetch a full text", paper=paper.id, error=str(error))
                continue
            # A page is untrusted: whatever it does to the reader, a card needs no full text.
            except Exception as error:
                log.warning("couldn't read a full text", paper=paper.id, error=f"{type(error).__name__}: {error}")
                continue
            if found and is_text_of(paper, found.sections):
                if self._note_read:
                    await self._note_read(found)
                return found
        return None

    async def _at_arxiv(self, paper: Paper) -> FullText | None:
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        async with self._turn:
            if self._monotonic() < self._asked_again_at:
                raise SourceUnreachable(source="arXiv", reason="did not answer a moment ago")
            await self._sleep(max(0.0, self._free_at - self._monotonic()))
            if self._wait_for_others:
                await self._wait_for_others()
            try:
                page = await self._get(f"{self._arxiv_url}/html/{quote(paper.id)}{version}", "arXiv")
            except SourceUnreachable:
                # Others in the queue need not wait for the same time-out one after the other.
                self._asked_again_at = self._monotonic() + SECONDS_LEFT_ALONE
                raise
            finally:
                self._free_at = self._monotonic() + SECONDS_BETWEEN_PAGES
        if page is None:
            return None
        sections = await self._read(PageReader(page))
        version_shown = version_in(page[:_LOOKED_THROUGH], paper.id)
        return FullText(paper.id, FoundAt.ARXIV, sections, version_shown or paper.arxiv_version)

    async def _at_hugging_face(self, paper: Paper) -> FullText | None:
        if "/" in paper.id:
            return None
        text = await self._get(f"{self._hugging_face_url}/papers/{quote(paper.id, safe='')}.md", "Hugging Face")
        if text is None:
            return None
        sections = await self._read(InstructionFilter(await self._read(MarkdownReader(text))))
        return FullText(paper.id, FoundAt.HUGGING_FACE, sections, version_in(text[:_OPENING], paper.id))

    async def _read(self, reader: PageReader | MarkdownReader | InstructionFilter) -> tuple[TextSection, ...]:
        """Read step by step on the one thread: a thread of its own could not be ended from outside."""
        for _ in reader.steps():
            await asyncio.sleep(0)
        return reader.sections()

    async def _get(self, url: str, source: str) -> str | None:
        async def attempt() -> Response:
            return await fetch(self._client, url, source=source, limit_bytes=LIMIT_BYTES, stays_on_host=True)

        answer = await fetch_with_retry(attempt, source=source, retry_policy=self._retry_policy)
        return answer.text if answer.status == _OK else None


class InstructionFilter:
    """Leaves sentences out of sections that give instructions to a machine."""

    def __init__(self, sections: Sequence[TextSection]) -> None:
        self._sections = sections
        self._kept: list[TextSection] = []

    def steps(self) -> Iterator[None]:
        """Read all of it, some thousand characters in each step."""
        read = 0
        for section in self._sections:
            paragraphs: list[str] = []
            for paragraph in section.text.split("\n"):
                sentences: list[str] = []
                for sentence in _SENTENCE_END.split(paragraph):
                    is_found = False
                    for piece in _pieces(sentence):
                        is_found = is_found or _INSTRUCTION_TO_MODELS.search(piece) is not None
                        read += len(piece)
                        if read >= _READ_IN_A_STEP:
                            yield
                            read = 0
                    if not is_found:
                        sentences.append(sentence)
                paragraphs.append(" ".join(sentences))
            text = "\n".join(filter(None, paragraphs))
            if text and not _INSTRUCTION_TO_MODELS.search(section.title):
                self._kept.append(TextSection(section.title, text))

    def sections(self) -> tuple[TextSection, ...]:
        """The sections without those sentences."""
        return tuple(self._kept)


def _pieces(sentence: str) -> Iterator[str]:
    """A sentence in pieces of a bounded length, each with enough of the next for an instruction to stand in one."""
    for start in range(0, len(sentence), _READ_IN_A_STEP):
        yield sentence[start : start + _READ_IN_A_STEP + _LONGEST_INSTRUCTION]


def is_text_of(paper: Paper, sections: Sequence[TextSection]) -> bool:
    """Whether these sections are this paper's: long enough, with a paper's headings, and on its title's subject."""
    parts = [section for section in sections if _PARTS_OF_A_PAPER.search(section.title)]
    length = sum(len(section.title) + len(section.text) + 2 for section in sections)
    if length < _SHORTEST + len(paper.abstract) or len(parts) < _FEWEST_SECTIONS:
        return False
    text = "\n".join(f"{section.title}\n{section.text}" for section in sections)[:_LOOKED_THROUGH]
    words = {word for word in _words(paper.title) if len(word) > 3}
    return len(words & set(_words(text))) >= _LEAST_OF_TITLE * len(words)


def version_in(page: str, paper_id: str) -> int | None:
    """The version a page says it shows, as in `arXiv:2407.20445v2` or an address."""
    found = re.search(rf"{re.escape(paper_id)}v([1-9][0-9]?)(?![0-9])", page)
    return int(found[1]) if found else None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
