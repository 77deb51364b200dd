"""The store's parts, a subject each."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from bot.errors import StoreError
from bot.rules.channels import ChannelState
from bot.rules.old_digests import imported_summary
from bot.rules.outbox import DeliveryState
from bot.rules.papers import SummaryState
from bot.store.tables import (
    channels,
    digests,
    leaving,
    outages,
    outbox,
    papers,
    pruning,
    reading_lists,
    requests,
    spending,
    summaries,
    summary_tries,
    vital_signs,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime, timedelta

    from bot.rules.budget import Spent
    from bot.rules.channels import Change, Channel, ChannelSettings, Invitation, Person
    from bot.rules.old_digests import ImportedDigest
    from bot.rules.outages import Outage, PostedMessage
    from bot.rules.outbox import Delivery, DeliveryKey, PostedEdition, Undelivered, WaitUntil
    from bot.rules.papers import ListedPaper, Listing, Material, Paper, Summary, SummaryVersion
    from bot.rules.reading_list import Reaction, ReactionsSeen, SavedPaper, SaveKind
    from bot.rules.reports import Report
    from bot.rules.requests import Request
    from bot.rules.summary_retries import SummaryTries
    from bot.store.sqlite import SqliteDatabase
    from bot.store.vital_signs import VitalSigns

# How often a look at the database's health writes to it, in seconds: anybody may look as often as they like.
WRITTEN_EVERY_SECONDS = 30


class Papers:
    """Papers as their sources describe them, and what imported digests said of them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def remember(self, paper: Paper, *, source: str, now: datetime) -> None:
        """Keep a paper's description; what `source` does not tell stays as another source told it."""
        await self._database.write(papers.remember_paper, paper, source, now)

    async def find(self, paper_id: str) -> Paper | None:
        """A paper by canonical id."""
        return await self._database.read_few(papers.paper, paper_id)

    async def known(self, paper_ids: Iterable[str]) -> dict[str, Paper]:
        """Those of the given papers that are known, by id."""
        return await self._database.read(papers.papers_known, list(paper_ids))

    async def described(self, paper_id: str, language: str) -> tuple[Paper, ListedPaper | None, Summary | None] | None:
        """All that a card tells of a paper: `paper`, `last_listed` and `summary` in one reading."""
        return await self._database.read_few(papers.described, paper_id, language)

    async def remember_digest(self, digest: ImportedDigest, *, now: datetime) -> None:
        """Keep what an older digest said, apart from all facts, in place of what was imported for its day before."""
        await self._database.write(digests.remember_digest, digest, now)

    async def imported_digest(self, day: date) -> ImportedDigest | None:
        """A day's digest as imported."""
        return await self._database.read(digests.imported_digest, day)

    async def imported_summaries(self, paper_id: str) -> list[Summary]:
        """What imported digests said of a paper, latest day first: unchecked, for `remember_summary` only once checked.

        `summary` never gives one of them.
        """
        entries = await self._database.read(digests.imported_entries, paper_id)
        read = (imported_summary(entry, day) for day, entry in entries)
        return [summary for summary in read if summary is not None]


class Listings:
    """The days' lists, as last read."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def remember(self, listing: Listing, ranked: Sequence[ListedPaper]) -> None:
        """Keep a day's list as it stands now, in place of an earlier reading, and the papers on it."""
        await self._database.write(papers.remember_listing, listing, ranked)

    async def find(self, day: date) -> Listing | None:
        """A day's list as last read, ranked."""
        return await self._database.read(papers.listing, day)

    async def between(self, after: date, until: date) -> list[ListedPaper]:
        """Every paper on the lists of the days after one and up to another, as on the latest of them that has it."""
        return await self._database.read(papers.listed_between, after, until)

    async def remember_empty_day(self, day: date, *, now: datetime) -> None:
        """Keep that a day has no list; a list read before stays."""
        await self._database.write(papers.remember_empty_day, day, now)

    async def days_read(self, since: date, until: date) -> dict[date, datetime]:
        """When each of the days from `since` to `until` was last read, be it with papers or empty; days never read are
        not in it."""
        return await self._database.read(papers.days_read, since, until)

    async def last_listed(self, paper_id: str) -> ListedPaper | None:
        """A paper as it stood on the latest day's list that has it."""
        return await self._database.read(papers.last_listed, paper_id)


class Summaries:
    """Summaries in all their versions, and what they were made from."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def remember(
        self,
        summary: Summary,
        *,
        state: SummaryState = SummaryState.SHOWN,
        score: float | None = None,
        offenders: Sequence[str] = (),
    ) -> None:
        """Keep a summary as the newest version in its language; a model's that is to be shown replaces a model's."""
        await self._database.write(summaries.remember_summary, summary, state, score, offenders)

    async def find(self, paper_id: str, language: str) -> Summary | None:
        """The summary to show: of the newest version of the paper, the newest that stands."""
        return await self._database.read(summaries.summary, paper_id, language)

    async def versions(self, paper_id: str) -> list[SummaryVersion]:
        """All summaries of a paper, in every language and state, newest first."""
        return await self._database.read(summaries.summary_versions, paper_id)

    async def papers_since(self, moment: datetime) -> list[str]:
        """The papers of which a model's summary came to be shown since then."""
        return await self._database.read(summaries.papers_summarised_since, moment)

    async def count_in_part(self, since: datetime) -> int:
        """How many summaries were made since then of which the model's server took in only a part of the text."""
        return await self._database.read(summaries.summaries_in_part, since)

    async def remember_material(self, paper_id: str, material: Material, *, now: datetime) -> None:
        """Keep what was read of a paper, in place of what was read of it before."""
        await self._database.write(summaries.remember_material, paper_id, material, now)

    async def material(self, paper_id: str) -> Material | None:
        """What was last read of a paper to summarise it."""
        return await self._database.read(summaries.material, paper_id)


class SummaryFailures:
    """What models could not summarise, and whether the operator knows."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def find(self, paper_id: str, language: str, model: str) -> SummaryTries | None:
        """How a model failed so far at a summary; None when it did not."""
        return await self._database.read(summary_tries.summary_tries, paper_id, language, model)

    async def remember(self, paper_id: str, language: str, model: str, tries: SummaryTries) -> None:
        """Keep how a model failed at a summary, in place of what was known before."""
        await self._database.write(summary_tries.remember_summary_tries, paper_id, language, model, tries)

    async def forget(self, paper_id: str, language: str, model: str) -> None:
        """A model wrote a summary: how it failed before matters no more."""
        await self._database.write(summary_tries.forget_summary_tries, paper_id, language, model)

    async def in_a_row(self, model: str) -> int:
        """How many summaries a model failed at, by failures that count against them, since it last wrote one."""
        return await self._database.read(summary_tries.failed_in_a_row, model)

    async def given_up(self, since: datetime, *, only_untold: bool = False) -> dict[str, int]:
        """How many summaries were given up since then, by the name of the last failure, most first."""
        return await self._database.read(summary_tries.summaries_given_up, since, only_untold=only_untold)

    async def note_told(self, until: datetime) -> None:
        """The operator knows of what was given up until then."""
        await self._database.write(summary_tries.note_given_up_told, until)

    async def prune(self, before: datetime) -> None:
        """Delete how models failed at what they were last asked for before then."""
        await self._database.write(summary_tries.prune_summary_tries, before)


class Reports:
    """What people said was wrong with summaries."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def remember(self, report: Report, *, most: int, since: datetime) -> bool:
        """Keep what somebody said of a summary.

        False when that very report is known, or when they made the `most` they may since then.
        """
        return await self._database.write(summaries.remember_report, report, most, since)

    async def begin_rewriting(self, report: Report, *, since: datetime) -> bool:
        """The summary is rewritten for a known report, and for no other `since` then.

        True also when that had begun; False when it is rewritten for another, or the report is not known.
        """
        return await self._database.write(summaries.begin_rewriting, report, since)

    async def undo_rewriting(self, report: Report) -> bool:
        """Nothing came of rewriting the summary for a report: the next one may have it rewritten."""
        return await self._database.write(summaries.undo_rewriting, report)

    async def since(self, moment: datetime) -> list[Report]:
        """What was said of summaries since then, latest first."""
        return await self._database.read(summaries.reports_since, moment)


class Spending:
    """What language models cost, by day, person and model."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def record(self, day: date, team: str, user: str, model: str, spent: Spent) -> None:
        """Add to what a model cost on a UTC day. An empty `user` is Paperboy itself. Recording twice counts twice."""
        await self._database.write(spending.record_spending, day, team, user, model, spent)

    async def on(self, day: date) -> Spent:
        """What all models cost on a UTC day, in all workspaces."""
        return await self._database.read(spending.spent_on, day)

    async def by(self, day: date, team: str, user: str) -> Spent:
        """What one person's wishes cost on a UTC day."""
        return await self._database.read(spending.spent_by, day, team, user)


class People:
    """The people who read, and their own choice of language."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def remember(self, person: Person, *, now: datetime) -> None:
        """Keep what Slack says of a person; their own choice of language stays unless one is given."""
        await self._database.write(channels.remember_person, person, now)

    async def find(self, team: str, user: str) -> Person | None:
        """A person as last heard of."""
        return await self._database.read_few(channels.person, team, user)

    async def choose_language(self, team: str, user: str, language: str | None, *, now: datetime) -> None:
        """A person wants to be answered in this language from now on; None: in that of their Slack."""
        await self._database.write(channels.choose_language, team, user, language, now)


class Channels:
    """Channels, their settings and states, and who changed what about them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def create(self, channel: Channel, *, now: datetime) -> bool:
        """Begin to serve a channel. False, and nothing changed, when it is known already."""
        return await self._database.write(channels.create_channel, channel, now)

    async def find(self, team: str, channel: str) -> Channel | None:
        """A channel and its settings."""
        return await self._database.read_few(channels.channel, team, channel)

    async def welcome(self, channel: Channel, *, now: datetime, event_ts: str | None = None) -> Channel | None:
        """Paperboy was invited: keep the channel as it is given, unless it is known; the channel as it stands then.

        None, and nothing changed, when it left after the event of this time stamp.
        A known one gets the owner given; one that was left is new again, and one that was closed is served again.
        """
        return await self._database.write(channels.welcome_channel, channel, now, event_ts)

    async def active(self, team: str) -> list[Channel]:
        """The channels to be served, by id."""
        return await self.in_state(team, ChannelState.ACTIVE)

    async def all_of(self, team: str) -> list[Channel]:
        """The channels of a workspace in any state, by id."""
        return await self._database.read(channels.channels_of, team)

    async def in_state(self, team: str, state: ChannelState) -> list[Channel]:
        """The channels in a state, by id."""
        return await self._database.read(channels.channels_in, team, state)

    async def change_settings(
        self, team: str, channel: str, settings: ChannelSettings, *, user: str | None, now: datetime
    ) -> list[Change]:
        """Put settings in place of a known channel's; what differs, as it was logged."""
        return await self._database.write(channels.change_settings, team, channel, settings, user, now)

    async def changes(self, team: str, channel: str, *, limit: int) -> list[Change]:
        """What was changed about a channel, latest first."""
        return await self._database.read(channels.changes, team, channel, limit)

    async def change(self, team: str, channel: str, change_id: int) -> Change | None:
        """One of the changes of this channel."""
        return await self._database.read(channels.change, team, channel, change_id)

    async def start(self, team: str, channel: str, *, latest: date, user: str | None, now: datetime) -> bool:
        """Serve a channel that is not being served, from now on. False, and nothing changed, when it is being served.

        Unless it has had `latest`, the latest listing day that can have papers, its next digest is like a first one.
        What has waited there since before today, as it was paused, is not sent any more.
        """
        return await self._database.write(channels.start_channel, team, channel, latest, user, now)

    async def pause(self, team: str, channel: str, *, user: str | None, now: datetime) -> bool:
        """A person stops what a channel gets. False, and nothing changed, when it is not being served."""
        return await self._database.write(channels.pause_channel, team, channel, user, now)

    async def close(self, team: str, channel: str, *, reason: str, now: datetime) -> bool:
        """Slack lets nothing into a channel. False, and nothing changed, when it is not being served."""
        return await self._database.write(channels.close_channel, team, channel, reason, now)

    async def reopen(self, team: str, channel: str, *, now: datetime) -> bool:
        """Slack lets something in again. False, and nothing changed, when it is not closed."""
        return await self._database.write(channels.reopen_channel, team, channel, now)

    async def set_skip_next(self, team: str, channel: str, wanted: bool, *, user: str | None, now: datetime) -> bool:
        """Leave out the next time a channel is due, or do not. False, and nothing changed, when it was so already."""
        return await self._database.write(channels.set_skip_next, team, channel, wanted, user, now)


class Duties:
    """What a channel is due, a local date at a time, and how far it has come."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def claim(self, team: str, channel: str, local_date: date, *, owner: str, now: datetime) -> bool:
        """Take on what a channel is due on a local date. False when that date is done with.

        Whoever runs is alone, so that a claim left open is one whose owner died: it is taken over.
        """
        return await self._database.write(channels.claim_due, team, channel, local_date, owner, now)

    async def finish(self, team: str, channel: str, local_date: date, *, outcome: str) -> None:
        """A local date is done with; `outcome` says how, for operators."""
        await self._database.write(channels.finish_due, team, channel, local_date, outcome)

    async def skip(self, team: str, channel: str, local_date: date, *, through: date, now: datetime) -> None:
        """A local date is left out because that was wanted: it is done with, and so is every day up to `through`."""
        await self._database.write(channels.skip_due, team, channel, local_date, through, now)

    async def move_cursor(self, team: str, channel: str, day: date) -> None:
        """Every listing day up to this one has been dealt with. A cursor never moves back."""
        await self._database.write(channels.move_cursor, team, channel, day)


class Memberships:
    """Where Paperboy is: invitations, and what becomes of channels and workspaces it left."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def note_invitation(self, invitation: Invitation) -> bool:
        """Keep an invitation until `end_invitation`; one that is known stays as it is.

        False, and nothing kept, when Paperboy left the channel after it: events may come in any order.
        """
        return await self._database.write(channels.note_invitation, invitation)

    async def open_invitations(self, team: str) -> list[Invitation]:
        """Invitations that are not answered yet, oldest first; none to a channel that was left since."""
        return await self._database.read(channels.open_invitations, team)

    async def end_invitation(self, invitation: Invitation) -> None:
        """An invitation needs no answer any more."""
        await self._database.write(channels.end_invitation, invitation)

    async def leave_channel(self, team: str, channel: str, *, now: datetime, event_ts: str | None = None) -> bool:
        """Paperboy is no longer in a channel: nothing is sent there, not even what waits. False when that was known.

        Nor when it was invited there again after the event of this time stamp.
        """
        return await self._database.write(leaving.leave_channel, team, channel, now, event_ts)

    async def leave_team(self, team: str, *, now: datetime) -> None:
        """The app was taken out of a workspace: nothing is sent there any more."""
        await self._database.write(leaving.leave_team, team, now)

    async def rejoin_team(self, team: str, *, now: datetime) -> None:
        """Paperboy is in a workspace."""
        await self._database.write(leaving.rejoin_team, team, now)

    async def forget_left(self, *, before: datetime) -> tuple[int, int]:
        """Delete what belongs to channels and workspaces left before a moment; how many channels and workspaces.

        Other writes come in between, however much there is.
        """
        channels_left = await self._database.read(leaving.left_channels, before)
        for team, channel in channels_left:
            while not await self._database.write(leaving.forget_channel, team, channel, before, pruning.ROWS_AT_ONCE):
                pass
        teams_left = await self._database.read(leaving.left_teams, before)
        for team in teams_left:
            while not await self._database.write(leaving.forget_team, team, before, pruning.ROWS_AT_ONCE):
                pass
        return len(channels_left), len(teams_left)

    async def change_channel_id(self, team: str, old: str, new: str) -> None:
        """Slack gave a channel another id."""
        await self._database.write(leaving.change_channel_id, team, old, new)


class Requests:
    """What people asked for and were told was heard, until it is done."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def note(self, request: Request, *, owner: str, until: datetime) -> bool:
        """Keep what somebody asks for, as its `owner`'s to do until then. False when it is known already."""
        return await self._database.write(requests.note_request, request, owner, until)

    async def take(self, team: str, *, owner: str, now: datetime, until: datetime) -> list[Request]:
        """Take over, until then, what nobody is at any more: each is given to one owner alone; oldest first."""
        if not await self._database.read_few(requests.has_due, team, now):
            return []
        return await self._database.write(requests.take_requests, team, owner, now, until)

    async def hold(self, request: Request, *, owner: str, until: datetime) -> bool:
        """Its owner is still at it. False when it is ended or another has taken it over."""
        return await self._database.write(requests.hold_request, request, owner, until)

    async def note_step(self, request: Request, step: str, *, owner: str) -> bool:
        """A request comes to a step from the one it was at. False when it is there, or no longer its owner's."""
        return await self._database.write(requests.note_request_step, request, step, owner)

    async def end(self, request: Request, *, owner: str) -> bool:
        """A request is done with. False when another has taken it over."""
        return await self._database.write(requests.end_request, request, owner)


class Outbox:
    """Messages on their way to Slack."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def plan(
        self,
        deliveries: Sequence[Delivery],
        *,
        now: datetime,
        days: Sequence[date] = (),
        dealt_with: date | None = None,
    ) -> bool:
        """Write a whole edition, which brings these listing `days`, to the outbox, at once or not at all.

        With it the channel is dealt with up to that day, so that nobody who dies in between says anything of it twice.

        False when that edition is planned already, or another that brings one of the days or has a card of one of the
        papers that would get one: those were planned since they were chosen. A change to a message takes
        the place of an older one that still waits.
        """

        def plan(db: sqlite3.Connection) -> bool:
            planned = outbox.plan(db, deliveries, days, now)
            if planned and dealt_with:
                channels.move_cursor(db, deliveries[0].key.team, deliveries[0].key.conversation, dealt_with)
            return planned

        return await self._database.write(plan)

    async def claim(
        self, team: str, conversation: str, edition: str, *, owner: str, now: datetime, lease: timedelta
    ) -> Delivery | WaitUntil | None:
        """Take the next delivery of an edition, in order, for `owner` alone until `lease` is over.

        None when nothing is left to send. A delivery whose lease ran out is in doubt: its sender died, perhaps after
        Slack had taken the message. A delivery in doubt comes with that state, to be looked for and not to be sent;
        nothing after it is claimed before it is settled. What answers a message that was refused or is unknown becomes
        so with it. What follows one that Slack keeps putting off need not wait for it.
        """
        return await self._database.write(outbox.claim, team, conversation, edition, owner, now, lease)

    async def upcoming(self, team: str, conversation: str, edition: str, *, now: datetime) -> Delivery | None:
        """What `claim` would take now, if anything."""
        return await self._database.read(outbox.upcoming, team, conversation, edition, now)

    async def mark_sent(
        self, key: DeliveryKey, ts: str, *, now: datetime, saving_emoji: Collection[str], channel: str | None = None
    ) -> str | None:
        """Slack has the message, as `ts`. From here on reactions to it mean its papers, also those already received.

        `channel` is what Slack calls the place, where that is not what was asked for: a person's id leads to a direct
        message, a name to a channel. Gives the time stamp of another message under this key, where two are in Slack.
        """

        def sent(db: sqlite3.Connection) -> str | None:
            where = channel or key.conversation
            is_news, other = outbox.mark_sent(db, key, ts, where, now)
            if is_news:
                reading_lists.act_on_early_reactions(db, key.team, where, ts, saving_emoji)
            return other

        return await self._database.write(sent)

    async def mark_pending(
        self,
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
        return await self._database.write(
            outbox.mark, key, DeliveryState.PENDING, error, not_before, owner=owner, counts=counts, looks=int(looked)
        )

    async def mark_in_doubt(
        self,
        key: DeliveryKey,
        *,
        not_before: datetime,
        error: str,
        owner: str | None = None,
        looked: bool = False,
        probably_absent: bool = False,
    ) -> bool:
        """Nobody knows whether Slack took the message; from `not_before` on it would have arrived.

        `looked` when it was looked for, in vain; `probably_absent` when Slack most likely never heard of it.
        """
        return await self._database.write(
            outbox.mark,
            key,
            DeliveryState.IN_DOUBT,
            error,
            not_before,
            owner=owner,
            looks=int(looked),
            probably_absent=probably_absent,
        )

    async def mark_unknown(self, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        """Whether Slack took the message cannot be found out; it is not sent again unless a person asks for it."""
        return await self._database.write(outbox.mark, key, DeliveryState.UNKNOWN, error, None, owner=owner)

    async def mark_refused(self, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        """Slack does not take the message; it is not sent again unless a person asks for it."""
        return await self._database.write(outbox.mark, key, DeliveryState.REFUSED, error, None, owner=owner)

    async def keep_message(self, key: DeliveryKey, ts: str) -> None:
        """Of the messages that stand in Slack under one key, this is the one that stays."""
        await self._database.write(outbox.keep_message, key, ts)

    async def renew(self, key: DeliveryKey, *, gone: str | None) -> bool:
        """A message that others answer, as it was sent at `gone`, is gone from Slack: it is due again, once.

        True also when another found it gone before, and it is due or was sent anew; False when it will not be.
        """
        return await self._database.write(outbox.renew, key, gone)

    async def resume(self, team: str, conversation: str, edition: str) -> None:
        """Let what waits in an edition be tried at once, but for a pause that Slack asked for."""
        await self._database.write(outbox.resume, team, conversation, edition)

    async def bring_back(self, team: str, conversation: str, edition: str, *, unconfirmed: bool) -> int:
        """Make due again what was refused of an edition and, if `unconfirmed`, what is unknown; how many messages.

        But for cards of papers that came with another edition meanwhile.
        """
        return await self._database.write(outbox.bring_back, team, conversation, edition, unconfirmed)

    async def undelivered(self, team: str) -> list[Undelivered]:
        """What was refused or is unknown of editions with nothing left to send, and was told nobody yet."""
        return await self._database.read(outbox.undelivered, team)

    async def note_told(self, team: str, conversation: str, edition: str) -> None:
        """Whoever is to know of it was told what did not arrive of an edition."""
        await self._database.write(outbox.note_told, team, conversation, edition)

    async def replace_payload(self, key: DeliveryKey, payload: str, *, owner: str | None = None) -> None:
        """Send other bytes from now on, as Slack refused the first ones; not when another `owner` has the delivery."""
        await self._database.write(outbox.replace_payload, key, payload, owner)

    async def deliveries(self, team: str, conversation: str, edition: str) -> list[Delivery]:
        """An edition as it stands in the outbox, in order; empty when it was never planned."""
        return await self._database.read(outbox.deliveries, team, conversation, edition)

    async def unfinished(self, team: str, *, closed: bool = False) -> list[tuple[str, str]]:
        """Conversation and edition of all that is still to be sent, oldest plan first.

        But for closed channels, or only for those; and but for what is sent unasked to paused channels.
        """
        return await self._database.read(outbox.unfinished, team, closed)


class Posted:
    """What conversations have had: days, papers, and the messages that show them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def days_had(self, team: str, conversation: str, since: date) -> dict[date, str]:
        """The listing days from `since` on that an edition brings to a conversation, each with that edition."""
        return await self._database.read_few(outbox.days_had, team, conversation, since)

    async def papers_had(self, team: str, conversation: str, paper_ids: Collection[str]) -> frozenset[str]:
        """Those of the papers that a conversation has had a card of in a daily edition, or will have; for ever."""
        return await self._database.read(outbox.posted_papers, team, conversation, list(paper_ids))

    async def papers_shown(self, team: str, channel: str, ts: str) -> tuple[str, ...]:
        """The papers a message shows, in order; empty for a message that is not ours."""
        return await self._database.read_few(outbox.papers_shown, team, channel, ts)

    async def cards_of(
        self, team: str, conversation: str, paper_ids: Collection[str]
    ) -> dict[str, tuple[str, str | None]]:
        """Where a conversation's cards of papers are: time stamp and, in a thread, that of its first message, by id."""
        return await self._database.read(outbox.cards_of, team, conversation, list(paper_ids))

    async def cards_showing(
        self, team: str, paper_id: str, *, since: datetime, conversation: str | None = None
    ) -> list[Delivery]:
        """A paper's cards posted since then in served channels, or in one of them, each as the last change has it."""
        return await self._database.read(outbox.cards_showing, team, paper_id, since, conversation)

    async def editions_to_look_back_at(self, team: str, *, since: datetime) -> list[PostedEdition]:
        """The daily editions with cards that are wholly sent, and were begun to be since then, oldest first."""
        return await self._database.read(outbox.editions_to_look_back_at, team, since)

    async def note_look_back(self, team: str, conversation: str, edition: str, step: str, *, now: datetime) -> None:
        """A look back at an edition was taken."""
        await self._database.write(outbox.note_look_back, team, conversation, edition, step, now)


class ReadingLists:
    """People's lists, and the reactions that put papers on them."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def record_reaction(self, reaction: Reaction, *, saving_emoji: Collection[str]) -> None:
        """Apply a reaction, or its removal, unless a later word on it is known. Unknown messages may become known."""
        await self._database.write(reading_lists.record_reaction, reaction, saving_emoji)

    async def reconcile(self, seen: ReactionsSeen, outage: Outage, *, saving_emoji: Collection[str]) -> list[Reaction]:
        """Make the reactions known of a message those Slack showed, unless a later word on one is known.

        What was missed, as it is recorded. Events that are older than what was seen change nothing afterwards.
        """
        return await self._database.write(reading_lists.reconcile, seen, outage, saving_emoji)

    async def save(self, team: str, user: str, paper_id: str, kind: SaveKind, *, now: datetime) -> bool:
        """Put a paper on a person's list. False when it was there already."""
        return await self._database.write(reading_lists.add_source, team, user, paper_id, kind, "", now)

    async def remove(self, team: str, user: str, paper_id: str) -> bool:
        """Take a paper off a person's list, however it got there. False when it was not there."""
        return await self._database.write(reading_lists.remove, team, user, paper_id)

    async def page(self, team: str, user: str, *, limit: int, offset: int = 0) -> tuple[list[SavedPaper], int]:
        """A part of a person's list, newest first, and how many papers are on it in all."""

        def page(db: sqlite3.Connection) -> tuple[list[SavedPaper], int]:
            return reading_lists.saved(db, team, user, limit, offset), reading_lists.count_saved(db, team, user)

        return await self._database.read_few(page)

    async def count(self, team: str, user: str) -> int:
        """How many papers are on a person's list."""
        return await self._database.read_few(reading_lists.count_saved, team, user)


class Outages:
    """When Slack was heard, and what is to be made up for when it was not."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def note_heard(self, team: str, *, now: datetime, was_only_quiet: bool = False) -> Outage | None:
        """Slack is heard now. The outage whose reactions are still to be made up for, be it new or left from before.

        When it `was_only_quiet` since it was last heard, that time is no outage.
        """
        return await self._database.write(outages.note_heard, team, now, was_only_quiet)

    async def messages_to_reconcile(self, team: str, outage: Outage, *, since: datetime) -> list[PostedMessage]:
        """Our messages with papers since then whose reactions were not yet read for this outage, newest first."""
        return await self._database.read(outages.messages_to_reconcile, team, outage, since)

    async def end(self, team: str, outage: Outage) -> None:
        """Everything missed in this outage is made up for. One that came on top of it stays."""
        await self._database.write(outages.end_outage, team, outage)


class Maintenance:
    """The database's health, how much is in it, and what is cleared away."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._written_at: float | None = None

    async def check(self) -> None:
        """Return when the database can be read and, tried now and then, written."""
        await self._database.read(vital_signs.check)
        if self._written_at is not None and monotonic() - self._written_at < WRITTEN_EVERY_SECONDS:
            return
        self._written_at = monotonic()
        try:
            await self._database.write(vital_signs.note_check)
        except StoreError:
            self._written_at = None
            raise

    async def vital_signs(self) -> VitalSigns:
        """How much there is of what, for operators."""
        return await self._database.read(vital_signs.vital_signs)

    async def prune(self, *, now: datetime) -> None:
        """Delete what nothing can need any more, and no more than that: see `bot.store.tables.pruning`.

        Other writes come in between, however much there is. For once a day.
        """
        for step in pruning.STEPS:
            position: tuple[str, ...] | None = ()
            while position is not None:
                position = await self._database.write(step, position, now)
