"""Everything Paperboy remembers, behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date, datetime, timedelta

    from bot.channels import Channel, Person
    from bot.outages import Outage, PostedMessage
    from bot.outbox import Delivery, DeliveryKey, WaitUntil
    from bot.papers import ListedPaper, Listing, Paper, Summary
    from bot.reading_list import Reaction, ReactionsSeen, SavedPaper, SaveKind


class Store(Protocol):
    """What is remembered. Values in, values out; every datetime is aware.

    A method that returns has its work on disk. Any method may raise `StoreError`, and then has changed nothing. Any
    method may be called twice with the same arguments; the second call changes nothing.
    """

    async def close(self) -> None:
        """Finish what was begun and let go of the database."""

    # papers ----------------------------------------------------------------------------------------------------------

    async def remember_paper(self, paper: Paper, *, source: str, now: datetime) -> None:
        """Keep a paper's description; what `source` does not tell stays as another source told it."""

    async def paper(self, paper_id: str) -> Paper | None:
        """A paper by canonical id."""

    async def remember_listing(self, listing: Listing, ranked: Sequence[ListedPaper]) -> None:
        """Keep a day's list as it stands now, in place of an earlier reading, and the papers on it."""

    async def listing(self, day: date) -> Listing | None:
        """A day's list as last read, ranked."""

    async def last_listed(self, paper_id: str) -> ListedPaper | None:
        """A paper as it stood on the latest day's list that has it."""

    async def remember_summary(self, summary: Summary) -> None:
        """Keep a summary as the newest version in its language."""

    async def summary(self, paper_id: str, language: str) -> Summary | None:
        """The summary to show: of the newest version of the paper, the newest that stands."""

    # people and channels ---------------------------------------------------------------------------------------------

    async def remember_person(self, person: Person, *, now: datetime) -> None:
        """Keep what Slack says of a person; their own choice of language stays unless one is given."""

    async def person(self, team: str, user: str) -> Person | None:
        """A person as last heard of."""

    async def create_channel(self, channel: Channel, *, now: datetime) -> bool:
        """Begin to serve a channel. False, and nothing changed, when it is known already."""

    async def channel(self, team: str, channel: str) -> Channel | None:
        """A channel and its settings."""

    # outbox ----------------------------------------------------------------------------------------------------------

    async def plan(self, deliveries: Sequence[Delivery], *, now: datetime) -> bool:
        """Write a whole edition to the outbox, at once or not at all. False when that edition is planned already."""

    async def claim(
        self, team: str, conversation: str, edition: str, *, owner: str, now: datetime, lease: timedelta
    ) -> Delivery | WaitUntil | None:
        """Take the next delivery of an edition, in order, for `owner` alone until `lease` is over.

        None when nothing is left to send. A delivery whose lease ran out is marked in doubt and passed over: its sender
        died, perhaps after Slack had taken the message. What answers a message that was refused is
        refused with it.
        """

    async def mark_sent(self, key: DeliveryKey, ts: str, *, now: datetime, saving_emoji: Collection[str]) -> None:
        """Slack has the message, as `ts`. From here on reactions to it mean its papers, also those already received."""

    async def mark_pending(self, key: DeliveryKey, *, not_before: datetime, error: str) -> None:
        """Slack certainly did not take the message; it is due again later."""

    async def mark_in_doubt(self, key: DeliveryKey, *, error: str) -> None:
        """Nobody knows whether Slack took the message."""

    async def mark_refused(self, key: DeliveryKey, *, error: str) -> None:
        """Slack will never take the message."""

    async def replace_payload(self, key: DeliveryKey, payload: str) -> None:
        """Send other bytes from now on: Slack refused the first ones."""

    async def deliveries(self, team: str, conversation: str, edition: str) -> list[Delivery]:
        """An edition as it stands in the outbox, in order; empty when it was never planned."""

    async def posted_papers(self, team: str, conversation: str) -> frozenset[str]:
        """The papers a conversation has had a card of in a daily edition, or will have."""

    # reading lists ---------------------------------------------------------------------------------------------------

    async def papers_shown(self, team: str, channel: str, ts: str) -> tuple[str, ...]:
        """The papers a message shows, in order; empty for a message that is not ours."""

    async def record_reaction(self, reaction: Reaction, *, saving_emoji: Collection[str]) -> None:
        """Apply a reaction, or its removal, unless a later word on it is known. Unknown messages may become known."""

    async def save(self, team: str, user: str, paper_id: str, kind: SaveKind, *, now: datetime) -> bool:
        """Put a paper on a person's list. False when it was there already."""

    async def remove(self, team: str, user: str, paper_id: str) -> bool:
        """Take a paper off a person's list, however it got there. False when it was not there."""

    async def saved(self, team: str, user: str, *, limit: int, offset: int = 0) -> list[SavedPaper]:
        """A part of a person's list, newest first."""

    async def count_saved(self, team: str, user: str) -> int:
        """How many papers are on a person's list."""

    async def papers_known(self, paper_ids: Iterable[str]) -> dict[str, Paper]:
        """Those of the given papers that are known, by id."""

    # outages ---------------------------------------------------------------------------------------------------------

    async def note_heard(self, team: str, *, now: datetime) -> Outage | None:
        """Slack is heard now. The outage whose reactions are still to be made up for, be it new or left from before."""

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
