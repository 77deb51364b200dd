"""Two that write at once: whatever comes in between what, the outcome is that of one after the other.

SQLite lets one writer in at a time. On PostgreSQL the second does all of its work after each statement of the first, or
as much of it as the first's locks let it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import ClaimLost
from bot.rules.budget import Budget, Requester, Spent
from bot.rules.channels import Invitation, Person
from bot.rules.due import DueClaim
from bot.rules.editions import Edition, reminder_edition, reply_edition, team_edition
from bot.rules.feedback import Feedback, RatedSummary, Rating
from bot.rules.incoming_messages import IncomingMessage, Withdrawal
from bot.rules.installations import InstalledApp
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import WHOLE_LIST, ListFilter
from bot.rules.newer_blocks import NewerBlock
from bot.rules.old_digests import DigestEntry, ImportedDigest
from bot.rules.outages import Outage, Sighting
from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryKind
from bot.rules.papers import FoundAt, Listing, Material, ReadSource
from bot.rules.questions import MOST_A_DAY, QuestionThread, QuestionTurn
from bot.rules.rate_limits import RecentRequests
from bot.rules.reading_list import ImportedEntry, ReactionsSeen, ReadingState, SaveKind, SaveOrigin
from bot.rules.reminders import ReminderPreference
from bot.rules.reports import Complaint, Report
from bot.rules.requests import Request, RequestKind
from bot.rules.search_query import parse_query
from bot.rules.summary_retries import SummaryTries
from bot.store import Store
from tests.bot.store.samples import (
    ANA,
    CHANNEL,
    DAY,
    JIMIN,
    LEASE,
    MATRYOSHKA,
    MELTEMI,
    NOW,
    OTHER_CHANNEL,
    SAVING,
    TEAM,
    channel,
    listed,
    morning,
    paper,
    reaction,
    summary,
)
from tests.bot.store.watched import WatchedConnection, WrappedDatabase

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import datetime

    import psycopg

    from bot.store.connection import Connection, Database, Work
    from tests.bot.store.conftest import OpenStore

    Act = Callable[[Store], Coroutine[Any, Any, Any]]

A_DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=1)
TS, OTHER_TS = "1722500000.000100", "1722500000.000200"
CARD = morning(MELTEMI)[1].key
EDITION, NEXT_EDITION = CARD.edition, morning(MELTEMI, day=DAY + A_DAY)[0].key.edition
HEAD = DeliveryKey(TEAM, CHANNEL, EDITION, HEADER)
OUTAGE = Outage(NOW - A_DAY, NOW)
BARE = replace(paper(), code_url="https://github.com/a/b")
TOLD = replace(
    BARE, feed_summary="It is new.", keywords=("a", "b"), code_stars=7, media_urls=("https://a.example/1.png",)
)
REQUEST = Request(TEAM, CHANNEL, ANA, RequestKind.SHARE, "1722500000.000900", MELTEMI, NOW)
HEARD = IncomingMessage(TEAM, CHANNEL, TS, ANA, MELTEMI)
EDITED = replace(HEARD, words=MATRYOSHKA, edited_ts=OTHER_TS)
ASKED_BY_IT = Request(TEAM, CHANNEL, ANA, RequestKind.REPLY, HEARD.cause, MELTEMI, NOW)
ASKED_BY_EDIT = replace(ASKED_BY_IT, cause=EDITED.cause, value=MATRYOSHKA)
REPLY = Delivery(DeliveryKey(TEAM, CHANNEL, reply_edition(TS, 1), HEADER), 0, '{"text": "one"}')
OTHER_REPLY = replace(REPLY, payload='{"text": "two"}')
NAMING = Delivery(
    DeliveryKey(TEAM, CHANNEL, team_edition("2024-W31"), HEADER),
    0,
    '{"text": "", "blocks": [{"type": "context", "block_id": "names_1", "elements": []}]}',
)
RECAP = Delivery(DeliveryKey(TEAM, CHANNEL, team_edition("2024-W31"), HEADER), 0, '{"text": "", "blocks": []}')
REPORT = Report(TEAM, ANA, MELTEMI, "en", Complaint.NUMBERS, "7 is 70", NOW, rewrites=False)
CHANGE = replace(
    morning(MELTEMI)[1], key=replace(CARD, edition=Edition.parse("votes:a")), kind=DeliveryKind.UPDATE, ts=TS
)
LATER_CHANGE = replace(CHANGE, key=replace(CARD, edition=Edition.parse("votes:b")))
FEEDBACK = Feedback(TEAM, ANA, RatedSummary(MELTEMI, "en", NOW), "m", Rating.HELPFUL, NOW)
TURN = QuestionTurn(QuestionThread(TEAM, CHANNEL, TS), ANA, MELTEMI, "On which data?", NOW)
IMPORT = SaveOrigin(SaveKind.IMPORT, "D0000000001", TS)
IMPORTED = [ImportedEntry(MELTEMI, NOW - A_DAY, ReadingState.DONE, "Greek", ("nlp",)), ImportedEntry(MATRYOSHKA)]
APP = InstalledApp(TEAM, "A team", "U0BOT", None, None, False, None, "", frozenset({"commands"}), NOW, "sealed", LATER)
NEWER_APP = replace(APP, installed_at=LATER, credentials="sealed later")
OTHER_REPORT = replace(REPORT, user=JIMIN, at=NOW + timedelta(minutes=1))


@dataclass(frozen=True)
class Contest:
    """Two writes that meet, what was there before them, and what is to be seen of the outcome."""

    before: Act
    first: Act
    second: Act
    seen: Act


def alone(*papers: str, day: date) -> list[Delivery]:
    """A digest that brings papers without cards."""
    return [replace(morning(*papers, day=day)[0], brings=papers)]


async def papers_known(store: Store) -> None:
    for each in (MELTEMI, MATRYOSHKA):
        await store.papers.remember(paper(each), source="hugging_face", now=NOW)


async def _shows_name(store: Store) -> None:
    await store.people.choose_whether_name_is_shown(TEAM, ANA, is_shown=True, now=NOW)


async def _recap_planned(store: Store) -> None:
    await store.outbox.plan([RECAP], now=NOW)


async def _recap_names_ana(store: Store) -> None:
    await _shows_name(store)
    await store.people.remember(Person(TEAM, ANA, name="Ana"), now=NOW)
    await store.outbox.plan([NAMING], now=NOW)


async def _recap_kept(store: Store) -> object:
    person = await store.people.find(TEAM, ANA)
    kept = await store.outbox.deliveries(TEAM, CHANNEL, RECAP.key.edition)
    return person, [(each.payload, each.state) for each in kept]


async def not_indexed(store: Store) -> None:
    """Papers as an earlier release left them."""
    await papers_known(store)

    async def forget(db: Connection) -> None:
        await db.execute("UPDATE search_documents SET fingerprint = ''")
        await db.execute("UPDATE search_progress SET up_to = '~'")

    await store.database.write(forget)


async def found(store: Store) -> object:
    """What each word finds."""
    words = ("rewritten", "meltemi", "new", "old")
    return {
        word: sorted(
            (each.paper_id, each.title) for each in await store.search.candidates(parse_query(word), owner=None)
        )
        for word in words
    }


async def installed(store: Store) -> object:
    return (
        await store.installations.all(),
        await store.installations.installer(TEAM),
        await store.memberships.teams(),
    )


async def planned(store: Store) -> None:
    await papers_known(store)
    await store.channels.create(channel(), now=NOW)
    await store.outbox.plan(morning(MELTEMI), days=[DAY], now=NOW)


async def reminded_now(store: Store) -> None:
    await store.reminders.choose(TEAM, ANA, ReminderPreference(is_on=True, since=NOW), due_at=NOW)


async def first_version_saved(store: Store) -> None:
    await papers_known(store)
    await store.papers.remember(replace(paper(), arxiv_version=1), source="arxiv", now=NOW)
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)


def leased(owner: str, *, until: datetime) -> Act:
    return lambda store: store.leases.hold(["workspace"], owner=owner, now=NOW, until=until)


def claimed(owner: str) -> Act:
    return lambda store: store.due_claims.claim(TEAM, CHANNEL, DAY, owner=owner, now=NOW)


async def the_lease(store: Store) -> object:
    return await store.leases.held_at(["workspace"], now=NOW)


async def the_claim(store: Store) -> object:
    planned = await store.outbox.deliveries(TEAM, CHANNEL, NEXT_EDITION)
    served = await store.due_claims.served_since(TEAM, CHANNEL, DAY)
    return await the_channel(store), served, await claimed("third")(store), len(planned)


async def _plans_as(owner: str, store: Store) -> object:
    """Plan the next day's digest for whoever claimed the date; what came of it."""
    claim = DueClaim(TEAM, CHANNEL, DAY, owner)
    try:
        return await store.outbox.plan(morning(MATRYOSHKA, day=DAY + A_DAY), cursor=DAY + A_DAY, now=NOW, claim=claim)
    except ClaimLost:
        return "lost"


async def remind(store: Store) -> bool:
    reminder = Delivery(DeliveryKey(TEAM, ANA, reminder_edition(DAY), HEADER), 0, "{}")
    return await store.reminders.plan(
        reminder, slot=NOW, papers=[MELTEMI], due_at=NOW, next_at=NOW + 7 * A_DAY, now=NOW
    )


async def _reminded(store: Store) -> object:
    planned = await store.outbox.deliveries(TEAM, ANA, reminder_edition(DAY))
    return len(planned), await store.reminders.preference(TEAM, ANA), await store.reminders.due(TEAM, LATER, limit=9)


async def sent(store: Store) -> None:
    await planned(store)
    await store.outbox.mark_sent(HEAD, TS, now=NOW, saving_emoji=SAVING)


async def change_left_behind(store: Store) -> None:
    await shown(store)
    await store.outbox.plan([CHANGE], now=NOW)
    await store.outbox.claim(TEAM, CHANNEL, CHANGE.key.edition, owner="a", now=NOW, lease=LEASE)


async def _changes(store: Store) -> object:
    """Whether either change is on its way, and whether the first is made after the second."""
    later = await store.outbox.claim(TEAM, CHANNEL, LATER_CHANGE.key.edition, owner="c", now=NOW + A_DAY, lease=LEASE)
    again = await store.outbox.claim(TEAM, CHANNEL, CHANGE.key.edition, owner="c", now=NOW + 2 * A_DAY, lease=LEASE)
    return later.key if isinstance(later, Delivery) else later, again


async def shown(store: Store) -> None:
    await sent(store)
    await store.outbox.mark_sent(CARD, OTHER_TS, now=NOW, saving_emoji=SAVING)


async def on_a_list(store: Store) -> None:
    """A paper with a note and a tag on a list, saved by a click."""
    await papers_known(store)
    await store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=NOW)
    await store.reading_lists.set_note(TEAM, ANA, MELTEMI, "Greek", now=NOW)
    await store.reading_lists.set_tags(TEAM, ANA, MELTEMI, ["nlp"], now=NOW)


async def imported(store: Store) -> object:
    return await store.list_imports.add(TEAM, ANA, IMPORTED, origin=IMPORT, now=NOW)


async def all_read(store: Store) -> object:
    return await store.reading_lists.set_states(TEAM, ANA, WHOLE_LIST, ReadingState.DONE, now=LATER)


async def removed(store: Store) -> object:
    return await store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW)


async def refused(store: Store) -> None:
    await sent(store)
    await store.outbox.mark_refused(CARD, error="invalid_blocks")


async def served(store: Store) -> None:
    await store.channels.create(channel(), now=NOW)
    await store.channels.start(TEAM, CHANNEL, latest=DAY, user=ANA, now=NOW)


async def left(store: Store) -> None:
    await shown(store)
    await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW)


async def in_touch(store: Store) -> None:
    for team in (TEAM, "T2"):
        await store.memberships.rejoin_team(team, now=NOW)
    await store.outages.record_contact(None, Sighting(NOW))
    for team, outage in (await store.outages.pending()).items():
        await store.outages.end(team, outage)


async def done_long_ago(store: Store) -> None:
    await store.requests.note(REQUEST, owner="first", until=NOW)
    await store.requests.end(REQUEST, owner="first", remembered_until=NOW)


async def papers_known_in_a_team(store: Store) -> None:
    await papers_known(store)
    await store.memberships.rejoin_team(TEAM, now=NOW)


async def left_for_a_while(store: Store) -> None:
    await store.memberships.rejoin_team(TEAM, now=NOW)
    await store.memberships.leave_team(TEAM, now=NOW)


async def asked(store: Store) -> None:
    await store.questions.begin(TURN)


async def almost_asked_too_much(store: Store) -> None:
    for number in range(1, MOST_A_DAY):
        long_ago = NOW - timedelta(hours=2, seconds=number)
        assert await store.questions.begin(replace(TURN, at=long_ago - timedelta(minutes=3 * number))) is None


async def reported(store: Store) -> None:
    await papers_known(store)
    for each in (REPORT, OTHER_REPORT):
        await store.reports.remember(each, most=9, since=NOW - A_DAY)


async def requested(store: Store) -> None:
    await store.requests.note(REQUEST, owner="first", until=NOW)


async def heard(store: Store) -> None:
    await store.incoming_messages.keep(HEARD, ASKED_BY_IT, owner="first", now=NOW, until=NOW)


async def replied(store: Store) -> None:
    await heard(store)
    await store.incoming_messages.plan_reply(REPLY, message_ts=TS, edited_ts="", now=NOW)


async def the_reply(store: Store) -> object:
    deliveries = await store.outbox.deliveries(TEAM, CHANNEL, REPLY.key.edition)
    return [(each.key.part, each.payload, each.state) for each in deliveries]


async def the_outbox(store: Store) -> object:
    deliveries = [
        each for edition in (EDITION, NEXT_EDITION) for each in await store.outbox.deliveries(TEAM, CHANNEL, edition)
    ]
    told = [(each.key.part, each.state, each.ts, each.attempts, each.thread_ts) for each in deliveries]
    shows = [await store.posted.papers_shown(TEAM, CHANNEL, ts) for ts in (TS, OTHER_TS)]
    return told, shows, await store.posted.cards_of(TEAM, CHANNEL, [MELTEMI, MATRYOSHKA])


async def the_channel(store: Store) -> object:
    known = await store.channels.find(TEAM, CHANNEL)
    changes = sorted(
        (each.setting, each.old, each.new) for each in await store.channels.changes(TEAM, CHANNEL, limit=99)
    )
    return known, changes, await store.channels.find(TEAM, OTHER_CHANNEL)


async def the_lists(store: Store) -> object:
    lists = store.reading_lists
    pages = [await lists.page(TEAM, user, ListFilter(frozenset(ReadingState)), limit=9) for user in (ANA, JIMIN)]
    told = [(count, [replace(each, paper=paper(each.paper.id)) for each in page]) for page, count in pages]
    return told, await lists.tags(TEAM, ANA)


async def the_summaries(store: Store) -> object:
    versions = await store.summaries.versions(MELTEMI)
    return sorted((each.number, each.state, each.summary.sections) for each in versions)


async def everything(store: Store) -> object:
    return await the_outbox(store), await the_channel(store), await the_lists(store)


def claim(owner: str, now: Any = NOW) -> Act:
    async def act(store: Store) -> object:
        claimed = await store.outbox.claim(TEAM, CHANNEL, EDITION, owner=owner, now=now, lease=LEASE)
        return (claimed.key.part, claimed.state) if isinstance(claimed, Delivery) else claimed

    return act


def said(added: bool, at: str, user: str = ANA) -> Act:
    word = reaction("bookmark", OTHER_TS, at, added=added, user=user)
    return lambda store: store.reading_lists.record_reaction(word, saving_emoji=SAVING)


def previewed(ts: str, *papers: str, now: Any = NOW) -> Act:
    return lambda store: store.link_previews.begin(TEAM, CHANNEL, ts, papers or (MELTEMI,), now=now)


async def the_previews(store: Store) -> object:
    shown = [await store.posted.papers_shown(TEAM, CHANNEL, ts) for ts in (TS, OTHER_TS)]
    wanted = [
        await store.link_previews.wanted(TEAM, CHANNEL, ts, [MELTEMI, MATRYOSHKA], now=NOW) for ts in (TS, OTHER_TS)
    ]
    return shown, wanted, await the_lists(store)


async def counted(store: Store, number: int, *, seen: str) -> bool:
    recent = RecentRequests(sent=((number, number),))
    return await store.rate_limits.replace(
        TEAM, "chat.postMessage", recent, seen=seen, version=str(number), until=LATER
    )


async def set_aside(store: Store, name: str, by: Requester, tokens: int = 100) -> object:
    return await store.spending.reserve(name, DAY, by, tokens, Budget(1000), now=NOW, until=LATER)


async def tokens_set_aside(store: Store) -> object:
    return await store.database.read(lambda db: db.rows("SELECT * FROM token_reservations ORDER BY id"))


async def nothing(_: Store) -> None:
    return


async def told_of_scopes(store: Store) -> None:
    await store.memberships.rejoin_team(TEAM, now=NOW)
    await store.memberships.note_scopes_told_missing(TEAM, frozenset({"emoji:read"}))


CONTESTS: dict[str, Contest] = {
    "one edition planned twice": Contest(
        papers_known,
        lambda store: store.outbox.plan(morning(MELTEMI), days=[DAY], now=NOW),
        lambda store: store.outbox.plan(morning(MELTEMI, MATRYOSHKA), days=[DAY], now=NOW),
        the_outbox,
    ),
    "one paper planned for two days": Contest(
        papers_known,
        lambda store: store.outbox.plan(morning(MELTEMI), days=[DAY], now=NOW),
        lambda store: store.outbox.plan(morning(MELTEMI, day=DAY + A_DAY), days=[DAY + A_DAY], now=NOW),
        the_outbox,
    ),
    "one paper planned for two days, for one without its card": Contest(
        papers_known,
        lambda store: store.outbox.plan(morning(MELTEMI), days=[DAY], now=NOW),
        lambda store: store.outbox.plan(alone(MELTEMI, day=DAY + A_DAY), days=[DAY + A_DAY], now=NOW),
        the_outbox,
    ),
    "one delivery claimed by two": Contest(planned, claim("first"), claim("second"), the_outbox),
    "a lost claim taken over by two": Contest(
        lambda store: _in_turn(store, planned, claim("lost")), claim("first", LATER), claim("second", LATER), the_outbox
    ),
    "sent by two, at two time stamps": Contest(
        planned,
        lambda store: store.outbox.mark_sent(HEAD, TS, now=NOW, saving_emoji=SAVING),
        lambda store: store.outbox.mark_sent(HEAD, OTHER_TS, now=NOW, saving_emoji=SAVING),
        the_outbox,
    ),
    "sent and refused": Contest(
        planned,
        lambda store: store.outbox.mark_sent(HEAD, TS, now=NOW, saving_emoji=SAVING),
        lambda store: store.outbox.mark_refused(HEAD, error="invalid_blocks"),
        the_outbox,
    ),
    "sent, and claimed by another": Contest(
        sent,
        lambda store: store.outbox.mark_sent(CARD, OTHER_TS, now=NOW, saving_emoji=SAVING),
        claim("second"),
        the_outbox,
    ),
    "put off and taken over": Contest(
        lambda store: _in_turn(store, planned, claim("first")),
        lambda store: store.outbox.mark_pending(HEAD, not_before=NOW, error="ratelimited", owner="first"),
        claim("second", LATER),
        the_outbox,
    ),
    "brought back by two": Contest(
        refused,
        lambda store: store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=False),
        lambda store: store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=True),
        the_outbox,
    ),
    "found deleted by two": Contest(
        sent,
        lambda store: store.outbox.renew(HEAD, gone=TS),
        lambda store: store.outbox.renew(HEAD, gone=TS),
        the_outbox,
    ),
    "kept, and found deleted": Contest(
        sent,
        lambda store: store.outbox.keep_message(HEAD, OTHER_TS),
        lambda store: store.outbox.renew(HEAD, gone=TS),
        the_outbox,
    ),
    "in doubt, and found": Contest(
        lambda store: _in_turn(store, planned, claim("first")),
        lambda store: store.outbox.mark_in_doubt(HEAD, not_before=NOW, error="timed out", owner="first"),
        lambda store: store.outbox.mark_sent(HEAD, TS, now=NOW, saving_emoji=SAVING),
        the_outbox,
    ),
    "given up, and found": Contest(
        lambda store: _in_turn(store, planned, claim("first")),
        lambda store: store.outbox.mark_unknown(HEAD, error="nobody knows"),
        lambda store: store.outbox.mark_sent(HEAD, TS, now=NOW, saving_emoji=SAVING),
        the_outbox,
    ),
    "all in doubt, and claimed": Contest(
        planned, lambda store: store.outbox.put_unsent_in_doubt("a backup was restored"), claim("second"), the_outbox
    ),
    "other bytes, and sent": Contest(
        planned,
        lambda store: store.outbox.replace_payload(HEAD, "{}"),
        lambda store: store.outbox.mark_sent(HEAD, TS, now=NOW, saving_emoji=SAVING),
        the_outbox,
    ),
    "resumed, and claimed": Contest(
        planned, lambda store: store.outbox.resume(TEAM, CHANNEL, EDITION), claim("second"), the_outbox
    ),
    "told, and brought back": Contest(
        refused,
        lambda store: store.outbox.note_reported(TEAM, CHANNEL, EDITION),
        lambda store: store.outbox.queue_again(TEAM, CHANNEL, EDITION, unconfirmed=True),
        lambda store: store.outbox.undelivered(TEAM),
    ),
    "planned, and left": Contest(
        lambda store: _in_turn(store, papers_known, served),
        lambda store: store.outbox.plan(morning(MELTEMI), days=[DAY], cursor=DAY, now=NOW),
        lambda store: store.memberships.leave_channel(TEAM, CHANNEL, now=NOW),
        everything,
    ),
    "saved, and taken back": Contest(shown, said(True, f"{TS}1"), said(False, f"{TS}2"), the_lists),
    "taken back twice, out of order": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        said(False, f"{TS}2"),
        said(False, f"{TS}3"),
        the_lists,
    ),
    "a reaction, and its message": Contest(
        sent,
        said(True, f"{TS}1"),
        lambda store: store.outbox.mark_sent(CARD, OTHER_TS, now=NOW, saving_emoji=SAVING),
        the_lists,
    ),
    "early reactions acted on, and taken back": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        lambda store: store.reading_lists.act_on_early_reactions(TEAM, CHANNEL, OTHER_TS, SAVING),
        said(False, f"{TS}2"),
        the_lists,
    ),
    "saved by two ways, and one taken back": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        lambda store: store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.COMMAND, now=NOW),
        said(False, f"{TS}2"),
        the_lists,
    ),
    "saved, and removed": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        lambda store: store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.CLICK, now=LATER),
        lambda store: store.reading_lists.remove(TEAM, ANA, MELTEMI, now=NOW),
        the_lists,
    ),
    "removed, and given a state": Contest(
        on_a_list,
        lambda store: store.reading_lists.set_state(
            TEAM, ANA, MELTEMI, ReadingState.DONE, origin=SaveOrigin(SaveKind.CLICK), now=LATER
        ),
        lambda store: store.reading_lists.remove(TEAM, ANA, MELTEMI, now=LATER),
        the_lists,
    ),
    "a note written, and the reaction taken back": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        lambda store: store.reading_lists.set_note(TEAM, ANA, MELTEMI, "For the seminar", now=NOW),
        said(False, f"{TS}2"),
        the_lists,
    ),
    "tags added by two": Contest(
        on_a_list,
        lambda store: store.reading_lists.change_tags(TEAM, ANA, MELTEMI, now=LATER, add=["greek", "speech"]),
        lambda store: store.reading_lists.change_tags(TEAM, ANA, MELTEMI, now=LATER, add=["audio"], remove=["nlp"]),
        the_lists,
    ),
    "imported by two": Contest(
        papers_known,
        lambda store: store.list_imports.add(TEAM, ANA, IMPORTED, origin=IMPORT, now=LATER),
        lambda store: store.list_imports.add(TEAM, ANA, IMPORTED, origin=IMPORT, now=LATER),
        the_lists,
    ),
    "an import undone, and a paper of it noted": Contest(
        lambda store: _in_turn(store, papers_known, imported),
        lambda store: store.list_imports.undo(TEAM, ANA, IMPORT, now=LATER),
        lambda store: store.reading_lists.set_note(TEAM, ANA, MELTEMI, "mine", now=LATER),
        the_lists,
    ),
    "tags and a note written over": Contest(
        on_a_list,
        lambda store: store.reading_lists.set_tags(TEAM, ANA, MELTEMI, ["audio"], now=LATER),
        lambda store: store.reading_lists.set_note(TEAM, ANA, MELTEMI, "", now=LATER),
        the_lists,
    ),
    "removed, and the save undone": Contest(
        on_a_list,
        lambda store: store.reading_lists.undo_save(TEAM, ANA, MELTEMI, SaveOrigin(SaveKind.CLICK), now=LATER),
        lambda store: store.reading_lists.remove(TEAM, ANA, MELTEMI, now=LATER),
        the_lists,
    ),
    "a removal undone, and the paper saved anew": Contest(
        lambda store: _in_turn(store, on_a_list, removed),
        lambda store: store.reading_lists.restore(TEAM, ANA, MELTEMI, now=LATER),
        lambda store: store.reading_lists.save(TEAM, ANA, MELTEMI, SaveKind.COMMAND, now=LATER),
        the_lists,
    ),
    "all removed, and one more saved": Contest(
        on_a_list,
        lambda store: store.reading_lists.remove_all(TEAM, ANA, now=LATER),
        lambda store: store.reading_lists.save(TEAM, ANA, MATRYOSHKA, SaveKind.CLICK, now=LATER),
        the_lists,
    ),
    "all marked as read, and one as being read": Contest(
        on_a_list,
        lambda store: store.reading_lists.set_states(TEAM, ANA, WHOLE_LIST, ReadingState.DONE, now=LATER),
        lambda store: store.reading_lists.set_state(
            TEAM, ANA, MELTEMI, ReadingState.READING, origin=SaveOrigin(SaveKind.CLICK), now=LATER
        ),
        the_lists,
    ),
    "all marked as read, and that undone by two": Contest(
        lambda store: _in_turn(store, on_a_list, all_read),
        lambda store: store.reading_lists.undo_states(TEAM, ANA, ReadingState.DONE, set_at=LATER),
        lambda store: store.reading_lists.undo_states(TEAM, ANA, ReadingState.DONE, set_at=LATER),
        the_lists,
    ),
    "all brought back by two": Contest(
        lambda store: _in_turn(store, on_a_list, removed),
        lambda store: store.reading_lists.restore_all(TEAM, ANA, removed_at=NOW, now=LATER),
        lambda store: store.reading_lists.restore_all(TEAM, ANA, removed_at=NOW, now=LATER),
        the_lists,
    ),
    "emoji chosen by two": Contest(
        nothing,
        lambda store: store.list_emoji.choose(TEAM, ListEmoji(("star",)), now=NOW),
        lambda store: store.list_emoji.choose(TEAM, ListEmoji(("bookmark",), ("eyes",), ()), now=NOW),
        lambda store: store.list_emoji.find(TEAM),
    ),
    "one form sent off by two": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        lambda store: store.reading_lists.change_several(
            TEAM, ANA, to_save=[MATRYOSHKA, MELTEMI], to_remove=[], now=LATER
        ),
        lambda store: store.reading_lists.change_several(
            TEAM, ANA, to_save=[], to_remove=[MELTEMI, MATRYOSHKA], now=LATER
        ),
        the_lists,
    ),
    "chosen in a form, and taken back": Contest(
        lambda store: _in_turn(store, shown, said(True, f"{TS}1")),
        lambda store: store.reading_lists.change_several(TEAM, ANA, to_save=[MELTEMI], to_remove=[], now=LATER),
        said(False, f"{TS}2"),
        the_lists,
    ),
    "reconciled, and heard": Contest(
        shown,
        lambda store: store.reading_lists.reconcile(
            ReactionsSeen(TEAM, CHANNEL, OTHER_TS, frozenset({(ANA, "bookmark")}), frozenset(), f"{TS}5"),
            OUTAGE,
            saving_emoji=SAVING,
        ),
        said(False, f"{TS}3"),
        the_lists,
    ),
    "one channel made by two": Contest(
        nothing,
        lambda store: store.channels.create(channel(cursor=DAY), now=NOW),
        lambda store: store.channels.welcome(channel(owner=JIMIN), now=NOW),
        the_channel,
    ),
    "started, and paused": Contest(
        served,
        lambda store: store.channels.pause(TEAM, CHANNEL, user=ANA, now=NOW),
        lambda store: store.channels.close(TEAM, CHANNEL, reason="is_archived", now=NOW),
        the_channel,
    ),
    "started by two": Contest(
        lambda store: store.channels.create(channel(), now=NOW),
        lambda store: store.channels.start(TEAM, CHANNEL, latest=DAY, user=ANA, now=NOW),
        lambda store: store.channels.start(TEAM, CHANNEL, latest=DAY, user=JIMIN, now=LATER),
        the_channel,
    ),
    "opened again, and left": Contest(
        lambda store: _in_turn(store, served, lambda store: store.channels.close(TEAM, CHANNEL, reason="x", now=NOW)),
        lambda store: store.channels.reopen(TEAM, CHANNEL, now=NOW),
        lambda store: store.memberships.leave_channel(TEAM, CHANNEL, now=NOW),
        the_channel,
    ),
    "two settings of one channel": Contest(
        served,
        lambda store: _set(store, top=5),
        lambda store: _set(store, top=7),
        the_channel,
    ),
    "left out the next time by two": Contest(
        served,
        lambda store: store.channels.set_skip_next(TEAM, CHANNEL, True, user=ANA, now=NOW),
        lambda store: store.channels.set_skip_next(TEAM, CHANNEL, True, user=JIMIN, now=NOW),
        the_channel,
    ),
    "left out, and not any more": Contest(
        lambda store: _in_turn(
            store, served, lambda store: store.channels.set_skip_next(TEAM, CHANNEL, True, user=ANA, now=NOW)
        ),
        lambda store: store.due_claims.skip(TEAM, CHANNEL, DAY, owner="a", through=DAY, now=NOW),
        lambda store: store.channels.set_skip_next(TEAM, CHANNEL, False, user=JIMIN, now=NOW),
        the_channel,
    ),
    "one date claimed by two": Contest(
        served,
        lambda store: store.due_claims.claim(TEAM, CHANNEL, DAY, owner="first", now=NOW),
        lambda store: store.due_claims.claim(TEAM, CHANNEL, DAY, owner="second", now=NOW),
        the_channel,
    ),
    "one date claimed and done with": Contest(
        lambda store: _in_turn(
            store, served, lambda store: store.due_claims.claim(TEAM, CHANNEL, DAY, owner="a", now=NOW)
        ),
        lambda store: store.due_claims.finish(TEAM, CHANNEL, DAY, owner="a", outcome="nothing"),
        lambda store: store.due_claims.claim(TEAM, CHANNEL, DAY, owner="second", now=NOW),
        the_channel,
    ),
    "a cursor moved by two": Contest(
        served,
        lambda store: store.due_claims.move_cursor(TEAM, CHANNEL, DAY),
        lambda store: store.due_claims.move_cursor(TEAM, CHANNEL, DAY + A_DAY),
        the_channel,
    ),
    "a date claimed with a lease, which another takes": Contest(
        lambda store: _in_turn(store, served, leased("first", until=NOW)),
        lambda store: store.due_claims.claim(TEAM, CHANNEL, DAY, owner="first", now=NOW, lease="workspace"),
        leased("second", until=LATER),
        the_claim,
    ),
    "a date claimed by a new owner, and done with by an old one": Contest(
        lambda store: _in_turn(store, served, claimed("old")),
        claimed("new"),
        lambda store: store.due_claims.finish(TEAM, CHANNEL, DAY, owner="old", outcome="nothing", cursor=DAY),
        the_claim,
    ),
    "a date claimed by a new owner, and left out by an old one": Contest(
        lambda store: _in_turn(store, served, claimed("old")),
        claimed("new"),
        lambda store: store.due_claims.skip(TEAM, CHANNEL, DAY, owner="old", through=DAY, now=NOW),
        the_claim,
    ),
    "a date claimed by a new owner, and planned by an old one": Contest(
        lambda store: _in_turn(store, planned, claimed("old")),
        claimed("new"),
        lambda store: _plans_as("old", store),
        the_claim,
    ),
    "a lease taken by two": Contest(nothing, leased("first", until=LATER), leased("second", until=LATER), the_lease),
    "a lease that ran out, renewed and taken": Contest(
        leased("first", until=NOW),
        lambda store: store.leases.renew(["workspace"], owner="first", until=LATER),
        leased("second", until=LATER),
        the_lease,
    ),
    "a lease given back and taken": Contest(
        leased("first", until=LATER),
        lambda store: store.leases.release(["workspace"], owner="first"),
        leased("second", until=LATER),
        the_lease,
    ),
    "an installation, and a newer one": Contest(
        nothing,
        lambda store: store.installations.save(APP, installer=ANA, now=NOW),
        lambda store: store.installations.save(NEWER_APP, installer=JIMIN, now=NOW),
        installed,
    ),
    "an installation, and the end of the one before": Contest(
        lambda store: store.installations.save(APP, installer=ANA, now=NOW),
        lambda store: store.installations.save(NEWER_APP, installer=None, now=NOW),
        lambda store: store.installations.end(TEAM, event_time=NOW + timedelta(seconds=1), now=NOW),
        installed,
    ),
    "a token exchanged twice": Contest(
        lambda store: store.installations.save(APP, installer=ANA, now=NOW),
        lambda store: store.installations.renew(APP, "the next", LATER),
        lambda store: store.installations.renew(APP, "another", LATER),
        installed,
    ),
    "a token exchanged, and the app installed again": Contest(
        lambda store: store.installations.save(APP, installer=ANA, now=NOW),
        lambda store: store.installations.renew(APP, "the next", LATER),
        lambda store: store.installations.save(NEWER_APP, installer=None, now=NOW),
        installed,
    ),
    "links in a channel that two workspaces share": Contest(
        nothing,
        lambda store: store.link_previews.claim(TEAM, CHANNEL, TS, now=NOW),
        lambda store: store.link_previews.claim("T2", CHANNEL, TS, now=LATER),
        lambda store: store.link_previews.claim(TEAM, CHANNEL, TS, now=LATER),
    ),
    "one OAuth state used twice": Contest(
        nothing,
        lambda store: store.installations.use_up("state", until=LATER),
        lambda store: store.installations.use_up("state", until=LATER),
        installed,
    ),
    "two leases taken by two": Contest(
        nothing,
        lambda store: store.leases.hold(["b", "a"], owner="first", now=NOW, until=LATER),
        lambda store: store.leases.hold(["a", "b"], owner="second", now=NOW, until=LATER),
        lambda store: store.leases.held_at(["a", "b"], now=NOW),
    ),
    "a replica alive, and another": Contest(
        nothing,
        lambda store: store.leases.note_alive("first", until=LATER),
        lambda store: store.leases.note_alive("second", until=LATER),
        lambda store: store.leases.replicas(now=NOW),
    ),
    "a replica alive and gone": Contest(
        nothing,
        lambda store: store.leases.note_alive("first", until=LATER),
        lambda store: store.leases.note_gone("first"),
        lambda store: store.leases.replicas(now=NOW),
    ),
    "invited, and left": Contest(
        served,
        lambda store: store.memberships.note_invitation(Invitation(TEAM, CHANNEL, "5.1", ANA, NOW)),
        lambda store: store.memberships.leave_channel(TEAM, CHANNEL, now=NOW, event_ts="5.2"),
        lambda store: store.memberships.open_invitations(TEAM),
    ),
    "an invitation kept and ended": Contest(
        nothing,
        lambda store: store.memberships.note_invitation(Invitation(TEAM, CHANNEL, "5.1", ANA, NOW)),
        lambda store: store.memberships.end_invitation(Invitation(TEAM, CHANNEL, "5.1", ANA, NOW)),
        lambda store: store.memberships.open_invitations(TEAM),
    ),
    "another id, and a reaction under the old one": Contest(
        shown,
        lambda store: store.memberships.change_channel_id(TEAM, CHANNEL, OTHER_CHANNEL),
        said(True, f"{TS}1"),
        the_lists,
    ),
    "another id, and a claim under the old one": Contest(
        sent,
        lambda store: store.memberships.change_channel_id(TEAM, CHANNEL, OTHER_CHANNEL),
        claim("second"),
        everything,
    ),
    "a workspace left, and joined again": Contest(
        planned,
        lambda store: store.memberships.leave_team(TEAM, now=NOW),
        lambda store: store.memberships.rejoin_team(TEAM, now=LATER),
        everything,
    ),
    "missing scopes told of by two": Contest(
        told_of_scopes,
        lambda store: store.memberships.note_scopes_told_missing(TEAM, frozenset({"im:history"})),
        lambda store: store.memberships.note_scopes_told_missing(TEAM, frozenset({"links:read", "links:write"})),
        lambda store: store.memberships.scopes_told_missing(TEAM),
    ),
    "forgotten, and welcomed again": Contest(
        left,
        lambda store: store.memberships.forget_left(before=LATER),
        lambda store: store.channels.welcome(channel(owner=JIMIN), now=LATER),
        nothing,
    ),
    "a request kept by two": Contest(
        nothing,
        lambda store: store.requests.note(REQUEST, owner="first", until=LATER),
        lambda store: store.requests.note(replace(REQUEST, value=MATRYOSHKA), owner="second", until=LATER),
        lambda store: store.requests.take(TEAM, owner="seen", now=LATER, until=LATER),
    ),
    "one wish kept for two clicks": Contest(
        nothing,
        lambda store: store.requests.note(REQUEST, owner="first", until=LATER),
        lambda store: store.requests.note(replace(REQUEST, cause="1722500001.000900"), owner="second", until=LATER),
        lambda store: store.requests.take(TEAM, owner="seen", now=LATER, until=LATER),
    ),
    "a message heard by two": Contest(
        nothing,
        lambda store: store.incoming_messages.keep(HEARD, ASKED_BY_IT, owner="first", now=NOW, until=LATER),
        lambda store: store.incoming_messages.keep(HEARD, ASKED_BY_IT, owner="second", now=NOW, until=LATER),
        lambda store: store.requests.take(TEAM, owner="seen", now=LATER, until=LATER),
    ),
    "a message and its edit": Contest(
        nothing,
        lambda store: store.incoming_messages.keep(HEARD, ASKED_BY_IT, owner="first", now=NOW, until=LATER),
        lambda store: store.incoming_messages.keep(EDITED, ASKED_BY_EDIT, owner="second", now=NOW, until=LATER),
        lambda store: store.incoming_messages.find(TEAM, CHANNEL, TS),
    ),
    "a message heard and deleted": Contest(
        nothing,
        lambda store: store.incoming_messages.keep(HEARD, ASKED_BY_IT, owner="first", now=NOW, until=LATER),
        lambda store: store.incoming_messages.withdraw(Withdrawal(TEAM, CHANNEL, TS), now=NOW),
        lambda store: store.incoming_messages.find(TEAM, CHANNEL, TS),
    ),
    "a reply given by two": Contest(
        heard,
        lambda store: store.incoming_messages.plan_reply(REPLY, message_ts=TS, edited_ts="", now=NOW),
        lambda store: store.incoming_messages.plan_reply(REPLY, message_ts=TS, edited_ts="", now=NOW),
        the_reply,
    ),
    "a reply changed to two things": Contest(
        replied,
        lambda store: store.incoming_messages.plan_reply(OTHER_REPLY, message_ts=TS, edited_ts="", now=NOW),
        lambda store: store.incoming_messages.plan_reply(
            replace(REPLY, payload='{"text": "three"}'), message_ts=TS, edited_ts="", now=NOW
        ),
        the_reply,
    ),
    "a reply given to a message that is edited": Contest(
        heard,
        lambda store: store.incoming_messages.plan_reply(REPLY, message_ts=TS, edited_ts="", now=NOW),
        lambda store: store.incoming_messages.keep(EDITED, ASKED_BY_EDIT, owner="second", now=NOW, until=LATER),
        the_reply,
    ),
    "a reply given to a message that is deleted": Contest(
        heard,
        lambda store: store.incoming_messages.plan_reply(REPLY, message_ts=TS, edited_ts="", now=NOW),
        lambda store: store.incoming_messages.withdraw(Withdrawal(TEAM, CHANNEL, TS), now=NOW),
        the_reply,
    ),
    "a request taken over by two": Contest(
        requested,
        lambda store: store.requests.take(TEAM, owner="second", now=NOW, until=LATER),
        lambda store: store.requests.take(TEAM, owner="third", now=NOW, until=LATER),
        nothing,
    ),
    "a request held and taken over": Contest(
        requested,
        lambda store: store.requests.hold([REQUEST, replace(REQUEST, cause="2")], owner="first", until=LATER),
        lambda store: store.requests.take(TEAM, owner="third", now=NOW, until=LATER),
        nothing,
    ),
    "a request tried again, and taken over": Contest(
        requested,
        lambda store: store.requests.note_attempt(REQUEST, owner="first"),
        lambda store: store.requests.take(TEAM, owner="third", now=NOW, until=LATER),
        nothing,
    ),
    "a request at its next step, and ended": Contest(
        requested,
        lambda store: store.requests.note_progress(REQUEST, "answering", owner="first"),
        lambda store: store.requests.end(REQUEST, owner="first", remembered_until=LATER + A_DAY),
        lambda store: store.requests.take(TEAM, owner="seen", now=LATER, until=LATER),
    ),
    "one summary rewritten for two": Contest(
        reported,
        lambda store: store.reports.begin_rewriting(REPORT, since=NOW - A_DAY),
        lambda store: store.reports.begin_rewriting(OTHER_REPORT, since=NOW - A_DAY),
        lambda store: store.reports.since(NOW - A_DAY),
    ),
    "the last report of a day made twice": Contest(
        papers_known,
        lambda store: store.reports.remember(REPORT, most=1, since=NOW - A_DAY),
        lambda store: store.reports.remember(replace(REPORT, at=LATER), most=1, since=NOW - A_DAY),
        lambda store: store.reports.since(NOW - A_DAY),
    ),
    "a summary rated twice": Contest(
        papers_known,
        lambda store: store.feedback.remember(FEEDBACK),
        lambda store: store.feedback.remember(replace(FEEDBACK, rating=Rating.NOT_HELPFUL, at=LATER)),
        lambda store: store.feedback.counts(),
    ),
    "a summary rated by two": Contest(
        papers_known,
        lambda store: store.feedback.remember(FEEDBACK),
        lambda store: store.feedback.remember(replace(FEEDBACK, user=JIMIN)),
        lambda store: store.feedback.counts(),
    ),
    "two questions at the limit": Contest(
        almost_asked_too_much,
        lambda store: store.questions.begin(TURN),
        lambda store: store.questions.begin(replace(TURN, question="And on which GPUs?", at=LATER)),
        lambda store: store.questions.latest(TURN.thread, now=LATER),
    ),
    "a question that comes twice": Contest(
        papers_known,
        lambda store: store.questions.begin(TURN),
        lambda store: store.questions.begin(TURN),
        lambda store: store.questions.latest(TURN.thread, now=LATER),
    ),
    "a question answered twice": Contest(
        asked,
        lambda store: store.questions.finish(replace(TURN, answer="On one.")),
        lambda store: store.questions.finish(replace(TURN, answer="On two.")),
        lambda store: store.questions.latest(TURN.thread, now=LATER),
    ),
    "rewriting begun, and undone": Contest(
        reported,
        lambda store: store.reports.begin_rewriting(REPORT, since=NOW - A_DAY),
        lambda store: store.reports.undo_rewriting(REPORT),
        lambda store: store.reports.since(NOW - A_DAY),
    ),
    "two summaries of one paper": Contest(
        papers_known,
        lambda store: store.summaries.remember(summary("It is new.")),
        lambda store: store.summaries.remember(summary("It is old.")),
        the_summaries,
    ),
    "two summaries of one paper, as they are found": Contest(
        papers_known,
        lambda store: store.summaries.remember(summary("It is new.")),
        lambda store: store.summaries.remember(summary("It is old.")),
        found,
    ),
    "a paper indexed that is just described anew": Contest(
        not_indexed,
        lambda store: store.search.index_some(limit=5),
        lambda store: store.papers.remember(replace(paper(), title="Rewritten"), source="arxiv", now=LATER),
        found,
    ),
    "two that index what an earlier release left": Contest(
        not_indexed,
        lambda store: store.search.index_some(limit=5),
        lambda store: store.search.index_some(limit=5),
        found,
    ),
    "two texts of one paper": Contest(
        papers_known,
        lambda store: store.summaries.remember_material(MELTEMI, Material("A", ReadSource.ABSTRACT), now=NOW),
        lambda store: store.summaries.remember_material(
            MELTEMI, Material("B", ReadSource.FULL_TEXT, FoundAt.ARXIV), now=NOW
        ),
        lambda store: store.summaries.material(MELTEMI),
    ),
    "a failure kept twice": Contest(
        papers_known,
        lambda store: store.summary_failures.remember(MELTEMI, "en", "m", SummaryTries(1, 0, "timeout", NOW)),
        lambda store: store.summary_failures.remember(MELTEMI, "en", "m", SummaryTries(2, 0, "refused", LATER)),
        lambda store: store.summary_failures.find(MELTEMI, "en", "m"),
    ),
    "a failure kept, and forgotten": Contest(
        papers_known,
        lambda store: store.summary_failures.remember(MELTEMI, "en", "m", SummaryTries(1, 0, "timeout", NOW)),
        lambda store: store.summary_failures.forget(MELTEMI, "en", "m"),
        lambda store: store.summary_failures.find(MELTEMI, "en", "m"),
    ),
    "failures told of, and one more": Contest(
        papers_known_in_a_team,
        lambda store: store.summary_failures.note_told(TEAM, NOW),
        lambda store: store.summary_failures.remember(MELTEMI, "en", "m", SummaryTries(9, 0, "timeout", NOW)),
        lambda store: store.summary_failures.given_up(NOW - A_DAY, untold=TEAM),
    ),
    "failures cleared away, and one more": Contest(
        lambda store: _in_turn(
            store,
            papers_known,
            lambda store: store.summary_failures.remember(MELTEMI, "en", "m", SummaryTries(1, 0, "timeout", NOW)),
        ),
        lambda store: store.summary_failures.prune(LATER),
        lambda store: store.summary_failures.remember(MELTEMI, "en", "m", SummaryTries(2, 0, "timeout", LATER)),
        lambda store: store.summary_failures.find(MELTEMI, "en", "m"),
    ),
    "one digest imported by two": Contest(
        nothing,
        lambda store: store.papers.remember_digest(ImportedDigest(DAY, "a", (DigestEntry(MELTEMI, "A"),)), now=NOW),
        lambda store: store.papers.remember_digest(ImportedDigest(DAY, "b", (DigestEntry(MELTEMI, "B"),)), now=NOW),
        lambda store: store.papers.imported_digest(DAY),
    ),
    "money spent by two": Contest(
        nothing,
        lambda store: store.spending.record(DAY, TEAM, ANA, "m", Spent(1, 10, 10, 0.5)),
        lambda store: store.spending.record(DAY, TEAM, ANA, "m", Spent(2, 20, 20, 0.25)),
        lambda store: store.spending.on(DAY),
    ),
    "requests counted by two": Contest(
        nothing,
        lambda store: counted(store, 1, seen=""),
        lambda store: counted(store, 2, seen=""),
        lambda store: store.rate_limits.find(TEAM, "chat.postMessage"),
    ),
    "requests counted by two who have seen what there was": Contest(
        lambda store: counted(store, 1, seen=""),
        lambda store: counted(store, 2, seen="1"),
        lambda store: counted(store, 3, seen="1"),
        lambda store: store.rate_limits.find(TEAM, "chat.postMessage"),
    ),
    "the last of a budget wanted by two": Contest(
        nothing,
        lambda store: set_aside(store, "a", Requester(TEAM), 600),
        lambda store: set_aside(store, "b", Requester(TEAM), 600),
        tokens_set_aside,
    ),
    "the last of a budget wanted by somebody and at a terminal": Contest(
        lambda store: store.spending.record(DAY, TEAM, ANA, "m", Spent(1, 300, 0, 0.0)),
        lambda store: set_aside(store, "a", Requester(TEAM), 400),
        lambda store: set_aside(store, "b", Requester(""), 400),
        tokens_set_aside,
    ),
    "one request settled by two": Contest(
        lambda store: set_aside(store, "a", Requester(TEAM, ANA)),
        lambda store: store.spending.settle("a", DAY, TEAM, "m", Spent(1, 10, 10, 0.5)),
        lambda store: store.spending.settle("a", DAY, TEAM, "m", None),
        lambda store: _in_turn(store, tokens_set_aside, lambda store: store.spending.by(DAY, TEAM, ANA)),
    ),
    "more set aside for a request while others want it": Contest(
        lambda store: set_aside(store, "a", Requester(TEAM, ANA), 40),
        lambda store: set_aside(store, "a", Requester(TEAM, ANA), 40),
        lambda store: set_aside(store, "b", Requester(TEAM), 930),
        tokens_set_aside,
    ),
    "one linked paper previewed by two": Contest(papers_known, previewed(TS), previewed(OTHER_TS), the_previews),
    "one message previewed by two": Contest(
        papers_known, previewed(TS), previewed(TS, MATRYOSHKA, MELTEMI), the_previews
    ),
    "two papers of one message previewed by two": Contest(
        papers_known, previewed(TS, MELTEMI), previewed(TS, MATRYOSHKA), the_previews
    ),
    "a preview that stands, and another": Contest(
        lambda store: _in_turn(store, papers_known, previewed(TS)),
        lambda store: store.link_previews.note_shown(TEAM, CHANNEL, TS, [MELTEMI]),
        previewed(OTHER_TS, now=LATER),
        the_previews,
    ),
    "a preview given up, and another": Contest(
        lambda store: _in_turn(store, papers_known, previewed(TS)),
        lambda store: store.link_previews.give_up(TEAM, CHANNEL, TS, [MELTEMI]),
        previewed(OTHER_TS),
        the_previews,
    ),
    "a preview begun, and saved": Contest(papers_known, previewed(OTHER_TS), said(True, f"{TS}1"), the_previews),
    "a paper described by two": Contest(
        nothing,
        lambda store: store.papers.remember(replace(paper(), doi="10.1145/1"), source="arxiv", now=NOW),
        lambda store: store.papers.remember(replace(paper(), project_url="https://b"), source="hugging_face", now=NOW),
        lambda store: store.papers.find(MELTEMI),
    ),
    "a day read by two": Contest(
        papers_known,
        lambda store: store.listings.remember(Listing(DAY, (), NOW, "a"), [listed(MELTEMI, 7), listed(MATRYOSHKA, 5)]),
        lambda store: store.listings.remember(Listing(DAY, (), LATER, "b"), [listed(MATRYOSHKA, 9)]),
        lambda store: store.listings.find(DAY),
    ),
    "a list of an earlier release read again by two": Contest(
        lambda store: store.listings.remember(Listing(DAY, (), NOW, "a"), [replace(listed(MELTEMI), paper=BARE)]),
        lambda store: store.listings.add_facts(DAY, [replace(listed(MELTEMI), paper=TOLD, submitted_by="AK")]),
        lambda store: store.listings.add_facts(DAY, [replace(listed(MELTEMI), paper=TOLD, submitted_by="AK")]),
        lambda store: store.listings.find(DAY),
    ),
    "a list of an earlier release read again, and the day as it stands now": Contest(
        lambda store: store.listings.remember(Listing(DAY, (), NOW, "a"), [replace(listed(MELTEMI), paper=BARE)]),
        lambda store: store.listings.add_facts(DAY, [replace(listed(MELTEMI), paper=TOLD, submitted_by="AK")]),
        lambda store: store.listings.remember(
            Listing(DAY, (), LATER, "b"),
            [replace(listed(MELTEMI, 9), paper=replace(TOLD, code_stars=9, keywords=("c",)))],
        ),
        lambda store: store.listings.find(DAY),
    ),
    "a day found empty by two": Contest(
        nothing,
        lambda store: store.listings.remember_empty_day(DAY, now=NOW),
        lambda store: store.listings.remember_empty_day(DAY, now=LATER),
        lambda store: store.listings.days_read(DAY, DAY),
    ),
    "heard by two": Contest(
        nothing,
        lambda store: store.outages.record_contact(TEAM, Sighting(NOW)),
        lambda store: store.outages.record_contact(TEAM, Sighting(LATER)),
        nothing,
    ),
    "an outage that two tell of, one of them late": Contest(
        in_touch,
        lambda store: store.outages.record_contact(None, Sighting(LATER)),
        lambda store: store.outages.record_contact(None, Sighting(LATER - timedelta(seconds=30))),
        lambda store: store.outages.pending(),
    ),
    "an outage made up for, and another": Contest(
        lambda store: store.outages.record_contact(TEAM, Sighting(NOW)),
        lambda store: store.outages.end(TEAM, Outage(None, NOW)),
        lambda store: store.outages.record_contact(TEAM, Sighting(LATER)),
        lambda store: store.outages.pending(),
    ),
    "a workspace joined again by two": Contest(
        left_for_a_while,
        lambda store: store.memberships.rejoin_team(TEAM, now=LATER),
        lambda store: store.memberships.rejoin_team(TEAM, now=LATER),
        lambda store: store.outages.pending(),
    ),
    "a done request forgotten, and brought again": Contest(
        done_long_ago,
        lambda store: store.requests.teams_with_due(LATER),
        lambda store: store.requests.note(REQUEST, owner="second", until=NOW),
        lambda store: store.requests.teams_with_due(LATER),
    ),
    "two reactions, and one time left to tell what they did": Contest(
        lambda store: store.told_reactions.claim(reaction("bookmark", TS, "1722406201.000100"), most=2),
        lambda store: store.told_reactions.claim(reaction("bookmark", TS, "1722406202.000100"), most=2),
        lambda store: store.told_reactions.claim(reaction("bookmark", TS, "1722406203.000100"), most=2),
        lambda store: store.told_reactions.claim(reaction("bookmark", TS, "1722406204.000100"), most=2),
    ),
    "a person heard of, and their choice": Contest(
        nothing,
        lambda store: store.people.remember(Person(TEAM, ANA, "en-US", "UTC"), now=NOW),
        lambda store: store.people.choose_language(TEAM, ANA, "ko", now=NOW),
        lambda store: _language(store),
    ),
    "a person found deactivated, and their choice": Contest(
        nothing,
        lambda store: store.people.remember(Person(TEAM, ANA, is_deactivated=True), now=NOW),
        lambda store: store.people.choose_whether_name_is_shown(TEAM, ANA, is_shown=True, now=NOW),
        lambda store: _language(store),
    ),
    "a person checked, and found deactivated": Contest(
        lambda store: store.people.remember(Person(TEAM, ANA, "en-US", "UTC"), now=NOW),
        lambda store: store.people.note_checked(TEAM, ANA, now=LATER),
        lambda store: store.people.remember(Person(TEAM, ANA, is_deactivated=True), now=NOW),
        lambda store: store.people.deactivated(TEAM, before=LATER, limit=5),
    ),
    "a person erased by two": Contest(
        lambda store: store.people.remember(Person(TEAM, ANA, "en-US", "UTC"), now=NOW),
        lambda store: store.personal_data.begin_erasure(TEAM, ANA, at=NOW),
        lambda store: store.personal_data.begin_erasure(TEAM, ANA, at=LATER),
        lambda store: store.personal_data.find_erasure(TEAM, ANA),
    ),
    "a person erased, and heard of": Contest(
        nothing,
        lambda store: store.personal_data.begin_erasure(TEAM, ANA, at=LATER),
        lambda store: store.people.remember(Person(TEAM, ANA, "en-US", "UTC"), now=NOW),
        lambda store: _language(store),
    ),
    "a person told that they are erased, and erased anew": Contest(
        lambda store: store.personal_data.begin_erasure(TEAM, ANA, at=NOW),
        lambda store: store.personal_data.end_request(TEAM, ANA),
        lambda store: store.personal_data.begin_erasure(TEAM, ANA, at=LATER),
        lambda store: store.personal_data.find_erasure(TEAM, ANA),
    ),
    "the same reminder planned by two": Contest(
        reminded_now,
        lambda store: remind(store),
        lambda store: remind(store),
        lambda store: _reminded(store),
    ),
    "a reminder planned, and put off by another": Contest(
        reminded_now,
        lambda store: remind(store),
        lambda store: store.reminders.look_again(TEAM, ANA, due_at=NOW, next_at=NOW + A_DAY),
        lambda store: _reminded(store),
    ),
    "a reminder planned, and one of a clock that was ahead pulled back": Contest(
        reminded_now,
        lambda store: remind(store),
        lambda store: store.reminders.pull_back(TEAM, now=NOW - 99 * A_DAY),
        lambda store: _reminded(store),
    ),
    "a reminder planned while they are turned off": Contest(
        reminded_now,
        lambda store: remind(store),
        lambda store: store.reminders.choose(TEAM, ANA, ReminderPreference(), due_at=None),
        lambda store: _reminded(store),
    ),
    "the next papers to check, asked for by two": Contest(
        first_version_saved,
        lambda store: store.paper_news.next_to_check(NOW + 2 * A_DAY),
        lambda store: store.paper_news.next_to_check(NOW + 2 * A_DAY),
        lambda store: store.paper_news.next_to_check(NOW + 2 * A_DAY),
    ),
    "a new version of a saved paper told by two": Contest(
        first_version_saved,
        lambda store: store.papers.remember(replace(paper(), arxiv_version=2), source="arxiv", now=NOW + A_DAY),
        lambda store: store.papers.remember(replace(paper(), arxiv_version=2), source="arxiv", now=NOW + A_DAY),
        lambda store: store.paper_news.of([MELTEMI]),
    ),
    "the length of a paper read by two": Contest(
        papers_known,
        lambda store: store.papers.remember_length(MELTEMI, 9000, 1),
        lambda store: store.papers.remember_length(MELTEMI, 9000, 1),
        lambda store: store.reminders.waiting(TEAM, ANA),
    ),
    "a name taken back, and a recap planned that names its owner": Contest(
        _shows_name,
        lambda store: store.people.choose_whether_name_is_shown(TEAM, ANA, is_shown=False, now=NOW),
        lambda store: store.outbox.plan([RECAP], now=NOW),
        lambda store: _recap_kept(store),
    ),
    "a name taken back, and looked for in a recap": Contest(
        _recap_names_ana,
        lambda store: store.people.choose_whether_name_is_shown(TEAM, ANA, is_shown=False, now=NOW),
        lambda store: store.team_saves.hide_names_taken_back(TEAM, ["Ana"]),
        lambda store: _recap_kept(store),
    ),
    "a recap cancelled, and taken to be sent": Contest(
        _recap_planned,
        lambda store: store.outbox.cancel(TEAM, CHANNEL, RECAP.key.edition, why="unwanted"),
        lambda store: store.outbox.claim(TEAM, CHANNEL, RECAP.key.edition, owner="bot", now=NOW, lease=LEASE),
        lambda store: _recap_kept(store),
    ),
    "a change that its sender left behind taken over, and a later one planned": Contest(
        change_left_behind,
        lambda store: store.outbox.claim(TEAM, CHANNEL, CHANGE.key.edition, owner="b", now=LATER, lease=LEASE),
        lambda store: store.outbox.plan([LATER_CHANGE], now=NOW + A_DAY),
        lambda store: _changes(store),
    ),
    "a newer block taken, and refused later": Contest(
        nothing,
        lambda store: store.newer_blocks.note(TEAM, NewerBlock.CONTAINER, accepted=True, now=NOW),
        lambda store: store.newer_blocks.note(TEAM, NewerBlock.CONTAINER, accepted=False, now=LATER),
        lambda store: store.newer_blocks.answers(TEAM),
    ),
    "looked back at by two": Contest(
        shown,
        lambda store: store.posted.note_look_back(TEAM, CHANNEL, EDITION, "day", now=NOW),
        lambda store: store.posted.note_look_back(TEAM, CHANNEL, EDITION, "day", now=LATER),
        lambda store: store.posted.editions_to_look_back_at(TEAM, since=NOW - A_DAY),
    ),
    "cleared away, and sent anew": Contest(
        shown,
        lambda store: store.maintenance.prune(now=NOW + 20 * A_DAY),
        lambda store: store.outbox.renew(HEAD, gone=TS),
        nothing,
    ),
}
# Of these, what the first does comes in pieces, between which others write: no order is that of one after the other.
IN_PIECES = {"forgotten, and welcomed again", "cleared away, and sent anew"}


async def _in_turn(store: Store, *acts: Act) -> None:
    for act in acts:
        await act(store)


async def _set(store: Store, **chosen: Any) -> object:
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    changed = await store.channels.change_settings(TEAM, CHANNEL, replace(known.settings, **chosen), user=ANA, now=NOW)
    return [(each.setting, each.old, each.new) for each in changed]


async def _language(store: Store) -> object:
    known = await store.people.find(TEAM, ANA)
    return known and replace(known, read_at=None)


async def outcome(store: Store, contest: Contest, acting: Awaitable[tuple[Any, Any]]) -> tuple[Any, Any, Any]:
    first, second = await acting
    return first, second, await contest.seen(store)


async def one_after_the_other(
    contest: Contest, open_store: OpenStore, empty: Callable[[], None]
) -> list[tuple[Any, Any, Any]]:
    """What comes of the two, in either order."""
    outcomes = []
    for second_goes_first in (False, True):
        empty()
        async with open_store() as store:
            await contest.before(store)
            acts = [contest.first, contest.second]
            told = [await act(store) for act in (reversed(acts) if second_goes_first else acts)]
            first, second = reversed(told) if second_goes_first else told
            outcomes.append((first, second, await contest.seen(store)))
    return outcomes


@pytest.mark.parametrize("which", CONTESTS)
async def test_of_two_at_once_the_outcome_is_that_of_one_after_the_other(
    which: str, open_store: OpenStore, empty: Callable[[], None]
) -> None:
    contest = CONTESTS[which]
    expected = await one_after_the_other(contest, open_store, empty)
    empty()
    async with open_store() as store, open_store() as other:
        await contest.before(store)
        first, second = await asyncio.gather(contest.first(store), contest.second(other))
        told = (first, second, await contest.seen(store))
    assert told in expected or which in IN_PIECES


@pytest.mark.postgres
@pytest.mark.parametrize("which", CONTESTS)
async def test_wherever_the_second_comes_in_between(
    which: str, server_store: OpenStore, empty: Callable[[], None], administration: psycopg.Connection[Any]
) -> None:
    contest = CONTESTS[which]
    expected = await one_after_the_other(contest, server_store, empty)
    async with server_store() as store, server_store() as other:
        for place in range(99):
            empty()
            await contest.before(store)
            between = _Between(store.database, place, lambda: contest.second(other), administration)
            first = await contest.first(Store(between))
            if between.coming is None:
                break
            told = (first, await between.coming, await contest.seen(store))
            assert told in expected or which in IN_PIECES, f"after {place} statements"
    assert place > 1, "before its only statement, and after it"


class _Between(WrappedDatabase):
    """A database where somebody else comes in after so many statements, and does as much as they can."""

    def __init__(
        self,
        database: Database,
        place: int,
        other: Callable[[], Coroutine[Any, Any, Any]],
        administration: psycopg.Connection[Any],
    ) -> None:
        super().__init__(database)
        self._left = place
        self._other = other
        self._administration = administration
        self.coming: asyncio.Task[Any] | None = None

    async def write(self, work: Work[Any], *, is_one_statement: bool = False) -> Any:
        async def watched(db: Connection) -> Any:
            result = await work(WatchedConnection(db, self._step))
            await self._step()
            return result

        return await self._database.write(watched, is_one_statement=is_one_statement)

    async def read(self, work: Work[Any]) -> Any:
        return await self._database.read(lambda db: work(WatchedConnection(db, self._step)))

    async def read_few(self, work: Work[Any], *, is_one_statement: bool = False) -> Any:
        return await self._database.read_few(lambda db: work(WatchedConnection(db, self._step)))

    async def _step(self, _sql: str = "") -> None:
        self._left -= 1
        if self._left >= 0 or self.coming is not None:
            return
        self.coming = asyncio.create_task(self._other())
        while not self._is_held_up():
            done, _ = await asyncio.wait({self.coming}, timeout=0.002)
            if done:
                return

    def _is_held_up(self) -> bool:
        """Whether the other waits for a lock."""
        row = self._administration.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
        return row is not None and row[0] > 0


WRITTEN = Path(__file__).read_text(encoding="utf-8")


async def test_every_write_meets_another_in_a_contest(open_store: OpenStore) -> None:
    """A new write of the store gets a contest above."""
    async with open_store() as store:
        parts = [(name, part) for name, part in vars(store).items() if part is not store.database]
    writes = {
        f"{name}.{method}"
        for name, part in parts
        for method, function in vars(type(part)).items()
        if getattr(getattr(function, "__code__", None), "co_name", "") in {"in_transaction", "at_once"}
        and not method.startswith("_")
    }
    assert len(writes) > 50
    assert {each for each in writes if f"store.{each}(" not in WRITTEN} == set()
