"""What the store's tests remember: a team, its people, a few papers and the messages that show them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlite_utils import Database

from bot.rules.channels import Channel, ChannelSettings
from bot.rules.editions import Edition, daily_edition
from bot.rules.outbox import HEADER, Delivery, DeliveryKey
from bot.rules.papers import ListedPaper, Origin, Paper, ReadSource, Section, Summary
from bot.rules.reading_list import Reaction
from bot.store.migrations import migrations
from bot.store.sqlite import KNOWN_MIGRATIONS, SqliteDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store

TEAM, OTHER_TEAM = "T0000000001", "T0000000002"
CHANNEL, OTHER_CHANNEL = "C0000000001", "C0000000002"
ANA, JIMIN = "U000000000A", "U000000000J"
DAY = date(2024, 7, 31)
TODAYS = daily_edition(DAY)
NOW = datetime(2024, 8, 1, 0, 10, tzinfo=UTC)
LEASE = timedelta(minutes=1)
SAVING = frozenset({"bookmark", "star"})
MELTEMI, MATRYOSHKA, STRINGS = "2407.20743", "2407.21017", "hep-th/9901001"


def in_sqlite(store: Store) -> SqliteDatabase:
    """The database of a store that is in a file."""
    assert isinstance(store.database, SqliteDatabase)
    return store.database


def paper(paper_id: str = MELTEMI) -> Paper:
    """A paper of which little is known."""
    return Paper(paper_id, f"Title of {paper_id}", ("Ana Ruiz", "김지민"))


def channel(channel_id: str = CHANNEL, **more: Any) -> Channel:
    """A channel in Seoul that gets its papers in the morning."""
    return Channel(TEAM, channel_id, ChannelSettings(time(9, 10), "Asia/Seoul", "ko", 10), **more)


def listed(paper_id: str, votes: int = 0) -> ListedPaper:
    return ListedPaper(paper(paper_id), votes, comments=votes // 2, submitted_at=NOW)


def summary(
    says: str = "It is new.", paper_id: str = MELTEMI, language: str = "en", arxiv_version: int | None = None
) -> Summary:
    return Summary(
        paper_id=paper_id,
        language=language,
        sections=((Section.WHATS_NEW, says), (Section.TECHNICAL_DETAILS, "It has «layers»; 층이 있습니다.")),
        origin=Origin.EXTRACT,
        made_by="extract 1",
        read=ReadSource.ABSTRACT,
        made_at=NOW,
        arxiv_version=arxiv_version,
    )


def message(
    *shows: str,
    part: str | None = None,
    position: int = 0,
    edition: Edition | str = TODAYS,
    team: str = TEAM,
    channel: str = CHANNEL,
    thread_part: str | None = None,
) -> Delivery:
    """A message that shows these papers."""
    return Delivery(
        key=DeliveryKey(team, channel, Edition.parse(str(edition)), part or "+".join(shows)),
        position=position,
        payload=f'{{"text":"{" ".join(shows)}"}}',
        shows=shows,
        thread_part=thread_part,
    )


def morning(*cards: str, team: str = TEAM, channel: str = CHANNEL, day: date = DAY) -> list[Delivery]:
    """A header and, answering it in a thread, a card a paper."""
    edition = daily_edition(day)
    header = message(*cards, part=HEADER, edition=edition, team=team, channel=channel)
    return [
        header,
        *(
            message(card, position=position, edition=edition, team=team, channel=channel, thread_part=HEADER)
            for position, card in enumerate(cards, start=1)
        ),
    ]


def reaction(
    emoji: str,
    message_ts: str,
    event_ts: str,
    *,
    added: bool = True,
    user: str = ANA,
    team: str = TEAM,
    channel: str = CHANNEL,
) -> Reaction:
    return Reaction(team, channel, message_ts, user, emoji, added, event_ts)


def made_by_step(path: Path, count: int) -> None:
    """A database as the program made it when it knew only the first `count` migrations."""
    path.write_bytes(_made_by_step(count))


@cache
def _made_by_step(count: int) -> bytes:
    """Each step is made once a process, from what the one before left."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        if count:
            db.deserialize(_made_by_step(count - 1))
        stop = KNOWN_MIGRATIONS[count] if count < len(KNOWN_MIGRATIONS) else None
        db.execute("BEGIN")
        migrations.apply(Database(db), stop_before=stop)
        db.execute("COMMIT")
        return db.serialize()
