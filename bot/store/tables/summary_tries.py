"""What models could not summarise, how often they were asked, and whether the operator knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.rules.summary_retries import SummaryTries
from bot.store.tables.forms import to_moment, to_text

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection


def summary_tries(db: Connection, paper_id: str, language: str, model: str) -> SummaryTries | None:
    """What is known of the failures of a model at one summary."""
    row = db.execute(
        "SELECT failures, away, reason, last_at FROM summary_tries WHERE paper = ? AND language = ? AND model = ?",
        (paper_id, language, model),
    ).fetchone()
    return row and SummaryTries(row[0], row[1], row[2], to_moment(row[3]))


def remember_summary_tries(db: Connection, paper_id: str, language: str, model: str, tries: SummaryTries) -> None:
    """Keep in place of what was known before; an older word than that changes nothing."""
    db.execute(
        "INSERT INTO summary_tries (paper, language, model, failures, away, reason, last_at, given_up)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (paper, language, model) DO UPDATE SET"
        " failures = excluded.failures, away = excluded.away, reason = excluded.reason, last_at = excluded.last_at,"
        " given_up = excluded.given_up WHERE excluded.last_at > summary_tries.last_at",
        (
            paper_id,
            language,
            model,
            tries.failures,
            tries.away,
            tries.reason,
            to_text(tries.last_at),
            int(tries.is_given_up),
        ),
    )


def forget_summary_tries(db: Connection, paper_id: str, language: str, model: str) -> None:
    """The summary was written."""
    db.execute("DELETE FROM summary_tries WHERE paper = ? AND language = ? AND model = ?", (paper_id, language, model))


def failed_in_a_row(db: Connection, model: str) -> int:
    """How many summaries a model failed at since it last wrote one."""
    row = db.execute(
        "SELECT count(*) FROM summary_tries WHERE model = ? AND failures > 0 AND last_at > coalesce("
        "(SELECT max(made_at) FROM summaries WHERE made_by = ? AND origin = 'model' AND state = 'shown'), '')",
        (model, model),
    ).fetchone()
    return int(row[0])


def summaries_given_up(db: Connection, since: datetime, *, only_untold: bool) -> dict[str, int]:
    """How many summaries were given up since then, by the name of the last failure, most first."""
    rows = db.execute(
        "SELECT reason, count(*) FROM summary_tries WHERE given_up = 1 AND last_at >= ? AND told <= ?"
        " GROUP BY reason ORDER BY count(*) DESC, reason",
        (to_text(since), 0 if only_untold else 1),
    )
    return dict(rows.fetchall())


def note_given_up_told(db: Connection, until: datetime) -> None:
    """The operator knows of what was given up until then."""
    db.execute("UPDATE summary_tries SET told = 1 WHERE given_up = 1 AND told = 0 AND last_at <= ?", (to_text(until),))


def prune_summary_tries(db: Connection, before: datetime) -> None:
    """Delete what was last tried before then."""
    db.execute("DELETE FROM summary_tries WHERE last_at < ?", (to_text(before),))
