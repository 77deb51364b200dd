"""How much the gate sees: `make bench-summaries`.

True summaries – English ones as Hugging Face gives them, Korean ones written for this from the abstracts – are held to
their own abstracts, to others, and with their numbers altered.
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
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from random import Random

from bot.summaries.grounding import Judgement, Offence, judge
from bot.summaries.numbers import Number, plain, read_numbers

KOREAN = Path(__file__).parents[1] / "bot" / "summaries" / "korean.tsv"
ALTERATIONS = ("×10", "÷10", "×100", "÷100", "×1000", "÷1000", "one digit", "two swapped")
POWERS = {"×10": 1, "÷10": -1, "×100": 2, "÷100": -2, "×1000": 3, "÷1000": -3}
OTHERS_EACH = 5


@dataclass(frozen=True, slots=True)
class Pair:
    """A true summary and what it was written from."""

    paper_id: str
    summary: str
    source: str


def main() -> int:
    """Print the table; 0 when there was something to measure."""
    folder = os.environ.get("PAPERBOY_RECORDED_DATA")
    if not folder:
        print(
            "PAPERBOY_RECORDED_DATA names no folder with recorded answers of Hugging Face; there is nothing to measure."
        )
        return 1
    english, sources = _recorded(Path(folder))
    print(f"{'what':<44} {'n':>5} {'share':>8}   95 % interval      aim")
    for language, pairs in {"English": english, "Korean": _korean(sources)}.items():
        _measure(language, pairs, Random(0))
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
    with KOREAN.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Pair(paper_id, summary, sources[paper_id]) for paper_id, summary in rows if paper_id in sources]


def _measure(language: str, pairs: list[Pair], random: Random) -> None:
    started = time.perf_counter()
    own = [judge([pair.summary], pair.source) for pair in pairs]
    each_ms = (time.perf_counter() - started) / len(pairs) * 1000
    refused = [pair for pair, judgement in zip(pairs, own, strict=True) if not judgement.passes]
    _row(f"{language}: true summaries refused", len(refused), len(pairs), "≤ 2 %")
    for pair in refused:
        print(f"    {pair.paper_id}: {_told(judge([pair.summary], pair.source))}")
    crossed = [(one, other) for one in pairs for other in random.sample(pairs, OTHERS_EACH) if one is not other]
    seen = sum(not judge([one.summary], other.source).passes for one, other in crossed)
    _row(f"{language}: summaries of another paper caught", seen, len(crossed), "≥ 99.5 %")
    _measure_numbers(language, pairs, random)
    print(f"{language}: {each_ms:.2f} ms a summary (aim: ≤ 5 ms)\n")


def _measure_numbers(language: str, pairs: list[Pair], random: Random) -> None:
    tried: dict[str, list[Judgement]] = defaultdict(list)
    for pair in pairs:
        said = plain(pair.summary)
        for number in read_numbers(said):
            for how in ALTERATIONS:
                if altered := _alter(said, number, how, random):
                    tried[how].append(judge([altered], pair.source))
    every = [judgement for judgements in tried.values() for judgement in judgements]
    _row(f"{language}: altered numbers caught", sum(not each.passes for each in every), len(every), "≥ 95 %")
    for how, judgements in tried.items():
        _row(f"  {how}", sum(not each.passes for each in judgements), len(judgements), "")
    scaled = [each for how in POWERS for each in tried[how] if not each.passes]
    named = sum(any(offender.offence is Offence.SCALE for offender in each.offenders) for each in scaled)
    _row("  of those ×10ⁿ caught, named as such", named, len(scaled), "")


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
    print(f"{what:<44} {count:>5} {share:>8.1%}   {low:>6.1%} – {high:>6.1%}   {aim}")


def _interval(found: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share = found / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def _told(judgement: Judgement) -> str:
    return ", ".join(f"{each.offence} {each.text}" for each in judgement.offenders)


if __name__ == "__main__":
    sys.exit(main())
