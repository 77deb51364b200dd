"""The parts of a digest: how many papers stand in one message, so that Slack takes it and no paper is cut in two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Size:
    """The size of something in a message: its text in characters, and its blocks."""

    characters: int
    blocks: int


# A message has at most 50 blocks (docs.slack.dev, reference/block-kit/blocks). It has at most 10,000 characters here,
# because Slack refuses those with somewhat more as `msg_blocks_too_long` (slackapi/bolt-js#2509).
MESSAGE = Size(10_000, 50)
# What opens and closes a part: headings, how to save, where the sentences come from, the notification, buttons.
_FRAME = Size(2_600, 9)


def split(papers: Sequence[Size], *, beside: int = 0, most: int | None = None) -> tuple[range, ...]:
    """The papers of each part of a digest, by their place from 0, in order: as few parts as there can be.

    So many characters stand `beside` the papers, in any part. Where that takes no more parts, each has about as many
    papers as the others. A paper that needs more than a whole part stands alone. Where it has a `most`, a part has no
    more papers than that, and those before the last have as many.
    """
    room = Size(MESSAGE.characters - _FRAME.characters - beside, MESSAGE.blocks - _FRAME.blocks)
    parts = _fill(papers, room, most or len(papers))
    if most:
        return parts
    evenly = -(-len(papers) // max(1, len(parts)))
    even = _fill(papers, room, evenly)
    return even if len(even) == len(parts) else parts


def _fill(papers: Sequence[Size], room: Size, most: int) -> tuple[range, ...]:
    parts: list[range] = []
    start = characters = blocks = 0
    for place, paper in enumerate(papers):
        characters, blocks = characters + paper.characters, blocks + paper.blocks
        is_full = characters > room.characters or blocks > room.blocks or place - start == most
        if is_full and place > start:
            parts.append(range(start, place))
            start, characters, blocks = place, paper.characters, paper.blocks
    return (*parts, range(start, len(papers))) if papers else ()
