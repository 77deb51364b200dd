"""Years of mornings that were: a database as it is once Paperboy has served channels for so many days, by plain SQL."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from sqlite3 import Connection

_SENT_AT = time(0, 10, tzinfo=UTC)

_FILLED = {
    "papers": """
        INSERT OR IGNORE INTO papers (id, title, authors, abstract, source, read_at)
        SELECT paper, 'Title of ' || paper, '["Ana Ruiz"]', 'It is new.', 'hugging_face', sent_at FROM past_papers""",
    "listings": """
        INSERT OR IGNORE INTO listings (day, fetched_at, raw) SELECT day, sent_at, :raw FROM past_days""",
    "listed_papers": """
        INSERT OR IGNORE INTO listed_papers (day, paper, rank, votes, comments)
        SELECT day, paper, rank, 100 - rank, 0 FROM past_papers""",
    "outbox": """
        INSERT INTO outbox ({columns}) SELECT {values} FROM past_channels CROSS JOIN past_parts""",
    "message_papers": """
        INSERT INTO message_papers (team, channel, ts, position, paper)
        SELECT :team, channel, ts, position, paper FROM past_channels CROSS JOIN
            (SELECT seconds || '.000100' AS ts, rank AS position, paper FROM past_papers
            UNION ALL SELECT (seconds + rank) || '.000100', 1, paper FROM past_papers ORDER BY ts, position)""",
    "edition_days": """
        INSERT INTO edition_days (team, conversation, day, edition)
        SELECT :team, channel, day, 'daily:' || day FROM past_channels CROSS JOIN past_days""",
    "edition_upkeep": """
        INSERT INTO edition_upkeep (team, conversation, edition, step, at)
        SELECT :team, channel, 'daily:' || day, step, sent_at FROM past_channels CROSS JOIN past_days
        CROSS JOIN (SELECT 'day' AS step UNION ALL SELECT 'week') WHERE day < :looked_back_until""",
    "due_claims": """
        INSERT INTO due_claims (team, channel, local_date, owner, claimed_at, outcome)
        SELECT :team, channel, date(day, '+1 day'), 'bot', sent_at, 'daily:' || day
        FROM past_channels CROSS JOIN past_days""",
    "posted_papers": """
        INSERT INTO posted_papers (team, conversation, paper, edition, ts, thread_ts)
        SELECT :team, channel, paper, 'daily:' || day, (seconds + rank) || '.000100', seconds || '.000100'
        FROM past_channels CROSS JOIN past_papers""",
    "reactions": """
        INSERT INTO reactions (team, channel, message_ts, user, emoji, added, event_ts)
        SELECT :team, channel, (seconds + 1) || '.000100', 'UREADER', 'bookmark', 1, (seconds + 60) || '.000100'
        FROM past_channels CROSS JOIN past_days""",
    "reaction_readings": """
        INSERT INTO reaction_readings (team, channel, message_ts, as_of, outage)
        SELECT :team, channel, (seconds + 1) || '.000100', (seconds + 120) || '.000100', sent_at
        FROM past_channels CROSS JOIN past_days""",
    "list_changes": """
        INSERT INTO list_changes (team, user, paper, at, change, kind, place)
        SELECT :team, 'UREADER', paper, sent_at, 'save', 'reaction',
            channel || '/' || (seconds + 1) || '.000100/bookmark'
        FROM past_channels CROSS JOIN past_papers WHERE rank = 1""",
    "saved_papers": """
        INSERT INTO saved_papers (team, user, paper, listed, saved_at)
        SELECT :team, 'UREADER', paper, 1, sent_at FROM past_papers WHERE rank = 1""",
    "summaries": """
        INSERT OR IGNORE INTO summaries (paper, arxiv_version, language, version, sections, origin, made_by, read,
            made_at, state)
        SELECT paper, 1, 'en', 1, '[["whats_new","It is new."]]', 'model', 'm', 'full_text', sent_at, 'shown'
        FROM past_papers""",
    "summary_tries": """
        INSERT OR IGNORE INTO summary_tries (paper, language, model, failures, away, reason, last_at, given_up)
        SELECT paper, 'ko', 'm', 3, 0, 'timeout', sent_at, 1 FROM past_papers WHERE rank = 1""",
    "materials": """
        INSERT OR IGNORE INTO materials (paper, read, sections, characters, text, read_at)
        SELECT paper, 'full_text', '[]', 8000, randomblob(:material_bytes), sent_at FROM past_papers""",
    "model_spending": """
        INSERT OR IGNORE INTO model_spending (day, team, user, model, requests, input_tokens, output_tokens, dollars)
        SELECT day, :team, 'U' || rank, 'm', 1, 1000, 100, 0.01 FROM past_papers""",
    "incoming_messages": """
        INSERT OR IGNORE INTO incoming_messages (team, channel, ts, person, edited_ts, fingerprint, treatment, edits,
            at)
        SELECT :team, 'D1', seconds || '.000900', 'UREADER', '', 'ab12cd34', 'answered', 0, sent_at FROM past_papers
        WHERE rank = 1""",
    "question_turns": """
        INSERT OR IGNORE INTO question_turns (team, channel, thread_ts, at, user, paper, question, answer)
        SELECT :team, 'D1', '', sent_at, 'UREADER', paper, 'On which data?', 'On one.' FROM past_papers
        WHERE rank = 1""",
    "summary_feedback": """
        INSERT OR IGNORE INTO summary_feedback (team, user, paper, language, made_at, made_by, rating, at)
        SELECT :team, 'UREADER', paper, 'en', sent_at, 'm', 'helpful', sent_at FROM past_papers WHERE rank = 1""",
    "link_previews": """
        INSERT OR IGNORE INTO link_previews (team, channel, paper, message_ts, is_shown, at)
        SELECT :team, channel, paper, seconds || '.000900', 1, sent_at FROM past_channels CROSS JOIN past_papers
        WHERE rank = 1""",
    "summary_reports": """
        INSERT OR IGNORE INTO summary_reports (team, user, paper, language, complaint, note, at)
        SELECT :team, 'UREADER', paper, 'en', 'numbers', '', sent_at FROM past_papers WHERE rank = 1""",
}

# Some columns came with later releases.
_OF_OUTBOX = {
    "team": ":team",
    "conversation": "channel",
    "edition": "'daily:' || day",
    "edition_kind": "'daily'",
    "edition_about": "day",
    "part": "paper",
    "position": "rank",
    "kind": "'post'",
    "payload": "CASE WHEN day >= :payloads_since THEN :payload ELSE '' END",
    "shows": """CASE rank WHEN 0 THEN papers ELSE '["' || paper || '"]' END""",
    "thread_part": "CASE WHEN rank > 0 THEN 'header' END",
    "card": """CASE WHEN rank > 0 THEN '["en",null,' || rank || ',null,1]' END""",
    "state": "'sent'",
    "ts": "(seconds + rank) || '.000100'",
    "attempts": "1",
    "planned_at": "sent_at",
    "claimed_at": "sent_at",
    "sent_at": "sent_at",
}
TABLES = frozenset(_FILLED)
_PAST = {
    "past_channels": "channel TEXT PRIMARY KEY",
    "past_days": "day TEXT PRIMARY KEY, sent_at TEXT, seconds INTEGER",
    "past_papers": "day TEXT, rank INTEGER, paper TEXT, sent_at TEXT, seconds INTEGER, PRIMARY KEY (day, rank)",
    "past_parts": "day TEXT, paper TEXT, rank INTEGER, papers TEXT, sent_at TEXT, seconds INTEGER,"
    " PRIMARY KEY (day, paper)",
}


def fill(
    db: Connection,
    *,
    team: str,
    channels: Sequence[str],
    last_day: date,
    days: int,
    top: int = 10,
    payload_bytes: int = 300,
    raw_bytes: int = 1000,
    material_bytes: int = 100,
    only: Collection[str] = TABLES,
    payloads_since: date = date.min,
    looked_back_until: date | None = None,
) -> None:
    """Serve these channels `top` papers a day, up to `last_day`, as if nothing had ever been cleared away.

    Tables that are not named in `only`, or that an older shape does not have, are left as they are. Editions of days
    before `looked_back_until` (a week ago) were looked back at.
    """
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    values = {
        "team": team,
        "payload": json.dumps({"text": "x" * payload_bytes}),
        "raw": "x" * raw_bytes,
        "material_bytes": material_bytes,
        "payloads_since": payloads_since.isoformat(),
        "looked_back_until": (looked_back_until or last_day - timedelta(days=7)).isoformat(),
    }
    db.execute("BEGIN")
    _remember_past(db, channels, last_day, days, top)
    for table, statement in _FILLED.items():
        if table in there and table in only:
            db.execute(_as_it_is_now(db, statement), values)
    for name in _PAST:
        db.execute(f"DROP TABLE temp.{name}")
    db.execute("COMMIT")


def _as_it_is_now(db: Connection, statement: str) -> str:
    """A statement that fills the outbox with the columns it has."""
    there = {name for _, name, *_ in db.execute("PRAGMA table_info(outbox)")}
    filled = {column: value for column, value in _OF_OUTBOX.items() if column in there}
    return statement.replace("{columns}", ", ".join(filled)).replace("{values}", ", ".join(filled.values()))


def sent_at(day: date) -> datetime:
    """When the papers of a day were sent: on the next morning."""
    return datetime.combine(day + timedelta(days=1), _SENT_AT)


def paper_id(day: date, rank: int) -> str:
    """The paper that came at this rank of a day."""
    return f"{day:%y%m}.{day.day:02}{rank:03}"


def _remember_past(db: Connection, channels: Sequence[str], last_day: date, days: int, top: int) -> None:
    for name, columns in _PAST.items():
        db.execute(f"CREATE TEMP TABLE {name} ({columns}) WITHOUT ROWID")
    db.executemany("INSERT INTO past_channels VALUES (?)", [(channel,) for channel in channels])
    for before in range(days):
        day = last_day - timedelta(days=before)
        moment = sent_at(day)
        when = (moment.isoformat(timespec="microseconds"), int(moment.timestamp()))
        papers = [paper_id(day, rank) for rank in range(1, top + 1)]
        db.execute("INSERT INTO past_days VALUES (?, ?, ?)", (day.isoformat(), *when))
        db.executemany(
            "INSERT INTO past_papers VALUES (?, ?, ?, ?, ?)",
            [(day.isoformat(), rank, paper, *when) for rank, paper in enumerate(papers, start=1)],
        )
        db.executemany(
            "INSERT INTO past_parts VALUES (?, ?, ?, ?, ?, ?)",
            [(day.isoformat(), part, rank, json.dumps(papers), *when) for rank, part in enumerate(["header", *papers])],
        )
