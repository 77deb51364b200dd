"""The full text of a paper: Hugging Face's Markdown of it, or else arXiv's HTML.

Hugging Face makes its Markdown from arXiv's HTML, and where there is none it gives the words of its own page about the
paper instead; so whatever comes is believed only when it has the title and the parts of a paper.
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
from bot.http import Answer, Patience, fetch, fetch_patiently
from bot.papers import FoundAt, FullText
from bot.sources.paper_html import read_html
from bot.sources.paper_markdown import read_markdown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.http import Client
    from bot.papers import Paper, TextSection

log = structlog.get_logger(__name__)

LIMIT_BYTES = 8 * 1024 * 1024
SECONDS_BETWEEN_PAGES = 1.0
_PATIENCE = Patience(tries=2, seconds=25.0)
_OK = 200
_SHORTEST = 4000  # characters; a page about a paper has hardly more than the abstract
_FEWEST_SECTIONS = 3
_PARTS_OF_A_PAPER = re.compile(
    r"introduction|method|approach|experiment|evaluation|results?\b|conclusion|discussion|related work|background",
    re.IGNORECASE,
)
_LEAST_OF_TITLE = 0.6
_OPENING = 3000  # characters


class FullTexts:
    """Where full texts are looked for. Keep one for the process: it holds the queue to arXiv's pages."""

    def __init__(
        self,
        client: Client,
        hugging_face_url: str,
        arxiv_url: str,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._client = client
        self._hugging_face_url = hugging_face_url.rstrip("/")
        self._arxiv_url = arxiv_url.rstrip("/")
        self._sleep = sleep
        self._monotonic = monotonic
        self._patience = patience
        self._turn = asyncio.Lock()
        self._free_at = -math.inf

    async def read(self, paper: Paper) -> FullText | None:
        """The text of a paper, None when neither source has it; what goes wrong on the way is logged."""
        for look in (self._at_hugging_face, self._at_arxiv):
            try:
                found = await look(paper)
            except SourceUnreachable as error:
                log.info("a full text could not be had", paper=paper.id, error=str(error))
                continue
            if found and is_text_of(paper, found.sections):
                return found
        return None

    async def _at_hugging_face(self, paper: Paper) -> FullText | None:
        if "/" in paper.id:
            return None
        text = await self._get(f"{self._hugging_face_url}/papers/{quote(paper.id, safe='')}.md", "Hugging Face")
        if text is None:
            return None
        version = version_in(text[:_OPENING], paper.id)
        return FullText(paper.id, FoundAt.HUGGING_FACE, read_markdown(text), version)

    async def _at_arxiv(self, paper: Paper) -> FullText | None:
        version = f"v{paper.arxiv_version}" if paper.arxiv_version else ""
        async with self._turn:
            await self._sleep(max(0.0, self._free_at - self._monotonic()))
            try:
                page = await self._get(f"{self._arxiv_url}/html/{quote(paper.id)}{version}", "arXiv")
            finally:
                self._free_at = self._monotonic() + SECONDS_BETWEEN_PAGES
        if page is None:
            return None
        # A page is long, and reading it is work for a processor.
        sections = await asyncio.to_thread(read_html, page)
        return FullText(paper.id, FoundAt.ARXIV, sections, version_in(page, paper.id) or paper.arxiv_version)

    async def _get(self, url: str, source: str) -> str | None:
        async def attempt() -> Answer:
            return await fetch(self._client, url, source=source, limit_bytes=LIMIT_BYTES, stays_on_host=True)

        answer = await fetch_patiently(attempt, source=source, patience=self._patience)
        return answer.text if answer.status == _OK else None


def is_text_of(paper: Paper, sections: Sequence[TextSection]) -> bool:
    """Whether these sections are that paper's: they are long, are named like a paper's, and open with its subject."""
    text = "\n".join(f"{section.title}\n{section.text}" for section in sections)
    parts = [section for section in sections if _PARTS_OF_A_PAPER.search(section.title)]
    if len(text) < _SHORTEST + len(paper.abstract) or len(parts) < _FEWEST_SECTIONS:
        return False
    words = {word for word in _words(paper.title) if len(word) > 3}
    return len(words & set(_words(text))) >= _LEAST_OF_TITLE * len(words)


def version_in(page: str, paper_id: str) -> int | None:
    """The version a page says it shows, as in `arXiv:2407.20445v2` or an address."""
    found = re.search(rf"{re.escape(paper_id)}v([1-9][0-9]?)(?![0-9])", page)
    return int(found[1]) if found else None


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
