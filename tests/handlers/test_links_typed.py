"""Links of other sites that people type: read as the papers that carry them, or told which links are taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.rules.papers import Paper

if TYPE_CHECKING:
    from tests.harness import Harness

NOW = datetime(2024, 8, 1, tzinfo=UTC)
MATTING = "2407.21017"
CODE = "https://github.com/lightChaserX/MattingByGeneration"


async def remember_code(harness: Harness) -> None:
    paper = Paper(MATTING, "Matting by Generation", ("Zhixiang Wang",), "We matte by generating.")
    known = replace(paper, code_url=CODE, project_url="https://lightchaserx.github.io/matting-by-generation/")
    await harness.bot.services.store.papers.remember(known, source="hugging_face", now=NOW)


async def test_a_link_to_code_or_a_project_is_the_paper_that_carries_it(harness: Harness) -> None:
    await remember_code(harness)
    for typed in (CODE, f"<{CODE}/tree/main|code>", "lightchaserx.github.io/matting-by-generation"):
        (card,) = await harness.ask(harness.ana, typed)
        assert "Matting by Generation" in card


async def test_a_doi_is_the_paper_that_has_it_however_it_is_written(harness: Harness) -> None:
    paper = Paper(MATTING, "Matting by Generation", ("Zhixiang Wang",), doi="10.1145/3641519.3657519")
    await harness.bot.services.store.papers.remember(paper, source="arxiv", now=NOW)
    for typed in (
        "10.1145/3641519.3657519",
        "doi:10.1145/3641519.3657519",
        "<https://doi.org/10.1145/3641519.3657519>",
        "dl.acm.org/doi/pdf/10.1145/3641519.3657519",
        "https://doi.org/10.48550/arXiv.2407.21017",
    ):
        (card,) = await harness.ask(harness.ana, typed)
        assert "Matting by Generation" in card
    anthology = replace(paper, doi="10.18653/v1/p19-1001")
    await harness.bot.services.store.papers.remember(anthology, source="arxiv", now=NOW)
    (card,) = await harness.ask(harness.jimin, "aclanthology.org/P19-1001.pdf")
    assert "Matting by Generation" in card
    await harness.bot.services.store.papers.remember(paper, source="arxiv", now=NOW)
    await harness.ask(harness.ana, "https://dl.acm.org/doi/10.1145/3641519.3657519 저장해줘")
    assert await harness.reading_list(harness.ana) == [MATTING]


async def test_verbs_work_beside_such_a_link(harness: Harness) -> None:
    await remember_code(harness)
    await harness.ask(harness.ana, f"save {CODE}")
    assert await harness.reading_list(harness.ana) == [MATTING]
    await harness.ask(harness.ana, f"{CODE} 삭제해줘")
    assert await harness.reading_list(harness.ana) == []


async def test_for_any_other_link_it_is_said_which_links_are_taken(harness: Harness) -> None:
    for person, taken in ((harness.ana, "Links with an arXiv ID"), (harness.jimin, "링크를 쓸 수 있습니다")):
        for link in ("https://openreview.net/forum?id=kiOxNsrpQy", "10.1145/3411764.3445678", "github.com/x/y"):
            (told,) = await harness.ask(person, link)
            assert taken in told
            assert link.rpartition("//")[2][:20] in told
