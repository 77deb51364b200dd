"""Where the text of a paper comes from, and what is not taken for one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.http import Patience
from bot.papers import FoundAt, Paper
from bot.sources.full_text import LIMIT_BYTES, FullTexts, version_in
from tests.papers_in_full import MARKDOWN, MATTING, PAGE_ABOUT, SECTIONS, html
from tests.servers import PaperSources, Reply

if TYPE_CHECKING:
    from bot.http import Client

ANOTHER = replace(MATTING, title="Speech Synthesis with Hybrid Adversarial Networks")


class Sleeps:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def sleeps() -> Sleeps:
    return Sleeps()


@pytest.fixture
def full_texts(client: Client, sources: PaperSources, sleeps: Sleeps) -> FullTexts:
    patience = Patience(tries=2, seconds=5.0)
    return FullTexts(
        client, sources.url, sources.url, sleep=sleeps.sleep, monotonic=lambda: sleeps.now, patience=patience
    )


async def test_hugging_faces_markdown_comes_first(sources: PaperSources, full_texts: FullTexts) -> None:
    sources.full_text(MATTING.id, MARKDOWN)
    found = await full_texts.read(MATTING)
    assert found
    assert (found.found_at, found.arxiv_version) == (FoundAt.HUGGING_FACE, None)
    assert [section.title for section in found.sections][:2] == list(SECTIONS)[:2]
    assert [call.path for call in sources.calls] == ["/papers/2407.21017.md"]


async def test_then_arxivs_page_in_the_version_that_is_known(sources: PaperSources, full_texts: FullTexts) -> None:
    sources.arxiv_page(MATTING.id, html(version=3))
    found = await full_texts.read(replace(MATTING, arxiv_version=3))
    assert found
    assert (found.found_at, found.arxiv_version) == (FoundAt.ARXIV, 3)
    assert [section.title for section in found.sections] == list(SECTIONS)
    assert sources.calls[-1].path == "/html/2407.21017v3"


async def test_the_page_tells_its_version(sources: PaperSources, full_texts: FullTexts) -> None:
    sources.arxiv_page(MATTING.id, html(version=2))
    found = await full_texts.read(MATTING)
    assert found
    assert found.arxiv_version == 2


@pytest.mark.parametrize("text", [PAGE_ABOUT, "", "<html>Sign in</html>", MARKDOWN[:3000]])
async def test_a_page_about_the_paper_is_not_taken_for_the_paper(
    sources: PaperSources, full_texts: FullTexts, text: str
) -> None:
    sources.full_text(MATTING.id, text)
    assert await full_texts.read(MATTING) is None


async def test_nor_is_another_papers_text(sources: PaperSources, full_texts: FullTexts) -> None:
    sources.full_text(ANOTHER.id, MARKDOWN)
    sources.arxiv_page(ANOTHER.id, html())
    assert await full_texts.read(ANOTHER) is None


@pytest.mark.parametrize(
    "trouble",
    [
        [Reply(404)],
        [Reply(429, headers={"Retry-After": "600"})],
        [Reply(503), Reply(503)],
        [Reply(body=MARKDOWN, cut=True), Reply(body=MARKDOWN, cut=True)],
        [Reply(body=b" " * (LIMIT_BYTES + 1))],
        [Reply(302, headers={"Location": "http://localhost:1/papers/2407.21017.md"})],
        [Reply(302, headers={"Location": "https://example.org/papers/2407.21017.md"})],
    ],
)
async def test_whatever_keeps_hugging_face_from_answering_arxiv_is_asked(
    sources: PaperSources, full_texts: FullTexts, trouble: list[Reply]
) -> None:
    sources.arxiv_page(MATTING.id, html())
    sources.next(*trouble)
    found = await full_texts.read(MATTING)
    assert found
    assert found.found_at is FoundAt.ARXIV


async def test_with_both_away_there_is_none(sources: PaperSources, full_texts: FullTexts) -> None:
    sources.down()
    assert await full_texts.read(MATTING) is None


async def test_papers_of_old_are_only_at_arxiv(sources: PaperSources, full_texts: FullTexts) -> None:
    old = Paper(id="hep-th/9901001", title="Strings", authors=())
    await full_texts.read(old)
    assert [call.path for call in sources.calls] == ["/html/hep-th/9901001"]


async def test_arxivs_pages_are_asked_for_with_a_pause_between(full_texts: FullTexts, sleeps: Sleeps) -> None:
    for _ in range(3):
        await full_texts.read(MATTING)
    assert sleeps.slept == [0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("page", "version"),
    [
        ("arXiv:2407.21017v2 [cs.CV]", 2),
        ("https://arxiv.org/html/2407.21017v12/", 12),
        ("arXiv:2407.21017", None),
        ("arXiv:2407.21018v2", None),
        ("2407.21017v123456", None),
    ],
)
def test_a_version_is_read_only_of_this_paper(page: str, version: int | None) -> None:
    assert version_in(page, "2407.21017") == version
