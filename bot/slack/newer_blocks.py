"""Messages with Slack's newer blocks: what is planned is complete without them, and they are put in as it is sent.

Two are used. A card in a thread keeps open what is new and folds up what follows, so that a thread of ten cards is
short. The buttons about a summary become Slack's own pair of thumbs, which is smaller. Cards side by side (`carousel`)
would take longer to read than the digest's list, and hold no more than 200 characters each.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.rules.newer_blocks import NewerBlock
from bot.text.clean import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.slack.web_api import Refusal

Block = dict[str, Any]

# docs.slack.dev, reference/block-kit/blocks/container-block
_MOST_FOLDED = 10
_TITLE = 150
# The block of the buttons that ask whether a summary helps, and the action of what stands in its place.
FEEDBACK = "summary_feedback"
_POINTER = re.compile(r"json-pointer:/blocks/(\d{1,3})\b")
_REFUSED_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format"})


def enhance(blocks: Sequence[Block], kinds: frozenset[NewerBlock], *, in_thread: bool) -> list[Block]:
    """The blocks with those of the newer `kinds` that make them easier to read; the same where none does."""
    enhanced = list(blocks)
    if NewerBlock.CONTAINER in kinds and in_thread:
        enhanced = _folded(enhanced)
    if NewerBlock.CONTEXT_ACTIONS in kinds:
        enhanced = [_as_thumbs(block) for block in enhanced]
    return enhanced


def kinds_in(blocks: Iterable[Block]) -> frozenset[NewerBlock]:
    """The newer types among these blocks."""
    return frozenset(NewerBlock(block["type"]) for block in blocks if block["type"] in set(NewerBlock))


def named_in(refusal: Refusal, blocks: Sequence[Block]) -> frozenset[NewerBlock]:
    """The newer types among the blocks that Slack points at in a refusal.

    Its messages end in `[json-pointer:/blocks/3/type]` (docs.slack.dev, block-kit, errors in `response_metadata`).
    """
    pointed = (int(number) for detail in refusal.details for number in _POINTER.findall(detail))
    return kinds_in(blocks[index] for index in pointed if index < len(blocks))


def is_about_blocks(refusal: Refusal) -> bool:
    """Whether Slack refused blocks, whichever."""
    return refusal.error in _REFUSED_BLOCKS


def _folded(blocks: Iterable[Block]) -> list[Block]:
    """The blocks with each row of a card's sections folded after its first, in a container that opens at a click."""
    folded: list[Block] = []
    for is_section, row in groupby(blocks, key=lambda block: bool(_heading_of(block))):
        first, *rest = row
        folded.append(first)
        if is_section and 0 < len(rest) <= _MOST_FOLDED:
            title = shorten(" · ".join(map(_heading_of, rest)), _TITLE)
            folded.append(
                {
                    "type": NewerBlock.CONTAINER.value,
                    "title": {"type": "plain_text", "text": title, "emoji": False},
                    "is_collapsible": True,
                    "default_collapsed": True,
                    "child_blocks": rest if len(rest) > 1 else [_without_heading(rest[0])],
                }
            )
        else:
            folded += rest
    return folded


def _heading_of(block: Block) -> str:
    """The heading of a card's section: bold words with a line's end behind them; empty for every other block."""
    match block:
        case {
            "type": "rich_text",
            "elements": [
                {"elements": [{"type": "text", "text": str(heading), "style": {"bold": True}}, {"text": "\n"}, *_]}
            ],
        }:
            return heading
        case _:
            return ""


def _without_heading(section: Block) -> Block:
    """A section on its own in a container, whose title is its heading already."""
    first, *others = section["elements"]
    return {**section, "elements": [{**first, "elements": first["elements"][2:]}, *others]}


def _as_thumbs(block: Block) -> Block:
    """The buttons about a summary as Slack's own; the values of both say the same."""
    match block:
        case {"type": "actions", "block_id": str(name), "elements": [good, bad]} if name == FEEDBACK:
            sides = zip(("positive_button", "negative_button"), (good, bad), strict=True)
            element = {name: {part: each[part] for part in _PARTS if part in each} for name, each in sides}
            return {
                "type": NewerBlock.CONTEXT_ACTIONS.value,
                "block_id": FEEDBACK,
                "elements": [{"type": "feedback_buttons", "action_id": FEEDBACK, **element}],
            }
        case _:
            return block


_PARTS = ("text", "value", "accessibility_label")
