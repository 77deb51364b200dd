"""How much there is of what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.rules.budget import Spent


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """How much there is of what: messages in the outbox and channels by state, entries of reading lists, and what
    language models cost in all."""

    deliveries: Mapping[str, int]
    channels: Mapping[str, int]
    saved_papers: int
    last_sent: datetime | None
    model: Spent
