"""How far the source check sees on summaries that people judged: `make bench-summaries`.

`PAPERBOY_RECORDED_DATA/truth` holds the sets: a file each, with lines `{"source": n, "text"}` and, after the source
they belong to, `{"of": n, "id", "summary", "faithful", "kinds"}`. Several summaries of one source are not independent,
so intervals come from resampling sources.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from bot.summaries.source_check.check import check_summary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

RESAMPLES = 2_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A summary people found `faithful` or not, what it is of, and whether the check refused it, and why."""

    source: int
    faithful: bool
    kinds: tuple[str, ...]
    refused_for: tuple[str, ...]

    @property
    def is_refused(self) -> bool:
        """Whether the check would not show it."""
        return bool(self.refused_for)


@dataclass(frozen=True, slots=True)
class Tally:
    """Of one source or many: the unfaithful summaries caught among all of them, the faithful ones refused."""

    caught: int = 0
    unfaithful: int = 0
    refused: int = 0
    faithful: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(
            self.caught + other.caught,
            self.unfaithful + other.unfaithful,
            self.refused + other.refused,
            self.faithful + other.faithful,
        )

    @property
    def share_caught(self) -> float | None:
        """Of the unfaithful ones."""
        return self.caught / self.unfaithful if self.unfaithful else None

    @property
    def share_refused(self) -> float | None:
        """Of the faithful ones."""
        return self.refused / self.faithful if self.faithful else None

    @property
    def balanced_accuracy(self) -> float | None:
        """The mean of the unfaithful ones caught and the faithful ones let through."""
        if self.share_caught is None or self.share_refused is None:
            return None
        return (self.share_caught + 1 - self.share_refused) / 2


def measure(folder: Path) -> None:
    """Print a line a set, and how often each kind of finding refused a faithful summary."""
    heads = f"{'unfaithful caught':>30} {'faithful refused':>30} {'balanced accuracy':>24}"
    print(f"{'judged by people':<24} {heads}")
    causes: dict[str, dict[str, int]] = {}
    for file in sorted(folder.glob("*.jsonl")):
        judged = list(read(file))
        _print_row(file.stem, judged)
        causes[file.stem] = _causes(judged)
    print("\nfaithful summaries refused, by finding (one summary may have several)")
    for name, counts in causes.items():
        print(f"  {name:<22} " + (", ".join(f"{kind} {count}" for kind, count in counts.items()) or "none"))
    print(
        f"\n95 % intervals in brackets, from {RESAMPLES:,} resamplings of whole sources. The sets are not held out:"
        "\nfalse alarms of form found on them were mended. Edited summaries (SummEdits) are not what models get"
        "\nwrong by themselves, and news (RAGTruth) are not papers."
    )


def read(file: Path) -> Iterator[Judged]:
    """Each summary of a set, judged by the check."""
    sources: dict[int, str] = {}
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "text" in row:
                sources[row["source"]] = row["text"]
                continue
            result = check_summary([row["summary"]], sources[row["of"]])
            why = tuple(dict.fromkeys(each.kind.value for each in result.issues)) if not result.passes else ()
            yield Judged(row["of"], row["faithful"], tuple(row.get("kinds") or ()), why)


def tally(judged: Sequence[Judged]) -> Tally:
    """How many there are, and how many of each were refused."""
    unfaithful = [each for each in judged if not each.faithful]
    faithful = [each for each in judged if each.faithful]
    return Tally(
        sum(each.is_refused for each in unfaithful),
        len(unfaithful),
        sum(each.is_refused for each in faithful),
        len(faithful),
    )


def by_source(judged: Sequence[Judged]) -> list[Tally]:
    """A tally for each source."""
    groups: dict[int, list[Judged]] = defaultdict(list)
    for each in judged:
        groups[each.source].append(each)
    return [tally(group) for group in groups.values()]


def intervals(tallies: Sequence[Tally], times: int = RESAMPLES) -> dict[str, tuple[float, float] | None]:
    """The 95 % interval of each share, from resampling sources with replacement."""
    random = Random(0)
    drawn: dict[str, list[float]] = {"share_caught": [], "share_refused": [], "balanced_accuracy": []}
    for _ in range(times):
        whole = sum(random.choices(tallies, k=len(tallies)), Tally())
        for name, values in drawn.items():
            if (value := getattr(whole, name)) is not None:
                values.append(value)
    return {name: _middle(sorted(values)) for name, values in drawn.items()}


def _middle(values: Sequence[float]) -> tuple[float, float] | None:
    return (values[int(len(values) * 0.025)], values[int(len(values) * 0.975)]) if values else None


def _print_row(name: str, judged: Sequence[Judged]) -> None:
    whole, spans = tally(judged), intervals(by_source(judged))
    caught = f"{whole.caught}/{whole.unfaithful} {_share(whole.share_caught, spans['share_caught'])}"
    refused = f"{whole.refused}/{whole.faithful} {_share(whole.share_refused, spans['share_refused'])}"
    print(f"{name:<24} {caught:>30} {refused:>30} {_share(whole.balanced_accuracy, spans['balanced_accuracy']):>24}")


def _share(share: float | None, span: tuple[float, float] | None) -> str:
    if share is None or span is None:
        return "–"
    return f"{share:.1%} ({span[0]:.1%}–{span[1]:.1%})"


def _causes(judged: Sequence[Judged]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for each in judged:
        if each.faithful:
            for kind in each.refused_for:
                counts[kind] += 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))
