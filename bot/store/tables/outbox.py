"""Deliveries, and which message shows which papers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bot.outbox import Delivery, DeliveryKey, DeliveryKind, DeliveryState, DrawnCard, PostedEdition, WaitUntil
from bot.store.tables.forms import (
    batched,
    marks,
    optional_day,
    optional_moment,
    optional_text,
    to_day,
    to_json,
    to_moment,
    to_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, timedelta
    from sqlite3 import Connection

_COLUMNS = (
    "o.team, o.conversation, o.edition, o.part, o.position, o.payload, o.kind, o.shows, o.thread_part, o.state, o.ts,"
    " o.attempts, o.not_before, o.claimed_at, o.error, root.ts, o.card"
)
_FROM = (
    "FROM outbox o LEFT JOIN outbox root ON root.team = o.team AND root.conversation = o.conversation"
    " AND root.edition = o.edition AND root.part = o.thread_part"
)
_THIS = "team = ? AND conversation = ? AND edition = ? AND part = ?"
_EDITIONS_WITH_CARDS = ("daily:", "late:")
_ASKED_AT_ONCE = 500


def plan(db: Connection, deliveries: Sequence[Delivery], days: Sequence[date], now: datetime) -> bool:
    """Insert the whole edition, unless a part of it or an edition with one of its days is there."""
    first = deliveries[0].key
    if db.execute(
        "SELECT 1 FROM outbox WHERE team = ? AND conversation = ? AND edition = ? LIMIT 1",
        (first.team, first.conversation, first.edition),
    ).fetchone():
        return False
    if days and days_had(db, first.team, first.conversation, min(days)).keys() & set(days):
        return False
    db.executemany(
        "INSERT INTO edition_days (team, conversation, day, edition) VALUES (?, ?, ?, ?)",
        [(first.team, first.conversation, day.isoformat(), first.edition) for day in days],
    )
    db.executemany(
        "DELETE FROM outbox WHERE team = ? AND conversation = ? AND ts = ? AND kind = 'update' AND state = 'pending'",
        [
            (first.team, first.conversation, delivery.ts)
            for delivery in deliveries
            if delivery.kind is DeliveryKind.UPDATE
        ],
    )
    db.executemany(
        "INSERT INTO outbox (team, conversation, edition, part, position, kind, payload, shows, thread_part, ts, card,"
        " state, not_before, planned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?)",
        [
            (
                *_key(delivery.key),
                delivery.position,
                delivery.kind,
                delivery.payload,
                to_json(delivery.shows),
                delivery.thread_part,
                delivery.ts if delivery.kind is DeliveryKind.UPDATE else None,
                _card_to_text(delivery.card),
                optional_text(delivery.not_before),
                to_text(now),
            )
            for delivery in deliveries
        ],
    )
    db.executemany(
        "INSERT INTO posted_papers (team, conversation, paper, edition) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        [
            (each.key.team, each.key.conversation, each.key.part, each.key.edition)
            for each in deliveries
            if _is_card(each)
        ],
    )
    return True


def _is_card(delivery: Delivery) -> bool:
    """Whether a message is a paper's own card in an edition sent unasked."""
    return (
        delivery.kind is DeliveryKind.POST
        and delivery.key.part in delivery.shows
        and delivery.key.edition.startswith(_EDITIONS_WITH_CARDS)
    )


def claim(
    db: Connection, team: str, conversation: str, edition: str, owner: str, now: datetime, lease: timedelta
) -> Delivery | WaitUntil | None:
    """Take the next delivery in order."""
    this_edition = (team, conversation, edition)
    db.execute(
        "UPDATE outbox SET state = 'in_doubt', error = 'its sender stopped before Slack answered'"
        " WHERE team = ? AND conversation = ? AND edition = ? AND state = 'claimed' AND lease_until <= ?",
        (*this_edition, to_text(now)),
    )
    db.execute(
        "UPDATE outbox AS o SET state = 'refused', error = 'the message it answers was refused'"
        " WHERE team = ? AND conversation = ? AND edition = ? AND state = 'pending' AND EXISTS"
        " (SELECT 1 FROM outbox root WHERE root.team = o.team AND root.conversation = o.conversation"
        " AND root.edition = o.edition AND root.part = o.thread_part AND root.state = 'refused')",
        this_edition,
    )
    row = db.execute(
        f"SELECT {_COLUMNS}, o.lease_until, root.state {_FROM}"
        " WHERE o.team = ? AND o.conversation = ? AND o.edition = ? AND o.state IN ('pending', 'claimed', 'in_doubt')"
        " ORDER BY o.position LIMIT 1",
        this_edition,
    ).fetchone()
    if row is None:
        return None
    delivery, lease_until, root_state = _delivery_from(row), optional_moment(row[-2]), row[-1]
    held_until = max(filter(None, (delivery.not_before, lease_until)), default=None)
    if held_until and held_until > now:
        return WaitUntil(held_until)
    if delivery.thread_part and root_state != DeliveryState.SENT:
        return None
    if delivery.state is DeliveryState.IN_DOUBT:
        db.execute(
            f"UPDATE outbox SET owner = ?, lease_until = ? WHERE {_THIS}",
            (owner, to_text(now + lease), *_key(delivery.key)),
        )
        return delivery
    db.execute(
        "UPDATE outbox SET state = 'claimed', owner = ?, lease_until = ?, claimed_at = ?, attempts = attempts + 1"
        f" WHERE {_THIS}",
        (owner, to_text(now + lease), to_text(now), *_key(delivery.key)),
    )
    return delivery


def mark_sent(db: Connection, key: DeliveryKey, ts: str, now: datetime) -> bool:
    """The message is in Slack; remember what it shows. False when that was known already."""
    news = db.execute(
        "UPDATE outbox SET state = 'sent', ts = ?, sent_at = ?, owner = NULL, lease_until = NULL, error = NULL"
        f" WHERE {_THIS} AND state <> 'sent'",
        (ts, to_text(now), *_key(key)),
    )
    if news.rowcount == 0:
        return False
    db.execute(
        "INSERT INTO message_papers (team, channel, ts, position, paper)"
        " SELECT o.team, o.conversation, o.ts, shown.key + 1, shown.value FROM outbox o, json_each(o.shows) shown"
        " WHERE o.team = ? AND o.conversation = ? AND o.edition = ? AND o.part = ? ON CONFLICT DO NOTHING",
        _key(key),
    )
    db.execute(
        "UPDATE posted_papers SET ts = ?, thread_ts = (SELECT root.ts FROM outbox o JOIN outbox root"
        " ON root.team = o.team AND root.conversation = o.conversation AND root.edition = o.edition"
        " AND root.part = o.thread_part WHERE o.team = posted_papers.team"
        " AND o.conversation = posted_papers.conversation AND o.edition = posted_papers.edition"
        " AND o.part = posted_papers.paper) WHERE team = ? AND conversation = ? AND edition = ? AND paper = ?",
        (ts, *_key(key)),
    )
    return True


def mark(db: Connection, key: DeliveryKey, state: DeliveryState, error: str, not_before: datetime | None) -> None:
    """Give a claimed delivery another state."""
    db.execute(
        f"UPDATE outbox SET state = ?, error = ?, not_before = ?, owner = NULL, lease_until = NULL WHERE {_THIS}",
        (state, error, optional_text(not_before), *_key(key)),
    )


def doubt_unsent(db: Connection, error: str) -> int:
    """Look for everything unsent before it is sent, whenever that may have been; how many there are."""
    doubted = db.execute(
        "UPDATE outbox SET state = 'in_doubt', claimed_at = NULL, not_before = NULL,"
        " owner = NULL, lease_until = NULL, error = ? WHERE state IN ('pending', 'claimed')",
        (error,),
    )
    return doubted.rowcount


def replace_payload(db: Connection, key: DeliveryKey, payload: str) -> None:
    """Other bytes under the same key."""
    db.execute(f"UPDATE outbox SET payload = ? WHERE {_THIS}", (payload, *_key(key)))


def unfinished(db: Connection, team: str, closed: bool) -> list[tuple[str, str]]:
    """Conversation and edition of everything still to be sent, to closed channels or to all others, oldest first."""
    rows = db.execute(
        # Left to itself SQLite walks through all that was ever sent, to group it.
        "SELECT o.conversation, o.edition FROM outbox o INDEXED BY outbox_unsent"
        " LEFT JOIN channels c ON c.team = o.team AND c.channel = o.conversation"
        " WHERE o.team = ? AND o.state IN ('pending', 'claimed', 'in_doubt')"
        " AND (coalesce(c.state, 'active') = 'closed') = ?"
        " GROUP BY o.conversation, o.edition ORDER BY min(o.planned_at)",
        (team, closed),
    )
    return [(conversation, edition) for conversation, edition in rows]


def days_had(db: Connection, team: str, conversation: str, since: date) -> dict[date, str]:
    """The listing days that came to a conversation, each with its edition."""
    rows = db.execute(
        "SELECT day, edition FROM edition_days WHERE team = ? AND conversation = ? AND day >= ?",
        (team, conversation, since.isoformat()),
    )
    return {to_day(day): edition for day, edition in rows}


def deliveries(db: Connection, team: str, conversation: str, edition: str) -> list[Delivery]:
    """An edition, in order."""
    rows = db.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE o.team = ? AND o.conversation = ? AND o.edition = ? ORDER BY o.position",
        (team, conversation, edition),
    )
    return [_delivery_from(row) for row in rows]


def posted_papers(db: Connection, team: str, conversation: str, paper_ids: Sequence[str]) -> frozenset[str]:
    """Those of the papers with a card of their own in an edition sent unasked; one that was refused is none."""
    had: set[str] = set()
    for some in batched(paper_ids, _ASKED_AT_ONCE):
        rows = db.execute(
            "SELECT p.paper FROM posted_papers p LEFT JOIN outbox o ON o.team = p.team"
            " AND o.conversation = p.conversation AND o.edition = p.edition AND o.part = p.paper"
            f" WHERE p.team = ? AND p.conversation = ? AND p.paper IN ({marks(some)})"
            " AND (o.state IS NULL OR o.state <> 'refused')",
            (team, conversation, *some),
        )
        had.update(row[0] for row in rows)
    return frozenset(had)


def cards_of(
    db: Connection, team: str, conversation: str, paper_ids: Sequence[str]
) -> dict[str, tuple[str, str | None]]:
    """The first card of each paper."""
    cards: dict[str, tuple[str, str | None]] = {}
    for some in batched(paper_ids, _ASKED_AT_ONCE):
        rows = db.execute(
            "SELECT paper, ts, thread_ts FROM posted_papers WHERE team = ? AND conversation = ?"
            f" AND paper IN ({marks(some)}) AND ts IS NOT NULL ORDER BY ts",
            (team, conversation, *some),
        )
        for paper_id, ts, thread_ts in rows:
            cards.setdefault(paper_id, (ts, thread_ts))
    return cards


def cards_showing(
    db: Connection, team: str, paper_id: str, since: datetime, conversation: str | None
) -> list[Delivery]:
    """A paper's cards in served channels, each as the last change to it has it or will have it."""
    rows = db.execute(
        f"SELECT {_COLUMNS} {_FROM} JOIN channels c ON c.team = o.team AND c.channel = o.conversation"
        " AND c.state = 'active' WHERE o.team = ?1 AND o.part = ?2 AND o.card IS NOT NULL AND o.ts IS NOT NULL"
        " AND (?4 IS NULL OR o.conversation = ?4)"
        " AND o.state <> 'refused' AND o.ts IN (SELECT p.ts FROM outbox p WHERE p.team = o.team"
        " AND p.conversation = o.conversation AND p.part = o.part AND p.card IS NOT NULL"
        " AND p.kind = 'post' AND p.state = 'sent' AND p.sent_at >= ?3) ORDER BY o.planned_at, o.kind",
        (team, paper_id, to_text(since), conversation),
    )
    latest = {(delivery.key.conversation, delivery.ts): delivery for delivery in map(_delivery_from, rows)}
    return list(latest.values())


def editions_to_look_back_at(db: Connection, team: str, since: datetime) -> list[PostedEdition]:
    """Daily editions in served channels, with nothing left to send."""
    rows = db.execute(
        "SELECT o.conversation, o.edition, o.sent_at, (SELECT group_concat(u.step) FROM edition_upkeep u"
        " WHERE u.team = o.team AND u.conversation = o.conversation AND u.edition = o.edition) FROM outbox o"
        " JOIN channels c ON c.team = o.team AND c.channel = o.conversation AND c.state = 'active'"
        " WHERE o.state = 'sent' AND o.sent_at >= ? AND o.team = ? AND o.part = 'header' AND o.kind = 'post'"
        " AND o.edition GLOB 'daily:*' AND NOT EXISTS (SELECT 1 FROM outbox p WHERE p.team = o.team"
        " AND p.conversation = o.conversation AND p.edition = o.edition"
        " AND p.state IN ('pending', 'claimed', 'in_doubt')) ORDER BY o.sent_at",
        (to_text(since), team),
    )
    return [
        PostedEdition(conversation, edition, to_moment(sent_at), frozenset((steps or "").split(",")) - {""})
        for conversation, edition, sent_at, steps in rows
    ]


def note_look_back(db: Connection, team: str, conversation: str, edition: str, step: str, now: datetime) -> None:
    """Once a step."""
    db.execute(
        "INSERT INTO edition_upkeep (team, conversation, edition, step, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (team, conversation, edition, step, to_text(now)),
    )


def papers_shown(db: Connection, team: str, channel: str, ts: str) -> tuple[str, ...]:
    """The papers of a message, in order."""
    rows = db.execute(
        "SELECT paper FROM message_papers WHERE team = ? AND channel = ? AND ts = ? ORDER BY position",
        (team, channel, ts),
    )
    return tuple(row[0] for row in rows)


def _key(key: DeliveryKey) -> tuple[str, str, str, str]:
    return key.team, key.conversation, key.edition, key.part


def _delivery_from(row: Sequence[Any]) -> Delivery:
    return Delivery(
        key=DeliveryKey(*row[:4]),
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
        thread_ts=row[15],
        card=_card_from_text(row[16]),
    )


def _card_to_text(card: DrawnCard | None) -> str | None:
    if card is None:
        return None
    rank_on = card.rank_on.isoformat() if card.rank_on else None
    return to_json([card.language, card.second_language, card.rank, rank_on, card.votes])


def _card_from_text(text: str | None) -> DrawnCard | None:
    if text is None:
        return None
    language, second_language, rank, rank_on, votes = json.loads(text)
    return DrawnCard(language, second_language, rank, optional_day(rank_on), votes)
