"""`paperboy fetch` and `paperboy import`: a past is brought along, and nothing of it is lost or taken for true."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.harness import DAY, bundled_day
from tests.servers import Reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outside import Outside

DATE = str(DAY)
MONDAY, SUNDAY = "2024-07-29", "2024-08-04"
WEEK = [str(date(2024, 7, 29) + timedelta(days=number)) for number in range(7)]
FETCH = ("fetch", "--since", MONDAY, "--until", SUNDAY)
MARKDOWN = ("digest", "--date", DATE, "--format", "markdown")

MARK = "반딧불이 firefly"  # what only the imported digest says
DIGEST = f"""\
## Daily Papers ({DATE})

### [Matting by Generation, {MARK}](https://arxiv.org/abs/2407.21017)

![](https://cdn-uploads.huggingface.co/firefly.png)

Vote: 4711

Authors: {MARK}, Ana Ruiz

- **What's New**: 새로운 {MARK} 방법을 소개합니다.
- **Technical Details**: 두 단계로 {MARK} 학습합니다.
- **Performance Highlights**: {MARK}보다 4.2% 낫습니다.

### [Nobody Knows This One](https://arxiv.org/abs/2407.12345)

Vote: -

- **What's New**: {MARK}.

"""


# fetch ----------------------------------------------------------------------------------------------------------------


async def test_fetch_reads_every_day_oldest_first_and_asks_for_none_twice(outside: Outside) -> None:
    code, out, complaint = await outside.do(*FETCH)
    assert (code, complaint) == (0, "")
    assert outside.sources.days_asked == WEEK
    assert out.splitlines() == [
        *(f"{day}: {'10 papers' if day == DATE else 'no papers'}" for day in WEEK),
        "Fetched 7 days. 0 were already stored.",
    ]
    assert (await outside.do(*FETCH))[:2] == (0, "Fetched 0 days. 7 were already stored.\n")
    assert outside.sources.days_asked == WEEK


async def test_fetch_killed_in_between_asks_only_for_what_is_missing(outside: Outside) -> None:
    outside.sources.next(Reply(body="[]"), Reply(body="[]"), Reply(body=json.dumps(bundled_day())), Reply(hang=True))
    process = await outside.start(*FETCH)
    await outside.sources.called(4)
    process.kill()
    await process.communicate()
    del outside.sources.calls[:]
    assert (await outside.do(*FETCH))[0] == 0
    assert outside.sources.days_asked == WEEK[3:]


async def test_fetch_from_an_unreachable_source_says_what_is_done_and_how_to_go_on(outside: Outside) -> None:
    outside.sources.next(Reply(body="[]"), Reply(body="[]"), Reply(404, '{"error":"gone"}'))
    code, _, complaint = await outside.do(*FETCH)
    assert code == 1
    assert "2024-07-29 to 2024-07-30" in complaint.splitlines()[-1]
    assert f"paperboy fetch --since 2024-07-31 --until {SUNDAY}" in complaint.splitlines()[-1]
    del outside.sources.calls[:]
    outside.sources.next(Reply(404, '{"error":"gone"}'))
    code, _, complaint = await outside.do("fetch", "--since", "2024-07-31", "--until", SUNDAY)
    assert code == 1
    assert "No days were fetched" in complaint.splitlines()[-1]


async def test_fetch_names_a_broken_item_and_keeps_the_day(outside: Outside) -> None:
    broken = {"paper": {"id": "2407.99999", "upvotes": 70, "authors": []}}
    outside.sources.day(DAY, [broken, *bundled_day()])
    code, out, complaint = await outside.do("fetch", "--since", DATE, "--until", DATE)
    assert code == 0
    assert f"{DATE}: 10 papers" in out
    (line,) = complaint.splitlines()
    assert "2407.99999" in line
    assert "skipped" in line


async def test_fetch_goes_up_to_the_last_settled_day(outside: Outside) -> None:
    before = datetime.now(UTC)
    since = (before - timedelta(days=3)).date()
    code, _, _ = await outside.do("fetch", "--since", str(since))
    assert code == 0
    settled = {str((moment - timedelta(hours=22)).date()) for moment in (before, datetime.now(UTC))}
    assert outside.sources.days_asked[0] == str(since)
    assert outside.sources.days_asked[-1] in settled


async def test_fetch_of_days_to_come_says_that_they_are_not_open(outside: Outside) -> None:
    code, out, _ = await outside.do("fetch", "--since", "2998-01-01", "--until", "2999-01-01")
    assert code == 0
    assert "2998-01-01: no list yet" in out
    assert (await outside.do("fetch", "--since", "2998-01-01"))[0] == 0
    assert outside.sources.days_asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", SUNDAY, "--until", MONDAY),
        ("--since", "last week"),
        ("--since", MONDAY, "--until", "2024-02-30"),
        (),
    ],
)
async def test_fetch_of_wrong_dates_is_wrong_use(outside: Outside, arguments: tuple[str, ...]) -> None:
    code, out, complaint = await outside.do("fetch", *arguments)
    assert (code, out) == (2, "")
    assert complaint.count("\n") == 1
    assert outside.sources.calls == []


# import ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["", "\ufeff", "# My papers\n\n"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_an_imported_digest_is_printed_back_byte_for_byte(
    outside: Outside, tmp_path: Path, before: str, end: str
) -> None:
    content = f"{before}{DIGEST}\x08\x0c\t".replace("\n", end).encode()
    (tmp_path / "31.md").write_bytes(content)
    outside.sources.down()
    assert (await outside.do("import", str(tmp_path / "31.md")))[0] == 0
    process = await outside.start(*MARKDOWN)
    out, complaint = await process.communicate()
    assert (process.returncode, complaint) == (0, b"")
    assert out == content
    assert outside.sources.calls == []


async def test_importing_again_changes_nothing_and_a_corrected_file_takes_its_place(
    outside: Outside, tmp_path: Path
) -> None:
    file = tmp_path / "31.md"
    file.write_text(DIGEST, encoding="utf-8")
    assert (await outside.do("import", str(file)))[1] == f"{DATE}: 2 papers imported\nImported 1 file.\n"
    assert "already imported, unchanged" in (await outside.do("import", str(file)))[1]
    assert (await outside.do(*MARKDOWN))[1] == DIGEST
    corrected = DIGEST.replace("4711", "53")
    file.write_text(corrected, encoding="utf-8")
    assert "replacing the earlier import" in (await outside.do("import", str(file)))[1]
    assert (await outside.do(*MARKDOWN))[1] == corrected


async def test_with_top_or_another_language_the_ordinary_digest_is_printed(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "31.md").write_text(DIGEST, encoding="utf-8")
    await outside.do("import", str(tmp_path / "31.md"))
    assert (await outside.do(*MARKDOWN, "--language", "ko"))[1] == DIGEST
    for more in (("--language", "en"), ("--top", "3")):
        code, out, _ = await outside.do(*MARKDOWN, *more)
        assert code == 0
        assert out.startswith(f"## Daily Papers ({DATE})\n\n### [Meltemi")
        assert MARK not in out


async def test_nothing_an_imported_digest_says_is_shown_as_true(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "31.md").write_text(DIGEST, encoding="utf-8")
    assert (await outside.do("import", str(tmp_path / "31.md")))[0] == 0
    shown = [
        await outside.do("digest", "--date", DATE, "--format", form, "--language", language)
        for form in ("text", "slack", "json")
        for language in ("en", "ko")
    ]
    shown += [await outside.do("show", "2407.21017", "--language", language) for language in ("en", "ko")]
    shown += [await outside.do("post", "--channel", outside.papers.id, "--date", DATE, "--top", "2")]
    assert [code for code, _, _ in shown] == [0] * len(shown)
    told = [out for _, out, _ in shown] + [str(call.arguments) for call in outside.slack.calls]
    assert any("Matting by Generation" in text for text in told)
    for word in (*MARK.split(), "4711", "firefly.png", "Nobody Knows This One"):
        assert [text for text in told if word in text] == []
    assert (await outside.do("show", "2407.12345"))[0] == 1


async def test_a_block_that_cannot_be_understood_is_named_and_costs_nothing_else(
    outside: Outside, tmp_path: Path
) -> None:
    file = tmp_path / "31.md"
    file.write_text(DIGEST.replace("(https://arxiv.org/abs/2407.12345)", ""), encoding="utf-8")
    code, out, complaint = await outside.do("import", str(file))
    assert (code, out) == (0, f"{DATE}: 1 paper imported\nImported 1 file.\n")
    assert complaint == f"{file}:15: skipped: heading has no paper link\n"


async def test_a_file_that_cannot_be_used_is_one_line_and_keeps_no_other_out(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "utf16.md").write_text(DIGEST, encoding="utf-16")
    (tmp_path / "cp949.md").write_bytes(DIGEST.encode("cp949"))
    (tmp_path / "notes.md").write_text("# Notes\n\n- none\n", encoding="utf-8")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "good.md").write_text(DIGEST, encoding="utf-8")
    bad = ["utf16.md", "cp949.md", "notes.md", "folder.md", "missing.md", "with\x1b[31m\nbreak.md"]
    code, out, complaint = await outside.do("import", *(str(tmp_path / name) for name in [*bad, "good.md"]))
    assert (code, out) == (1, f"{DATE}: 2 papers imported\nImported 1 file, 6 failed.\n")
    lines = complaint.splitlines()
    assert len(lines) == len(bad)
    assert [name for name, line in zip(bad[:-1], lines, strict=False) if name not in line] == []
    assert "\x1b" not in complaint
    assert (await outside.do(*MARKDOWN))[1] == DIGEST


async def test_an_empty_file_is_named_and_is_no_failure(outside: Outside, tmp_path: Path) -> None:
    (tmp_path / "empty.md").touch()
    code, out, complaint = await outside.do("import", str(tmp_path / "empty.md"))
    assert (code, out) == (0, "Imported 0 files, 1 empty.\n")
    assert complaint == f"{tmp_path / 'empty.md'}:1: skipped: the file is empty\n"


async def test_the_recorded_digest_comes_back_and_its_authors_stand_in_the_papers_order(
    outside: Outside, recorded: Path
) -> None:
    seeds = sorted((recorded.parent / "seeds").glob("000_*"))
    if not seeds:
        pytest.skip("there is no folder `seeds` with an older digest beside PAPERBOY_RECORDED_DATA")
    raw = (recorded / "hf" / f"{DATE}.json").read_text(encoding="utf-8")
    outside.sources.day(DAY, raw)
    assert (await outside.do("import", str(seeds[0])))[::2] == (0, "")
    assert (await outside.do(*MARKDOWN))[1].encode() == seeds[0].read_bytes()
    code, out, _ = await outside.do("digest", "--date", DATE, "--format", "json")
    assert code == 0
    listed = {item["paper"]["id"]: item["paper"] for item in json.loads(raw)}
    for entry in json.loads(out):
        assert entry["authors"] == [author["name"] for author in listed[entry["id"]]["authors"] if not author["hidden"]]
        assert entry["votes"] == listed[entry["id"]]["upvotes"]
