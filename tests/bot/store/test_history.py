"""What a year of history costs: no question gets dearer with it, and what is kept of it has a bound."""

from __future__ import annotations

import inspect
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.rules.budget import Budget, Requester, Spent
from bot.rules.channels import Channel, ChannelSettings, ChannelState, Invitation, Person
from bot.rules.editions import daily_edition, reminder_edition, reply_edition, votes_edition
from bot.rules.feedback import Feedback, RatedSummary, Rating
from bot.rules.incoming_messages import IncomingMessage, Withdrawal
from bot.rules.installations import InstalledApp
from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import WHOLE_LIST, ListFilter, ListOrder
from bot.rules.newer_blocks import NewerBlock
from bot.rules.old_digests import DigestEntry, ImportedDigest
from bot.rules.outages import Outage, Sighting
from bot.rules.outbox import HEADER, Delivery, DeliveryKey, DeliveryKind
from bot.rules.papers import FoundAt, ListedPaper, Listing, Material, Origin, Paper, ReadSource, Section, Summary
from bot.rules.questions import QuestionThread, QuestionTurn
from bot.rules.rate_limits import RecentRequests
from bot.rules.reading_list import ImportedEntry, Reaction, ReactionsSeen, ReadingState, SaveKind, SaveOrigin
from bot.rules.reminders import ReminderPreference
from bot.rules.reports import Complaint, Report
from bot.rules.requests import Request, RequestKind
from bot.rules.search_query import parse_query
from bot.rules.summary_retries import SummaryTries
from bot.store.sqlite import connect, open_store
from tests.bot.store.samples import in_sqlite
from tests.history import fill, paper_id, sent_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from bot.store import Store

TEAM, CHANNEL, OTHER_CHANNEL, READER = "T0000000001", "C0000000001", "C0000000002", "UREADER"
LAST = date(2026, 8, 16)
TODAY = LAST + timedelta(days=1)
NOW = sent_at(TODAY)
SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "en", 10)
SAVING = frozenset({"bookmark"})
LEASE = timedelta(minutes=1)
CARD = paper_id(LAST, 3)
CARD_TS = f"{int(sent_at(LAST).timestamp()) + 3}.000100"
OUTAGE = Outage(sent_at(LAST), NOW)
TODAYS = [paper_id(TODAY, rank) for rank in range(1, 40)] + [paper_id(LAST, rank) for rank in range(1, 11)]
INVITATION = Invitation(TEAM, "C0000000009", "1787011800.000100", READER, NOW)
REPORT = Report(TEAM, READER, CARD, "en", Complaint.NUMBERS, "7 or 8?", NOW, rewrites=False)
FEEDBACK = Feedback(TEAM, READER, RatedSummary(CARD, "en", NOW), "m2", Rating.HELPFUL, NOW)
TURN = QuestionTurn(QuestionThread(TEAM, "D1"), READER, CARD, "On which data?", NOW)
REQUEST = Request(TEAM, CHANNEL, READER, RequestKind.SHARE, "1787011800.000100", CARD, NOW)
KEY = DeliveryKey(TEAM, CHANNEL, daily_edition(TODAY), HEADER)
WRITTEN = IncomingMessage(TEAM, CHANNEL, "1787011900.000100", READER, CARD)
REPLY = Delivery(DeliveryKey(TEAM, CHANNEL, reply_edition(WRITTEN.ts, 1), HEADER), 0, '{"text": "reply"}')
PAPER = Paper(TODAYS[0], "Its title", ("Ana Ruiz",))
SUMMARY = Summary(
    CARD, "en", ((Section.WHATS_NEW, "It is new."),), Origin.MODEL, "m2", ReadSource.FULL_TEXT, NOW, arxiv_version=1
)


def morning() -> list[Delivery]:
    cards = [
        Delivery(DeliveryKey(TEAM, CHANNEL, KEY.edition, paper), number, "{}", shows=(paper,), thread_part=HEADER)
        for number, paper in enumerate(TODAYS[:10], start=1)
    ]
    return [Delivery(KEY, 0, "{}", shows=tuple(TODAYS[:10])), *cards]


def votes() -> list[Delivery]:
    key = DeliveryKey(TEAM, CHANNEL, votes_edition(daily_edition(LAST), "day"), CARD)
    return [Delivery(key, 0, "{}", kind=DeliveryKind.UPDATE, ts=CARD_TS)]


def reaction(*, added: bool) -> Reaction:
    return Reaction(TEAM, CHANNEL, CARD_TS, READER, "bookmark", added, f"{int(NOW.timestamp())}.00020{int(added)}")


# How each method of the store is asked on an ordinary day, in an order in which each has something to do.
INSTALLED = InstalledApp(TEAM, "A team", "U0", None, None, False, None, "", frozenset({"commands"}), NOW, "sealed")
ASKED: dict[str, Callable[[Store], Awaitable[Any]]] = {
    "maintenance.check": lambda store: store.maintenance.check(),
    "papers.remember": lambda store: store.papers.remember(PAPER, source="hugging_face", now=NOW),
    "papers.is_empty": lambda store: store.papers.is_empty(),
    "papers.find": lambda store: store.papers.find(CARD),
    "papers.carrying": lambda store: store.papers.carrying(["https://example.org/code", "https://github.com/x/y"]),
    "papers.with_doi": lambda store: store.papers.with_doi(["10.1145/3411764.3445678", "10.1145/3411764"]),
    "papers.known": lambda store: store.papers.known(TODAYS),
    "listings.remember": lambda store: store.listings.remember(
        Listing(TODAY, (), NOW, "[]"),
        [ListedPaper(Paper(each, "Its title", ("Ana Ruiz",)), 5) for each in TODAYS[:39]],
    ),
    "listings.find": lambda store: store.listings.find(LAST),
    "listings.between": lambda store: store.listings.between(LAST - timedelta(days=7), LAST),
    "listings.remember_empty_day": lambda store: store.listings.remember_empty_day(TODAY + timedelta(days=1), now=NOW),
    "listings.days_read": lambda store: store.listings.days_read(LAST - timedelta(days=7), LAST),
    "listings.to_read_again": lambda store: store.listings.to_read_again(),
    "listings.add_facts": lambda store: store.listings.add_facts(
        LAST, [ListedPaper(PAPER, 5), ListedPaper(Paper(CARD, "Its title", ()), 5)]
    ),
    "channels.has_any": lambda store: store.channels.has_any(TEAM),
    "channels.among": lambda store: store.channels.among(TEAM, [CHANNEL, OTHER_CHANNEL]),
    "listings.latest_day": lambda store: store.listings.latest_day(TODAY),
    "listings.last_listed": lambda store: store.listings.last_listed(CARD),
    "papers.described": lambda store: store.papers.described(CARD, "en"),
    "summaries.remember": lambda store: store.summaries.remember(SUMMARY),
    "summaries.find": lambda store: store.summaries.find(CARD, "en"),
    "summaries.versions": lambda store: store.summaries.versions(CARD),
    "summaries.shown_since": lambda store: store.summaries.shown_since(NOW - timedelta(days=9)),
    "summaries.remember_material": lambda store: store.summaries.remember_material(
        CARD, Material("Its text.", ReadSource.FULL_TEXT, FoundAt.ARXIV), now=NOW
    ),
    "summaries.material": lambda store: store.summaries.material(CARD),
    "reports.remember": lambda store: store.reports.remember(REPORT, most=5, since=NOW - timedelta(days=1)),
    "reports.begin_rewriting": lambda store: store.reports.begin_rewriting(REPORT, since=NOW - timedelta(days=1)),
    "reports.undo_rewriting": lambda store: store.reports.undo_rewriting(REPORT),
    "reports.since": lambda store: store.reports.since(NOW - timedelta(days=1)),
    "questions.begin": lambda store: store.questions.begin(TURN),
    "questions.finish": lambda store: store.questions.finish(replace(TURN, answer="On one.")),
    "questions.latest": lambda store: store.questions.latest(TURN.thread, now=NOW),
    "feedback.remember": lambda store: store.feedback.remember(FEEDBACK),
    "link_previews.claim": lambda store: store.link_previews.claim(TEAM, CHANNEL, CARD_TS, now=NOW),
    "link_previews.wanted": lambda store: store.link_previews.wanted(TEAM, CHANNEL, CARD_TS, TODAYS[:5], now=NOW),
    "link_previews.begin": lambda store: store.link_previews.begin(TEAM, CHANNEL, CARD_TS, TODAYS[:2], now=NOW),
    "link_previews.note_shown": lambda store: store.link_previews.note_shown(TEAM, CHANNEL, CARD_TS, TODAYS[:1]),
    "link_previews.give_up": lambda store: store.link_previews.give_up(TEAM, CHANNEL, CARD_TS, TODAYS[:2]),
    "spending.record": lambda store: store.spending.record(TODAY, TEAM, READER, "m", Spent(1, 10, 10, 0.1)),
    "spending.reserve": lambda store: store.spending.reserve(
        "a", LAST, Requester(TEAM, "U1"), 10, Budget(10**9), now=NOW, until=NOW + timedelta(hours=1)
    ),
    "spending.settle": lambda store: store.spending.settle("a", LAST, TEAM, "m", Spent(1, 10, 10, 0.1)),
    "spending.used": lambda store: store.spending.used(LAST, TEAM),
    "rate_limits.find": lambda store: store.rate_limits.find(TEAM, "chat.postMessage"),
    "rate_limits.replace": lambda store: store.rate_limits.replace(
        TEAM, "chat.postMessage", RecentRequests(((1, 1),)), seen="", version="1", until=NOW
    ),
    "spending.on": lambda store: store.spending.on(LAST),
    "spending.by": lambda store: store.spending.by(LAST, TEAM, "U1"),
    "summary_failures.find": lambda store: store.summary_failures.find(CARD, "en", "m"),
    "summary_failures.remember": lambda store: store.summary_failures.remember(
        TODAYS[0], "en", "m", SummaryTries(1, 0, "timeout", NOW)
    ),
    "summary_failures.forget": lambda store: store.summary_failures.forget(TODAYS[0], "en", "m"),
    "summary_failures.in_a_row": lambda store: store.summary_failures.in_a_row("m"),
    "summary_failures.given_up": lambda store: store.summary_failures.given_up(NOW - timedelta(days=1)),
    "summary_failures.note_told": lambda store: store.summary_failures.note_told(TEAM, NOW),
    "summary_failures.prune": lambda store: store.summary_failures.prune(NOW - timedelta(days=90)),
    "papers.remember_digest": lambda store: store.papers.remember_digest(
        ImportedDigest(LAST, "A digest", (DigestEntry(CARD, "Its title"),)), now=NOW
    ),
    "papers.imported_digest": lambda store: store.papers.imported_digest(LAST),
    "papers.imported_summaries": lambda store: store.papers.imported_summaries(CARD),
    "people.remember": lambda store: store.people.remember(Person(TEAM, READER, "en-US", "UTC"), now=NOW),
    "paper_news.of": lambda store: store.paper_news.of([CARD]),
    "paper_news.next_to_check": lambda store: store.paper_news.next_to_check(NOW),
    "papers.remember_length": lambda store: store.papers.remember_length(CARD, 9000, 2),
    "reminders.preference": lambda store: store.reminders.preference(TEAM, READER),
    "reminders.choose": lambda store: store.reminders.choose(
        TEAM, READER, ReminderPreference(is_on=True, since=NOW), due_at=NOW
    ),
    "reminders.entries": lambda store: store.reminders.entries(TEAM, READER, TODAYS[:20]),
    "reminders.pull_back": lambda store: store.reminders.pull_back(TEAM, now=NOW),
    "reminders.due": lambda store: store.reminders.due(TEAM, NOW, limit=100),
    "reminders.plan": lambda store: store.reminders.plan(
        Delivery(DeliveryKey(TEAM, READER, reminder_edition(TODAY), HEADER), 0, "{}"),
        slot=NOW,
        papers=[CARD],
        due_at=NOW,
        next_at=NOW + timedelta(days=7),
        now=NOW,
    ),
    "reminders.look_again": lambda store: store.reminders.look_again(
        TEAM, READER, due_at=NOW + timedelta(days=7), next_at=NOW
    ),
    "people.find": lambda store: store.people.find(TEAM, READER),
    "people.choose_language": lambda store: store.people.choose_language(TEAM, READER, "ko", now=NOW),
    "people.choose_whether_name_is_shown": lambda store: store.people.choose_whether_name_is_shown(
        TEAM, READER, is_shown=True, now=NOW
    ),
    "told_reactions.claim": lambda store: store.told_reactions.claim(reaction(added=True), most=3),
    "people.due_for_check": lambda store: store.people.due_for_check(TEAM, before=NOW, limit=10),
    "people.note_checked": lambda store: store.people.note_checked(TEAM, READER, now=NOW),
    "people.deactivated": lambda store: store.people.deactivated(TEAM, before=NOW, limit=10),
    "personal_data.erasures_under_way": lambda store: store.personal_data.erasures_under_way(),
    "personal_data.any_erased_since": lambda store: store.personal_data.any_erased_since(TEAM, [READER], CARD_TS),
    "personal_data.find_erasure": lambda store: store.personal_data.find_erasure(TEAM, READER),
    "personal_data.end_request": lambda store: store.personal_data.end_request(TEAM, "UGONE"),
    "channels.create": lambda store: store.channels.create(Channel(TEAM, "C0000000003", SETTINGS), now=NOW),
    "channels.find": lambda store: store.channels.find(TEAM, CHANNEL),
    "channels.welcome": lambda store: store.channels.welcome(Channel(TEAM, CHANNEL, SETTINGS), now=NOW),
    "channels.all_of": lambda store: store.channels.all_of(TEAM),
    "memberships.note_invitation": lambda store: store.memberships.note_invitation(INVITATION),
    "memberships.open_invitations": lambda store: store.memberships.open_invitations(TEAM),
    "memberships.end_invitation": lambda store: store.memberships.end_invitation(INVITATION),
    "requests.note": lambda store: store.requests.note(REQUEST, owner="bot", until=NOW),
    "memberships.invited_teams": lambda store: store.memberships.invited_teams(),
    "requests.has_others_under_way": lambda store: store.requests.has_others_under_way(REQUEST, now=NOW),
    "requests.is_under_way_before": lambda store: store.requests.is_under_way_before(REQUEST, now=NOW),
    "requests.teams_with_due": lambda store: store.requests.teams_with_due(NOW),
    "requests.take": lambda store: store.requests.take(TEAM, owner="other", now=NOW, until=NOW + LEASE),
    "requests.hold": lambda store: store.requests.hold([REQUEST], owner="other", until=NOW + LEASE),
    "requests.note_attempt": lambda store: store.requests.note_attempt(REQUEST, owner="other"),
    "requests.note_progress": lambda store: store.requests.note_progress(REQUEST, "answering", owner="other"),
    "requests.end": lambda store: store.requests.end(REQUEST, owner="other", remembered_until=NOW + LEASE),
    "incoming_messages.keep": lambda store: store.incoming_messages.keep(
        WRITTEN, replace(REQUEST, kind=RequestKind.REPLY), owner="bot", now=NOW, until=NOW + LEASE
    ),
    "incoming_messages.find": lambda store: store.incoming_messages.find(TEAM, CHANNEL, WRITTEN.ts),
    "incoming_messages.plan_reply": lambda store: store.incoming_messages.plan_reply(
        REPLY, message_ts=WRITTEN.ts, edited_ts="", now=NOW
    ),
    "incoming_messages.messages_in_reply": lambda store: store.incoming_messages.messages_in_reply(
        TEAM, CHANNEL, WRITTEN.ts
    ),
    "incoming_messages.papers_shown_before": lambda store: store.incoming_messages.papers_shown_before(
        TEAM, CHANNEL, WRITTEN.ts, thread_ts=None, since="1787000000.000000"
    ),
    "incoming_messages.withdraw": lambda store: store.incoming_messages.withdraw(
        Withdrawal(TEAM, CHANNEL, WRITTEN.ts), now=NOW
    ),
    "summaries.count_in_part": lambda store: store.summaries.count_in_part(NOW - timedelta(days=1)),
    "channels.active": lambda store: store.channels.active(TEAM),
    "channels.in_state": lambda store: store.channels.in_state(TEAM, ChannelState.ACTIVE),
    "channels.change_settings": lambda store: store.channels.change_settings(
        TEAM, CHANNEL, ChannelSettings(time(9, 10), "Asia/Seoul", "ko", 10), user=READER, now=NOW
    ),
    "channels.changes": lambda store: store.channels.changes(TEAM, CHANNEL, limit=10),
    "channels.change": lambda store: store.channels.change(TEAM, CHANNEL, 1),
    "channels.pause": lambda store: store.channels.pause(TEAM, CHANNEL, user=READER, now=NOW),
    "channels.start": lambda store: store.channels.start(TEAM, CHANNEL, latest=LAST, user=READER, now=NOW),
    "channels.close": lambda store: store.channels.close(TEAM, CHANNEL, reason="is_archived", now=NOW),
    "channels.reopen": lambda store: store.channels.reopen(TEAM, CHANNEL, now=NOW),
    "channels.set_skip_next": lambda store: store.channels.set_skip_next(TEAM, CHANNEL, True, user=READER, now=NOW),
    "due_claims.skip": lambda store: store.due_claims.skip(TEAM, CHANNEL, TODAY, owner="bot", through=LAST, now=NOW),
    "due_claims.claim": lambda store: store.due_claims.claim(
        TEAM, CHANNEL, TODAY + timedelta(days=1), owner="bot", now=NOW
    ),
    "due_claims.served_since": lambda store: store.due_claims.served_since(TEAM, CHANNEL, LAST - timedelta(days=3)),
    "due_claims.move_cursor": lambda store: store.due_claims.move_cursor(TEAM, CHANNEL, LAST),
    "due_claims.finish": lambda store: store.due_claims.finish(
        TEAM, CHANNEL, TODAY + timedelta(days=1), owner="bot", outcome="nothing"
    ),
    "posted.days_had": lambda store: store.posted.days_had(TEAM, CHANNEL, LAST - timedelta(days=3)),
    "posted.papers_had": lambda store: store.posted.papers_had(TEAM, CHANNEL, TODAYS),
    "posted.cards_of": lambda store: store.posted.cards_of(TEAM, CHANNEL, TODAYS),
    "outbox.plan": lambda store: store.outbox.plan(morning(), days=[TODAY], cursor=TODAY, now=NOW),
    "outbox.upcoming": lambda store: store.outbox.upcoming(TEAM, CHANNEL, KEY.edition, now=NOW),
    "outbox.claim": lambda store: store.outbox.claim(TEAM, CHANNEL, KEY.edition, owner="bot", now=NOW, lease=LEASE),
    "outbox.replace_payload": lambda store: store.outbox.replace_payload(KEY, '{"text":"less"}'),
    "outbox.mark_pending": lambda store: store.outbox.mark_pending(KEY, not_before=NOW, error="ratelimited"),
    "outbox.mark_in_doubt": lambda store: store.outbox.mark_in_doubt(KEY, not_before=NOW, error="timed out"),
    "outbox.mark_sent": lambda store: store.outbox.mark_sent(KEY, "1787011800.000100", now=NOW, saving_emoji=SAVING),
    "outbox.mark_unknown": lambda store: store.outbox.mark_unknown(
        DeliveryKey(TEAM, CHANNEL, KEY.edition, TODAYS[0]), error="nobody knows"
    ),
    "outbox.mark_refused": lambda store: store.outbox.mark_refused(
        DeliveryKey(TEAM, CHANNEL, KEY.edition, TODAYS[1]), error="invalid_blocks"
    ),
    "outbox.undelivered": lambda store: store.outbox.undelivered(TEAM),
    "outbox.note_reported": lambda store: store.outbox.note_reported(TEAM, CHANNEL, KEY.edition),
    "outbox.queue_again": lambda store: store.outbox.queue_again(TEAM, CHANNEL, KEY.edition, unconfirmed=True),
    "outbox.cancel": lambda store: store.outbox.cancel(TEAM, CHANNEL, KEY.edition, why="unwanted"),
    "team_saves.saved": lambda store: store.team_saves.saved(TEAM, since=NOW - timedelta(days=7), until=NOW),
    "team_saves.unread": lambda store: store.team_saves.unread(TEAM, before=NOW - timedelta(days=7)),
    "team_saves.crowd": lambda store: store.team_saves.crowd(TEAM),
    "team_saves.unknown_savers": lambda store: store.team_saves.unknown_savers(
        TEAM, TODAYS[:5], since=NOW - timedelta(days=7), until=NOW, limit=50
    ),
    "team_saves.talked_about": lambda store: store.team_saves.talked_about(
        TEAM, CHANNEL, since=NOW - timedelta(days=7), until=NOW
    ),
    "team_saves.hide_names_taken_back": lambda store: store.team_saves.hide_names_taken_back(TEAM, ["Ana"]),
    "channels.last_changed": lambda store: store.channels.last_changed(TEAM, CHANNEL, "team_recap"),
    "outbox.resume": lambda store: store.outbox.resume(TEAM, CHANNEL, KEY.edition),
    "outbox.keep_message": lambda store: store.outbox.keep_message(KEY, "1787011800.000100"),
    "outbox.renew": lambda store: store.outbox.renew(KEY, gone="1787011800.000100"),
    "outbox.deliveries": lambda store: store.outbox.deliveries(TEAM, CHANNEL, daily_edition(LAST)),
    "outbox.welcomes": lambda store: store.outbox.welcomes(TEAM, since=NOW - timedelta(days=45)),
    "outbox.unfinished": lambda store: store.outbox.unfinished(TEAM),
    "posted.cards_showing": lambda store: store.posted.cards_showing(TEAM, CARD, since=NOW - timedelta(days=9)),
    "posted.digests_listing": lambda store: store.posted.digests_listing(TEAM, TODAYS, since=NOW - timedelta(days=9)),
    "posted.latest_changes": lambda store: store.posted.latest_changes(TEAM, CHANNEL, [CARD_TS]),
    "posted.editions_to_look_back_at": lambda store: store.posted.editions_to_look_back_at(
        TEAM, since=NOW - timedelta(days=9)
    ),
    "posted.note_look_back": lambda store: store.posted.note_look_back(
        TEAM, CHANNEL, daily_edition(LAST), "day", now=NOW
    ),
    "posted.papers_shown": lambda store: store.posted.papers_shown(TEAM, CHANNEL, CARD_TS),
    "reading_lists.record_reaction": lambda store: store.reading_lists.record_reaction(
        reaction(added=True), saving_emoji=SAVING
    ),
    "reading_lists.act_on_early_reactions": lambda store: store.reading_lists.act_on_early_reactions(
        TEAM, CHANNEL, CARD_TS, SAVING
    ),
    "reading_lists.save": lambda store: store.reading_lists.save(TEAM, "UOTHER", CARD, SaveKind.CLICK, now=NOW),
    "reading_lists.change_several": lambda store: store.reading_lists.change_several(
        TEAM, "UOTHER", to_save=TODAYS[1:3], to_remove=[CARD], now=NOW
    ),
    "reading_lists.saved_among": lambda store: store.reading_lists.saved_among(TEAM, "UOTHER", TODAYS),
    "reading_lists.remove": lambda store: store.reading_lists.remove(TEAM, "UOTHER", CARD, now=NOW),
    "reading_lists.page": lambda store: store.reading_lists.page(TEAM, "UOTHER", limit=10),
    "reading_lists.page_and_counts": lambda store: store.reading_lists.page_and_counts(TEAM, "UOTHER", limit=10),
    "reading_lists.count": lambda store: store.reading_lists.count(TEAM, "UOTHER"),
    "reading_lists.counts": lambda store: store.reading_lists.counts(TEAM, "UOTHER"),
    "reading_lists.tags": lambda store: store.reading_lists.tags(TEAM, "UOTHER"),
    "reading_lists.entry": lambda store: store.reading_lists.entry(TEAM, "UOTHER", CARD),
    "reading_lists.entries": lambda store: store.reading_lists.entries(
        TEAM, "UOTHER", ListFilter(words="paper", order=ListOrder.VOTES), limit=10
    ),
    "reading_lists.is_known": lambda store: store.reading_lists.is_known(reaction(added=False)),
    "reading_lists.set_state": lambda store: store.reading_lists.set_state(
        TEAM, "UOTHER", TODAYS[1], ReadingState.DONE, origin=SaveOrigin(SaveKind.CLICK), now=NOW
    ),
    "reading_lists.set_note": lambda store: store.reading_lists.set_note(TEAM, "UOTHER", TODAYS[1], "A note", now=NOW),
    "list_imports.add": lambda store: store.list_imports.add(
        TEAM, "UOTHER", [ImportedEntry(TODAYS[1])], origin=SaveOrigin(SaveKind.IMPORT), now=NOW
    ),
    "list_imports.undo": lambda store: store.list_imports.undo(
        TEAM, "UOTHER", SaveOrigin(SaveKind.IMPORT, "D1", "1.2"), now=NOW
    ),
    "reading_lists.set_tags": lambda store: store.reading_lists.set_tags(TEAM, "UOTHER", TODAYS[1], ["nlp"], now=NOW),
    "reading_lists.change_tags": lambda store: store.reading_lists.change_tags(
        TEAM, "UOTHER", TODAYS[1], now=NOW, add=["speech"]
    ),
    "reading_lists.undo_save": lambda store: store.reading_lists.undo_save(
        TEAM, "UOTHER", TODAYS[2], SaveOrigin(SaveKind.CLICK), now=NOW
    ),
    "reading_lists.restore": lambda store: store.reading_lists.restore(TEAM, "UOTHER", CARD, now=NOW),
    "reading_lists.last_removed": lambda store: store.reading_lists.last_removed(TEAM, "UOTHER", since=NOW),
    "reading_lists.set_states": lambda store: store.reading_lists.set_states(
        TEAM, "UOTHER", WHOLE_LIST, ReadingState.DONE, now=NOW
    ),
    "reading_lists.undo_states": lambda store: store.reading_lists.undo_states(
        TEAM, "UOTHER", ReadingState.DONE, set_at=NOW
    ),
    "reading_lists.remove_all": lambda store: store.reading_lists.remove_all(TEAM, "UOTHER", now=NOW),
    "reading_lists.restore_all": lambda store: store.reading_lists.restore_all(TEAM, "UOTHER", removed_at=NOW, now=NOW),
    "list_emoji.choose": lambda store: store.list_emoji.choose(TEAM, ListEmoji(("bookmark",)), now=NOW),
    "list_emoji.in_use": lambda store: store.list_emoji.in_use(TEAM, ("bookmark",)),
    "list_emoji.find": lambda store: store.list_emoji.find(TEAM),
    "search.candidates": lambda store: store.search.candidates(
        parse_query("title author:ruiz since:2026"), owner=(TEAM, READER)
    ),
    "search.index_some": lambda store: store.search.index_some(limit=50),
    "search.is_complete": lambda store: store.search.is_complete(),
    "newer_blocks.note": lambda store: store.newer_blocks.note(TEAM, NewerBlock.CONTAINER, accepted=True, now=NOW),
    "newer_blocks.answers": lambda store: store.newer_blocks.answers(TEAM),
    "installations.save": lambda store: store.installations.save(INSTALLED, installer="U0000000001", now=NOW),
    "installations.find": lambda store: store.installations.find(TEAM),
    "installations.installer": lambda store: store.installations.installer(TEAM),
    "installations.all": lambda store: store.installations.all(),
    "installations.versions": lambda store: store.installations.versions(),
    "installations.renew": lambda store: store.installations.renew(INSTALLED, "sealed anew", NOW),
    "installations.use_up": lambda store: store.installations.use_up("state", until=NOW),
    "leases.hold": lambda store: store.leases.hold(["a", "b"], owner="bot", now=NOW, until=NOW),
    "leases.renew": lambda store: store.leases.renew(["a", "b"], owner="bot", until=NOW),
    "leases.held_at": lambda store: store.leases.held_at(["a", "b"], now=NOW),
    "leases.release": lambda store: store.leases.release(["a", "b"], owner="bot"),
    "leases.note_alive": lambda store: store.leases.note_alive("bot", until=NOW),
    "leases.replicas": lambda store: store.leases.replicas(now=NOW),
    "leases.note_gone": lambda store: store.leases.note_gone("bot"),
    "outages.record_contact": lambda store: store.outages.record_contact(TEAM, Sighting(NOW)),
    "outages.pending": lambda store: store.outages.pending(),
    "outages.messages_to_reconcile": lambda store: store.outages.messages_to_reconcile(
        TEAM, OUTAGE, since=NOW - timedelta(days=14)
    ),
    "reading_lists.reconcile": lambda store: store.reading_lists.reconcile(
        ReactionsSeen(TEAM, CHANNEL, CARD_TS, frozenset({("UNEW", "bookmark")}), frozenset(), "1787011900.000100"),
        OUTAGE,
        saving_emoji=SAVING,
    ),
    "outages.end": lambda store: store.outages.end(TEAM, OUTAGE),
    "memberships.teams": lambda store: store.memberships.teams(),
    "memberships.scopes_told_missing": lambda store: store.memberships.scopes_told_missing(TEAM),
    "memberships.note_scopes_told_missing": lambda store: store.memberships.note_scopes_told_missing(
        TEAM, frozenset({"im:history"})
    ),
    "memberships.rejoin_team": lambda store: store.memberships.rejoin_team(TEAM, now=NOW),
    "maintenance.prune": lambda store: store.maintenance.prune(now=NOW),
}
# What may take the longer the more there was, and why.
MAY_GROW = {
    "spending.in_all": "it counts all there is, for operators",
    "feedback.counts": "it counts all there is, for operators",
    "channels.everywhere": "all channels are looked at when a backup is restored",
    "outbox.put_unsent_in_doubt": "all that is unsent is looked for when a backup is restored",
    "search.count_left": "it counts what an update left to be indexed, for a progress bar",
    "paper_news.of_list": "it looks at all that waits on one list, once a week",
    "reminders.waiting": "it reads all that waits on one list, once a week",
    "maintenance.stats": "it counts all there is, for operators",
    "people.unknown": "everybody who is named anywhere is looked for, once a week, in pieces",
    "personal_data.counts": "whoever asks what is stored about them is told of all of it",
    "personal_data.rows": "whoever asks for what is stored about them gets all of it",
    "personal_data.begin_erasure": "all of a person is counted before it is erased",
    "personal_data.erase": "all of a person is looked for in all tables, in pieces",
    "memberships.leave_channel": "a channel is left once",
    "memberships.leave_team": "a workspace is left once",
    "installations.end": "a workspace is left once",
    "memberships.forget_left": "all that was left is deleted, in pieces",
    "memberships.change_channel_id": "all of a channel is moved, once",
}


async def after(path: Path, days: int) -> Store:
    """A store with so many days of history, cleared up to yesterday."""
    with closing(connect(path)) as db:
        fill(db, team=TEAM, channels=[CHANNEL, OTHER_CHANNEL], last_day=LAST, days=days)
    store = await open_store(path)
    for channel in (CHANNEL, OTHER_CHANNEL):
        await store.channels.create(Channel(TEAM, channel, SETTINGS, cursor=LAST), now=NOW - timedelta(days=days))
    return store


class _Watched:
    """A store whose statements are counted, in steps of SQLite's virtual machine, and written down."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.steps = 0
        self.statements: set[str] = set()

    async def ask(self, ask: Callable[[Store], Awaitable[Any]]) -> int:
        """How many steps one question takes, in tens."""
        self.steps = 0
        for connection in (in_sqlite(self._store).writer, in_sqlite(self._store).reader):
            await connection.do(self._watch)
        self._watch(in_sqlite(self._store).fast_reader)
        await ask(self._store)
        return self.steps

    def _watch(self, db: sqlite3.Connection) -> None:
        db.set_progress_handler(self._step, 10)
        db.set_trace_callback(self.statements.add)

    def _step(self) -> None:
        self.steps += 1


async def test_every_question_is_asked(tmp_path: Path) -> None:
    """A new method of the store says above how it is asked on an ordinary day."""
    store = await open_store(tmp_path / "paperboy.db")
    await store.close()
    methods = {
        f"{part}.{name}"
        for part, each in vars(store).items()
        if each is not store.database
        for name, _ in inspect.getmembers(type(each), inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert methods == ASKED.keys() | MAY_GROW.keys()


@pytest.mark.parametrize("cleared", [False, True], ids=["nothing cleared away", "cleared every day"])
async def test_no_question_gets_dearer_with_history(tmp_path: Path, cleared: bool) -> None:
    taken: dict[int, dict[str, int]] = {}
    for days in (100, 400):
        store = await after(tmp_path / f"{days}.db", days)
        if cleared:
            await store.maintenance.prune(now=NOW - timedelta(days=1))
            await store.summary_failures.prune(NOW - timedelta(days=91))
        watched = _Watched(store)
        asked = {name: ask for name, ask in ASKED.items() if cleared or not name.endswith(".prune")}
        taken[days] = {name: await watched.ask(ask) for name, ask in asked.items()}
        await store.close()
    grown = {
        name: (steps, taken[400][name]) for name, steps in taken[100].items() if taken[400][name] > 1.3 * steps + 20
    }
    assert grown == {}


# Tables that grow with history, and the statements that may walk through one of them.
_GROWING = {
    *("outbox", "message_papers", "posted_papers", "edition_days", "edition_upkeep", "due_claims", "reactions"),
    *("reaction_readings", "list_changes", "saved_papers", "papers", "listings", "listed_papers", "summaries"),
    *(
        "materials",
        "model_spending",
        "summary_reports",
        "summary_feedback",
        "question_turns",
        "incoming_messages",
        "link_previews",
        "changes",
        "imported_digests",
        "imported_papers",
        "reminders",
        "paper_news",
    ),
}
_MAY_SCAN: dict[str, str] = {}


async def test_no_statement_walks_through_a_whole_table(tmp_path: Path) -> None:
    store = await after(tmp_path / "paperboy.db", 60)
    watched = _Watched(store)
    for ask in ASKED.values():
        await watched.ask(ask)
    await store.close()
    scans: Counter[str] = Counter()
    with closing(sqlite3.connect(tmp_path / "paperboy.db")) as db:
        for statement in watched.statements:
            if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
                scans.update(_scans(db, statement))
    assert dict(scans) == {}


def _scans(db: sqlite3.Connection, statement: str) -> list[str]:
    """The growing tables a statement walks through from one end to the other, each with the statement."""
    aliases = dict(re.findall(r"(?:FROM|JOIN|UPDATE) (?P<t>\w+)(?: AS)? (?!WHERE|SET|ORDER|ON)(?P<a>\w+)", statement))
    tables = {alias: table for table, alias in aliases.items()}
    plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {statement}")]
    walked = [match[1] for line in plan if (match := re.match(r"SCAN (\w+)", line))]
    return [
        f"{tables.get(name, name)}: {statement}"
        for name in walked
        if tables.get(name, name) in _GROWING and statement not in _MAY_SCAN
    ]
