"""Conversions between deliveries and rows of the outbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.rules.editions import Edition
from bot.rules.outbox import Delivery, DeliveryKey, DeliveryKind, DeliveryState, RenderedCard
from bot.store.tables.columns import optional_day, optional_moment, to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN_COLUMNS = (
    "team, conversation, edition, part, position, payload, kind, shows, thread_part, state, ts, attempts, not_before,"
    " claimed_at, error, card, looks, probably_absent, direct_channel,"
    " send_before"
)
DELIVERY_COLUMNS = f"o.{OWN_COLUMNS.replace(', ', ', o.')}, coalesce(root.ts, o.in_thread)"
FROM_OUTBOX = (
    "FROM outbox o LEFT JOIN outbox root ON root.team = o.team AND root.conversation = o.conversation"
    " AND root.edition = o.edition AND root.part = o.thread_part"
)


def delivery_from(row: Sequence[Any]) -> Delivery:
    """The value of a row that begins with DELIVERY_COLUMNS."""
    return Delivery(
        key=DeliveryKey(row[0], row[1], Edition.parse(row[2]), row[3]),
        position=row[4],
        payload=row[5],
        kind=DeliveryKind(row[6]),
        shows=tuple(json.loads(row[7])),
        thread_part=row[8],
        state=DeliveryState(row[9]),
        ts=row[10],
        attempts=row[11],
        not_before=optional_moment(row[12]),
        claimed_at=optional_moment(row[13]),
        error=row[14],
        card=_card_from_text(row[15]),
        looks=row[16],
        probably_absent=bool(row[17]),
        direct_channel=row[18],
        send_before=optional_moment(row[19]),
        thread_ts=row[20],
    )


def card_to_text(card: RenderedCard | None) -> str | None:
    """A card's choices as they are stored: a JSON array."""
    if card is None:
        return None
    rank_on = card.rank_on.isoformat() if card.rank_on else None
    return to_json([card.language, card.second_language, card.rank, rank_on, card.votes])


def _card_from_text(text: str | None) -> RenderedCard | None:
    if text is None:
        return None
    language, second_language, rank, rank_on, votes = json.loads(text)
    return RenderedCard(language, second_language, rank, optional_day(rank_on), votes)
