"""`paperboy check`: what older digests said, held to the papers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from bot.cli.check import BrokenPair, Pair, check_pair, read_pairs
from bot.rules.old_digests import parse_digest
from bot.rules.papers import Origin, Paper, Section
from bot.store.sqlite import open_store
from tests.bench.truth import Tally, intervals
from tests.bot.store.samples import NOW, summary

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outside import Outside

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


async def ready(outside: Outside, said: str, *, abstract: str = ABSTRACT) -> None:
    """A database that holds a paper and what a digest said of it."""
    store = await open_store(outside.database)
    (digest,) = parse_digest(DIGEST.format(said)).digests
    await store.papers.remember_digest(digest, now=NOW)
    if abstract:
        paper = Paper(ID, "HarborNet: Counting Ships from Space", ("Ana Ruiz",), abstract)
        await store.papers.remember(paper, source="hugging_face", now=NOW)
    await store.close()


@pytest.mark.parametrize("asked", [["--date", "2024-07-31"], [ID], [f"https://arxiv.org/abs/{ID}v2"]])
async def test_what_the_paper_does_not_support_is_named_in_one_line(outside: Outside, asked: list[str]) -> None:
    await ready(outside, "HarborNet은 16.5억 픽셀로 학습하고 MarineBench에서 0.752, SeaSet에서 12%를 얻습니다.")
    assert await outside.do("check", *asked) == (
        0,
        f"{ID} flagged: 16.5억 is off by a factor of 10 (source: 16.5 billion); numbers not in the source: 0.752"
        " (source: 0.754), 12%; names not in the source: SeaSet (checked against the abstract only)\n",
        "",
    )


THAT_MORNING = """## Daily Papers (2024-07-31)

### [Meltemi: The first open Large Language Model for Greek](https://arxiv.org/abs/2407.20743)

- **What's New**: 그리스어를 위한 첫 공개 대규모 언어 모델(LLM) Meltemi 7B와 Meltemi 7B Instruct를 소개합니다.

### [A Large Encoder-Decoder Family of Foundation Models For Chemical Language](https://arxiv.org/abs/2407.20267)

- **Technical Details**: PubChem의 SMILES 9,100만 개를 4억 개의 분자 토큰으로 나누어 사전 학습합니다.

### [Futga: Towards Fine-grained Music Understanding](https://arxiv.org/abs/2407.20445)

- **What's New**: 음성 합성(Speech Synthesis) 품질을 높이는 Hybrid Attention-based GAN 모델을 제안합니다.
- **Performance Highlights**: 음성의 자연스러움에서 더 높은 MOS(Mean Opinion Score)를 기록합니다.

### [Harvesting Textual and Structured Data from the HAL Publication Repository](https://arxiv.org/abs/2407.20595)

- **What's New**: HAL 논문의 인용 네트워크와 16.5억 개 이상의 토큰을 담은 HALvest를 소개합니다.

### [JaColBERTv2.5: Optimising Multi-Vector Retrievers](https://arxiv.org/abs/2407.20750)

- **Performance Highlights**: 일본어 검색 모델 JaColBERTv2.5는 평균 0.752를 얻습니다.
"""
FAILINGS = {
    "2407.20743": "ok",
    "2407.20267": "4억 is off by a factor of 10 (source: 4 billion)",
    "2407.20445": "seems to be about another paper",
    "2407.20595": "16.5억 is off by a factor of 10 (source: 16.5 billion)",
    "2407.20750": "0.752 (source: 0.754)",
}


async def told_of(outside: Outside, digest: Path) -> dict[str, str]:
    """What is said of a digest whose day was fetched: a line a paper."""
    assert (await outside.do("fetch", "--since", str(DAY), "--until", str(DAY)))[0] == 0
    assert (await outside.do("import", str(digest)))[0] == 0
    code, told, complaint = await outside.do("check", "--date", str(DAY))
    assert (code, complaint) == (0, "")
    return dict(line.split(" ", 1) for line in told.splitlines())


async def test_the_four_failings_of_the_digest_that_began_it_all_are_named(outside: Outside) -> None:
    """What that morning's digest said of these papers, in other words; the bundled abstracts are known."""
    digest = outside.folder / f"{DAY}.md"
    digest.write_text(THAT_MORNING, encoding="utf-8")
    told = await told_of(outside, digest)
    assert told.keys() == FAILINGS.keys()
    assert [paper_id for paper_id, failing in FAILINGS.items() if failing not in told[paper_id]] == []
    assert [paper_id for paper_id, line in told.items() if "another paper" in line] == ["2407.20445"]


async def test_so_they_are_in_the_digest_itself_beside_the_abstracts_as_listed(
    outside: Outside, recorded: Path
) -> None:
    """It is flagged for more, since it was written from whole papers and is held to the abstracts alone.

    ======================== ==============================================================================
    2407.20729 Malaysian     its sources (Kaggle, Reddit ...) and MaLLaM stand in the body only
    2407.20581 Knesset       the corpus' size, the splits, perplexities and accuracies stand in the body only
    2407.20267 SMI-TED       SMI-TED289M, 11,300만, 2,988, 5 and 11 stand in the body only; 4억 is wrong
    2407.20595 HALvest       authors, papers, 56 languages, GNN: body only; 16.5억 and 17억 are both wrong
    2407.20750 JaColBERT     4.5%, 60%, 5.32%, 6.87%, BGE-M3, GLuCoSE, MIRACL: body only; 0.752 is wrong
    2407.20445 Futga         all of it is invented
    ======================== ==============================================================================
    """
    seeds = sorted((recorded.parent / "seeds").glob("000_*"))
    if not seeds:
        pytest.skip("there is no folder `seeds` with an older digest beside PAPERBOY_RECORDED_DATA")
    listed = json.loads((recorded / "hf" / f"{DAY}.json").read_text(encoding="utf-8"))
    outside.sources.day(DAY, listed)
    told = await told_of(outside, seeds[0])
    for line in told.items():
        print(*line)
    assert [paper_id for paper_id, failing in FAILINGS.items() if failing not in told[paper_id]] == []
    assert [paper_id for paper_id, line in told.items() if "another paper" in line] == ["2407.20445"]
    assert {paper_id for paper_id, line in told.items() if line == "ok"} == {
        *("2407.20743", "2407.21018", "2407.20798", "2407.21017"),
    }


async def test_what_the_paper_supports_is_ok(outside: Outside) -> None:
    await ready(outside, "HarborNet은 34개 항구의 165억 픽셀로 학습하고 MarineBench에서 오차 0.754를 얻습니다.")
    assert await outside.do("check", "--date", str(DAY)) == (0, f"{ID} ok\n", "")


async def test_without_an_abstract_nothing_is_said_of_a_summary(outside: Outside) -> None:
    await ready(outside, "HarborNet은 배를 셉니다.", abstract="")
    code, told, _ = await outside.do("check", ID)
    assert (code, told.split(":")[0]) == (0, f"{ID} unknown")
    assert "paperboy fetch" in told


async def test_kept_summaries_are_checked_too_but_not_extracts(outside: Outside) -> None:
    await ready(outside, "")
    store = await open_store(outside.database)
    made = replace(summary("", ID), sections=((Section.WHATS_NEW, "HarborNet counts 99 ships in satellite images."),))
    await store.summaries.remember(replace(made, origin=Origin.MODEL))
    await store.summaries.remember(replace(made, language="ko", origin=Origin.EXTRACT))
    await store.close()
    _, told, _ = await outside.do("check", ID)
    assert told.startswith(f"{ID} flagged: numbers not in the source: 99")
    assert len(told.splitlines()) == 1


async def test_nothing_to_check_and_nothing_asked_are_said_in_a_sentence(outside: Outside) -> None:
    code, told, complaint = await outside.do("check", ID)
    assert (code, told) == (0, "")
    assert "No summaries to check" in complaint
    code, _, complaint = await outside.do("check")
    assert code == 2
    assert len(complaint.splitlines()) == 1


def pairs_of(*items: object) -> list[Pair | BrokenPair]:
    lines = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in items]
    return list(read_pairs(BytesIO(b"\n".join(lines))))


class TestPairs:
    TRUE = "HarborNet counts ships in satellite images. It reaches an error of 0.754 on MarineBench."

    def said_of(self, summary: str) -> dict[str, Any]:
        (pair,) = pairs_of({"id": "a", "source": ABSTRACT, "summary": summary})
        assert isinstance(pair, Pair)
        return check_pair(pair)

    def test_what_is_borne_out_is_ok_and_scores_one(self) -> None:
        assert self.said_of(self.TRUE) == {"id": "a", "ok": True, "score": 1.0, "findings": [], "passages": []}

    def test_what_is_not_is_named_by_kind_and_costs_its_sentence(self) -> None:
        said = self.said_of(self.TRUE.replace("0.754", "0.752"))
        assert (said["ok"], said["score"]) == (False, 0.5)
        assert said["findings"] == [{"kind": "number", "text": "0.752 (source: 0.754)"}]

    def test_a_summary_of_something_else_scores_next_to_nothing(self) -> None:
        said = self.said_of("A policy lets a robot arm grasp unseen objects after a few demonstrations by people.")
        assert not said["ok"]
        assert said["score"] < 0.3

    def test_a_score_is_a_share_whatever_is_said(self) -> None:
        for said in ("...", "0 1 2 3", "<!channel>", "https://evil.com", "한국어", "\ud800", "a" * 5_000):
            assert 0 <= self.said_of(said)["score"] <= 1

    def test_a_line_that_holds_no_pair_is_skipped_and_the_others_are_read(self) -> None:
        good = {"id": "good", "source": "x", "summary": "y"}
        found = pairs_of(
            *(
                good,
                b"{",
                b"[]",
                b"\xff\xfe",
                b"",
                {"id": "s", "source": 1, "summary": "y"},
                {"source": "x", "summary": "y"},
            ),
            *({"id": "n", "source": "x"}, b"[" * 100_000, {"id": True, "source": "x", "summary": "y"}, good),
        )
        assert [each.id for each in found] == [
            *("good", "line 2", "line 3", "line 4", "s", "line 7", "n", "line 9", "line 10", "good")
        ]
        assert sum(isinstance(each, BrokenPair) for each in found) == 8

    def test_a_line_without_end_is_not_kept_in_memory(self) -> None:
        asked: list[int] = []

        class Endless(BytesIO):
            def readline(self, size: int | None = -1, /) -> bytes:
                asked.append(size or 0)
                return super().readline(size)

        good = b'\n{"id": 1, "source": "x", "summary": "y"}\n'
        (broken, pair) = read_pairs(Endless(b"{" * 40_000_000 + good))
        assert (broken.id, pair.id) == ("line 1", "1")
        assert 0 < max(asked) <= 16 * 1024 * 1024 + 1

    async def test_from_a_file_or_standard_input_a_line_comes_for_each(self, outside: Outside, tmp_path: Path) -> None:
        file = tmp_path / "pairs.jsonl"
        file.write_text(json.dumps({"id": "가", "source": ABSTRACT, "summary": self.TRUE}) + "\n{\n", encoding="utf-8")
        code, told, complaint = await outside.do("check", "--pairs", str(file))
        assert (code, json.loads(told)["id"]) == (0, "가")
        assert (
            complaint
            == 'paperboy: line 2 skipped: the line isn\'t JSON in UTF-8. Use {"id": …, "source": …, "summary": …}.\n'
        )
        code, _, complaint = await outside.do("check", "--pairs", str(tmp_path / "missing"))
        assert (code, len(complaint.splitlines())) == (1, 1)


def test_intervals_come_from_resampling_sources_not_summaries() -> None:
    two_sources = [Tally(5, 5, 0, 5), Tally(0, 5, 5, 5)]
    spans = intervals(two_sources, times=400)
    assert spans["share_caught"] == (0.0, 1.0)
    assert sum(two_sources, Tally()).balanced_accuracy == 0.5
    assert intervals([Tally(1, 2, 0, 0)], times=10)["share_refused"] is None
