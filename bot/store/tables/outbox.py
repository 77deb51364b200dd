"""Deliveries, and which message shows which papers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bot.rules.outbox import (
    CAME_ANOTHER_DAY,
    Delivery,
    DeliveryKey,
    DeliveryKind,
    DeliveryState,
    DrawnCard,
    PostedEdition,
    Undelivered,
    WaitUntil,
    may_be_passed_over,
)
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
    " o.attempts, o.not_before, o.claimed_at, o.error, root.ts, o.card, o.looks, o.probably_absent"
)
_FROM = (
    "FROM outbox o LEFT JOIN outbox root ON root.team = o.team AND root.conversation = o.conversation"
    " AND root.edition = o.edition AND root.part = o.thread_part"
)
_THIS = "team = ? AND conversation = ? AND edition = ? AND part = ?"
_EDITIONS_WITH_CARDS = ("daily:", "late:")
_ASKED_AT_ONCE = 500


def plan(db: Connection, deliveries: Sequence[Delivery], days: Sequence[date], now: datetime) -> bool:
    """Insert the whole edition, unless a part of it is there, or an edition with one of its days or of its papers."""
    first = deliveries[0].key
    if db.execute(
        "SELECT 1 FROM outbox WHERE team = ? AND conversation = ? AND edition = ? LIMIT 1",
        (first.team, first.conversation, first.edition),
    ).fetchone():
        return False
    if days and days_had(db, first.team, first.conversation, min(days)).keys() & set(days):
        return False
    cards = [each.key.part for each in deliveries if _is_card(each)]
    if posted_papers(db, first.team, first.conversation, cards):
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
        [(first.team, first.conversation, card, first.edition) for card in cards],
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
        "UPDATE outbox SET state = 'in_doubt', error = 'its sender stopped before Slack answered', owner = NULL,"
        " lease_until = NULL WHERE team = ? AND conversation = ? AND edition = ? AND state = 'claimed'"
        " AND lease_until <= ?",
        (*this_edition, to_text(now)),
    )
    for state, error in (
        (DeliveryState.REFUSED, "the message it answers was refused"),
        (DeliveryState.UNKNOWN, "nobody knows whether the message it answers arrived"),
    ):
        db.execute(
            "UPDATE outbox AS o SET state = ?4, error = ?5"
            " WHERE team = ?1 AND conversation = ?2 AND edition = ?3 AND state = 'pending' AND EXISTS"
            " (SELECT 1 FROM outbox root WHERE root.team = o.team AND root.conversation = o.conversation"
            " AND root.edition = o.edition AND root.part = o.thread_part AND root.state = ?4)",
            (*this_edition, state, error),
        )
    found = _next(db, this_edition, now)
    if not isinstance(found, Delivery):
        return found
    if found.state is DeliveryState.IN_DOUBT:
        db.execute(
            f"UPDATE outbox SET owner = ?, lease_until = ? WHERE {_THIS}",
            (owner, to_text(now + lease), *_key(found.key)),
        )
        return found
    db.execute(
        "UPDATE outbox SET state = 'claimed', owner = ?, lease_until = ?, claimed_at = ?, attempts = attempts + 1,"
        f" probably_absent = 0 WHERE {_THIS}",
        (owner, to_text(now + lease), to_text(now), *_key(found.key)),
    )
    return replace(found, attempts=found.attempts + 1, claimed_at=now, probably_absent=False)


def upcoming(db: Connection, team: str, conversation: str, edition: str, now: datetime) -> Delivery | None:
    """What could be claimed now."""
    found = _next(db, (team, conversation, edition), now)
    return found if isinstance(found, Delivery) else None


def _next(db: Connection, this_edition: tuple[str, str, str], now: datetime) -> Delivery | WaitUntil | None:
    rows = db.execute(
        f"SELECT {_COLUMNS}, o.lease_until, root.state {_FROM}"
        " WHERE o.team = ? AND o.conversation = ? AND o.edition = ? AND o.state IN ('pending', 'claimed', 'in_doubt')"
        " ORDER BY o.position",
        this_edition,
    )
    earliest: datetime | None = None
    for row in rows:
        delivery, lease_until, root_state = _delivery_from(row), optional_moment(row[-2]), row[-1]
        if delivery.thread_part and root_state != DeliveryState.SENT:
            continue
        held_until = max(filter(None, (delivery.not_before, lease_until)), default=None)
        if held_until is None or held_until <= now:
            return delivery
        earliest = min(earliest or held_until, held_until)
        if not may_be_passed_over(delivery):
            break
    return WaitUntil(earliest) if earliest else None


def mark_sent(db: Connection, key: DeliveryKey, ts: str, channel: str, now: datetime) -> tuple[bool, str | None]:
    """The message is in Slack, in `channel` as Slack calls it; remember what it shows.

    Whether that was not known, and the time stamp of another message that is there under this key, if there are two.
    """
    news = db.execute(
        "UPDATE outbox SET state = 'sent', ts = ?, sent_at = ?, owner = NULL, lease_until = NULL, error = NULL"
        f" WHERE {_THIS} AND state <> 'sent'",
        (ts, to_text(now), *_key(key)),
    )
    other: str | None = None
    if news.rowcount == 0:
        row = db.execute(f"SELECT ts FROM outbox WHERE {_THIS} AND kind = 'post'", _key(key)).fetchone()
        other = str(row[0]) if row else ts
        if other == ts:
            return False, None
    db.execute(
        "INSERT INTO message_papers (team, channel, ts, position, paper)"
        " SELECT o.team, ?, ?, shown.key + 1, shown.value FROM outbox o, json_each(o.shows) shown"
        " WHERE o.team = ? AND o.conversation = ? AND o.edition = ? AND o.part = ? ON CONFLICT DO NOTHING",
        (channel, ts, *_key(key)),
    )
    if other is None:
        _note_card(db, key, ts)
    return True, other


def keep_message(db: Connection, key: DeliveryKey, ts: str) -> None:
    """Of several messages under one key this one stays."""
    kept = db.execute(f"UPDATE outbox SET ts = ? WHERE {_THIS} AND state = 'sent'", (ts, *_key(key)))
    if kept.rowcount:
        _note_card(db, key, ts)


def _note_card(db: Connection, key: DeliveryKey, ts: str) -> None:
    db.execute(
        "UPDATE posted_papers SET ts = ?, thread_ts = (SELECT root.ts FROM outbox o JOIN outbox root"
        " ON root.team = o.team AND root.conversation = o.conversation AND root.edition = o.edition"
        " AND root.part = o.thread_part WHERE o.team = posted_papers.team"
        " AND o.conversation = posted_papers.conversation AND o.edition = posted_papers.edition"
        " AND o.part = posted_papers.paper) WHERE team = ? AND conversation = ? AND edition = ? AND paper = ?",
        (ts, *_key(key)),
    )


def mark(
    db: Connection,
    key: DeliveryKey,
    state: DeliveryState,
    error: str,
    not_before: datetime | None,
    *,
    owner: str | None,
    counts: bool = True,
    looks: int = 0,
    probably_absent: bool = False,
) -> bool:
    """Give a delivery another state, unless it is sent or no longer its `owner`'s."""
    marked = db.execute(
        "UPDATE outbox SET state = ?, error = ?, not_before = ?, attempts = attempts - ?, looks = looks + ?,"
        " probably_absent = CASE WHEN state = 'in_doubt' THEN probably_absent ELSE ? END,"
        f" owner = NULL, lease_until = NULL WHERE {_THIS} AND state <> 'sent' AND (? IS NULL OR owner = ?)",
        (state, error, optional_text(not_before), int(not counts), looks, probably_absent, *_key(key), owner, owner),
    )
    return marked.rowcount > 0


def renew(db: Connection, key: DeliveryKey, gone: str | None) -> bool:
    """Send anew, once, a message that others answer and of which the one sent at `gone` is gone from Slack.

    False when there will be no other than that.
    """
    renewed = db.execute(
        "UPDATE outbox SET state = 'pending', ts = NULL, sent_at = NULL, not_before = NULL, renewals = renewals + 1,"
        f" error = 'it was deleted before all that answers it was sent' WHERE {_THIS} AND state = 'sent'"
        " AND renewals = 0 AND payload <> '' AND ts IS ?",
        (*_key(key), gone),
    )
    if renewed.rowcount:
        return True
    other = db.execute(f"SELECT 1 FROM outbox WHERE {_THIS} AND renewals > 0 AND ts IS NOT ?", (*_key(key), gone))
    return other.fetchone() is not None


def resume(db: Connection, team: str, conversation: str, edition: str) -> None:
    """Let what waits for Slack's own reasons be tried at once; a pause that Slack asked for stays."""
    db.execute(
        "UPDATE outbox SET attempts = 0, not_before = NULL WHERE team = ? AND conversation = ? AND edition = ?"
        " AND state = 'pending' AND attempts > 0",
        (team, conversation, edition),
    )


def bring_back(db: Connection, team: str, conversation: str, edition: str, unconfirmed: bool) -> int:
    """Send again what was refused and, if `unconfirmed`, what nobody knows to have arrived; how many messages.

    A paper whose card came with another edition meanwhile is not sent a second time.
    """
    this_edition = (team, conversation, edition)
    states = "('refused', 'unknown')" if unconfirmed else "('refused')"
    db.execute(
        "UPDATE outbox AS o SET state = 'refused', error = ?, told = 1"
        f" WHERE team = ? AND conversation = ? AND edition = ? AND kind = 'post' AND state IN {states}"
        " AND EXISTS (SELECT 1 FROM posted_papers p LEFT JOIN outbox other ON other.team = p.team"
        " AND other.conversation = p.conversation AND other.edition = p.edition AND other.part = p.paper"
        " WHERE p.team = o.team AND p.conversation = o.conversation AND p.paper = o.part AND p.edition <> o.edition"
        " AND (other.state IS NULL OR other.state <> 'refused'))",
        (CAME_ANOTHER_DAY, *this_edition),
    )
    brought = db.execute(
        "UPDATE outbox AS o SET state = 'pending', attempts = 0, looks = 0, not_before = NULL, error = NULL, told = 0"
        f" WHERE team = ? AND conversation = ? AND edition = ? AND kind = 'post' AND state IN {states}"
        " AND error IS NOT ?",
        (*this_edition, CAME_ANOTHER_DAY),
    )
    db.execute(
        "UPDATE outbox SET renewals = 0 WHERE team = ? AND conversation = ? AND edition = ? AND renewals > 0",
        this_edition,
    )
    return brought.rowcount


def undelivered(db: Connection, team: str) -> list[Undelivered]:
    """Editions of which something did not arrive that nobody was told of, with nothing left to send."""
    rows = db.execute(
        "WITH untold AS (SELECT team, conversation, edition, count(*) FILTER (WHERE state = 'refused') AS refused,"
        " count(*) FILTER (WHERE state = 'unknown') AS unknown, min(planned_at) AS planned_at,"
        " max(coalesce(claimed_at, planned_at)) AS asked_at FROM outbox"
        " WHERE team = ? AND state IN ('refused', 'unknown') AND told = 0 AND kind = 'post'"
        " GROUP BY team, conversation, edition)"
        " SELECT conversation, edition, (SELECT count(*) FROM outbox o WHERE o.team = u.team"
        " AND o.conversation = u.conversation AND o.edition = u.edition), refused, unknown,"
        " (SELECT o.error FROM outbox o WHERE o.team = u.team AND o.conversation = u.conversation"
        " AND o.edition = u.edition AND o.state = 'refused' ORDER BY o.position LIMIT 1),"
        " (SELECT max(d.day) FROM edition_days d WHERE d.team = u.team AND d.conversation = u.conversation"
        " AND d.edition = u.edition), asked_at FROM untold u"
        " WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.team = u.team"
        " AND o.conversation = u.conversation AND o.edition = u.edition"
        " AND o.state IN ('pending', 'claimed', 'in_doubt')) ORDER BY planned_at, conversation, edition",
        (team,),
    )
    return [
        Undelivered(conversation, edition, planned, refused, unknown, error or "", optional_day(day), to_moment(asked))
        for conversation, edition, planned, refused, unknown, error, day, asked in rows
    ]


def note_told(db: Connection, team: str, conversation: str, edition: str) -> None:
    """Whoever is to know of it was told what did not arrive of an edition."""
    db.execute(
        "UPDATE outbox SET told = 1 WHERE team = ? AND conversation = ? AND edition = ?"
        " AND state IN ('refused', 'unknown')",
        (team, conversation, edition),
    )


def doubt_unsent(db: Connection, error: str) -> int:
    """Look for everything unsent before it is sent, whenever that may have been; how many there are."""
    doubted = db.execute(
        "UPDATE outbox SET state = 'in_doubt', claimed_at = NULL, not_before = NULL,"
        " owner = NULL, lease_until = NULL, error = ? WHERE state IN ('pending', 'claimed')",
        (error,),
    )
    return doubted.rowcount


def withhold(db: Connection, team: str, conversation: str, before: datetime) -> None:
    """Of what was planned before a moment and nobody asked for, send nothing more; nobody need be told."""
    db.execute(
        "UPDATE outbox SET state = 'refused', error = 'the channel was paused', owner = NULL, lease_until = NULL,"
        " told = 1 WHERE team = ? AND conversation = ? AND state IN ('pending', 'claimed', 'in_doubt')"
        " AND state <> 'claimed' AND planned_at < ?"
        " AND substr(edition, 1, 6) <> 'share:'",
        (team, conversation, to_text(before)),
    )


def replace_payload(db: Connection, key: DeliveryKey, payload: str, owner: str | None) -> None:
    """Other bytes under the same key, unless it is sent or no longer its `owner`'s."""
    db.execute(
        f"UPDATE outbox SET payload = ? WHERE {_THIS} AND state <> 'sent' AND (? IS NULL OR owner = ?)",
        (payload, *_key(key), owner, owner),
    )


def unfinished(db: Connection, team: str, closed: bool) -> list[tuple[str, str]]:
    """Conversation and edition of everything still to be sent, to closed channels or to all others, oldest first.

    In a paused channel only what a person shares there.
    """
    rows = db.execute(
        # Left to itself SQLite walks through all that was ever sent, to group it.
        "SELECT o.conversation, o.edition FROM outbox o INDEXED BY outbox_unsent"
        " LEFT JOIN channels c ON c.team = o.team AND c.channel = o.conversation"
        " WHERE o.team = ? AND o.state IN ('pending', 'claimed', 'in_doubt')"
        " AND (coalesce(c.state, 'active') = 'closed') = ?"
        " AND (coalesce(c.state, 'active') <> 'paused' OR substr(o.edition, 1, 6) = 'share:')"
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
        looks=row[17],
        probably_absent=bool(row[18]),
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
