"""`paperboy search`: the same order as in Slack, in a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.harness import Harness
    from tests.outside import Outside

DATE = "2024-07-31"


async def test_it_prints_what_is_found_best_first(outside: Outside) -> None:
    await outside.do("digest", "--date", DATE)
    code, out, complaint = await outside.do("search", "matting", "generation")
    assert (code, complaint) == (0, "")
    assert out.splitlines()[0] == "1 paper found for “matting generation”"
    assert "Matting by Generation" in out
    assert "2407.21017" in out


async def test_json_has_the_papers_as_a_digest_has_them(outside: Outside) -> None:
    await outside.do("digest", "--date", DATE)
    code, out, _ = await outside.do("search", "language", "--json")
    found = json.loads(out)
    assert code == 0
    assert len(found) > 1
    assert {"id", "title", "votes", "url", "takeaway", "summary"} <= found[0].keys()


async def test_an_empty_database_is_said_to_be_empty_with_what_to_do(outside: Outside) -> None:
    code, out, complaint = await outside.do("search", "matting")
    assert (code, out) == (0, "No paper found for “matting”\n")
    assert "paperboy fetch" in complaint


async def test_nothing_found_is_no_failure(outside: Outside) -> None:
    await outside.do("digest", "--date", DATE)
    code, out, complaint = await outside.do("search", "nowhere")
    assert (code, out, complaint) == (0, "No paper found for “nowhere”\n", "")
    assert (await outside.do("search", "nowhere", "--json"))[1] == "[]\n"


@pytest.mark.parametrize("words", [["…"], ["from:me"], ["matting", "from:me"]])
async def test_what_cannot_be_searched_is_wrong_use(outside: Outside, words: list[str]) -> None:
    code, out, complaint = await outside.do("search", *words)
    assert (code, out) == (2, "")
    assert len(complaint.splitlines()) == 1


async def test_a_filter_it_does_not_understand_is_told(outside: Outside) -> None:
    await outside.do("digest", "--date", DATE)
    code, out, complaint = await outside.do("search", "matting", "from:bob")
    assert code == 0
    assert "Matting by Generation" in out
    assert "from:bob" in complaint


async def test_the_order_is_that_of_slack(harness: Harness) -> None:
    """Both ask `PaperSearch`; what a terminal prints is what the pages in Slack have, one after the other."""
    await harness.post(top=50)
    search, team = harness.bot.deps.paper_search, harness.team
    page = await search.search("language", team=team, user=harness.ana.id, page=1, language="en")
    assert [hit.paper.id for hit in page.hits] == (await search.order(page.query))[: len(page.hits)]
