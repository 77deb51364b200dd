"""Reading lists as one would explain them to somebody, without a database: what was done, folded in its order.

Written from the words people are told about their lists, and from nothing of what Paperboy does.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

DAY = 86_400_000_000  # all moments are microseconds
SOON = 1_000_000
HAND = ("by hand",)
SAVED, SAID, TAKEN_BACK, REMOVED = range(4)
"""What is done at one moment comes in this order; a state, a note, and tags are said."""

NUMBERS = {"one": 1, "two": 2, "three": 3}
SAME = {"thumbsup": "+1"}
UNREAD_FIRST = ("to_read", "reading", "done", "archived")

Who = tuple[str, str]  # a person and a paper
Source = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something done about a paper: a source added or ended, or `said` of it, as the state `done`."""

    at: int
    kind: int
    source: Source
    said: str = ""
    value: str | tuple[str, ...] = ""
    brought_by: Source = ()


@dataclass(slots=True)
class Entry:
    saved_at: int
    sources: dict[Source, int] = field(default_factory=dict)
    marks: dict[Source, tuple[int, str]] = field(default_factory=dict)
    note: str = ""
    tags: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        return max(self.marks.values(), default=(0, "to_read"))[1]


@dataclass
class Model:
    """`shows` are the papers of each message, `linked` those messages of people's own."""

    shows: Mapping[str, tuple[str, ...]]
    linked: Collection[str]
    roles: dict[str, str]
    deeds: dict[Who, dict[Deed, None]] = field(default_factory=lambda: defaultdict(dict))
    words: dict[tuple[str, str, str], tuple[int, bool]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    looks: list[tuple[str, int, Collection[str]]] = field(default_factory=list)
    erased: dict[str, int] = field(default_factory=dict)

    # what is done by hand

    def moment(self, who: Who, now: int) -> int:
        """Now, and later than all that is known of it."""
        return max([now, *(deed.at + 1 for deed in self.deeds[who])])

    def save(self, who: Who, now: int, source: Source) -> None:
        self.deeds[who][Deed(self.moment(who, now), SAVED, source)] = None

    def say(self, who: Who, now: int, said: str, value: str | tuple[str, ...], brought_by: Source = ()) -> bool:
        """A state, a note, or tags of a paper that is on the list; the same words again are nothing new."""
        entry = self.entry(who)
        if entry is None:
            return False
        by_hand = entry.marks.get(HAND, (0, ""))[1]
        if (said, value) in {("note", entry.note), ("tags", entry.tags)} or (
            said == "state" and by_hand == value == entry.state
        ):
            return True
        self.deeds[who][Deed(self.moment(who, now), SAID, HAND, said, value, brought_by)] = None
        return True

    def undo_states(self, user: str, then: int, brought_by: Source) -> int:
        """What was said of several papers at once; not of one of which Slack had told something of much later."""
        count = 0
        for (reader, _), deeds in self.deeds.items():
            for deed in [each for each in deeds if each.brought_by == brought_by and each.at < then + SOON]:
                if reader == user:
                    del deeds[deed]
                    count += 1
        return count

    def undo_save(self, who: Who, now: int, source: Source) -> None:
        """Of a source that is gone nothing is left to undo."""
        entry = self.entry(who)
        if entry is None or source not in entry.sources:
            return
        self.deeds[who][Deed(self.moment(who, now), TAKEN_BACK, source)] = None

    def remove(self, who: Who, now: int) -> bool:
        if self.entry(who) is None:
            return False
        self.deeds[who][Deed(self.moment(who, now), REMOVED, HAND)] = None
        return True

    def restore(self, who: Who, now: int, since: int = 0) -> bool:
        lasting = [deed for deed in self.deeds[who] if deed.kind in {SAVED, REMOVED}]
        last = max(lasting, key=lambda deed: (deed.at, deed.kind), default=None)
        if last is None or last.kind == SAVED or last.at < max(since, now - DAY):
            return False
        del self.deeds[who][last]
        return True

    def import_one(
        self, who: Who, now: int, source: Source, saved_at: int | None, said: Mapping[str, str | tuple[str, ...]]
    ) -> bool:
        """Whether this import put it there, now or before; it was saved when that says, unless more is known of it."""
        if entry := self.entry(who):
            return source in entry.sources
        at = self.moment(who, now) if self.deeds[who] or saved_at is None else min(saved_at, now)
        self.deeds[who][Deed(at, SAVED, source, brought_by=source)] = None
        for what, value in said.items():
            self.deeds[who][Deed(at, SAID, HAND, what, value, source)] = None
        return True

    def undo_import(self, who: Who, now: int, source: Source) -> bool:
        """Whether that took it off. What the import said stays where the person did something about it since."""
        before = self.entry(who)
        if before is None or source not in before.sources:
            return False
        brought = [deed for deed in self.deeds[who] if deed.brought_by == source]
        if len(brought) == len(self.deeds[who]):
            del self.deeds[who]
            return True
        if max(self.deeds[who], key=lambda deed: deed.at).at == brought[0].at:
            for deed in brought:
                if deed.kind == SAID:
                    del self.deeds[who][deed]
        self.undo_save(who, now, source)
        return self.entry(who) is None

    # reactions

    def hear(self, user: str, ts: str, emoji: str, *, added: bool, at: int) -> None:
        was_seen = any(ts == where and at <= then and emoji not in cut for where, then, cut in self.looks)
        if at > self.erased.get(user, -1) and not was_seen:
            self._hear(user, ts, emoji, added=added, at=at)

    def _hear(self, user: str, ts: str, emoji: str, *, added: bool, at: int) -> None:
        """What is older counts for what was done in between, and never without the latest word."""
        latest, was_added = self.words.get((user, ts, emoji), (-1, False))
        if at > latest:
            self.words[user, ts, emoji] = (at, added)
        if ts in self.known:
            self._act(user, ts, emoji, added=added, at=at)
            if at < latest:
                self._act(user, ts, emoji, added=was_added, at=latest)

    def _act(self, user: str, ts: str, emoji: str, *, added: bool, at: int) -> None:
        source = (ts, emoji)
        if not added:
            many = len(self.shows[ts]) > 1 and ts not in self.linked
            for paper in [each for each, _ in self.meant(ts, emoji)] if many else self.shows[ts]:
                self._react((user, paper), Deed(at, TAKEN_BACK, source))
            return
        for paper, role in self.meant(ts, emoji):
            deed = Deed(at, SAVED, source) if role == "save" else Deed(at, SAID, source, "state", role)
            self._react((user, paper), deed)

    def _react(self, who: Who, reaction: Deed) -> None:
        """Heard again, it means what it meant, whichever emoji the workspace has chosen since."""
        if not any((deed.at, deed.source) == (reaction.at, reaction.source) for deed in self.deeds[who]):
            self.deeds[who][reaction] = None

    def meant(self, ts: str, emoji: str) -> list[tuple[str, str]]:
        name = emoji.partition("::")[0]
        shows, role = self.shows[ts], self.roles.get(SAME.get(name, name))
        if role and (len(shows) == 1 or (role == "save" and ts in self.linked)):
            return [(paper, role) for paper in shows]
        number = NUMBERS.get(name, 0)
        return [(shows[number - 1], "save")] if len(shows) > 1 and 0 < number <= len(shows) else []

    def know(self, ts: str) -> None:
        """The message is known from now on."""
        if ts not in self.known:
            self.known.add(ts)
            for (user, where, emoji), (at, added) in self.words.items():
                if where == ts:
                    self._act(user, ts, emoji, added=added, at=at)

    def look(self, ts: str, standing: Collection[tuple[str, str]], cut_short: Collection[str], at: int) -> None:
        """The reactions to a message as they stood at a moment, after an outage."""
        heard = {(user, emoji) for user, where, emoji in self.words if where == ts}
        for user, emoji in sorted({*standing, *heard}):
            latest, added = self.words.get((user, ts, emoji), (-1, False))
            stands = (user, emoji) in standing
            unsure = emoji in cut_short if not stands else user in self.erased
            if latest <= at and added != stands and not unsure:
                self._hear(user, ts, emoji, added=stands, at=at)
        self.looks.append((ts, at, cut_short))

    # the lists

    def forget(self, user: str, at: int) -> None:
        """Nothing of a person is left, and nothing they did until then is learnt again."""
        self.erased[user] = at
        self.deeds = defaultdict(dict, {who: deeds for who, deeds in self.deeds.items() if who[0] != user})
        self.words = {key: word for key, word in self.words.items() if key[0] != user}

    def entry(self, who: Who) -> Entry | None:
        entry: Entry | None = None
        for deed in sorted(self.deeds.get(who, ()), key=lambda deed: (deed.at, deed.kind)):
            entry = after(entry, deed)
        return entry

    def entries(self, user: str) -> dict[str, Entry]:
        return {paper: entry for who, paper in [*self.deeds] if who == user and (entry := self.entry((who, paper)))}

    def counts(self, user: str) -> Counter[str]:
        return Counter(entry.state for entry in self.entries(user).values())

    def tags(self, user: str) -> Counter[str]:
        return Counter(tag for entry in self.entries(user).values() for tag in entry.tags)


def after(entry: Entry | None, deed: Deed) -> Entry | None:
    """What is on the list after something was done about a paper; None for nothing."""
    if deed.kind == SAVED:
        entry = entry or Entry(deed.at)
        entry.sources.setdefault(deed.source, deed.at)
        if entry.state == "archived":
            entry.marks[HAND] = (deed.at, "to_read")
    if entry is None or deed.kind == REMOVED:
        return None
    if deed.said == "state":
        entry.marks[deed.source] = (deed.at, str(deed.value))
    if deed.said == "note":
        entry.note = str(deed.value)
    if deed.said == "tags":
        entry.tags = tuple(deed.value)
    if deed.kind == TAKEN_BACK and (deed.source in entry.sources or deed.source in entry.marks):
        entry.sources.pop(deed.source, None)
        entry.marks.pop(deed.source, None)
        if not (entry.sources or entry.note or entry.tags or entry.state != "to_read"):
            return None
    return entry


def wanted(
    entries: Mapping[str, Entry],
    texts: Mapping[str, str],
    *,
    states: Collection[str] = (),
    tag: str | None = None,
    words: Iterable[str] = (),
) -> set[str]:
    """The papers of a list in these states, or all but the archived, that have the tag and all of the words."""
    return {
        paper
        for paper, entry in entries.items()
        if entry.state in (states or UNREAD_FIRST[:3])
        and (tag is None or tag.casefold() in entry.tags)
        and all(word in f"{texts[paper]} {entry.note} {' '.join(entry.tags)}".casefold() for word in words)
    }


def ordered(
    papers: Iterable[str], entries: Mapping[str, Entry], order: str, votes: Mapping[str, int]
) -> list[tuple[object, ...]]:
    """By what each of the papers is placed in an order, in that order."""
    if order == "oldest_unread":
        return sorted((UNREAD_FIRST.index(entries[paper].state), entries[paper].saved_at) for paper in papers)
    if order == "votes":
        return sorted((-votes.get(paper, -1), -entries[paper].saved_at) for paper in papers)
    return sorted((-entries[paper].saved_at,) for paper in papers)
