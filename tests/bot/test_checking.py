"""`paperboy check`: what older digests said, held to the papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from bot.digests import parse_digest
from bot.papers import Origin, Paper, Section
from bot.store.sqlite import SqliteStore
from tests.bot.store.samples import NOW, summary

if TYPE_CHECKING:
    from tests.street import Street

DAY = date(2024, 7, 31)
ID = "2407.30001"
ABSTRACT = (
    "We present HarborNet, a transformer that counts ships in satellite images. It is pretrained on 16.5 billion pixels"
    " of 34 harbours and reaches an error of 0.754 on MarineBench."
)
DIGEST = """## Daily Papers (2024-07-31)

### [HarborNet: Counting Ships from Space](https://arxiv.org/abs/2407.30001)

Vote: 9

- **What's New**: {}
"""


async def ready(street: Street, said: str, *, abstract: str = ABSTRACT) -> None:
    """A database that holds a paper and what a digest said of it."""
    store = await SqliteStore.open(street.database)
    (digest,) = parse_digest(DIGEST.format(said)).digests
    await store.remember_digest(digest, now=NOW)
    if abstract:
        paper = Paper(ID, "HarborNet: Counting Ships from Space", ("Ana Ruiz",), abstract)
        await store.remember_paper(paper, source="hugging_face", now=NOW)
    await store.close()


@pytest.mark.parametrize("asked", [["--date", "2024-07-31"], [ID], [f"https://arxiv.org/abs/{ID}v2"]])
async def test_what_the_paper_does_not_support_is_named_in_one_line(street: Street, asked: list[str]) -> None:
    await ready(street, "HarborNet은 16.5억 픽셀로 학습하고 MarineBench에서 0.752, SeaSet에서 12%를 얻습니다.")
    assert await street.do("check", *asked) == (
        0,
        f"{ID} flagged: 16.5억 is off by a factor of 10 (source: 16.5 billion); numbers not in the source: 0.752"
        " (source: 0.754), 12%; names not in the source: SeaSet (held to the abstract only)\n",
        "",
    )


async def test_what_the_paper_supports_is_ok(street: Street) -> None:
    await ready(street, "HarborNet은 34개 항구의 165억 픽셀로 학습하고 MarineBench에서 오차 0.754를 얻습니다.")
    assert await street.do("check", "--date", str(DAY)) == (0, f"{ID} ok\n", "")


async def test_without_an_abstract_nothing_is_said_of_a_summary(street: Street) -> None:
    await ready(street, "HarborNet은 배를 셉니다.", abstract="")
    code, told, _ = await street.do("check", ID)
    assert (code, told.split(":")[0]) == (0, f"{ID} unknown")
    assert "paperboy fetch" in told


async def test_kept_summaries_are_checked_too_but_not_extracts(street: Street) -> None:
    await ready(street, "")
    store = await SqliteStore.open(street.database)
    made = replace(summary("", ID), sections=((Section.WHATS_NEW, "HarborNet counts 99 ships in satellite images."),))
    await store.remember_summary(replace(made, origin=Origin.MODEL))
    await store.remember_summary(replace(made, language="ko", origin=Origin.EXTRACT))
    await store.close()
    _, told, _ = await street.do("check", ID)
    assert told.startswith(f"{ID} flagged: numbers not in the source: 99")
    assert len(told.splitlines()) == 1


async def test_nothing_to_check_and_nothing_asked_are_said_in_a_sentence(street: Street) -> None:
    code, told, complaint = await street.do("check", ID)
    assert (code, told) == (0, "")
    assert "no summary to check" in complaint
    code, _, complaint = await street.do("check")
    assert code == 2
    assert len(complaint.splitlines()) == 1
