"""`paperboy import --user`: papers that other programs keep, on somebody's list."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.cli.export import export_list
from bot.cli.list_imports import import_into_list
from bot.exports.export import ExportFormat
from bot.rules.list_filter import ListFilter
from bot.rules.papers import Paper
from bot.rules.reading_list import ReadingState
from bot.services import open_services
from tests.harness import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from bot.rules.reading_list import SavedPaper
    from bot.settings import Settings
    from tests.outside import Outside

TEAM, ANA, BO, NOW = "T0000000001", "U0000000001", "U0000000002", datetime(2024, 8, 1, 9, 30, tzinfo=UTC)
ALL = ListFilter(frozenset(ReadingState))
BIB = """@misc{a, eprint = {2407.00001}, keywords = {hair, matting}, annote = {Ask Bo}}
@article{b, title = {On Paper}, doi = {10.1145/1}}
@misc{c, eprint = {2407.00002}
"""


@pytest.fixture
async def settings(outside: Outside) -> Settings:
    """Settings of a database with one workspace and two papers."""
    settings = settings_for(outside.slack, outside.sources, outside.folder)
    async with open_services(settings) as services:
        await services.store.memberships.rejoin_team(TEAM, now=NOW)
        for paper_id in ("2407.00001", "2407.00002"):
            paper = Paper(paper_id, f"Paper {paper_id}", ("Ana Ruiz",))
            await services.store.papers.remember(paper, source="arxiv", now=NOW)
    return settings


async def listed(settings: Settings, user: str) -> list[SavedPaper]:
    async with open_services(settings) as services:
        return await services.store.reading_lists.entries(TEAM, user, ALL, limit=100)


async def test_papers_of_a_file_are_put_on_the_list_and_what_gives_none_is_named(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "참고.bib"
    file.write_bytes(BIB.encode("cp949"))
    assert await import_into_list(settings, ANA, None, [str(file)]) == 0
    out, complaint = capsys.readouterr()
    assert out == f"{file}: 1 paper saved, 2 skipped\n"
    assert complaint.splitlines() == [f"{file}: On Paper: no arXiv ID", f"{file}: c: couldn't be read"]
    (entry,) = await listed(settings, ANA)
    assert (entry.paper.id, entry.tags, entry.note) == ("2407.00001", ("hair", "matting"), "Ask Bo")


async def test_importing_again_changes_nothing_and_says_so(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("2407.00001\nhttps://arxiv.org/abs/2407.00002\n", encoding="utf-8")
    for _ in range(2):
        assert await import_into_list(settings, ANA, TEAM, [str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{file}: 2 papers saved",
        f"{file}: 0 papers saved, 2 already on the list",
    ]


async def test_what_export_wrote_is_imported_as_it_was(
    settings: Settings, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> None:
    (tmp_path / "a.bib").write_text(BIB, encoding="utf-8")
    await import_into_list(settings, ANA, None, [str(tmp_path / "a.bib")])
    for each in (ExportFormat.JSON, ExportFormat.CSV):
        capsysbinary.readouterr()
        await export_list(settings, ANA, None, ALL, each)
        (tmp_path / str(each)).write_bytes(capsysbinary.readouterr().out)
        assert await import_into_list(settings, BO, None, [str(tmp_path / str(each))]) == 0
        before, after = [(await listed(settings, user))[0] for user in (ANA, BO)]
        assert (before.saved_at, before.state, before.note, before.tags) == (
            *(after.saved_at, after.state, after.note, after.tags),
        )


async def test_a_file_that_gives_nothing_fails_and_keeps_no_other_out(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "ids.txt").write_text("2407.00001", encoding="utf-8")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    files = [str(tmp_path / name) for name in ("missing.bib", "paper.pdf", "ids.txt")]
    assert await import_into_list(settings, ANA, None, files) == 1
    out, complaint = capsys.readouterr()
    assert out.splitlines() == [f"{files[1]}: 0 papers saved, 1 skipped", f"{files[2]}: 1 paper saved"]
    assert complaint.splitlines() == [
        f"paperboy: Couldn't read {files[0]}: No such file or directory.",
        f"{files[1]}: no text",
    ]


async def test_a_paper_nobody_knew_is_looked_up(
    outside: Outside, settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    outside.sources.arxiv(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://arxiv.org/abs/2407.00003v1</id>'
        "<title>A Third</title></entry></feed>"
    )
    (tmp_path / "ids.txt").write_text("2407.00003 2407.00004", encoding="utf-8")
    assert await import_into_list(settings, ANA, None, [str(tmp_path / "ids.txt")]) == 1
    assert "2407.00004: arXiv doesn't know this ID" in capsys.readouterr().err
    assert [entry.paper.title for entry in await listed(settings, ANA)] == ["A Third"]


async def test_a_team_without_a_user_is_wrong_use(outside: Outside) -> None:
    code, out, complaint = await outside.do("import", "refs.bib", "--team", TEAM)
    assert (code, out, len(complaint.splitlines())) == (2, "", 1)
