"""Everything Paperboy remembers, behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from bot.papers import SummaryState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime, timedelta

    from bot.budget import Spent
    from bot.channels import Change, Channel, ChannelSettings, ChannelState, Invitation, Person
    from bot.digests import ImportedDigest
    from bot.outages import Outage, PostedMessage
    from bot.outbox import Delivery, DeliveryKey, PostedEdition, Undelivered, Upcoming, WaitUntil
    from bot.papers import ListedPaper, Listing, Material, Paper, Summary, SummaryVersion
    from bot.reading_list import Reaction, ReactionsSeen, SavedPaper, SaveKind
    from bot.reports import Report
    from bot.summary_retries import SummaryTries


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """How much there is of what: messages in the outbox and channels by state, entries of reading lists, and what
    language models cost in all."""

    deliveries: Mapping[str, int]
    channels: Mapping[str, int]
    saved_papers: int
    last_sent: datetime | None
    model: Spent


class Store(Protocol):
    """What is remembered. Values in, values out; every datetime is aware.

    A method that returns has its work on disk. Any method may raise `StoreError`, and then has changed nothing. Any
    method may be called twice with the same arguments; the second call changes nothing.
    """

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""

    async def check(self) -> None:
        """Return when the database can be read and, tried now and then, written."""

    async def vital_signs(self) -> VitalSigns:
        """How much there is of what, for operators."""

    # papers ----------------------------------------------------------------------------------------------------------

    async def remember_paper(self, paper: Paper, *, source: str, now: datetime) -> None:
        """Keep a paper's description; what `source` does not tell stays as another source told it."""

    async def paper(self, paper_id: str) -> Paper | None:
        """A paper by canonical id."""

    async def remember_listing(self, listing: Listing, ranked: Sequence[ListedPaper]) -> None:
        """Keep a day's list as it stands now, in place of an earlier reading, and the papers on it."""

    async def listing(self, day: date) -> Listing | None:
        """A day's list as last read, ranked."""

    async def listed_between(self, after: date, until: date) -> list[ListedPaper]:
        """Every paper on the lists of the days after one and up to another, as on the latest of them that has it."""

    async def remember_empty_day(self, day: date, *, now: datetime) -> None:
        """Keep that a day has no list; a list read before stays."""

    async def days_read(self, since: date, until: date) -> dict[date, datetime]:
        """When each of the days from `since` to `until` was last read, be it with papers or empty; days never read are
        not in it."""

    async def last_listed(self, paper_id: str) -> ListedPaper | None:
        """A paper as it stood on the latest day's list that has it."""

    async def described(self, paper_id: str, language: str) -> tuple[Paper, ListedPaper | None, Summary | None] | None:
        """All that a card tells of a paper: `paper`, `last_listed` and `summary` in one reading."""

    # summaries -------------------------------------------------------------------------------------------------------

    async def remember_summary(
        self,
        summary: Summary,
        *,
        state: SummaryState = SummaryState.SHOWN,
        score: float | None = None,
        offenders: Sequence[str] = (),
    ) -> None:
        """Keep a summary as the newest version in its language; a model's that is to be shown replaces a model's."""

    async def summary(self, paper_id: str, language: str) -> Summary | None:
        """The summary to show: of the newest version of the paper, the newest that stands."""

    async def summary_versions(self, paper_id: str) -> list[SummaryVersion]:
        """All summaries of a paper, in every language and state, newest first."""

    async def papers_summarised_since(self, moment: datetime) -> list[str]:
        """The papers of which a model's summary came to be shown since then."""

    async def summaries_in_part(self, since: datetime) -> int:
        """How many summaries were made since then of which the model's server took in only a part of the text."""

    async def remember_material(self, paper_id: str, material: Material, *, now: datetime) -> None:
        """Keep what was read of a paper, in place of what was read of it before."""

    async def material(self, paper_id: str) -> Material | None:
        """What was last read of a paper to summarise it."""

    async def remember_report(self, report: Report) -> bool:
        """Keep what somebody said of a summary. False when that very report is known."""

    async def note_rewriting(self, report: Report) -> bool:
        """A known report has its summary rewritten. False when that was noted before, or the report is not known."""

    async def reports_since(self, moment: datetime) -> list[Report]:
        """What was said of summaries since then, latest first."""

    async def record_spending(self, day: date, team: str, user: str, model: str, spent: Spent) -> None:
        """Add to what a model cost on a UTC day. An empty `user` is Paperboy itself. Recording twice counts twice."""

    async def spent_on(self, day: date) -> Spent:
        """What all models cost on a UTC day, in all workspaces."""

    async def spent_by(self, day: date, team: str, user: str) -> Spent:
        """What one person's wishes cost on a UTC day."""

    async def summary_tries(self, paper_id: str, language: str, model: str) -> SummaryTries | None:
        """How a model failed so far at a summary; None when it did not."""

    async def remember_summary_tries(self, paper_id: str, language: str, model: str, tries: SummaryTries) -> None:
        """Keep how a model failed at a summary, in place of what was known before."""

    async def forget_summary_tries(self, paper_id: str, language: str, model: str) -> None:
        """A model wrote a summary: how it failed before matters no more."""

    async def failed_in_a_row(self, model: str) -> int:
        """How many summaries a model failed at, by failures that count against them, since it last wrote one."""

    async def summaries_given_up(self, since: datetime, *, only_untold: bool = False) -> dict[str, int]:
        """How many summaries were given up since then, by the name of the last failure, most first."""

    async def note_given_up_told(self, until: datetime) -> None:
        """The operator knows of what was given up until then."""

    async def prune_summary_tries(self, before: datetime) -> None:
        """Delete how models failed at what they were last asked for before then."""

    # imported digests ------------------------------------------------------------------------------------------------

    async def remember_digest(self, digest: ImportedDigest, *, now: datetime) -> None:
        """Keep what an older digest said, apart from all facts, in place of what was imported for its day before."""

    async def imported_digest(self, day: date) -> ImportedDigest | None:
        """A day's digest as imported."""

    async def imported_summaries(self, paper_id: str) -> list[Summary]:
        """What imported digests said of a paper, latest day first: unchecked, for `remember_summary` only once checked.

        `summary` never gives one of them.
        """

    # people and channels ---------------------------------------------------------------------------------------------

    async def remember_person(self, person: Person, *, now: datetime) -> None:
        """Keep what Slack says of a person; their own choice of language stays unless one is given."""

    async def person(self, team: str, user: str) -> Person | None:
        """A person as last heard of."""

    async def choose_language(self, team: str, user: str, language: str | None, *, now: datetime) -> None:
        """A person wants to be answered in this language from now on; None: in that of their Slack."""

    async def create_channel(self, channel: Channel, *, now: datetime) -> bool:
        """Begin to serve a channel. False, and nothing changed, when it is known already."""

    async def channel(self, team: str, channel: str) -> Channel | None:
        """A channel and its settings."""

    async def welcome_channel(self, channel: Channel, *, now: datetime) -> Channel:
        """Paperboy was invited: keep the channel as it is given, unless it is known; the channel as it stands then.

        A known one gets the owner given; one that was left is new again, and one that was closed is served again.
        """

    async def note_invitation(self, invitation: Invitation) -> None:
        """Keep an invitation until `end_invitation`; one that is known stays as it is."""

    async def open_invitations(self, team: str) -> list[Invitation]:
        """Invitations that are not answered yet, oldest first; none to a channel that was left since."""

    async def end_invitation(self, invitation: Invitation) -> None:
        """An invitation needs no answer any more."""

    async def active_channels(self, team: str) -> list[Channel]:
        """The channels to be served, by id."""

    async def channels_of(self, team: str) -> list[Channel]:
        """The channels of a workspace in any state, by id."""

    async def channels_in(self, team: str, state: ChannelState) -> list[Channel]:
        """The channels in a state, by id."""

    async def change_settings(
        self, team: str, channel: str, settings: ChannelSettings, *, user: str | None, now: datetime
    ) -> list[Change]:
        """Put settings in place of a known channel's; what differs, as it was logged."""

    async def changes(self, team: str, channel: str, *, limit: int) -> list[Change]:
        """What was changed about a channel, latest first."""

    async def change(self, team: str, channel: str, change_id: int) -> Change | None:
        """One of the changes of this channel."""

    async def start_channel(self, team: str, channel: str, *, latest: date, user: str | None, now: datetime) -> bool:
        """Serve a channel that is not being served, from now on. False, and nothing changed, when it is being served.

        Unless it has had `latest`, the latest listing day that can have papers, its next digest is like a first one.
        """

    async def pause_channel(self, team: str, channel: str, *, user: str | None, now: datetime) -> bool:
        """A person stops what a channel gets. False, and nothing changed, when it is not being served."""

    async def close_channel(self, team: str, channel: str, *, reason: str, now: datetime) -> bool:
        """Slack lets nothing into a channel. False, and nothing changed, when it is not being served."""

    async def reopen_channel(self, team: str, channel: str, *, now: datetime) -> bool:
        """Slack lets something in again. False, and nothing changed, when it is not closed."""

    async def set_skip_next(self, team: str, channel: str, wanted: bool, *, user: str | None, now: datetime) -> bool:
        """Leave out the next time a channel is due, or do not. False, and nothing changed, when it was so already."""

    async def skip_due(self, team: str, channel: str, local_date: date, *, through: date, now: datetime) -> None:
        """A local date is left out because that was wanted: it is done with, and so is every day up to `through`."""

    async def claim_due(self, team: str, channel: str, local_date: date, *, owner: str, now: datetime) -> bool:
        """Take on what a channel is due on a local date. False when that date is done with.

        Whoever runs is alone, so that a claim left open is one whose owner died: it is taken over.
        """

    async def move_cursor(self, team: str, channel: str, day: date) -> None:
        """Every listing day up to this one has been dealt with. A cursor never moves back."""

    async def finish_due(self, team: str, channel: str, local_date: date, *, outcome: str) -> None:
        """A local date is done with; `outcome` says how, for operators."""

    # leaving ---------------------------------------------------------------------------------------------------------

    async def leave_channel(self, team: str, channel: str, *, now: datetime) -> bool:
        """Paperboy is no longer in a channel: nothing is sent there, not even what waits. False when that was known."""

    async def leave_team(self, team: str, *, now: datetime) -> None:
        """The app was taken out of a workspace: nothing is sent there any more."""

    async def rejoin_team(self, team: str, *, now: datetime) -> None:
        """Paperboy is in a workspace."""

    async def forget_left(self, *, before: datetime) -> tuple[int, int]:
        """Delete what belongs to channels and workspaces left before a moment; how many channels and workspaces.

        Other writes come in between, however much there is.
        """

    async def prune(self, *, now: datetime) -> None:
        """Delete what nothing can need any more, and no more than that: see `bot.store.tables.pruning`.

        Other writes come in between, however much there is. For once a day.
        """

    async def change_channel_id(self, team: str, old: str, new: str) -> None:
        """Slack gave a channel another id."""

    # outbox ----------------------------------------------------------------------------------------------------------

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

        False when that edition is planned already, or another that brings one of the days. A change to a message takes
        the place of an older one that still waits.
        """

    async def claim(
        self, team: str, conversation: str, edition: str, *, owner: str, now: datetime, lease: timedelta
    ) -> Delivery | WaitUntil | None:
        """Take the next delivery of an edition, in order, for `owner` alone until `lease` is over.

        None when nothing is left to send. A delivery whose lease ran out is in doubt: its sender died, perhaps after
        Slack had taken the message. A delivery in doubt comes with that state, to be looked for and not to be sent;
        nothing after it is claimed before it is settled. What answers a message that was refused or is unknown becomes
        so with it. What follows one that Slack keeps putting off need not wait for it.
        """

    async def upcoming(self, team: str, conversation: str, edition: str, *, now: datetime) -> Upcoming | None:
        """What `claim` would take now, if anything."""

    async def mark_sent(
        self, key: DeliveryKey, ts: str, *, now: datetime, saving_emoji: Collection[str], channel: str | None = None
    ) -> str | None:
        """Slack has the message, as `ts`. From here on reactions to it mean its papers, also those already received.

        `channel` is what Slack calls the place, where that is not what was asked for: a person's id leads to a direct
        message, a name to a channel. Gives the time stamp of another message under this key, where two are in Slack.
        """

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

    async def mark_unknown(self, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        """Whether Slack took the message cannot be found out; it is not sent again unless a person asks for it."""

    async def mark_refused(self, key: DeliveryKey, *, error: str, owner: str | None = None) -> bool:
        """Slack does not take the message; it is not sent again unless a person asks for it."""

    async def keep_message(self, key: DeliveryKey, ts: str) -> None:
        """Of the messages that stand in Slack under one key, this is the one that stays."""

    async def renew(self, key: DeliveryKey, *, gone: str | None) -> bool:
        """A message that others answer, as it was sent at `gone`, is gone from Slack: it is due again, once.

        True also when another found it gone before, and it is due or was sent anew; False when it will not be.
        """

    async def resume(self, team: str, conversation: str, edition: str) -> None:
        """Let what waits in an edition be tried at once, but for a pause that Slack asked for."""

    async def bring_back(self, team: str, conversation: str, edition: str, *, unconfirmed: bool) -> int:
        """Make due again what was refused of an edition and, if `unconfirmed`, what is unknown; how many messages.

        But for cards of papers that came with another edition meanwhile.
        """

    async def undelivered(self, team: str) -> list[Undelivered]:
        """What was refused or is unknown of editions with nothing left to send, and was told nobody yet."""

    async def note_told(self, team: str, conversation: str, edition: str) -> None:
        """Whoever is to know of it was told what did not arrive of an edition."""

    async def replace_payload(self, key: DeliveryKey, payload: str, *, owner: str | None = None) -> None:
        """Send other bytes from now on, as Slack refused the first ones; not when another `owner` has the delivery."""

    async def deliveries(self, team: str, conversation: str, edition: str) -> list[Delivery]:
        """An edition as it stands in the outbox, in order; empty when it was never planned."""

    async def unfinished(self, team: str, *, closed: bool = False) -> list[tuple[str, str]]:
        """Conversation and edition of all that is still to be sent, oldest plan first.

        But for closed channels, or only for those.
        """

    async def days_had(self, team: str, conversation: str, since: date) -> dict[date, str]:
        """The listing days from `since` on that an edition brings to a conversation, each with that edition."""

    async def posted_papers(self, team: str, conversation: str, paper_ids: Collection[str]) -> frozenset[str]:
        """Those of the papers that a conversation has had a card of in a daily edition, or will have; for ever."""

    async def cards_of(
        self, team: str, conversation: str, paper_ids: Collection[str]
    ) -> dict[str, tuple[str, str | None]]:
        """Where a conversation's cards of papers are: time stamp and, in a thread, that of its first message, by id."""

    async def cards_showing(
        self, team: str, paper_id: str, *, since: datetime, conversation: str | None = None
    ) -> list[Delivery]:
        """A paper's cards posted since then in served channels, or in one of them, each as the last change has it."""

    async def editions_to_look_back_at(self, team: str, *, since: datetime) -> list[PostedEdition]:
        """The daily editions with cards that are wholly sent, and were begun to be since then, oldest first."""

    async def note_look_back(self, team: str, conversation: str, edition: str, step: str, *, now: datetime) -> None:
        """A look back at an edition was taken."""

    # reading lists ---------------------------------------------------------------------------------------------------

    async def papers_shown(self, team: str, channel: str, ts: str) -> tuple[str, ...]:
        """The papers a message shows, in order; empty for a message that is not ours."""

    async def record_reaction(self, reaction: Reaction, *, saving_emoji: Collection[str]) -> None:
        """Apply a reaction, or its removal, unless a later word on it is known. Unknown messages may become known."""

    async def save(self, team: str, user: str, paper_id: str, kind: SaveKind, *, now: datetime) -> bool:
        """Put a paper on a person's list. False when it was there already."""

    async def remove(self, team: str, user: str, paper_id: str) -> bool:
        """Take a paper off a person's list, however it got there. False when it was not there."""

    async def saved_page(self, team: str, user: str, *, limit: int, offset: int = 0) -> tuple[list[SavedPaper], int]:
        """A part of a person's list, newest first, and how many papers are on it in all."""

    async def count_saved(self, team: str, user: str) -> int:
        """How many papers are on a person's list."""

    async def papers_known(self, paper_ids: Iterable[str]) -> dict[str, Paper]:
        """Those of the given papers that are known, by id."""

    # outages ---------------------------------------------------------------------------------------------------------

    async def note_heard(self, team: str, *, now: datetime, was_only_quiet: bool = False) -> Outage | None:
        """Slack is heard now. The outage whose reactions are still to be made up for, be it new or left from before.

        When it `was_only_quiet` since it was last heard, that time is no outage.
        """

    async def messages_to_reconcile(self, team: str, outage: Outage, *, since: datetime) -> list[PostedMessage]:
        """Our messages with papers since then whose reactions were not yet read for this outage, newest first."""

    async def reconcile_reactions(
        self, seen: ReactionsSeen, outage: Outage, *, saving_emoji: Collection[str]
    ) -> list[Reaction]:
        """Make the reactions known of a message those Slack showed, unless a later word on one is known.

        What was missed, as it is recorded. Events that are older than what was seen change nothing afterwards.
        """

    async def end_outage(self, team: str, outage: Outage) -> None:
        """Everything missed in this outage is made up for. One that came on top of it stays."""
