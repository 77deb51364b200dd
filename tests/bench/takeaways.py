"""How much a take-away without a model says of what the authors say themselves: part of `make bench-summaries`.

`PAPERBOY_RECORDED_DATA/truth/scitldr-dev.jsonl` holds abstracts, each with one sentence by its authors (SciTLDR,
Cachola et al., 2020). The figure is unigram F1: of lower case words of letters and digits, as they are, averaged over
the papers. The rules were chosen on the sources with even numbers, the others were set aside.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING

from bot.rules.papers import LONGEST_TAKEAWAY, Paper
from bot.summaries.sentences import split_sentences
from bot.summaries.takeaways import find_takeaway

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_WORD = re.compile("[a-z0-9]+")
_CUE = re.compile(
    r"\b(?:we|this (?:paper|work|study)) (?:\w+ )?(?:propos|introduc|present|develop|show|stud|investigat|demonstrat"
    r"|describ|prov|explor)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Truth:
    """An abstract, its number, and what its authors say in one sentence."""

    source: int
    abstract: str
    said: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """Unigram F1 in per cent: over the sources a rule was `chosen_on`, those `held_out`, and all."""

    chosen_on: float
    held_out: float
    both: float


def measure(folder: Path) -> None:
    """Print a line for what is shown and for each baseline."""
    truths = read(folder / "scitldr-dev.jsonl")
    print(f"\n{'words shared with one sentence by the authors (F1)':<52} {'chosen on':>10} {'held out':>10} {'all':>7}")
    for name, overlap in table(truths).items():
        print(f"  {name:<50} {overlap.chosen_on:>10.1f} {overlap.held_out:>10.1f} {overlap.both:>7.1f}")
    lengths = [len(text) for truth in truths if (text := shown(truth.abstract))]
    print(f"  {len(truths) - len(lengths)} without a take-away; the longest has {max(lengths)} characters")


def read(file: Path) -> list[Truth]:
    """The set, in its order."""
    abstracts: dict[int, str] = {}
    truths = []
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "text" in row:
            abstracts[row["source"]] = row["text"]
        else:
            truths.append(Truth(row["of"], abstracts[row["of"]], row["summary"]))
    return truths


def table(truths: Sequence[Truth]) -> Mapping[str, Overlap]:
    """The take-away's overlap and that of each baseline."""
    rules: Mapping[str, Callable[[Truth], float]] = {
        "random sentence (expected)": lambda truth: fmean(_each(truth)),
        "first sentence": lambda truth: _each(truth)[0],
        "first sentence with a cue, such as “we propose”": _first_with_cue,
        f"best sentence of at most {LONGEST_TAKEAWAY} characters (oracle)": _best_short,
        "best sentence (oracle)": lambda truth: max(_each(truth)),
        "take-away": lambda truth: f1(shown(truth.abstract) or "", truth.said),
    }
    return {name: _over(truths, rule) for name, rule in rules.items()}


def shown(abstract: str) -> str | None:
    """The take-away of an abstract of which nothing else is known, not even its title."""
    takeaway = find_takeaway(Paper(id="2407.21017", title="", authors=(), abstract=abstract), None, "en")
    return takeaway.text if takeaway else None


def f1(ours: str, theirs: str) -> float:
    """The harmonic mean of the shares of words that each has of the other's; 0 to 1."""
    one, other = _words(ours), _words(theirs)
    shared = (one & other).total()
    return 2 * shared / (one.total() + other.total()) if shared else 0.0


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def _over(truths: Sequence[Truth], rule: Callable[[Truth], float]) -> Overlap:
    scores = [(truth.source % 2 == 0, 100 * rule(truth)) for truth in truths]
    return Overlap(
        fmean(score for is_even, score in scores if is_even),
        fmean(score for is_even, score in scores if not is_even),
        fmean(score for _, score in scores),
    )


@lru_cache(maxsize=2048)
def _each(truth: Truth) -> Sequence[float]:
    return [f1(sentence, truth.said) for sentence in split_sentences(truth.abstract, "en")]


def _first_with_cue(truth: Truth) -> float:
    sentences = split_sentences(truth.abstract, "en")
    return next((f1(sentence, truth.said) for sentence in sentences if _CUE.search(sentence)), _each(truth)[0])


def _best_short(truth: Truth) -> float:
    sentences = split_sentences(truth.abstract, "en")
    return max((f1(each, truth.said) for each in sentences if len(each) <= LONGEST_TAKEAWAY), default=0.0)
