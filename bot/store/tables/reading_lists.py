"""People's lists, and the reactions that put papers on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.rules.list_changes import (
    ChangeKind,
    DatedChange,
    Standing,
    effect,
    joint_effect,
    last_removal,
    replay,
)
from bot.rules.list_emoji import EmojiRole, ListEmoji
from bot.rules.list_filter import WHOLE_LIST, ListFilter, ListOrder
from bot.rules.list_texts import clean_note, clean_tags, tag_key
from bot.rules.reading_list import (
    NO_EFFECT,
    Reaction,
    ReactionEffect,
    ReadingState,
    SavedPaper,
    SaveKind,
    SaveOrigin,
    is_later,
    missed_reactions,
)
from bot.rules.slack_ids import moment_of
from bot.store.connection import Connection, Transactions, query, reads, reads_few, transaction
from bot.store.tables import list_queries
from bot.store.tables.columns import ASKED_AT_ONCE, batched, marks, to_moment, to_text
from bot.store.tables.list_emoji import chosen
from bot.store.tables.list_history import (
    CHANGED_AT_ONCE,
    add_changes,
    change_now,
    changes_of,
    in_pieces,
    take_out_changes,
    write_texts,
)
from bot.store.tables.paper_news import with_news
from bot.store.tables.personal_data import is_from_before_erasure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from bot.rules.outages import Outage
    from bot.rules.reading_list import ReactionsSeen
    from bot.store.connection import Row
    from bot.store.tables.list_history import Key, Piece


# What is done to several papers at once has moments as close to each other.
_AT_ONCE = timedelta(seconds=1)
# A list of so many papers is looked through in less time than a thread takes to wake.
_LOOKED_THROUGH_AT_ONCE = 300


class ReadingLists:
    """People's lists, and the reactions that put papers on them.

    `saving_emoji` are those that save where a workspace chose none of its own.
    """

    def __init__(self, database: Transactions) -> None:
        self._database = database

    # reactions --------------------------------------------------------------------------------------------------------

    @transaction
    async def record_reaction(
        self, db: Connection, reaction: Reaction, *, saving_emoji: Collection[str]
    ) -> ReactionEffect:
        """Apply a reaction, or its removal, and tell what came of it. Unknown messages may become known."""
        if await is_from_before_erasure(db, reaction.team, reaction.user, reaction.event_ts):
            return NO_EFFECT
        message = (reaction.team, reaction.channel, reaction.message_ts)
        # The message's papers, or one row without; what is known beside them is the same in each.
        rows = await db.rows(
            "SELECT m.paper, m.is_linked,"
            " r.added, r.event_ts,"
            " (SELECT as_of FROM reaction_readings WHERE team = ? AND channel = ? AND message_ts = ?),"
            " e.saving, e.reading, e.done"
            " FROM (SELECT 1 AS one) AS base LEFT JOIN reactions r ON r.team = ? AND r.channel = ?"
            ' AND r.message_ts = ? AND r."user" = ? AND r.emoji = ? LEFT JOIN list_emoji e ON e.team = ?'
            " LEFT JOIN message_papers m ON m.team = ? AND m.channel = ? AND m.ts = ? ORDER BY m.position",
            (*message, *message, reaction.user, reaction.emoji, reaction.team, *message),
        )
        _, _, added, event_ts, as_of, *names = rows[0]
        if as_of and not is_later(reaction.event_ts, as_of):
            return NO_EFFECT
        heard = [reaction]
        if is_later(reaction.event_ts, event_ts):
            await _keep_word(db, reaction)
        else:
            # What is older counts for what was done in between, and never without the later word.
            heard.append(replace(reaction, added=bool(added), event_ts=event_ts))
        shown = [row[:2] for row in rows if row[0]]
        emoji = chosen(*names) if names[0] else ListEmoji.of_settings(saving_emoji)
        return await _act(db, heard, shown, emoji)

    @transaction
    async def reconcile(
        self, db: Connection, seen: ReactionsSeen, outage: Outage, *, saving_emoji: Collection[str]
    ) -> list[Reaction]:
        """Make the reactions known of a message those Slack showed, unless a later event is known.

        An emoji on a message from before its person's data was erased stands in Slack, and is not recorded again.
        What was missed, as it is recorded. Events that are older than what was seen change nothing afterwards.
        """
        this_message = (seen.team, seen.channel, seen.message_ts)
        rows = await db.rows(
            'SELECT "user", emoji, added, event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ?',
            this_message,
        )
        emoji = await _emoji_of(db, seen.team, saving_emoji)
        known = [Reaction(*this_message, user, name, bool(added), event_ts) for user, name, added, event_ts in rows]
        missed = [
            reaction
            for reaction in missed_reactions(known, seen, emoji.may_mean)
            if not (reaction.added and await is_from_before_erasure(db, seen.team, reaction.user, reaction.message_ts))
        ]
        shown = await _shown(db, *this_message) if missed else []
        for reaction in missed:
            await _keep_word(db, reaction)
            await _act(db, [reaction], shown, emoji)
        await db.execute(
            "INSERT INTO reaction_readings (team, channel, message_ts, as_of, outage) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (team, channel, message_ts)"
            " DO UPDATE SET as_of = coalesce(excluded.as_of, reaction_readings.as_of), outage = excluded.outage",
            (*this_message, None if seen.cut_short else seen.as_of, to_text(outage.until)),
        )
        return missed

    @transaction
    async def act_on_early_reactions(
        self, db: Connection, team: str, channel: str, ts: str, saving_emoji: Collection[str]
    ) -> None:
        """Apply the reactions to a message that came before we knew what it shows."""
        rows = await db.rows(
            'SELECT "user", emoji, added, event_ts FROM reactions WHERE team = ? AND channel = ? AND message_ts = ?'
            " ORDER BY event_ts",
            (team, channel, ts),
        )
        if not rows:
            return
        shown, emoji = await _shown(db, team, channel, ts), await _emoji_of(db, team, saving_emoji)
        for user, name, added, event_ts in rows:
            await _act(db, [Reaction(team, channel, ts, user, name, bool(added), event_ts)], shown, emoji)

    @query
    async def is_known(self, db: Connection, reaction: Reaction) -> bool:
        """Whether this emoji of this person on this message was ever recorded."""
        row = await db.row(
            'SELECT 1 FROM reactions WHERE team = ? AND channel = ? AND message_ts = ? AND "user" = ? AND emoji = ?',
            (reaction.team, reaction.channel, reaction.message_ts, reaction.user, reaction.emoji),
        )
        return row is not None

    # changes by hand --------------------------------------------------------------------------------------------------

    @transaction
    async def save(
        self,
        db: Connection,
        team: str,
        user: str,
        paper_id: str,
        kind: SaveKind,
        *,
        now: datetime,
        origin: SaveOrigin | None = None,
    ) -> bool:
        """Put a paper on a person's list, or add one more source. False when it was there already, not archived."""
        return await _save(db, (team, user, paper_id), origin or SaveOrigin(kind), now)

    @transaction
    async def undo_save(
        self, db: Connection, team: str, user: str, paper_id: str, origin: SaveOrigin, *, now: datetime
    ) -> ReactionEffect:
        """Take back one source and nothing else; what came of it."""

        def decide(standing: Standing, at: datetime) -> list[DatedChange]:
            return [DatedChange(at, ChangeKind.END, origin)] if origin in standing.sources else []

        changed = await change_now(db, (team, user, paper_id), now, decide)
        return effect(paper_id, changed.before, changed.after, DatedChange(now, ChangeKind.END, origin))

    @transaction
    async def remove(self, db: Connection, team: str, user: str, paper_id: str, *, now: datetime) -> bool:
        """Take a paper off a person's list, however it got there. False when it was not there."""
        return await _remove(db, (team, user, paper_id), now)

    @transaction
    async def restore(self, db: Connection, team: str, user: str, paper_id: str, *, now: datetime) -> bool:
        """Undo the last removal of a paper, if that was within a day and the paper isn't on the list again.

        Its state, its note, its tags, and where it was saved are as they were.
        """
        return await _restore(db, (team, user, paper_id), now)

    async def remove_all(self, team: str, user: str, *, now: datetime) -> list[str]:
        """Take every paper off a person's list, in pieces; their ids. `restore_all` undoes it by this moment."""
        done = await in_pieces(lambda after: self._remove_some(team, user, after, now))
        return [paper_id for paper_id, _ in done]

    @transaction
    async def _remove_some(self, db: Connection, team: str, user: str, after: str, now: datetime) -> Piece:
        rows = await db.rows(
            'SELECT paper FROM saved_papers WHERE team = ? AND "user" = ? AND listed = 1 AND paper > ?'
            " ORDER BY paper LIMIT ?",
            (team, user, after, CHANGED_AT_ONCE),
        )
        return [(paper_id, await _remove(db, (team, user, paper_id), now)) for (paper_id,) in rows]

    async def restore_all(self, team: str, user: str, *, removed_at: datetime, now: datetime) -> int:
        """Undo all removals of a person's since a moment that can still be undone, in pieces; how many papers came
        back."""
        done = await in_pieces(lambda after: self._restore_some(team, user, after, removed_at, now))
        return sum(is_back for _, is_back in done)

    @transaction
    async def _restore_some(
        self, db: Connection, team: str, user: str, after: str, removed_at: datetime, now: datetime
    ) -> Piece:
        rows = await db.rows(
            'SELECT paper FROM saved_papers WHERE team = ? AND "user" = ? AND listed = 0 AND changed_at >= ?'
            " AND paper > ? ORDER BY paper LIMIT ?",
            (team, user, to_text(removed_at), after, CHANGED_AT_ONCE),
        )
        return [(paper_id, await _restore(db, (team, user, paper_id), now)) for (paper_id,) in rows]

    @transaction
    async def set_state(
        self,
        db: Connection,
        team: str,
        user: str,
        paper_id: str,
        state: ReadingState,
        *,
        origin: SaveOrigin,
        now: datetime,
    ) -> bool:
        """Give a paper on a person's list a state by hand. False when it isn't on the list."""

        def decide(standing: Standing, at: datetime) -> list[DatedChange]:
            is_so = not standing.is_listed or standing.state is standing.by_hand is state
            return [] if is_so else [DatedChange.to_state(at, state, origin)]

        return (await change_now(db, (team, user, paper_id), now, decide)).after.is_listed

    async def set_states(self, team: str, user: str, wanted: ListFilter, state: ReadingState, *, now: datetime) -> int:
        """Give all that is wanted of a person's list a state, in pieces; how many had another.

        `undo_states` with this moment takes that back.
        """
        done = await in_pieces(lambda after: self._set_some(team, user, after, wanted, state, now))
        return sum(is_new for _, is_new in done)

    @transaction
    async def _set_some(
        self, db: Connection, team: str, user: str, after: str, wanted: ListFilter, state: ReadingState, now: datetime
    ) -> Piece:
        origin = SaveOrigin(SaveKind.COMMAND)

        def decide(standing: Standing, at: datetime) -> list[DatedChange]:
            is_so = not standing.is_listed or standing.state is state
            return [] if is_so else [DatedChange.to_state(at, state, origin)]

        some = await list_queries.papers(db, team, user, wanted, after=after, limit=CHANGED_AT_ONCE)
        return [(paper_id, (await change_now(db, (team, user, paper_id), now, decide)).is_new) for paper_id in some]

    async def undo_states(self, team: str, user: str, state: ReadingState, *, set_at: datetime) -> int:
        """Take back the states that a person gave to several papers at a moment, in pieces; how many are as they
        were."""
        return len(await in_pieces(lambda after: self._undo_some(team, user, after, state, set_at)))

    @transaction
    async def _undo_some(
        self, db: Connection, team: str, user: str, after: str, state: ReadingState, set_at: datetime
    ) -> Piece:
        rows = await db.rows(
            'SELECT DISTINCT paper FROM list_changes WHERE team = ? AND "user" = ? AND change = ? AND kind = ?'
            " AND at >= ? AND at < ? AND paper > ? ORDER BY paper LIMIT ?",
            (
                *(team, user, state, SaveKind.COMMAND, to_text(set_at), to_text(set_at + _AT_ONCE)),
                *(after, CHANGED_AT_ONCE),
            ),
        )
        for (paper_id,) in rows:
            key = (team, user, paper_id)
            known = await changes_of(db, key)
            ours = [
                each
                for each in known
                if each.change.value == state.value
                and each.origin.kind is SaveKind.COMMAND
                and set_at <= each.at < set_at + _AT_ONCE
            ]
            await take_out_changes(db, key, ours, known)
        return [(paper_id, True) for (paper_id,) in rows]

    @transaction
    async def set_note(self, db: Connection, team: str, user: str, paper_id: str, note: str, *, now: datetime) -> bool:
        """Give a paper on a person's list a note; an empty one takes it away. False when it isn't on the list."""
        kept = clean_note(note)
        return await _write(
            db,
            (team, user, paper_id),
            now,
            ChangeKind.NOTE if kept else ChangeKind.NO_NOTE,
            lambda entry: (kept, entry.tags),
        )

    @transaction
    async def change_tags(
        self,
        db: Connection,
        team: str,
        user: str,
        paper_id: str,
        *,
        now: datetime,
        add: Sequence[str] = (),
        remove: Sequence[str] = (),
    ) -> tuple[str, ...] | None:
        """Give a paper on a person's list tags and take others away; its tags now, None when it isn't on the list.

        A paper has at most 20: what goes beyond is left out.
        """
        gone = {tag_key(tag) for tag in clean_tags(list(remove))}
        entry = await list_queries.entry(db, team, user, paper_id)
        if entry is None:
            return None
        kept = clean_tags([tag for tag in entry.tags if tag_key(tag) not in gone] + list(add))
        await _write(
            db,
            (team, user, paper_id),
            now,
            _tagging(kept),
            lambda entry: (entry.note, kept),
        )
        return kept

    @transaction
    async def set_tags(
        self, db: Connection, team: str, user: str, paper_id: str, tags: Sequence[str], *, now: datetime
    ) -> bool:
        """Give a paper on a person's list these tags and no others. False when it isn't on the list."""
        kept = clean_tags(list(tags))
        return await _write(
            db,
            (team, user, paper_id),
            now,
            _tagging(kept),
            lambda entry: (entry.note, kept),
        )

    @transaction
    async def change_several(
        self,
        db: Connection,
        team: str,
        user: str,
        *,
        to_save: Collection[str],
        to_remove: Collection[str],
        now: datetime,
        origin: SaveOrigin | None = None,
    ) -> tuple[int, int]:
        """Put papers on a person's list and take others off it, all or none; how many were not there, and were.

        A paper that is there already stays for the reasons it has.
        """
        saved = removed = 0
        there = await ReadingLists(db).saved_among(team, user, to_save)
        for paper_id in sorted(set(to_save) - there):
            saved += await _save(db, (team, user, paper_id), origin or SaveOrigin(SaveKind.CLICK), now)
        for paper_id in sorted(to_remove):
            removed += await _remove(db, (team, user, paper_id), now)
        return saved, removed

    # what is on a list ------------------------------------------------------------------------------------------------

    @reads_few
    async def saved_among(self, db: Connection, team: str, user: str, paper_ids: Collection[str]) -> frozenset[str]:
        """Those of the papers that are on a person's list, archived or not."""
        saved: set[str] = set()
        for some in batched(list(paper_ids), ASKED_AT_ONCE):
            rows = await db.rows(
                'SELECT paper FROM saved_papers WHERE team = ? AND "user" = ? AND listed = 1'
                f" AND paper IN ({marks(some)})",
                (team, user, *some),
            )
            saved.update(row[0] for row in rows)
        return frozenset(saved)

    async def page(
        self, team: str, user: str, wanted: ListFilter = WHOLE_LIST, *, limit: int, offset: int = 0
    ) -> tuple[list[SavedPaper], int]:
        """A part of what is wanted of a person's list, in its order, and how many papers that is in all."""
        entries, total, _ = await self.page_and_counts(team, user, wanted, limit=limit, offset=offset)
        return entries, total

    async def page_and_counts(
        self, team: str, user: str, wanted: ListFilter = WHOLE_LIST, *, limit: int, offset: int = 0
    ) -> tuple[list[SavedPaper], int, dict[ReadingState, int]]:
        """A page with that length, and the numbers of papers on the whole list by state."""
        if wanted.order is not ListOrder.VOTES and not wanted.words:
            return await self._short_page(team, user, wanted, None, limit=limit, offset=offset)
        by_state = await self.counts(team, user)
        is_short = sum(by_state.values()) <= _LOOKED_THROUGH_AT_ONCE
        read = self._short_page if is_short else self._long_page
        return await read(team, user, wanted, by_state, limit=limit, offset=offset)

    async def _page(
        self,
        db: Connection,
        team: str,
        user: str,
        wanted: ListFilter,
        by_state: dict[ReadingState, int] | None,
        *,
        limit: int,
        offset: int,
    ) -> tuple[list[SavedPaper], int, dict[ReadingState, int]]:
        if by_state is None:
            by_state = await list_queries.counts(db, team, user)
        entries, total = await list_queries.page(db, team, user, wanted, by_state, limit=limit, offset=offset)
        return await with_news(db, entries), total, by_state

    # A page that an index has in its order, or of a list that is looked through in no time.
    _short_page = reads_few(_page)
    # A page for which all of a long list has to be looked through.
    _long_page = reads(_page)

    @reads
    async def entries(
        self, db: Connection, team: str, user: str, wanted: ListFilter = WHOLE_LIST, *, limit: int
    ) -> list[SavedPaper]:
        """All that is wanted of a person's list, so many at most."""
        return (await list_queries.page(db, team, user, wanted, {}, limit=limit, offset=0))[0]

    @reads_few
    async def entry(self, db: Connection, team: str, user: str, paper_id: str) -> SavedPaper | None:
        """One paper as it is on a person's list; None when it isn't."""
        found = await list_queries.entry(db, team, user, paper_id)
        return (await with_news(db, [found]))[0] if found else None

    @query
    async def last_removed(self, db: Connection, team: str, user: str, *, since: datetime) -> list[str]:
        """The papers that a person took off their list last, since a moment, and that are not on it again."""
        rows = await db.rows(
            'SELECT c.paper, max(c.at) FROM list_changes c JOIN saved_papers s ON s.team = c.team AND s."user" ='
            ' c."user" AND s.paper = c.paper AND s.listed = 0 WHERE c.team = ? AND c."user" = ? AND c.change = ?'
            " AND c.at >= ? GROUP BY c.paper ORDER BY c.paper",
            (team, user, ChangeKind.REMOVE, to_text(since)),
        )
        last = max((to_moment(at) for _, at in rows), default=since)
        return [paper for paper, at in rows if to_moment(at) > last - _AT_ONCE]

    @reads_few
    async def count(self, db: Connection, team: str, user: str) -> int:
        """The number of papers on a person's list, but for those that are archived."""
        return await list_queries.length(db, team, user, WHOLE_LIST)

    @reads_few
    async def counts(self, db: Connection, team: str, user: str) -> dict[ReadingState, int]:
        """The numbers of papers on a person's list by state."""
        return await list_queries.counts(db, team, user)

    @reads_few
    async def tags(self, db: Connection, team: str, user: str) -> dict[str, int]:
        """The tags on a person's list, each with the number of papers that have it, the most used first."""
        return await list_queries.tags(db, team, user)


async def _emoji_of(db: Connection, team: str, saving_emoji: Collection[str]) -> ListEmoji:
    row = await db.row("SELECT saving, reading, done FROM list_emoji WHERE team = ?", (team,))
    return chosen(*row) if row else ListEmoji.of_settings(saving_emoji)


async def _keep_word(db: Connection, reaction: Reaction) -> None:
    """Keep the latest word on an emoji."""
    await db.execute(
        'INSERT INTO reactions (team, channel, message_ts, "user", emoji, added, event_ts) VALUES (?, ?, ?, ?, ?, ?, ?)'
        ' ON CONFLICT (team, channel, message_ts, "user", emoji) DO UPDATE SET added = excluded.added, event_ts ='
        " excluded.event_ts",
        (
            reaction.team,
            reaction.channel,
            reaction.message_ts,
            reaction.user,
            reaction.emoji,
            int(reaction.added),
            reaction.event_ts,
        ),
    )


async def _shown(db: Connection, team: str, channel: str, ts: str) -> list[Row]:
    """The papers that a message shows, in their order, each with whether it is linked there."""
    return await db.rows(
        "SELECT paper, is_linked FROM message_papers WHERE team = ? AND channel = ? AND ts = ? ORDER BY position",
        (team, channel, ts),
    )


async def _act(db: Connection, heard: Sequence[Reaction], papers: Sequence[Row], emoji: ListEmoji) -> ReactionEffect:
    """Make words on one emoji of one person changes to the papers it means; what came of the first."""
    reaction = heard[0]
    shown, are_linked = tuple(row[0] for row in papers), any(row[1] for row in papers)
    role, meant = emoji.meant(reaction.emoji, shown, are_linked=are_linked)
    # It may have meant something else when it was added: fewer papers were linked, or other emoji were chosen.
    could_mean = shown if are_linked or len(shown) == 1 else meant
    origin = SaveOrigin(SaveKind.REACTION, reaction.channel, reaction.message_ts, reaction.emoji)
    effects: dict[str, ReactionEffect] = {}
    for paper_id in could_mean:
        changes = [
            DatedChange(moment_of(word.event_ts), _change_of(role) if word.added and role else ChangeKind.END, origin)
            for word in heard
            if not word.added or paper_id in meant
        ]
        changed = await add_changes(db, (reaction.team, reaction.user, paper_id), changes) if changes else None
        if changed and changed.is_new:
            effects[paper_id] = effect(paper_id, changed.before, changed.after, changes[0])
    return joint_effect(effects)


def _tagging(tags: Sequence[str]) -> ChangeKind:
    return ChangeKind.TAGS if tags else ChangeKind.NO_TAGS


def _change_of(role: EmojiRole) -> ChangeKind:
    return ChangeKind(role.state.value) if role.state else ChangeKind.SAVE


async def _save(db: Connection, key: Key, origin: SaveOrigin, now: datetime) -> bool:
    """One more source for a paper to be on a list. True when that put it there, or took it out of the archive."""

    def decide(standing: Standing, at: datetime) -> list[DatedChange]:
        is_so = origin in standing.sources and standing.state is not ReadingState.ARCHIVED
        return [] if is_so else [DatedChange(at, ChangeKind.SAVE, origin)]

    changed = await change_now(db, key, now, decide)
    was_there = changed.before.is_listed and changed.before.state is not ReadingState.ARCHIVED
    return changed.after.is_listed and not was_there


async def _remove(db: Connection, key: Key, now: datetime) -> bool:
    """Take a paper off a list, however it got there. True when it was there."""

    def decide(standing: Standing, at: datetime) -> list[DatedChange]:
        return [DatedChange(at, ChangeKind.REMOVE, SaveOrigin(SaveKind.CLICK))] if standing.is_listed else []

    return (await change_now(db, key, now, decide)).before.is_listed


async def _restore(db: Connection, key: Key, now: datetime) -> bool:
    known = await changes_of(db, key)
    removal = last_removal(known, now)
    if removal is None or replay(known).is_listed:
        return False
    return (await take_out_changes(db, key, [removal], known)).after.is_listed


async def _write(
    db: Connection,
    key: Key,
    now: datetime,
    change: ChangeKind,
    texts: Callable[[SavedPaper], tuple[str, tuple[str, ...]]],
) -> bool:
    """Write the note and tags of an entry; False when there is none."""
    entry = await list_queries.entry(db, *key)
    if entry is None:
        return False
    note, tags = texts(entry)
    if (note, tags) == (entry.note, entry.tags):
        return True
    # One text in the place of another is a change, too: an import that is undone leaves it.
    await change_now(db, key, now, lambda _, at: [DatedChange(at, change, SaveOrigin(SaveKind.CLICK))])
    await write_texts(db, key, note, tags)
    return True
