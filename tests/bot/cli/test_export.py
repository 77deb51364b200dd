"""`paperboy export`: papers and reading lists, in a terminal, for other programs."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.cli.export import export_list, export_papers
from bot.exports.export import ExportFormat
from bot.rules.list_filter import ListFilter
from bot.rules.reading_list import ReadingState, SaveKind, SaveOrigin
from bot.services import open_services
from tests.harness import DAY, settings_for
from tests.odd_papers import hostile_papers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.settings import Settings
    from bot.store import Store
    from tests.outside import Outside

TEAM, ANA, NOW = "T0000000001", "U0000000001", datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
ALL = ListFilter(frozenset(ReadingState))


@pytest.fixture
def settings(outside: Outside) -> Settings:
    return settings_for(outside.slack, outside.sources, outside.folder)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    async with open_services(settings) as services:
        yield services.store


async def save_some(settings: Settings) -> None:
    """Three papers of Ana's: one to read, one being read with a note and a tag, one archived."""
    states = (ReadingState.TO_READ, ReadingState.READING, ReadingState.ARCHIVED)
    async with opened(settings) as store:
        await store.memberships.rejoin_team(TEAM, now=NOW)
        for entry, state in zip(hostile_papers(1, 3), states, strict=True):
            paper_id = entry.paper.id
            await store.papers.remember(entry.paper, source="arxiv", now=NOW)
            await store.reading_lists.save(TEAM, ANA, paper_id, SaveKind.CLICK, now=NOW)
            await store.reading_lists.set_state(TEAM, ANA, paper_id, state, origin=SaveOrigin(SaveKind.CLICK), now=NOW)
        await store.reading_lists.set_note(TEAM, ANA, "2407.00001", "=1+1 읽기", now=NOW)
        await store.reading_lists.set_tags(TEAM, ANA, "2407.00001", ["matting"], now=NOW)


async def test_papers_are_printed_as_bibtex_whatever_the_locale(outside: Outside) -> None:
    await outside.do("digest", "--date", str(DAY))
    code, out, complaint = await outside.do("export", "2407.21017", "https://arxiv.org/abs/2407.20743", LC_ALL="C")
    assert (code, complaint) == (0, "")
    assert out.count("@misc{") == 2
    assert "author        = {Zhixiang Wang and Baiang Li and Jian Wang" in out


async def test_a_paper_that_is_not_found_keeps_no_other_out(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    await save_some(settings)
    assert await export_papers(settings, ["2407.00001", "nonsense", "2407.00001v2"], ExportFormat.RIS) == 1
    out, complaint = capsys.readouterr()
    assert out.count("TY  - ") == 1
    assert complaint.startswith("paperboy: “nonsense” isn't an arXiv ID")


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (ListFilter(), ["2407.00000", "2407.00001"]),
        (ALL, ["2407.00000", "2407.00001", "2407.00002"]),
        (ListFilter(frozenset({ReadingState.ARCHIVED})), ["2407.00002"]),
        (ListFilter(tag="matting"), ["2407.00001"]),
        (ListFilter(tag="else"), []),
    ],
)
async def test_a_reading_list_is_printed_as_far_as_it_is_wanted(
    settings: Settings, capsys: pytest.CaptureFixture[str], wanted: ListFilter, ids: list[str]
) -> None:
    await save_some(settings)
    assert await export_list(settings, ANA, None, wanted, ExportFormat.JSON) == 0
    out, complaint = capsys.readouterr()
    assert sorted(each["id"] for each in json.loads(out)["papers"]) == ids
    assert ("has no such papers" in complaint) == (not ids)


@pytest.mark.parametrize("output", ExportFormat)
async def test_a_list_is_printed_byte_for_byte_as_its_format_wants_it(
    settings: Settings, capsysbinary: pytest.CaptureFixture[bytes], output: ExportFormat
) -> None:
    await save_some(settings)
    assert await export_list(settings, ANA, TEAM, ALL, output) == 0
    out = capsysbinary.readouterr().out
    assert (b"\r\n" in out) == (output in {ExportFormat.RIS, ExportFormat.CSV})
    assert (out.startswith(b"\xef\xbb\xbf")) == (output is ExportFormat.CSV)
    assert ("'=1+1 읽기".encode() in out) == (output is ExportFormat.CSV)


@pytest.mark.parametrize(
    ("teams", "user", "team", "complaint"),
    [
        ([TEAM], "ana", None, "isn't a user ID"),
        ([], ANA, None, "has no workspace yet"),
        ([], ANA, TEAM, "has no workspace yet"),
        (
            [TEAM, "T0000000002"],
            ANA,
            None,
            f"There are several workspaces: {TEAM}, T0000000002. Choose one with --team.",
        ),
        ([TEAM], ANA, "T9", f"Use one of these: {TEAM}."),
    ],
)
async def test_whose_list_it_is_has_to_be_known(
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    teams: list[str],
    user: str,
    team: str | None,
    complaint: str,
) -> None:
    async with opened(settings) as store:
        for each in teams:
            await store.memberships.rejoin_team(each, now=NOW)
    assert await export_list(settings, user, team, ListFilter(), ExportFormat.CSV) == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert complaint in said
    assert len(said.splitlines()) == 1


async def test_papers_and_a_list_at_once_are_wrong_use(outside: Outside) -> None:
    code, out, complaint = await outside.do("export", "2407.21017", "--user", ANA)
    assert (code, out, len(complaint.splitlines())) == (2, "", 1)
