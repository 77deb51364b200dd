"""Slack's newer blocks, and which of them a workspace takes, as far as its answers tell.

Slack rolls blocks out in stages: a workspace that refuses one today may take it next month. So no refusal is final.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

TRIED_AGAIN_AFTER = timedelta(days=30)


class NewerBlock(StrEnum):
    """A type of block that some workspaces refuse, under Slack's name (docs.slack.dev, reference/block-kit/blocks)."""

    CONTAINER = "container"
    CONTEXT_ACTIONS = "context_actions"


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """A workspace's latest answer to a type of block, and when it came."""

    kind: NewerBlock
    accepted: bool
    at: datetime


def worth_trying(known: Iterable[BlockAnswer], now: datetime) -> frozenset[NewerBlock]:
    """The types that a workspace isn't known to refuse; a refusal counts for thirty days."""
    refused = {each.kind for each in known if not each.accepted and now - each.at < TRIED_AGAIN_AFTER}
    return frozenset(NewerBlock) - refused


def to_blame(
    used: frozenset[NewerBlock], named: frozenset[NewerBlock], known: Iterable[BlockAnswer]
) -> frozenset[NewerBlock]:
    """The types of blocks to take for refused, when a refused message is taken without all those `used` in it.

    Those that Slack named; where it named none, those it isn't known to take; and where it is known to take all, all.
    """
    accepted = {each.kind for each in known if each.accepted}
    return (named & used) or (used - accepted) or used
