"""Messages that people wrote to Paperboy, and its replies to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.rules.editions import Edition, EditionKind
from bot.rules.incoming_messages import (
    IncomingMessage,
    KnownMessage,
    ReplyPlan,
    Treatment,
    Withdrawal,
    content_name,
    earliest_counted,
    is_given,
    treatment_of,
)
from bot.rules.outbox import HEADER, DeliveryKind
from bot.store.connection import Connection, Transactions, query, reads_few, transaction
from bot.store.tables.columns import one, starting, to_text
from bot.store.tables.outbox import Outbox, insert_deliveries
from bot.store.tables.requests import Requests

if TYPE_CHECKING:
    from datetime import datetime

    from bot.rules.outbox import Delivery
    from bot.rules.requests import Request

_THIS = "team = ? AND channel = ? AND ts = ?"
_MOST_PAPERS_OF_REPLIES = 100


class IncomingMessages:
    """Messages that people wrote to Paperboy, told apart by their words without keeping these."""

    def __init__(self, database: Transactions) -> None:
        self._database = database

    @transaction
    async def keep(
        self, db: Connection, message: IncomingMessage, request: Request, *, owner: str, now: datetime, until: datetime
    ) -> bool:
        """Store that a message was heard and, if it is to be answered, the request to do so, leased to its `owner`.

        False when there is nothing to do: it is known, too old an edit, or one of too many.
        """
        known = await _known(db, message.team, message.channel, message.ts)
        written = await db.rows(
            "SELECT treatment FROM incoming_messages WHERE team = ? AND person = ? AND at > ?",
            (message.team, message.person, to_text(earliest_counted(now))),
        )
        treatment = treatment_of(message, known, [Treatment(each) for (each,) in written], now)
        if treatment is None:
            return False
        await db.execute(
            "INSERT INTO incoming_messages (team, channel, ts, person, edited_ts, fingerprint, treatment, edits, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (team, channel, ts) DO UPDATE SET"
            " edited_ts = excluded.edited_ts, fingerprint = excluded.fingerprint, edits = incoming_messages.edits + 1",
            (
                message.team,
                message.channel,
                message.ts,
                message.person,
                message.edited_ts,
                message.fingerprint,
                treatment,
                to_text(now),
            ),
        )
        if treatment is Treatment.PASSED_OVER:
            return False
        return await Requests(db).note(request, owner=owner, until=until)

    @transaction
    async def withdraw(self, db: Connection, withdrawal: Withdrawal, *, now: datetime) -> None:
        """Store that a message was deleted, also before it was heard: what is not answered yet never will be."""
        await db.execute(
            "INSERT INTO incoming_messages (team, channel, ts, person, edited_ts, fingerprint, treatment, edits, at)"
            " VALUES (?, ?, ?, '', '', '', ?, 0, ?) ON CONFLICT (team, channel, ts) DO UPDATE SET"
            " treatment = excluded.treatment",
            (withdrawal.team, withdrawal.channel, withdrawal.ts, Treatment.WITHDRAWN, to_text(now)),
        )

    @reads_few
    async def find(self, db: Connection, team: str, channel: str, ts: str) -> KnownMessage | None:
        """The state of a message; None when it was never heard."""
        return await _known(db, team, channel, ts)

    @transaction
    async def plan_reply(
        self, db: Connection, delivery: Delivery, *, message_ts: str, edited_ts: str, now: datetime
    ) -> ReplyPlan:
        """Plan a message of the reply to an edit of a message, or what it says from now on where it is planned already.

        What it said before in reply to the same edit it does not say again: whoever takes a reply up begins it anew.
        """
        key = delivery.key
        known = await _known(db, key.team, key.conversation, message_ts)
        if known is None or known.edited_ts != edited_ts or known.treatment is Treatment.WITHDRAWN:
            return ReplyPlan.UNWANTED
        this = (key.team, key.conversation, str(key.edition))
        rows = await db.rows(
            "SELECT part, position, ts, payload FROM outbox WHERE team = ? AND conversation = ? AND edition = ?"
            " ORDER BY position",
            this,
        )
        if not rows:
            await Outbox(db).plan([delivery], now=now)
            return ReplyPlan.PLANNED
        (_, _, ts, first), *later = rows
        name = content_name(edited_ts, delivery.payload)
        if is_given(name, first=first, later=[part for part, *_ in later]):
            return ReplyPlan.THERE
        await db.execute(
            "DELETE FROM outbox WHERE team = ? AND conversation = ? AND edition = ? AND kind = 'update'"
            " AND state = 'pending'",
            this,
        )
        change = replace(
            delivery,
            key=replace(key, part=name),
            kind=DeliveryKind.UPDATE,
            position=rows[-1][1] + 1,
            thread_part=HEADER,
            ts=ts,
        )
        await insert_deliveries(db, [change], now=now)
        return ReplyPlan.PLANNED

    @reads_few
    async def messages_in_reply(self, db: Connection, team: str, channel: str, ts: str) -> int:
        """The number of messages that were planned in reply to one."""
        (number,) = await one(
            db,
            "SELECT count(DISTINCT edition) FROM outbox WHERE team = ? AND conversation = ?"
            " AND edition >= ? AND edition < ?",
            (team, channel, *starting(f"{EditionKind.REPLY}:{ts}:")),
        )
        return int(number)

    @query
    async def papers_shown_before(
        self, db: Connection, team: str, channel: str, ts: str, *, thread_ts: str | None, since: str
    ) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """The papers of replies that showed any, to messages between two time stamps in the same thread, or outside of
        any: by reply, the last one first, and by its messages in their order. No more than the last few replies."""
        rows = await db.rows(
            "SELECT o.edition, m.paper FROM outbox o JOIN message_papers m ON m.team = o.team"
            " AND m.channel = o.conversation AND m.ts = o.ts WHERE o.team = ? AND o.conversation = ?"
            " AND o.edition >= ? AND o.edition < ? AND o.kind = 'post' AND coalesce(o.in_thread, '') = ?"
            f" ORDER BY o.edition DESC, m.position LIMIT {_MOST_PAPERS_OF_REPLIES}",
            (team, channel, f"{EditionKind.REPLY}:{since}", f"{EditionKind.REPLY}:{ts}", thread_ts or ""),
        )
        replies: dict[str, dict[int, list[str]]] = {}
        for edition, paper in rows:
            parsed = Edition.parse(edition)
            replies.setdefault(parsed.about, {}).setdefault(int(parsed.cause or 1), []).append(paper)
        return tuple(tuple(tuple(papers[number]) for number in sorted(papers)) for papers in replies.values())


async def _known(db: Connection, team: str, channel: str, ts: str) -> KnownMessage | None:
    row = await db.row(
        f"SELECT edited_ts, fingerprint, treatment, edits FROM incoming_messages WHERE {_THIS}", (team, channel, ts)
    )
    return KnownMessage(row[0], row[1], Treatment(row[2]), row[3]) if row else None
