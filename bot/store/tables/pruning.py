"""The pruning of data that nothing can need any more, a little at a time.

Kept for ever: papers, the days they were listed on, summaries, which papers and days a conversation has had, which
message shows which papers (a reaction to an old card still saves it), reading lists, and what was changed about a
channel. Everything else has an end, long enough after its last use that a long outage in between does no harm.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from bot.rules import incoming_messages
from bot.rules.editions import EditionKind
from bot.rules.list_changes import REMOVALS_UNDONE_FOR
from bot.rules.outbox import DeliveryState
from bot.rules.personal_data import ERASURES_KEPT
from bot.rules.questions import TURNS_KEPT
from bot.store.tables.columns import marks, starting, to_text
from bot.store.tables.keys import delete_some

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from datetime import datetime
    from typing import Any

    from bot.store.connection import Connection

    # How far a step has come: where it goes on, None at its end.
    Position: TypeAlias = tuple[str, ...] | None
    Step: TypeAlias = Callable[[Connection, tuple[str, ...], datetime], Coroutine[Any, Any, Position]]

# Cards are rendered again for nine days after they came: votes, and summaries that are corrected.
PAYLOADS_KEPT = timedelta(days=14)
# The longest any edition is asked for by name: a month's recap, on every day of the month after.
EDITIONS_KEPT = timedelta(days=45)
# What did not arrive can be sent again by a person.
UNDELIVERED_KEPT = timedelta(days=90)
# Reactions are compared with Slack's for fourteen days after a message was posted.
REACTIONS_KEPT = timedelta(days=45)
CLAIMS_KEPT = timedelta(days=45)
RAW_LISTS_KEPT = timedelta(days=30)
# A summary is checked against what it was made from, and written anew from it when somebody reports it.
MATERIALS_KEPT = timedelta(days=90)
REPORTS_KEPT = timedelta(days=90)
FEEDBACK_KEPT = timedelta(days=90)
# A preview is asked about for a week.
PREVIEWS_KEPT = timedelta(days=14)
# A removal can be undone for a day.
NEWS_KEPT = timedelta(days=14)
# Who asked for what; after that only months are told apart.
SPENDING_KEPT = timedelta(days=90)
# Leases run out in seconds.
LEASES_KEPT = timedelta(days=1)

ROWS_AT_ONCE = 300
_EDITIONS_AT_ONCE = 30
_CHANNELS_AT_ONCE = 50
_PAYLOADS = "payloads"
_UNFINISHED = frozenset({DeliveryState.PENDING, DeliveryState.CLAIMED, DeliveryState.IN_DOUBT})
_UNDELIVERED = tuple(sorted(set(DeliveryState) - _UNFINISHED - {DeliveryState.SENT}))


async def empty_payloads(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Take from what was sent all that only sending it or rendering it again needed."""
    before = to_text(now - PAYLOADS_KEPT)
    if not position:
        row = await db.row("SELECT up_to FROM pruning WHERE what = ?", (_PAYLOADS,))
        position = (row[0],) if row else ("",)
    until = await _end_of_piece(db, position[0], before)
    if position[0] < until:
        await db.execute(
            "UPDATE outbox SET payload = '', shows = '[]', card = NULL"
            " WHERE state = 'sent' AND sent_at >= ? AND sent_at < ?",
            (position[0], until),
        )
        await db.execute(
            "INSERT INTO pruning (what, up_to) VALUES (?, ?) ON CONFLICT (what) DO UPDATE SET up_to = excluded.up_to",
            (_PAYLOADS, until),
        )
    return (until,) if until < before else None


async def _end_of_piece(db: Connection, start: str, before: str) -> str:
    """The first moment that some hundreds of messages later one was sent, or `before`."""
    row = await db.row(
        "SELECT sent_at FROM outbox WHERE state = 'sent' AND sent_at > ? AND sent_at < ?"
        " ORDER BY sent_at LIMIT 1 OFFSET ?",
        (start, before, ROWS_AT_ONCE),
    )
    return row[0] if row else before


async def forget_editions(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete editions that are done with; what a conversation has had is recorded apart."""
    before = to_text(now - EDITIONS_KEPT)
    start = position[0] if position else ""
    row = await db.row(
        "SELECT sent_at FROM outbox WHERE state = 'sent' AND sent_at > ? AND sent_at < ?"
        " ORDER BY sent_at LIMIT 1 OFFSET ?",
        (start, before, ROWS_AT_ONCE),
    )
    until = row[0] if row else before
    editions = await db.rows(
        "SELECT DISTINCT team, conversation, edition FROM outbox WHERE state = 'sent' AND sent_at >= ? AND sent_at < ?",
        (start, until),
    )
    for edition in editions:
        await _forget_edition(db, edition, now)
    return (until,) if row else None


async def forget_undelivered(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what never arrived, once nobody will send it again."""
    after = position or ("", "", "")
    editions = await db.rows(
        f"SELECT DISTINCT team, conversation, edition FROM outbox WHERE state IN ({marks(_UNDELIVERED)})"
        " AND (team, conversation, edition) > (?, ?, ?) AND planned_at < ?"
        " ORDER BY team, conversation, edition LIMIT ?",
        (*_UNDELIVERED, *after, to_text(now - UNDELIVERED_KEPT), _EDITIONS_AT_ONCE),
    )
    for edition in editions:
        await _forget_edition(db, edition, now)
    return editions[-1] if len(editions) == _EDITIONS_AT_ONCE else None


async def _forget_edition(db: Connection, edition: tuple[str, str, str], now: datetime) -> None:
    """Delete an edition when all of it is done with for long enough."""
    this = "team = ? AND conversation = ? AND edition = ?"
    rows = await db.rows(
        f"SELECT state, max(coalesce(sent_at, planned_at)) FROM outbox WHERE {this} GROUP BY state", edition
    )
    kept = EDITIONS_KEPT if all(state == DeliveryState.SENT for state, _ in rows) else UNDELIVERED_KEPT
    before = to_text(now - kept)
    if any(state in _UNFINISHED or latest >= before for state, latest in rows):
        return
    await db.execute(
        f"DELETE FROM posted_papers WHERE {this} AND part IS NULL AND paper IN"
        f" (SELECT part FROM outbox WHERE {this} AND state = 'refused')",
        (*edition, *edition),
    )
    await db.execute(
        f"DELETE FROM posted_papers WHERE {this} AND part IS NOT NULL AND part IN"
        f" (SELECT part FROM outbox WHERE {this} AND state = 'refused')",
        (*edition, *edition),
    )
    await db.execute(f"DELETE FROM edition_upkeep WHERE {this}", edition)
    await db.execute(f"DELETE FROM outbox WHERE {this}", edition)


async def forget_claims(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete the dates a channel was served on, but the last, which tells that it was."""
    before = (now - CLAIMS_KEPT).date().isoformat()
    return await _delete_by_channel(
        db,
        position,
        "due_claims",
        "local_date < ? AND local_date < (SELECT max(latest.local_date) FROM due_claims latest"
        " WHERE latest.team = due_claims.team AND latest.channel = due_claims.channel"
        " AND latest.outcome IS NOT NULL)",
        (before,),
    )


async def forget_reactions(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete the last known state of reactions to old messages: what they did to reading lists stands there."""
    before = _slack_time(now - REACTIONS_KEPT)
    return await _delete_by_channel(db, position, "reactions", "message_ts < ? AND event_ts < ?", (before, before))


async def forget_reaction_readings(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete up to when the reactions to old messages are known."""
    return await _delete_by_channel(
        db, position, "reaction_readings", "message_ts < ?", (_slack_time(now - REACTIONS_KEPT),)
    )


async def _delete_by_channel(
    db: Connection, position: tuple[str, ...], table: str, condition: str, values: tuple[str, ...]
) -> Position:
    """Delete from a table that is keyed by channel, channel by channel, at most some hundreds of rows."""
    left = ROWS_AT_ONCE
    for team, channel_id in await _next_channels(db, table, position):
        where = f"team = ? AND channel = ? AND {condition}"
        left -= await delete_some(db, table, where, (team, channel_id, *values), left)
        if left <= 0:
            return position
        position = (team, channel_id)
    return position if await _has_more_channels(db, table, position) else None


async def _next_channels(db: Connection, table: str, after: tuple[str, ...]) -> list[tuple[str, str]]:
    """The next channels a table has rows of; each is found by the index, whatever the rows in between."""
    channels: list[tuple[str, str]] = []
    for _ in range(_CHANNELS_AT_ONCE):
        row = await db.row(
            f"SELECT team, channel FROM {table} WHERE (team, channel) > (?, ?) ORDER BY team, channel LIMIT 1",
            channels[-1] if channels else after or ("", ""),
        )
        if row is None:
            break
        channels.append((row[0], row[1]))
    return channels


async def _has_more_channels(db: Connection, table: str, after: tuple[str, ...]) -> bool:
    row = await db.row(f"SELECT 1 FROM {table} WHERE (team, channel) > (?, ?) LIMIT 1", after or ("", ""))
    return row is not None


async def empty_raw_lists(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Drop the source's own words of lists; what was read of them stays."""
    emptied = await db.execute(
        "UPDATE listings SET raw = '' WHERE day IN"
        " (SELECT day FROM listings WHERE raw <> '' AND fetched_at < ? ORDER BY fetched_at LIMIT 10)",
        (to_text(now - RAW_LISTS_KEPT),),
    )
    return position if emptied else None


async def forget_materials(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete the texts that summaries were made from."""
    deleted = await delete_some(db, "materials", "read_at < ?", (to_text(now - MATERIALS_KEPT),), 20)
    return position if deleted else None


async def forget_reports(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what people said of summaries."""
    deleted = await delete_some(db, "summary_reports", "at < ?", (to_text(now - REPORTS_KEPT),), ROWS_AT_ONCE)
    return position if deleted else None


async def forget_feedback(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what people thought of summaries."""
    deleted = await delete_some(db, "summary_feedback", "at < ?", (to_text(now - FEEDBACK_KEPT),), ROWS_AT_ONCE)
    return position if deleted else None


async def forget_questions(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what people asked about papers."""
    deleted = await delete_some(db, "question_turns", "at < ?", (to_text(now - TURNS_KEPT),), ROWS_AT_ONCE)
    return position if deleted else None


async def forget_incoming_messages(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what is known of messages that people wrote to Paperboy, and the replies to them."""
    before = to_text(now - incoming_messages.KEPT_FOR)
    old = await db.rows(
        "SELECT team, channel, ts FROM incoming_messages WHERE at < ? LIMIT ?", (before, _EDITIONS_AT_ONCE)
    )
    for team, channel, ts in old:
        await db.execute(
            "DELETE FROM outbox WHERE team = ? AND conversation = ? AND edition >= ? AND edition < ?",
            (team, channel, *starting(f"{EditionKind.REPLY}:{ts}:")),
        )
    await db.executemany("DELETE FROM incoming_messages WHERE team = ? AND channel = ? AND ts = ?", old)
    return position if old else None


async def forget_shared_messages(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete which workspace showed the links of messages in channels that workspaces share."""
    deleted = await delete_some(db, "shared_messages", "at < ?", (to_text(now - PREVIEWS_KEPT),), ROWS_AT_ONCE)
    return position if deleted else None


async def forget_oauth_states(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete the OAuth states that were used and have expired since."""
    deleted = await delete_some(db, "used_oauth_states", "expires_at < ?", (to_text(now),), ROWS_AT_ONCE)
    return position if deleted else None


async def forget_link_previews(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete which pasted links got a preview; what reactions to those messages mean stays."""
    deleted = await delete_some(db, "link_previews", "at < ?", (to_text(now - PREVIEWS_KEPT),), ROWS_AT_ONCE)
    return position if deleted else None


async def forget_erasures(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete by what erased people would be known again, once Slack tells of nothing from before any more."""
    deleted = await delete_some(
        db, "erasures", "person IS NULL AND at < ?", (to_text(now - ERASURES_KEPT),), ROWS_AT_ONCE
    )
    if deleted:
        return position
    await db.execute("DELETE FROM erasure_salts WHERE team NOT IN (SELECT team FROM erasures)")
    return None


async def forget_removed_papers(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what was on lists: notes and tags once a removal can't be undone, all of it when no event can be late."""
    after = position or ("", "", "", "")
    rows = await db.rows(
        'SELECT changed_at, team, "user", paper, note, tags FROM saved_papers WHERE listed = 0'
        ' AND (changed_at, team, "user", paper) > (?, ?, ?, ?) AND changed_at < ?'
        ' ORDER BY changed_at, team, "user", paper LIMIT ?',
        (*after, to_text(now - REMOVALS_UNDONE_FOR), ROWS_AT_ONCE),
    )
    entry = 'team = ? AND "user" = ? AND paper = ?'
    for changed_at, *key, note, tags in rows:
        if changed_at < to_text(now - REACTIONS_KEPT):
            await db.execute(f"DELETE FROM list_changes WHERE {entry}", key)
            await db.execute(f"DELETE FROM saved_papers WHERE {entry}", key)
        elif note or tags != "[]":
            await db.execute(f"UPDATE saved_papers SET note = '', tags = '[]', words = '' WHERE {entry}", key)
    return tuple(rows[-1][:4]) if len(rows) == ROWS_AT_ONCE else None


async def forget_paper_news(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete the news of papers that are on nobody's list any more."""
    after = position[0] if position else ""
    rows = await db.rows(
        "SELECT n.paper, n.kind, n.at, EXISTS (SELECT 1 FROM saved_papers s WHERE s.paper = n.paper AND s.listed = 1)"
        " FROM paper_news n WHERE n.paper > ? ORDER BY n.paper, n.kind LIMIT ?",
        (after, ROWS_AT_ONCE),
    )
    before = to_text(now - NEWS_KEPT)
    unwanted = [(paper, kind) for paper, kind, at, is_saved in rows if at < before and not is_saved]
    await db.executemany("DELETE FROM paper_news WHERE paper = ? AND kind = ?", unwanted)
    return (rows[-1][0],) if len(rows) == ROWS_AT_ONCE else None


async def forget_leases(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete the leases of whoever is gone, and that they were there."""
    before = to_text(now - LEASES_KEPT)
    deleted = await delete_some(db, "leases", "lease_until < ?", (before,), ROWS_AT_ONCE)
    deleted += await delete_some(db, "replicas", "alive_until < ?", (before,), ROWS_AT_ONCE)
    return position if deleted else None


async def sum_up_spending(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Put a month's sum in the place of its days and people."""
    first = (now - SPENDING_KEPT).date().replace(day=1).isoformat()
    months = await db.rows(
        "SELECT DISTINCT substr(day, 1, 7) FROM model_spending WHERE day < ? AND length(day) = 10 LIMIT 1", (first,)
    )
    for (month,) in months:
        values = (month, f"{month}-01", f"{month}-99")
        await db.execute(
            'INSERT INTO model_spending (day, team, "user", model, requests, input_tokens, output_tokens, dollars)'
            " SELECT ?, team, '', model, sum(requests), sum(input_tokens), sum(output_tokens), sum(dollars)"
            " FROM model_spending WHERE day >= ? AND day <= ? GROUP BY team, model"
            ' ON CONFLICT (day, team, "user", model) DO UPDATE SET requests = model_spending.requests +'
            " excluded.requests,"
            " input_tokens = model_spending.input_tokens + excluded.input_tokens,"
            " output_tokens = model_spending.output_tokens + excluded.output_tokens, dollars ="
            " model_spending.dollars + excluded.dollars",
            values,
        )
        await db.execute("DELETE FROM model_spending WHERE day >= ? AND day <= ?", values[1:])
    return position if months else None


async def forget_rate_limits(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what was sent so long ago that it counts in no limit any more."""
    count = await delete_some(db, "rate_limits", "counts_until < ?", (to_text(now),), ROWS_AT_ONCE)
    return position if count == ROWS_AT_ONCE else None


async def forget_token_reservations(db: Connection, position: tuple[str, ...], now: datetime) -> Position:
    """Delete what processes set aside that are gone."""
    count = await delete_some(db, "token_reservations", "expires_at < ?", (to_text(now),), ROWS_AT_ONCE)
    return position if count == ROWS_AT_ONCE else None


def _slack_time(moment: datetime) -> str:
    return f"{moment.timestamp():.6f}"


STEPS: tuple[Step, ...] = (
    empty_payloads,
    forget_editions,
    forget_undelivered,
    forget_claims,
    forget_reactions,
    forget_reaction_readings,
    empty_raw_lists,
    forget_materials,
    forget_reports,
    forget_feedback,
    forget_questions,
    forget_incoming_messages,
    forget_link_previews,
    forget_shared_messages,
    forget_oauth_states,
    forget_paper_news,
    forget_removed_papers,
    forget_erasures,
    forget_leases,
    sum_up_spending,
    forget_rate_limits,
    forget_token_reservations,
)
