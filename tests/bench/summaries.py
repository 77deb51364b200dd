"""How much the source check finds: `make bench-summaries`.

True summaries – English ones as Hugging Face gives them, Korean ones written for this from the abstracts – are held to
their own abstracts, to others, and with their numbers altered. The Korean ones come twice: those that the check was
built on, and those held out, of which no word, weight or translated term was taken.
"""

from __future__ import annotations

import csv
import json
import math
import os
import re
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from bot.rules.papers import Paper, Section
from bot.summaries.extract import extract
from bot.summaries.roles import Role, likeliest_roles, weigh
from bot.summaries.sentences import split_sentences
from bot.summaries.source_check.check import CheckResult, IssueKind, check_summary
from bot.summaries.source_check.numbers import Number, numbers_claimed
from bot.summaries.source_check.plain_text import plain
from tests.bench.takeaways import measure as measure_takeaways
from tests.bench.truth import measure as measure_truth
from tests.extracts import source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

SAMPLES = Path(__file__).parents[1] / "bot" / "summaries"
POWERS = {"×10": 1, "÷10": -1, "×100": 2, "÷100": -2, "×1000": 3, "÷1000": -3}
SLIPS = ("one digit", "two swapped")
OTHERS_EACH = 40
HELD_OUT = 25  # the last rows of korean.tsv
LONG = 60_000
SECTION_ROLES = {
    Section.WHATS_NEW: Role.NOVELTY,
    Section.TECHNICAL_DETAILS: Role.METHOD,
    Section.PERFORMANCE_HIGHLIGHTS: Role.RESULT,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A true summary and what it was written from."""

    paper_id: str
    summary: str
    source: str


@dataclass(frozen=True, slots=True)
class Altered:
    """What the check said of a summary with one wrong number, which was written with so many digits beside noughts.

    It `is_scaled` when the number as a whole is off by a power of ten; that of `1억 2,000만` with `10억` in it is not.
    """

    result: CheckResult
    digits: int
    is_scaled: bool

    @property
    def is_caught(self) -> bool:
        """Whether the summary would not be shown."""
        return not self.result.passes

    @property
    def is_named_as_scale(self) -> bool:
        """Whether a number is said to be off by a power of ten."""
        return any(issue.kind is IssueKind.SCALE for issue in self.result.issues)


def main() -> int:
    """Print the table; 0 when there was something to measure."""
    folder = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not folder:
        print(
            "PAPERBOY_RECORDED_DATA names no folder with recorded answers of Hugging Face; there is nothing to measure."
        )
        return 1
    english, sources = _recorded(Path(folder))
    korean = _korean(sources)
    print(f"{'what':<52} {'n':>6} {'share':>8}   95 % interval      aim")
    _measure("English", english, sources, OTHERS_EACH)
    _measure("Korean, built on", korean[:-HELD_OUT], sources, len(sources))
    _measure("Korean, held out", korean[-HELD_OUT:], sources, len(sources))
    _measure_labels(Path(folder))
    truth = Path(folder) / "truth"
    if truth.is_dir():
        measure_truth(truth)
        measure_takeaways(truth)
        print()
    _measure_time({"English": english, "Korean": korean}, sources)
    return 0


def _recorded(folder: Path) -> tuple[list[Pair], dict[str, str]]:
    pairs: dict[str, Pair] = {}
    sources: dict[str, str] = {}
    for file in sorted((folder / "hf").glob("*.json")):
        for item in json.loads(file.read_text(encoding="utf-8")):
            paper = item["paper"]
            sources.setdefault(paper["id"], f"{paper['title']}\n{paper['summary']}")
            if paper.get("ai_summary"):
                pairs.setdefault(paper["id"], Pair(paper["id"], paper["ai_summary"], sources[paper["id"]]))
    return list(pairs.values()), sources


def _korean(sources: dict[str, str]) -> list[Pair]:
    with (SAMPLES / "source_check" / "korean.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Pair(paper_id, summary, sources[paper_id]) for paper_id, summary in rows if paper_id in sources]


def _measure(kind: str, pairs: Sequence[Pair], sources: dict[str, str], others_each: int) -> None:
    random = Random(0)
    refused = [pair for pair in pairs if not check_summary([pair.summary], pair.source).passes]
    _row(f"{kind}: true summaries refused", len(refused), len(pairs), "≤ 2 %")
    for pair in refused:
        print(f"    {pair.paper_id}: {_told(check_summary([pair.summary], pair.source))}")
    caught = tried = 0
    for paper_id, source in sources.items():
        for pair in random.sample(pairs, min(len(pairs), max(1, others_each * len(pairs) // len(sources)))):
            if pair.paper_id != paper_id:
                tried += 1
                caught += not check_summary([pair.summary], source).passes
    _row(f"{kind}: summaries of another paper caught", caught, tried, "≥ 99.5 %")
    _measure_numbers(kind, pairs, random)
    print()


def _measure_numbers(kind: str, pairs: Sequence[Pair], random: Random) -> None:
    tried: dict[str, list[Altered]] = defaultdict(list)
    for pair in pairs:
        said = plain(pair.summary)
        for number in numbers_claimed(said):
            for how in (*POWERS, *SLIPS):
                if altered := _alter(said, number, how, random):
                    digits = len(re.sub(r"\D", "", number.text).strip("0"))
                    tried[how].append(
                        Altered(check_summary([altered], pair.source), digits, _is_scaled(number, altered, how))
                    )
    every = [each for altered in tried.values() for each in altered]
    _row(f"{kind}: altered numbers caught", sum(each.is_caught for each in every), len(every), "≥ 95 %")
    for how, some in tried.items():
        _row(f"  {how}", sum(each.is_caught for each in some), len(some), "")
    scaled = [each for how in POWERS for each in tried[how] if each.is_caught and each.is_scaled]
    for what, some in {
        "two digits and more": [each for each in scaled if each.digits > 1],
        "one digit, such as 3 for 30": [each for each in scaled if each.digits <= 1],
    }.items():
        _row(f"  ×10ⁿ caught, named as such: {what}", sum(each.is_named_as_scale for each in some), len(some), "")
    slipped = [each for how in SLIPS for each in tried[how] if each.is_caught]
    _row("  other slips caught, named ×10ⁿ", sum(each.is_named_as_scale for each in slipped), len(slipped), "few")


def _measure_labels(folder: Path) -> None:
    with (SAMPLES / "labels.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for split in ("dev", "held-out"):
        labels = agreed = shown = right = 0
        for row in (row for row in rows if row["split"] == split):
            day = json.loads((folder / "hf" / f"{row['day']}.json").read_text(encoding="utf-8"))
            abstract = next(item["paper"]["summary"] for item in day if item["paper"]["id"] == row["paper"])
            sentences = split_sentences(abstract, "en")
            found = likeliest_roles([weigh(sentence) for sentence in sentences])
            labels += len(found)
            agreed += sum(one == other for one, other in zip(found, row["labels"], strict=True))
            role_of = dict(zip(sentences, row["labels"], strict=True))
            paper = Paper(id=row["paper"], title="", authors=(), abstract=" ".join(abstract.split()))
            extracted = extract(paper, made_at=datetime(2026, 8, 20, tzinfo=UTC))
            for section, text in extracted.sections if extracted else ():
                roles = [role_of[source_of(each, sentences)] for each in split_sentences(text, "en")]
                shown += len(roles)
                right += roles.count(SECTION_ROLES[section])
        _row(f"extract labels, {split}: sentences labelled as by hand", agreed, labels, "≥ 80 %")
        _row(f"extract labels, {split}: shown under the right heading", right, shown, "≥ 80 %")
    print()


def _measure_time(kinds: dict[str, list[Pair]], sources: dict[str, str]) -> None:
    every = "\n".join(sources.values())
    for kind, pairs in kinds.items():
        _time(f"{kind}: a summary held to its abstract, read for the first time", pairs)
        _time(f"{kind}: again, the abstract known", pairs[:30], twice=True)
        long = [Pair(pair.paper_id, pair.summary, f"{pair.source}\n{every}"[:LONG]) for pair in pairs[:30]]
        _time(f"{kind}: held to {LONG:,} characters, read for the first time", long)
        _time(f"{kind}: again, the text known", long, twice=True)


def _time(what: str, pairs: Sequence[Pair], *, twice: bool = False) -> None:
    """Print the median of single runs, each summary in other words than before, so that nothing of it is known."""
    taken = []
    for pair in pairs:
        if twice:
            check_summary([f"{pair.summary} …"], pair.source)
        started = time.perf_counter()
        check_summary([f"{pair.summary} {'.' * twice}"], pair.source)
        taken.append((time.perf_counter() - started) * 1000)
    taken.sort()
    print(f"{what:<76} median {taken[len(taken) // 2]:>6.2f} ms, worst {taken[-1]:>6.2f} ms   ≤ 5 ms")


def _is_scaled(number: Number, altered: str, how: str) -> bool:
    now = next((each for each in numbers_claimed(altered) if each.start == number.start), None)
    return how in POWERS and now is not None and now.value == number.value.scaleb(POWERS[how])


def _alter(said: str, number: Number, how: str, random: Random) -> str | None:
    """The text with one number changed; None where that changes nothing."""
    match = re.search(r"\d[\d,]*(?:\.\d+)?", number.text)
    if match is None:
        return None
    digits = match[0]
    places = [place for place, sign in enumerate(digits) if sign.isdigit()]
    changed = list(digits)
    if how in POWERS:
        changed = list(f"{Decimal(digits.replace(',', '')).scaleb(POWERS[how]).normalize():f}")
    elif how == "one digit":
        place = random.choice(places)
        changed[place] = random.choice([sign for sign in "123456789" if sign != digits[place]])
    else:
        beside = [(one, other) for one, other in pairwise(places) if digits[one] != digits[other]]
        if not beside:
            return None
        one, other = random.choice(beside)
        changed[one], changed[other] = changed[other], changed[one]
    start = said.index(digits, number.start)
    altered = "".join(changed)
    return None if altered == digits else said[:start] + altered + said[start + len(digits) :]


def _row(what: str, found: int, count: int, aim: str) -> None:
    low, high = _interval(found, count)
    share = found / count if count else 0.0
    print(f"{what:<52} {count:>6} {share:>8.1%}   {low:>6.1%} – {high:>6.1%}   {aim}")


def _interval(found: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share = found / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def _told(result: CheckResult) -> str:
    return ", ".join(f"{each.kind} {each.text}" for each in result.issues)


if __name__ == "__main__":
    sys.exit(main())
