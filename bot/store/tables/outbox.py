"""Messages on their way to Slack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.errors import ClaimLost
from bot.rules.channels import ChannelState
from bot.rules.editions import ASKED_FOR, SET_UP, Edition, EditionKind
from bot.rules.outbox import (
    CAME_ANOTHER_DAY,
    HEADER,
    Delivery,
    DeliveryKey,
    DeliveryKind,
    DeliveryState,
    Undelivered,
    Upcoming,
    WaitUntil,
    may_be_skipped,
)
from bot.rules.slack_ids import is_direct_message
from bot.store.connection import Connection, Transactions, query, reads, statement, transaction
from bot.store.tables.columns import (
    marks,
    one,
    optional_day,
    optional_moment,
    optional_text,
    to_json,
    to_moment,
    to_text,
)
from bot.store.tables.delivery_rows import DELIVERY_COLUMNS, FROM_OUTBOX, OWN_COLUMNS, card_to_text, delivery_from
from bot.store.tables.due_claims import DueClaims
from bot.store.tables.posted import Posted
from bot.store.tables.reading_lists import ReadingLists

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date, datetime, timedelta

    from bot.rules.due import DueClaim

_THIS = "team = ? AND conversation = ? AND edition = ? AND part = ?"


class Outbox:
    """Messages on their way to Slack."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def plan(
        self,
        db: Connection,
        deliveries: Sequence[Delivery],
        *,
        now: datetime,
        days: Sequence[date] = (),
        cursor: date | None = None,
        claim: DueClaim | None = None,
    ) -> bool:
        """Write a whole edition, which brings these listing `days`, to the outbox, at once or not at all.

        The channel's cursor moves to `cursor` in the same transaction, so that a crash in between repeats nothing.

        False when that edition is planned already, or another that brings one of the days or has a card of one of the
        papers that would get one: those were planned since they were chosen. A change to a message takes
        the place of an older one that still waits. Raises `ClaimLost` when it is planned on a `claim` that another has
        taken over.
        """
        first = deliveries[0].key
        if claim and not await db.row(
            "SELECT 1 FROM due_claims WHERE team = ? AND channel = ? AND local_date = ? AND owner = ?"
            " AND outcome IS NULL",
            (claim.team, claim.channel, claim.local_date.isoformat(), claim.owner),
        ):
            raise ClaimLost(channel=claim.channel)
        if await db.row(
            "SELECT 1 FROM outbox WHERE team = ? AND conversation = ? AND edition = ? LIMIT 1",
            _key(first)[:3],
        ):
            return False
        posted = Posted(db)
        if days and (await posted.days_had(first.team, first.conversation, min(days))).keys() & set(days):
            return False
        brought = [brings for each in deliveries for brings in _brought_by(each)]
        if await posted.papers_had(first.team, first.conversation, [paper for paper, _ in brought]):
            return False
        await db.executemany(
            "INSERT INTO edition_days (team, conversation, day, edition) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(first.team, first.conversation, day.isoformat(), str(first.edition)) for day in days],
        )
        await db.executemany(
            "DELETE FROM outbox WHERE team = ? AND conversation = ? AND ts = ? AND kind = 'update' AND state ="
            " 'pending'",
            [
                (first.team, first.conversation, delivery.ts)
                for delivery in deliveries
                if delivery.kind is DeliveryKind.UPDATE
            ],
        )
        await insert_deliveries(db, deliveries, now=now)
        await db.executemany(
            "INSERT INTO posted_papers (team, conversation, paper, edition, part) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(first.team, first.conversation, paper, str(first.edition), part) for paper, part in brought],
        )
        if cursor:
            await DueClaims(db).move_cursor(first.team, first.conversation, cursor)
        return True

    @transaction
    async def claim(
        self,
        db: Connection,
        team: str,
        conversation: str,
        edition: Edition,
        *,
        owner: str,
        now: datetime,
        lease: timedelta,
    ) -> Delivery | WaitUntil | None:
        """Take the next delivery of an edition, in order, for `owner` alone until `lease` is over.

        None when nothing is left to send. A delivery whose lease ran out is in doubt: its sender died, perhaps after
        Slack had taken the message. A delivery in doubt comes with that state, to be looked for and not to be sent;
        nothing after it is claimed before it is settled. What answers a message that was refused or is unknown becomes
        so with it. What follows one that Slack keeps putting off need not wait for it. One that it is too late for is
        refused, and so is a change that was tried before a later one to the same message was planned.
        """
        this_edition = (team, conversation, str(edition))
        found = await _next(db, this_edition, now)
        if not isinstance(found, Upcoming):
            await _end_what_answers_nothing(db, this_edition)
            await _end_what_is_too_late(db, this_edition, now)
            return found
        if found.kind is DeliveryKind.UPDATE and found.is_tried and await _ends_outdated(db, this_edition, found.part):
            return await Outbox(db).claim(team, conversation, edition, owner=owner, now=now, lease=lease)
        taken = (owner, to_text(now + lease))
        if found.is_in_doubt:  # what is claimed still, when its lease is over, may have been sent
            row = await one(
                db,
                "UPDATE outbox SET owner = ?, lease_until = ?, state = 'in_doubt', error = CASE state"
                " WHEN 'claimed' THEN 'its sender stopped before Slack answered' ELSE error END"
                f" WHERE {_THIS} AND state IN ('claimed', 'in_doubt') RETURNING {OWN_COLUMNS}",
                (*taken, *this_edition, found.part),
            )
        else:
            row = await one(
                db,
                "UPDATE outbox SET owner = ?, lease_until = ?, state = 'claimed', claimed_at = ?,"
                f" attempts = attempts + 1, probably_absent = 0 WHERE {_THIS} AND state = 'pending'"
                f" RETURNING {OWN_COLUMNS}",
                (*taken, to_text(now), *this_edition, found.part),
            )
        return delivery_from((*row, found.thread_ts))

    @query
    async def upcoming(
        self, db: Connection, team: str, conversation: str, edition: Edition, *, now: datetime
    ) -> Upcoming | None:
        """The delivery that `claim` would take now, if any."""
        found = await _next(db, (team, conversation, str(edition)), now)
        return found if isinstance(found, Upcoming) else None

    @transaction
    async def mark_sent(
        self,
        db: Connection,
        key: DeliveryKey,
        ts: str,
        *,
        now: datetime,
        saving_emoji: Collection[str],
        channel: str | None = None,
    ) -> str | None:
        """Slack has the message, as `ts`. From here on reactions to it mean its papers, also those already received.

        `channel` is what Slack calls the place, where that is not what was asked for: a person's id leads to a direct
        message, a name to a channel. Gives the time stamp of another message under this key, where two are in Slack.
        """
        where = channel or key.conversation
        newly_sent = await db.row(
            "UPDATE outbox SET state = 'sent', ts = ?, sent_at = ?, direct_channel = ?, owner = NULL,"
            f" lease_until = NULL, error = NULL WHERE {_THIS} AND state <> 'sent' RETURNING shows, kind",
            (ts, to_text(now), where if is_direct_message(where) else None, *_key(key)),
        )
        known = newly_sent or await db.row(f"SELECT shows, ts FROM outbox WHERE {_THIS} AND kind = 'post'", _key(key))
        if known is None or (not newly_sent and known[1] == ts):
            return None
        shown = json.loads(known[0])
        if newly_sent and newly_sent[1] == DeliveryKind.UPDATE and key.edition.kind is EditionKind.REPLY:
            # An edited reply is about what it shows now.
            await db.execute(
                "DELETE FROM message_papers WHERE team = ? AND channel = ? AND ts = ?", (key.team, where, ts)
            )
        await db.executemany(
            "INSERT INTO message_papers (team, channel, ts, position, paper) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            [(key.team, where, ts, position, paper) for position, paper in enumerate(shown, start=1)],
        )
        if newly_sent and key.edition.brings_papers:
            await _note_place(db, key, ts, shown)
        await ReadingLists(db).act_on_early_reactions(key.team, where, ts, saving_emoji)
        return None if newly_sent else str(known[1])

    @statement
    async def mark_pending(
        self,
        db: Connection,
        key: DeliveryKey,
        *,
        not_before: datetime,
        error: str,
        owner: str | None = None,
        counts: bool = True,
        looked: bool = False,
    ) -> bool:
        """Slack certainly did not take the message; it is due again later. The attempt `counts`, or is taken back.

        `looked` when it could not be looked for before it is sent again.

        This and the other marks do nothing, and give False, once it is sent or no longer claimed by `owner`.
        """
        return await _mark(
            db, key, DeliveryState.PENDING, error, not_before, owner=owner, counts=counts, looks=int(looked)
        )

    @statement
    async def mark_in_doubt(
        self,
        db: Connection,
        key: DeliveryKey,
        *,
        not_before: datetime,
        error: str,
        owner: str | None = None,
        looked: bool = False,
        probably_absent: bool = False,
    ) -> bool:
        """Note that Slack may have taken a message; from `not_before` on it would have arrived.

        `looked` when it was looked for, in vain; `probably_absent` when Slack most likely never received it.
        """
        return await _mark(
            db,
            key,
            DeliveryState.IN_DOUBT,
            error,
            not_before,
            owner=owner,
            looks=int(looked),
            probably_absent=probably_absent,
        )

    @statement
    async def mark_unknown(self, db: Connection, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        """Whether Slack took the message cannot be found out; it is not sent again unless a person asks for it."""
        return await _mark(db, key, DeliveryState.UNKNOWN, error, None, owner=owner)

    @statement
    async def mark_refused(self, db: Connection, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        """Slack does not take the message; it is not sent again unless a person asks for it."""
        return await _mark(db, key, DeliveryState.REFUSED, error, None, owner=owner)

    @transaction
    async def keep_message(self, db: Connection, key: DeliveryKey, ts: str) -> None:
        """Note which message stays, of those that stand in Slack under one key."""
        kept = await db.row(
            f"UPDATE outbox SET ts = ? WHERE {_THIS} AND state = 'sent' RETURNING shows", (ts, *_key(key))
        )
        if kept:
            await _note_place(db, key, ts, json.loads(kept[0]))

    @transaction
    async def renew(self, db: Connection, key: DeliveryKey, *, gone: str | None) -> bool:
        """A message that others answer, as it was sent at `gone`, is gone from Slack: it is due again, once.

        True also when another found it gone before, and it is due or was sent anew; False when it will not be.
        """
        renewed = await db.execute(
            "UPDATE outbox SET state = 'pending', ts = NULL, sent_at = NULL, not_before = NULL, renewals = renewals"
            " + 1,"
            f" error = 'it was deleted before all that answers it was sent' WHERE {_THIS} AND state = 'sent'"
            f" AND renewals = 0 AND payload <> '' AND {'ts IS NULL' if gone is None else 'ts = ?'}",
            (*_key(key), *([] if gone is None else [gone])),
        )
        if renewed:
            return True
        row = await db.row(f"SELECT ts FROM outbox WHERE {_THIS} AND renewals > 0", _key(key))
        return row is not None and row[0] != gone

    @statement
    async def cancel(self, db: Connection, team: str, conversation: str, edition: Edition, *, why: str) -> None:
        """Send no more of an edition that nobody waits for, and report nothing; what is being sent is sent."""
        await db.execute(
            "UPDATE outbox SET state = 'refused', error = ?, owner = NULL, lease_until = NULL, reported = 1"
            " WHERE team = ? AND conversation = ? AND edition = ? AND state IN ('pending', 'claimed', 'in_doubt')"
            " AND state <> 'claimed'",
            (why, team, conversation, str(edition)),
        )

    @statement
    async def resume(self, db: Connection, team: str, conversation: str, edition: Edition) -> None:
        """Let what waits in an edition be tried at once, but for a pause that Slack asked for."""
        await db.execute(
            "UPDATE outbox SET attempts = 0, not_before = NULL WHERE team = ? AND conversation = ? AND edition = ?"
            " AND state = 'pending' AND attempts > 0",
            (team, conversation, str(edition)),
        )

    @transaction
    async def queue_again(
        self, db: Connection, team: str, conversation: str, edition: Edition, *, unconfirmed: bool
    ) -> int:
        """Make due again what was refused of an edition and, if `unconfirmed`, what is unknown; how many messages.

        But for cards of papers that came with another edition meanwhile, and digests without cards all of whose did.
        """
        this_edition = (team, conversation, str(edition))
        states = "('refused', 'unknown')" if unconfirmed else "('refused')"
        brought = (
            "SELECT 1 FROM posted_papers m WHERE m.team = o.team AND m.conversation = o.conversation"
            " AND m.edition = o.edition AND m.part = o.part"
        )
        for came_otherwise in (
            _came_with_another_edition("o.part"),
            f"EXISTS ({brought}) AND NOT EXISTS ({brought} AND NOT {_came_with_another_edition('m.paper')})",
        ):
            await db.execute(
                "UPDATE outbox AS o SET state = 'refused', error = ?, reported = 1"
                f" WHERE team = ? AND conversation = ? AND edition = ? AND kind = 'post' AND state IN {states}"
                f" AND {came_otherwise}",
                (CAME_ANOTHER_DAY, *this_edition),
            )
        queued = await db.execute(
            "UPDATE outbox AS o SET state = 'pending', attempts = 0, looks = 0, not_before = NULL, error = NULL,"
            " reported = 0"
            f" WHERE team = ? AND conversation = ? AND edition = ? AND kind = 'post' AND state IN {states}"
            " AND (error IS NULL OR error <> ?)",
            (*this_edition, CAME_ANOTHER_DAY),
        )
        await db.execute(
            "UPDATE outbox SET renewals = 0 WHERE team = ? AND conversation = ? AND edition = ? AND renewals > 0",
            this_edition,
        )
        return queued

    @reads
    async def undelivered(self, db: Connection, team: str) -> list[Undelivered]:
        """The unreported refused or unknown messages of editions with nothing left to send."""
        rows = await db.rows(
            "WITH unreported AS (SELECT team, conversation, edition,"
            " count(*) FILTER (WHERE state = 'refused') AS refused,"
            " count(*) FILTER (WHERE state = 'unknown') AS unknown, min(planned_at) AS planned_at,"
            " max(coalesce(claimed_at, planned_at)) AS asked_at FROM outbox"
            " WHERE team = ? AND state IN ('refused', 'unknown') AND reported = 0 AND kind = 'post'"
            " GROUP BY team, conversation, edition)"
            " SELECT conversation, edition, (SELECT count(*) FROM outbox o WHERE o.team = u.team"
            " AND o.conversation = u.conversation AND o.edition = u.edition), refused, unknown,"
            " (SELECT o.error FROM outbox o WHERE o.team = u.team AND o.conversation = u.conversation"
            " AND o.edition = u.edition AND o.state = 'refused' ORDER BY o.position LIMIT 1),"
            " (SELECT max(d.day) FROM edition_days d WHERE d.team = u.team AND d.conversation = u.conversation"
            " AND d.edition = u.edition), asked_at FROM unreported u"
            " WHERE NOT EXISTS (SELECT 1 FROM outbox o WHERE o.team = u.team"
            " AND o.conversation = u.conversation AND o.edition = u.edition"
            " AND o.state IN ('pending', 'claimed', 'in_doubt')) ORDER BY planned_at, conversation, edition",
            (team,),
        )
        return [
            Undelivered(
                conversation,
                Edition.parse(edition),
                planned,
                refused,
                unknown,
                error or "",
                optional_day(day),
                to_moment(asked),
            )
            for conversation, edition, planned, refused, unknown, error, day, asked in rows
        ]

    @statement
    async def note_reported(self, db: Connection, team: str, conversation: str, edition: Edition) -> None:
        """Note that the messages of an edition that did not arrive were reported."""
        await db.execute(
            "UPDATE outbox SET reported = 1 WHERE team = ? AND conversation = ? AND edition = ?"
            " AND state IN ('refused', 'unknown')",
            (team, conversation, str(edition)),
        )

    @statement
    async def replace_payload(
        self, db: Connection, key: DeliveryKey, payload: str, *, owner: str | None = None
    ) -> None:
        """Send other bytes from now on, as Slack refused the first ones; not when another `owner` has the delivery."""
        await db.execute(
            f"UPDATE outbox SET payload = ? WHERE {_THIS} AND state <> 'sent'{_of(owner)}",
            (payload, *_key(key), *([owner] if owner else [])),
        )

    @reads
    async def deliveries(self, db: Connection, team: str, conversation: str, edition: Edition) -> list[Delivery]:
        """An edition as it stands in the outbox, in order; empty when it was never planned."""
        rows = await db.rows(
            f"SELECT {DELIVERY_COLUMNS} {FROM_OUTBOX} WHERE o.team = ? AND o.conversation = ? AND o.edition = ?"
            " ORDER BY o.position",
            (team, conversation, str(edition)),
        )
        return [delivery_from(row) for row in rows]

    @reads
    async def welcomes(
        self, db: Connection, team: str, channel: str | None = None, *, since: datetime
    ) -> list[Delivery]:
        """The welcomes sent since then that nothing was planned for yet to say that their channel is set up.

        Those about one channel, or about any, oldest first.
        """
        rows = await db.rows(
            f"SELECT {DELIVERY_COLUMNS} {FROM_OUTBOX} WHERE o.team = ? AND o.edition_kind = '{EditionKind.WELCOME}'"
            f" AND o.sent_at >= ?{' AND o.edition_about = ?' if channel else ''}"
            f" AND o.kind = 'post' AND o.state = 'sent' AND o.part = '{HEADER}' AND NOT EXISTS"
            " (SELECT 1 FROM outbox later WHERE later.team = o.team"
            " AND later.conversation IN (o.conversation, o.direct_channel)"
            f" AND later.edition = o.edition || ':{SET_UP}') ORDER BY o.sent_at, o.conversation, o.edition",
            (team, to_text(since), *([channel] if channel else [])),
        )
        return [delivery_from(row) for row in rows]

    @reads
    async def unfinished(self, db: Connection, team: str, *, closed: bool = False) -> list[tuple[str, Edition]]:
        """Conversation and edition of all that is still to be sent, oldest plan first.

        But for closed channels, or only for those; and but for what is sent unasked to paused channels.
        """
        rows = await db.rows(
            # Left to itself SQLite walks through all that was ever sent, to group it.
            "WITH waiting AS MATERIALIZED (SELECT team, conversation, edition, edition_kind, planned_at FROM outbox"
            " WHERE team = ? AND state IN ('pending', 'claimed', 'in_doubt'))"
            " SELECT w.conversation, w.edition FROM waiting w"
            " LEFT JOIN channels c ON c.team = w.team AND c.channel = w.conversation"
            f" WHERE coalesce(c.state, 'active') {'=' if closed else '<>'} 'closed'"
            f" AND (coalesce(c.state, 'active') <> 'paused' OR w.edition_kind IN ({marks(ASKED_FOR)}))"
            " GROUP BY w.conversation, w.edition ORDER BY min(w.planned_at), w.conversation, w.edition",
            (team, *ASKED_FOR),
        )
        return [(conversation, Edition.parse(edition)) for conversation, edition in rows]

    @statement
    async def put_unsent_in_doubt(self, db: Connection, error: str) -> int:
        """Look for everything unsent before it is sent, whenever that may have been; how many there are."""
        return await db.execute(
            "UPDATE outbox SET state = 'in_doubt', claimed_at = NULL, not_before = NULL,"
            " owner = NULL, lease_until = NULL, error = ? WHERE state IN ('pending', 'claimed')",
            (error,),
        )


async def insert_deliveries(db: Connection, deliveries: Sequence[Delivery], *, now: datetime) -> None:
    """Write deliveries to the outbox, as they are to be sent; one that is there stays as it is.

    So two that plan the same at once are told apart by the engine, which lets the second begin again.
    """
    await db.executemany(
        "INSERT INTO outbox (team, conversation, edition, part, position, kind, payload, shows, thread_part, ts,"
        " card, edition_kind, edition_about, in_thread, state, not_before, planned_at, send_before)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        [
            (
                *_key(delivery.key),
                delivery.position,
                delivery.kind,
                delivery.payload,
                to_json(delivery.shows),
                delivery.thread_part,
                delivery.ts if delivery.kind is DeliveryKind.UPDATE else None,
                card_to_text(delivery.card),
                delivery.key.edition.kind,
                delivery.key.edition.about,
                delivery.thread_ts,
                optional_text(delivery.not_before),
                to_text(now),
                optional_text(delivery.send_before),
            )
            for delivery in deliveries
        ],
    )


def _brought_by(delivery: Delivery) -> list[tuple[str, str | None]]:
    """The papers that a message brings unasked, as its card or in a digest without cards, each with its part's name.

    That of a card is the paper's, and is not kept.
    """
    if delivery.kind is not DeliveryKind.POST or not delivery.key.edition.brings_papers:
        return []
    card: list[tuple[str, str | None]] = [(delivery.key.part, None)] if delivery.key.part in delivery.shows else []
    return [*card, *((paper, delivery.key.part) for paper in delivery.brings)]


def _came_with_another_edition(paper: str) -> str:
    """The condition that a paper came, or will, with another edition than that of the delivery `o`."""
    return (
        "EXISTS (SELECT 1 FROM posted_papers p LEFT JOIN outbox other ON other.team = p.team"
        " AND other.conversation = p.conversation AND other.edition = p.edition"
        " AND other.part = coalesce(p.part, p.paper)"
        f" WHERE p.team = o.team AND p.conversation = o.conversation AND p.paper = {paper} AND p.edition <> o.edition"
        " AND (other.state IS NULL OR other.state <> 'refused'))"
    )


async def _end_what_answers_nothing(db: Connection, this_edition: tuple[str, str, str]) -> None:
    """End the pending replies to a message that was refused, or that nobody knows of whether it arrived."""
    for state, error in (
        (DeliveryState.REFUSED, "the message it answers was refused"),
        (DeliveryState.UNKNOWN, "nobody knows whether the message it answers arrived"),
    ):
        await db.execute(
            "UPDATE outbox AS o SET state = ?, error = ?"
            " WHERE team = ? AND conversation = ? AND edition = ? AND state = 'pending' AND EXISTS"
            " (SELECT 1 FROM outbox root WHERE root.team = o.team AND root.conversation = o.conversation"
            " AND root.edition = o.edition AND root.part = o.thread_part AND root.state = ?)",
            (state, error, *this_edition, state),
        )


async def _ends_outdated(db: Connection, this_edition: tuple[str, str, str], part: str) -> bool:
    """End a change to a message for which a later one was planned: made now, it might undo that."""
    return (
        await db.execute(
            "UPDATE outbox AS o SET state = 'refused', error = 'a later change took its place', reported = 1,"
            f" owner = NULL, lease_until = NULL WHERE {_THIS} AND state IN ('pending', 'claimed', 'in_doubt')"
            " AND EXISTS (SELECT 1 FROM outbox later WHERE later.team = o.team AND later.conversation = o.conversation"
            " AND later.ts = o.ts AND later.kind = 'update' AND later.planned_at > o.planned_at)",
            (*this_edition, part),
        )
        > 0
    )


async def _end_what_is_too_late(db: Connection, this_edition: tuple[str, str, str], now: datetime) -> None:
    """End what was not sent in time. Nobody need be told: it was to be sent in time or not at all."""
    await db.execute(
        "UPDATE outbox SET state = 'refused', error = 'it was too late to send it', reported = 1"
        " WHERE team = ? AND conversation = ? AND edition = ? AND state = 'pending' AND send_before <= ?",
        (*this_edition, to_text(now)),
    )


async def _next(db: Connection, this_edition: tuple[str, str, str], now: datetime) -> Upcoming | WaitUntil | None:
    rows = await db.rows(
        "SELECT o.part, o.position, o.kind, o.thread_part, coalesce(root.ts, o.in_thread), o.state, o.attempts,"
        " o.not_before, o.lease_until, o.send_before,"
        " root.state, (SELECT c.state FROM channels c WHERE c.team = o.team AND c.channel = o.conversation)"
        f" {FROM_OUTBOX} WHERE o.team = ? AND o.conversation = ? AND o.edition = ?"
        " AND o.state IN ('pending', 'claimed', 'in_doubt') ORDER BY o.position",
        this_edition,
    )
    earliest: datetime | None = None
    for (
        part,
        position,
        kind,
        thread_part,
        thread_ts,
        state,
        attempts,
        not_before,
        lease_until,
        send_before,
        root_state,
        channel,
    ) in rows:
        if thread_part and root_state != DeliveryState.SENT:
            continue
        if state == DeliveryState.PENDING and send_before and to_moment(send_before) <= now:
            continue
        held_until = max(filter(None, (optional_moment(not_before), optional_moment(lease_until))), default=None)
        if held_until is None or held_until <= now:
            return Upcoming(
                part,
                position,
                DeliveryKind(kind),
                thread_part,
                thread_ts,
                is_in_doubt=state != DeliveryState.PENDING,
                is_paused=channel == ChannelState.PAUSED,
                is_tried=state != DeliveryState.PENDING or attempts > 0,
            )
        earliest = min(earliest or held_until, held_until)
        if not may_be_skipped(DeliveryState(state), attempts):
            break
    return WaitUntil(earliest) if earliest else None


async def _note_place(db: Connection, key: DeliveryKey, ts: str, shown: Sequence[str]) -> None:
    """Note where the papers are that a message brings: its own one, or some of those a digest without cards shows."""
    await db.executemany(
        "UPDATE posted_papers SET ts = ?, thread_ts = (SELECT root.ts FROM outbox o JOIN outbox root"
        " ON root.team = o.team AND root.conversation = o.conversation AND root.edition = o.edition"
        " AND root.part = o.thread_part WHERE o.team = posted_papers.team"
        " AND o.conversation = posted_papers.conversation AND o.edition = posted_papers.edition"
        " AND o.part = coalesce(posted_papers.part, posted_papers.paper))"
        " WHERE team = ? AND conversation = ? AND edition = ?"
        f" AND {'paper = ? AND part IS NULL' if key.part in shown else 'part IS NOT NULL AND part = ?'}",
        [(ts, *_key(key))],
    )


async def _mark(
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
    marked = await db.execute(
        "UPDATE outbox SET state = ?, error = ?, not_before = ?, attempts = attempts - ?, looks = looks + ?,"
        " probably_absent = CASE WHEN state = 'in_doubt' THEN probably_absent ELSE ? END,"
        f" owner = NULL, lease_until = NULL WHERE {_THIS} AND state <> 'sent'{_of(owner)}",
        (
            *(state, error, optional_text(not_before), int(not counts), looks, int(probably_absent)),
            *_key(key),
            *([owner] if owner else []),
        ),
    )
    return marked > 0


def _of(owner: str | None) -> str:
    return " AND owner = ?" if owner else ""


def _key(key: DeliveryKey) -> tuple[str, str, str, str]:
    return key.team, key.conversation, str(key.edition), key.part
