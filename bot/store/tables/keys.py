"""The primary key of each table, and deletion in small steps by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.store.connection import Connection, Value

KEYS: dict[str, tuple[str, ...]] = {
    "changes": ("id",),
    "channels": ("team", "channel"),
    "due_claims": ("team", "channel", "local_date"),
    "edition_days": ("team", "conversation", "day"),
    "edition_upkeep": ("team", "conversation", "edition", "step"),
    "empty_days": ("day",),
    "erasure_salts": ("team",),
    "erasures": ("team", "fingerprint"),
    "imported_digests": ("day",),
    "imported_papers": ("day", "position"),
    "incoming_messages": ("team", "channel", "ts"),
    "installations": ("team",),
    "installers": ("team", '"user"'),
    "invitations": ("team", "channel", "event_ts"),
    "last_check": ('"only"',),
    "latest_moves": ("team", "channel"),
    "leases": ("name",),
    "link_previews": ("team", "channel", "paper"),
    "list_changes": ("team", '"user"', "paper", "at", "change", "kind", "place"),
    "list_emoji": ("team",),
    "listed_papers": ("day", "paper"),
    "listings": ("day",),
    "lists_to_read_again": ("day",),
    "materials": ("paper",),
    "message_papers": ("team", "channel", "ts", "position"),
    "model_spending": ("day", "team", '"user"', "model"),
    "news_progress": ("source",),
    "newer_blocks": ("team", "kind"),
    "open_requests": ("team", "channel", "person", "kind", "cause"),
    "outages": ("team",),
    "outbox": ("team", "conversation", "edition", "part"),
    "paper_lengths": ("paper",),
    "paper_news": ("paper", "kind"),
    "papers": ("id",),
    "people": ("team", '"user"'),
    "posted_papers": ("team", "conversation", "paper", "edition"),
    "pruning": ("what",),
    "question_turns": ("team", "channel", "thread_ts", "at", '"user"'),
    "rate_limits": ("team", "method"),
    "reaction_readings": ("team", "channel", "message_ts"),
    "reactions": ("team", "channel", "message_ts", '"user"', "emoji"),
    "reminders": ("team", '"user"'),
    "replicas": ("name",),
    "saved_papers": ("team", '"user"', "paper"),
    "saved_tags": ("team", '"user"', "tag", "paper"),
    "search_documents": ("number",),
    "search_progress": ("kind",),
    "slack_contacts": ("team",),
    "shared_messages": ("channel", "message_ts"),
    "summaries": ("paper", "arxiv_version", "language", "version"),
    "summary_feedback": ("team", '"user"', "paper", "language", "made_at"),
    "summary_reports": ("team", '"user"', "paper", "language", "at"),
    "summary_tries": ("paper", "language", "model"),
    "teams": ("team",),
    "token_reservations": ("id",),
    "told_reactions": ("team", '"user"', "event_ts"),
    "used_oauth_states": ("state",),
}


async def delete_some(db: Connection, table: str, where: str, values: Sequence[Value], limit: int) -> int:
    """Delete at most so many of the rows that meet a condition, so that nobody waits long; how many."""
    key = ", ".join(KEYS[table])
    return await db.execute(
        f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {where} LIMIT ?)", (*values, limit)
    )
