"""How much there is of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.store.tables.forms import optional_moment
from bot.store.tables.spending import spent_in_all
from bot.store.vital_signs import VitalSigns

if TYPE_CHECKING:
    from sqlite3 import Connection


def check(db: Connection) -> None:
    """Read something from the file itself."""
    db.execute("SELECT count(*) FROM teams").fetchone()


def note_check(db: Connection) -> None:
    """Write something to the file itself: a full disk, or one that can only be read, lets everything be read."""
    db.execute("UPDATE last_check SET checks = checks + 1")


def vital_signs(db: Connection) -> VitalSigns:
    """Counted as things are now."""
    (saved,) = db.execute("SELECT count(*) FROM saved_papers WHERE listed = 1").fetchone()
    (last_sent,) = db.execute("SELECT max(sent_at) FROM outbox WHERE state = 'sent'").fetchone()
    return VitalSigns(
        deliveries=dict(db.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()),
        channels=dict(db.execute("SELECT state, count(*) FROM channels GROUP BY state").fetchall()),
        saved_papers=saved,
        last_sent=optional_moment(last_sent),
        model=spent_in_all(db),
    )
