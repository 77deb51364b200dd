"""The judge of a morning: of what every channel was to get once and in order, what came, and what did not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tests.fleet.slack import Posted

HEADER = "header"
# States of the outbox in which a message is not there as far as Paperboy knows, and its operator is told.
TOLD = frozenset({"unknown", "refused"})


@dataclass(frozen=True)
class Verdict:
    """How a morning went.

    `lost` are messages that are not there, of which Paperboy knows as much of `told`; `doubled` are those that are
    there more than once, `repaired` those that were. `out_of_order` are channels whose messages do not stand in their
    order, `astray` messages that are not in the thread of the header that stands. `first` and `last` are when the first
    and the last message came, in seconds since the epoch.
    """

    channels: int = 0
    messages: int = 0
    lost: int = 0
    told: int = 0
    doubled: int = 0
    repaired: int = 0
    out_of_order: int = 0
    astray: int = 0
    unexpected: int = 0
    first: float = 0.0
    last: float = 0.0
    by_replica: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    @property
    def is_exact(self) -> bool:
        """Whether every message is there once, in its place."""
        return not (self.lost or self.doubled or self.out_of_order or self.astray or self.unexpected)

    def __str__(self) -> str:
        return (
            f"{self.messages:,} messages in {self.channels:,} channels: lost {self.lost} (told {self.told}), doubled"
            f" {self.doubled}, repaired {self.repaired}, out of order {self.out_of_order}, astray {self.astray},"
            f" unexpected {self.unexpected}; by replica {dict(self.by_replica)}"
        )


def judge(
    posted: Mapping[str, Sequence[Posted]],
    channels: Collection[str],
    parts: Sequence[str],
    *,
    states: Mapping[tuple[str, str], str] | None = None,
) -> Verdict:
    """Compare what Slack has with a header and cards, `parts`, in each channel.

    `states` are those of the outbox, by channel and part.
    """
    lost = told = doubled = repaired = out_of_order = astray = unexpected = messages = 0
    examples: list[str] = []
    replicas: Counter[str] = Counter()
    times: list[float] = []
    for channel in channels:
        seen = posted.get(channel, ())
        there = [each for each in seen if not each.is_deleted]
        messages += len(there)
        times += [each.at for each in seen]
        replicas.update(each.replica for each in seen)
        came, stand = Counter(each.part for each in seen), Counter(each.part for each in there)
        for part in parts:
            if not stand[part]:
                lost += 1
                state = (states or {}).get((channel, part), "")
                told += state in TOLD
                examples.append(f"{channel} {part} lost ({state or 'not in the outbox'})")
            elif stand[part] > 1:
                doubled += 1
                examples.append(f"{channel} {part} doubled: {_told(there, part)}")
            elif came[part] > 1:
                repaired += 1
        unexpected += sum(stand[part] for part in stand if part not in parts)
        in_order = [part for part in parts if stand[part]]
        first_of: dict[str, Posted] = {}
        for each in there:
            first_of.setdefault(each.part, each)
        if [part for part in first_of if part in parts] != in_order:
            out_of_order += 1
            examples.append(f"{channel} out of order: {list(first_of)}")
        headers = {each.ts for each in there if each.part == HEADER}
        astray += sum(each.part != HEADER and each.thread_ts not in headers for each in there)
    unexpected += sum(
        not each.is_deleted for channel in posted if channel not in set(channels) for each in posted[channel]
    )
    return Verdict(
        channels=sum(bool(posted.get(channel)) for channel in channels),
        messages=messages,
        lost=lost,
        told=told,
        doubled=doubled,
        repaired=repaired,
        out_of_order=out_of_order,
        astray=astray,
        unexpected=unexpected,
        first=min(times, default=0.0),
        last=max(times, default=0.0),
        by_replica=dict(sorted(replicas.items())),
        examples=tuple(examples[:20]),
    )


def _told(there: Sequence[Posted], part: str) -> str:
    moments: dict[str, list[str]] = defaultdict(list)
    for each in there:
        if each.part == part:
            moments[each.replica].append(each.ts)
    return str(dict(moments))
