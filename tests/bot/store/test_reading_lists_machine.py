"""Reading lists against a plain model: whatever people do and whatever Slack brings when, both have the same lists."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from bot.rules.list_emoji import ListEmoji
from bot.rules.list_filter import ListFilter, ListOrder
from bot.rules.outages import Outage
from bot.rules.papers import ListedPaper, Listing, Paper
from bot.rules.reading_list import (
    EffectKind,
    ImportedEntry,
    ReactionsSeen,
    ReadingState,
    SavedPaper,
    SaveKind,
    SaveOrigin,
)
from tests.bot.store.list_model import Model, Who, ordered, wanted
from tests.bot.store.samples import CHANNEL, NOW, SAVING, message, reaction
from tests.postgres import FEWER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

    from bot.store import Store
    from tests.bot.store.conftest import OpenStore

TITLES = {
    "2407.00001": "Sparse attention",
    "2407.00002": "Graphs of attention",
    "2407.00003": "그래프 신경망",
    "2407.00004": "Sparse graphs",
}
A, B, C, D = TITLES
VOTES = {A: 5, B: 40, C: 5}
READERS = ("U000000000A", "W00ELSEWHERE")
CARD, SECOND_CARD, DIGEST, LINK, LINKS = (f"100.00000{number}" for number in range(1, 6))
SHOWS = {CARD: (A,), SECOND_CARD: (B,), DIGEST: (B, C, A), LINK: (A,), LINKS: (C, D)}
LINKED = (LINK, LINKS)
USUAL = {"bookmark": "save", "star": "save", "eyes": "reading", "white_check_mark": "done"}
CHOICES = (
    USUAL,
    {"bookmark": "save", "tada": "save", "eyes": "done", "+1": "reading"},
    {"eyes": "save", "star": "reading", "white_check_mark": "done"},
)
SAVERS = ("bookmark", "star", "bookmark::skin-tone-2", "tada", "one", "two", "three", "two::skin-tone-4")
# Those that may give a state never do so two at one moment: what comes first then is nobody's word.
MARKERS = ("eyes", "eyes::skin-tone-3", "white_check_mark", "thumbsup", "star", "tada")
SECOND = 1_000_000
EARLIER = datetime(2024, 3, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def stamp(at: int) -> str:
    return f"{at // SECOND}.{at % SECOND:06}"


def chosen(roles: dict[str, str]) -> ListEmoji:
    return ListEmoji(*(tuple(name for name in roles if roles[name] == role) for role in ("save", "reading", "done")))


Event = tuple[str, str, str, bool, int]


class Lists(RuleBasedStateMachine):
    """Two people, one of them of another workspace, and their lists; each run is a workspace of its own."""

    runner: ClassVar[asyncio.Runner]
    open_store: ClassVar[OpenStore]
    opened: ClassVar[AbstractAsyncContextManager[Store]]
    store: ClassVar[Store]
    teams: ClassVar[Iterator[int]] = count()

    events = Bundle("events")
    saves = Bundle("saves")
    imports = Bundle("imports")
    cleared = Bundle("cleared")
    several = Bundle("several")
    readers = st.sampled_from(READERS)
    papers = st.sampled_from(sorted(TITLES))
    states = st.sampled_from(ReadingState)
    messages = st.sampled_from(sorted(SHOWS))
    notes = st.sampled_from(["", "for friday", "sparse"])
    tags = st.lists(st.sampled_from(["ml", "nlp", "korea"]), max_size=2, unique=True)

    def __init__(self) -> None:
        super().__init__()
        self.team = f"T{next(self.teams):010}"
        self.model = Model(SHOWS, LINKED, dict(USUAL))
        self.now, self.number = NOW, 0
        self.happened: list[Event] = []

    def tick(self, seconds: int = 1) -> int:
        self.now += timedelta(seconds=seconds)
        return micros(self.now)

    @rule(hours=st.sampled_from([0.01, 13, 25]))
    def time_passes(self, hours: float) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def paperboy_starts_again(self) -> None:
        type(self).restart()

    @classmethod
    def restart(cls) -> None:
        cls.runner.run(cls.opened.__aexit__(None, None, None))
        cls.opened = cls.open_store()
        cls.store = cls.runner.run(cls.opened.__aenter__())

    # messages

    @initialize(known=st.sets(messages, min_size=2))
    def some_messages_are_known(self, known: set[str]) -> None:
        planned = [message(*SHOWS[ts], edition=f"at {ts}", team=self.team) for ts in SHOWS if ts not in LINKED]
        self.runner.run(self.store.outbox.plan(planned, now=NOW))
        for ts in sorted(known):
            self.a_message_becomes_known(ts)

    @rule(ts=messages)
    def a_message_becomes_known(self, ts: str) -> None:
        """Or again, as what is sent twice does."""
        if ts in LINKED:
            begin = self.store.link_previews.begin(self.team, CHANNEL, ts, SHOWS[ts], now=self.now)
            if ts not in self.model.known:
                self.runner.run(begin)
                lists = self.store.reading_lists
                self.runner.run(lists.act_on_early_reactions(self.team, CHANNEL, ts, SAVING))
            else:
                begin.close()
        else:
            key = message(*SHOWS[ts], edition=f"at {ts}", team=self.team).key
            self.runner.run(self.store.outbox.mark_sent(key, ts, now=self.now, saving_emoji=SAVING))
        self.model.know(ts)

    # reactions

    @rule(
        target=events,
        user=readers,
        ts=messages,
        emoji=st.sampled_from(SAVERS),
        added=st.booleans() | st.just(value=True),
        second=st.integers(0, 25),
        hours=st.sampled_from([0, 0, 0, 13]),
    )
    def somebody_reacts(self, user: str, ts: str, emoji: str, added: bool, second: int, hours: int) -> Event:
        """It happens; whether and when Paperboy hears of it is another matter."""
        return self._happens(user, ts, emoji, added, second + hours * 3600, 0)

    @rule(
        target=events,
        user=readers,
        ts=st.sampled_from([CARD, SECOND_CARD, LINK]),
        emoji=st.sampled_from(MARKERS),
        added=st.booleans() | st.just(value=True),
        second=st.integers(0, 25),
    )
    def somebody_says_by_emoji_how_far_they_are(
        self, user: str, ts: str, emoji: str, added: bool, second: int
    ) -> Event:
        place = MARKERS.index(emoji) * len(SHOWS) + sorted(SHOWS).index(ts)
        return self._happens(user, ts, emoji, added, second, 1 + place)

    def _happens(self, user: str, ts: str, emoji: str, added: bool, second: int, place: int) -> Event:
        # No two words on one emoji have one moment.
        event = (user, ts, emoji, added, micros(NOW) + second * SECOND + 2 * place + added)
        self.happened.append(event)
        return event

    @rule(event=events, times=st.sampled_from([1, 1, 2]))
    def an_event_arrives(self, event: Event, times: int) -> None:
        """For the first time or again, early or late."""
        for _ in range(times):
            user, ts, emoji, added, at = event
            before = self.model.entries(user)
            self.model.hear(user, ts, emoji, added=added, at=at)
            now = self.model.entries(user)
            told = reaction(emoji, ts, stamp(at), added=added, user=user, team=self.team, channel=CHANNEL)
            effect = self.runner.run(self.store.reading_lists.record_reaction(told, saving_emoji=SAVING))
            came, went = now.keys() - before.keys(), before.keys() - now.keys()
            assert effect.kind is not EffectKind.SAVED or set(effect.papers) == came
            assert effect.kind is not EffectKind.REMOVED or set(effect.papers) == went
            assert not came or effect.kind is EffectKind.SAVED
            assert not went or effect.kind is EffectKind.REMOVED

    @rule(ts=messages, second=st.integers(0, 26), cut=st.sampled_from(["", "bookmark", "eyes"]))
    def reactions_are_read_after_an_outage(self, ts: str, second: int, cut: str) -> None:
        if ts not in self.model.known:
            return
        at = micros(NOW) + second * SECOND + SECOND - 1
        latest = {event[:3]: event for event in sorted(self.happened, key=lambda each: each[4]) if event[4] <= at}
        standing = {(user, emoji) for user, where, emoji, added, _ in latest.values() if where == ts and added}
        cut_short = frozenset({cut} & {emoji for _, emoji in standing})
        named = frozenset(each for each in standing if each[1] not in cut_short or each[0] == READERS[0])
        seen = ReactionsSeen(self.team, CHANNEL, ts, named, cut_short, stamp(at))
        self.runner.run(self.store.reading_lists.reconcile(seen, Outage(NOW, self.now), saving_emoji=SAVING))
        self.model.look(ts, named, cut_short, at)

    @rule(roles=st.sampled_from(CHOICES))
    def the_workspace_chooses_emoji(self, roles: dict[str, str]) -> None:
        self.runner.run(self.store.list_emoji.choose(self.team, chosen(roles), now=self.now))
        self.model.roles = dict(roles)

    # by hand

    @rule(
        target=saves,
        user=readers,
        paper=papers,
        kind=st.sampled_from([SaveKind.CLICK, SaveKind.COMMAND]),
        ts=st.sampled_from(["", CARD, DIGEST]),
    )
    def somebody_saves(self, user: str, paper: str, kind: SaveKind, ts: str) -> tuple[Who, SaveOrigin]:
        at, origin = self.tick(), SaveOrigin(kind, CHANNEL if ts else "", ts)
        entry = self.model.entry((user, paper))
        is_new = self.runner.run(
            self.store.reading_lists.save(self.team, user, paper, kind, now=self.now, origin=origin)
        )
        assert is_new is (entry is None or entry.state == "archived")
        self.model.save((user, paper), at, (str(origin),))
        return (user, paper), origin

    @rule(saved=saves)
    def somebody_undoes_a_save(self, saved: tuple[Who, SaveOrigin]) -> None:
        (user, paper), origin = saved
        at, had = self.tick(), self.model.entry(saved[0])
        effect = self.runner.run(self.store.reading_lists.undo_save(self.team, user, paper, origin, now=self.now))
        self.model.undo_save((user, paper), at, (str(origin),))
        assert (effect.kind is EffectKind.REMOVED) is (had is not None and self.model.entry((user, paper)) is None)

    @rule(user=readers, paper=papers)
    def somebody_removes_a_paper(self, user: str, paper: str) -> None:
        at = self.tick()
        was_there = self.runner.run(self.store.reading_lists.remove(self.team, user, paper, now=self.now))
        assert was_there is self.model.remove((user, paper), at)

    @rule(user=readers, paper=papers)
    def somebody_undoes_a_removal(self, user: str, paper: str) -> None:
        at = self.tick()
        came_back = self.runner.run(self.store.reading_lists.restore(self.team, user, paper, now=self.now))
        assert came_back is self.model.restore((user, paper), at)

    @rule(target=cleared, user=readers)
    def somebody_removes_all(self, user: str) -> tuple[str, datetime]:
        at = self.tick()
        removed = self.runner.run(self.store.reading_lists.remove_all(self.team, user, now=self.now))
        assert sorted(removed) == sorted(self.model.entries(user))
        for paper in removed:
            self.model.remove((user, paper), at)
        return user, self.now

    @rule(which=cleared)
    def somebody_undoes_that(self, which: tuple[str, datetime]) -> None:
        (user, removed_at), at = which, self.tick()
        came_back = self.runner.run(
            self.store.reading_lists.restore_all(self.team, user, removed_at=removed_at, now=self.now)
        )
        assert came_back == sum(self.model.restore((user, paper), at, micros(removed_at)) for paper in TITLES)

    @rule(user=readers, paper=papers, state=states, kind=st.sampled_from([SaveKind.CLICK, SaveKind.COMMAND]))
    def somebody_says_how_far_they_are(self, user: str, paper: str, state: ReadingState, kind: SaveKind) -> None:
        at = self.tick()
        done = self.runner.run(
            self.store.reading_lists.set_state(self.team, user, paper, state, origin=SaveOrigin(kind), now=self.now)
        )
        assert done is self.model.say((user, paper), at, "state", state.value)

    @rule(user=readers, paper=papers, note=notes)
    def somebody_writes_a_note(self, user: str, paper: str, note: str) -> None:
        at = self.tick()
        done = self.runner.run(self.store.reading_lists.set_note(self.team, user, paper, note, now=self.now))
        assert done is self.model.say((user, paper), at, "note", note)

    @rule(user=readers, paper=papers, tags=tags)
    def somebody_sets_tags(self, user: str, paper: str, tags: list[str]) -> None:
        at = self.tick()
        done = self.runner.run(self.store.reading_lists.set_tags(self.team, user, paper, tags, now=self.now))
        assert done is self.model.say((user, paper), at, "tags", tuple(tags))

    @rule(user=readers, paper=papers, tags=tags, is_removal=st.booleans())
    def somebody_changes_tags(self, user: str, paper: str, tags: list[str], is_removal: bool) -> None:
        at, entry = self.tick(), self.model.entry((user, paper))
        typed = [tag.upper() for tag in tags]
        change = {"remove": typed} if is_removal else {"add": tags}
        now_has = self.runner.run(self.store.reading_lists.change_tags(self.team, user, paper, now=self.now, **change))
        if entry is None:
            assert now_has is None
            return
        left = [tag for tag in entry.tags if not (is_removal and tag in tags)]
        expected = tuple(dict.fromkeys([*left, *([] if is_removal else tags)]))
        assert now_has == expected
        self.model.say((user, paper), at, "tags", expected)

    # imports

    @rule(
        target=imports,
        user=readers,
        papers=st.lists(papers, min_size=1, max_size=3, unique=True),
        state=states | st.none(),
        note=notes,
        tags=tags,
        is_dated=st.booleans(),
    )
    def somebody_imports(
        self, user: str, papers: list[str], state: ReadingState | None, note: str, tags: list[str], is_dated: bool
    ) -> tuple[str, SaveOrigin, list[ImportedEntry]]:
        self.number += 1
        origin = SaveOrigin(SaveKind.IMPORT, CHANNEL, f"300.{self.number:06}")
        which = (
            user,
            origin,
            [ImportedEntry(paper, EARLIER if is_dated else None, state, note, tuple(tags)) for paper in papers],
        )
        self.an_import_is_begun(which)
        return which

    @rule(which=imports)
    def an_import_is_begun(self, which: tuple[str, SaveOrigin, list[ImportedEntry]]) -> None:
        (user, origin, entries), at = which, self.tick()
        put = self.runner.run(self.store.list_imports.add(self.team, user, entries, origin=origin, now=self.now))
        expected = 0
        for each in entries:
            said = {"state": each.state and each.state.value, "note": each.note, "tags": each.tags}
            expected += self.model.import_one(
                (user, each.paper_id),
                at,
                (str(origin),),
                micros(each.saved_at) if each.saved_at else None,
                {what: value for what, value in said.items() if value},
            )
        assert put == expected

    @rule(which=imports)
    def an_import_is_undone(self, which: tuple[str, SaveOrigin, list[ImportedEntry]]) -> None:
        (user, origin, entries), at = which, self.tick()
        gone = self.runner.run(self.store.list_imports.undo(self.team, user, origin, now=self.now))
        assert gone == sum(self.model.undo_import((user, each.paper_id), at, (str(origin),)) for each in entries)

    @rule(
        target=several,
        user=readers,
        state=states,
        states=st.sets(states, max_size=2),
        tag=st.sampled_from([None, "NLP"]),
    )
    def somebody_says_so_of_several(
        self, user: str, state: ReadingState, states: set[ReadingState], tag: str | None
    ) -> tuple[str, ReadingState, datetime]:
        at, view = self.tick(), ListFilter(frozenset(states), tag)
        given = self.runner.run(self.store.reading_lists.set_states(self.team, user, view, state, now=self.now))
        model = self.model.entries(user)
        meant = wanted(model, TITLES, states=states, tag=tag)
        changed = [paper for paper in meant if model[paper].state != state.value]
        assert given == len(changed)
        for paper in changed:
            self.model.say((user, paper), at, "state", state.value, brought_by=("several", str(at)))
        return user, state, self.now

    @rule(which=several)
    def somebody_takes_that_back(self, which: tuple[str, ReadingState, datetime]) -> None:
        user, state, set_at = which
        self.tick()
        undone = self.runner.run(self.store.reading_lists.undo_states(self.team, user, state, set_at=set_at))
        then = micros(set_at)
        assert undone == self.model.undo_states(user, then, ("several", str(then)))

    # forgetting

    @rule(user=readers)
    def somebody_is_forgotten(self, user: str) -> None:
        """They asked for it, or their account was deactivated long ago."""
        self.tick()
        self.runner.run(self._erase(user))
        self.model.forget(user, micros(self.now))

    async def _erase(self, user: str) -> None:
        erasure = await self.store.personal_data.begin_erasure(self.team, user, at=self.now)
        await self.store.personal_data.erase(self.team, user, erasure)

    # what must hold

    @invariant()
    def lists_equal_the_model(self) -> None:
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        lists = self.store.reading_lists
        for user in READERS:
            model = self.model.entries(user)
            everything = ListFilter(frozenset(ReadingState))
            entries = await lists.entries(self.team, user, everything, limit=100)
            assert {each.paper.id: told(each) for each in entries} == {
                paper: (entry.saved_at, entry.state, entry.note, entry.tags) for paper, entry in model.items()
            }
            for each in entries:
                sources = model[each.paper.id].sources
                oldest = {source for source, at in sources.items() if at == min(sources.values())}
                assert source_of(each) in oldest or (not oldest and each.origin is None)
            counts = await lists.counts(self.team, user)
            assert {state.value: number for state, number in counts.items() if number} == self.model.counts(user)
            assert await lists.count(self.team, user) == sum(entry.state != "archived" for entry in model.values())
            assert await lists.tags(self.team, user) == self.model.tags(user)
            assert await lists.saved_among(self.team, user, list(TITLES)) == model.keys()

    @invariant()
    def what_is_wanted_equals_the_model(self) -> None:
        self.runner.run(self._look())

    async def _look(self) -> None:
        """A view a step: which one follows from how many there were, so that all come up and each run is the same."""
        self.number += 1
        order = list(ListOrder)[self.number % 3]
        states = [(), ("to_read",), ("reading", "archived")][self.number // 3 % 3]
        tag = [None, "ML", "korea"][self.number // 9 % 3]
        words = ["", "sparse", "friday", "신경망"][self.number // 27 % 4] if self.number % 2 else ""
        for user in READERS:
            model = self.model.entries(user)
            view = ListFilter(frozenset(map(ReadingState, states)), tag, words, order)
            page, total = await self.store.reading_lists.page(self.team, user, view, limit=100)
            expected = wanted(model, TITLES, states=states, tag=tag, words=words.split())
            assert {each.paper.id for each in page} == expected
            assert total == len(expected)
            places = [ordered([each.paper.id], model, order.value, VOTES)[0] for each in page]
            assert places == ordered(expected, model, order.value, VOTES)


def told(entry: SavedPaper) -> tuple[int, str, str, tuple[str, ...]]:
    return micros(entry.saved_at), entry.state.value, entry.note, entry.tags


def source_of(entry: SavedPaper) -> tuple[str, ...] | None:
    if entry.origin is None:
        return None
    is_reaction = entry.origin.kind is SaveKind.REACTION
    return (entry.origin.message_ts, entry.origin.emoji) if is_reaction else (str(entry.origin),)


def run_machine(open_store: OpenStore, *, examples: int, steps: int, **more: Any) -> None:
    """So many workspaces in one database."""
    with asyncio.Runner() as runner, ExitStack() as stack:
        Lists.runner, Lists.open_store, Lists.opened = runner, open_store, open_store()
        Lists.store = runner.run(Lists.opened.__aenter__())
        stack.callback(lambda: runner.run(Lists.opened.__aexit__(None, None, None)))
        listed = tuple(
            ListedPaper(Paper(each, title, ("Ana Ruiz",)), VOTES.get(each, 0)) for each, title in TITLES.items()
        )
        for each in listed:
            runner.run(Lists.store.papers.remember(each.paper, source="hugging_face", now=NOW))
        upvoted = tuple(each for each in listed if each.paper.id in VOTES)
        day = Listing(date(2024, 7, 31), upvoted, NOW)
        runner.run(Lists.store.listings.remember(day, upvoted))
        run_state_machine_as_test(
            Lists,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow],
                **more,
            ),
        )


def test_lists_equal_the_model_whatever_happens(open_store: OpenStore) -> None:
    run_machine(open_store, examples=30 // FEWER, steps=40)
