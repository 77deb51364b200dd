"""What the store remembers of people and of the channels it serves."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from bot.rules.channels import (
    Channel,
    ChannelSettings,
    ChannelState,
    DayChoice,
    EmptyDays,
    Invitation,
    Layout,
    Managers,
    Person,
    Recap,
    undone,
)
from bot.rules.reading_list import SaveKind
from bot.store.tables.memberships import Memberships
from tests.bot.store.samples import ANA, CHANNEL, DAY, JIMIN, NOW, OTHER_CHANNEL, OTHER_TEAM, TEAM, channel, paper
from tests.bot.store.watched import WatchedConnection

if TYPE_CHECKING:
    from bot.store import Store

SETTINGS = ChannelSettings(time(9, 10), "Asia/Seoul", "ko", 10)
LATER = NOW + timedelta(days=1)


async def test_a_person_comes_back_as_slack_described_them(store: Store) -> None:
    person = Person(TEAM, ANA, locale="ko-KR", timezone="Asia/Seoul")
    await store.people.remember(person, now=NOW)
    assert await store.people.find(TEAM, ANA) == person
    assert await store.people.find(OTHER_TEAM, ANA) is None


async def test_a_language_once_chosen_stays_until_another_is(store: Store) -> None:
    await store.people.remember(Person(TEAM, ANA, "en-US", "Europe/Berlin", language="ko"), now=NOW)
    await store.people.remember(Person(TEAM, ANA, "en-GB", "Europe/London"), now=NOW)
    assert await store.people.find(TEAM, ANA) == Person(TEAM, ANA, "en-GB", "Europe/London", language="ko")
    await store.people.remember(Person(TEAM, ANA, language="en"), now=NOW)
    assert await store.people.find(TEAM, ANA) == Person(TEAM, ANA, "en-GB", "Europe/London", language="en")


async def test_a_person_of_whom_slack_tells_nothing_is_known_all_the_same(store: Store) -> None:
    await store.people.remember(Person(TEAM, ANA), now=NOW)
    assert await store.people.find(TEAM, ANA) == Person(TEAM, ANA)


async def test_what_slack_tells_of_a_person_leaves_what_they_chose_about_their_name(store: Store) -> None:
    for user, is_shown in ((ANA, True), (JIMIN, False)):
        await store.people.choose_whether_name_is_shown(TEAM, user, is_shown=is_shown, now=NOW)
        await store.people.remember(Person(TEAM, user, "ko-KR"), now=NOW)
        assert await store.people.find(TEAM, user) == Person(TEAM, user, "ko-KR", shows_name=is_shown)
    assert await store.people.find(OTHER_TEAM, ANA) is None


async def test_everybody_named_anywhere_is_asked_about_and_again_after_a_while(store: Store) -> None:
    await store.papers.remember(paper(), source="hugging_face", now=NOW)
    savers = [f"U{number:010}" for number in range(700)]
    for user in savers:
        await store.reading_lists.save(TEAM, user, paper().id, SaveKind.CLICK, now=NOW)
    await store.channels.create(replace(channel(), owner=JIMIN), now=NOW)
    await store.people.remember(Person(TEAM, ANA), now=NOW)
    assert await store.people.unknown(TEAM) == sorted([JIMIN, *savers])
    for user in savers[:600]:
        await store.people.remember(Person(TEAM, user), now=NOW)
    assert await store.people.unknown(TEAM) == sorted([JIMIN, *savers[600:]])
    await store.people.choose_language(TEAM, JIMIN, "ko", now=NOW)
    assert await store.people.due_for_check(TEAM, before=NOW, limit=1000) == [JIMIN]
    assert len(await store.people.due_for_check(TEAM, before=LATER, limit=1000)) == 602
    await store.people.note_checked(TEAM, JIMIN, now=NOW)
    assert await store.people.due_for_check(TEAM, before=NOW, limit=1000) == []


async def test_somebody_is_deactivated_since_it_was_first_noticed(store: Store) -> None:
    for now in (NOW, LATER):
        await store.people.remember(Person(TEAM, ANA, is_deactivated=True), now=now)
    assert await store.people.deactivated(TEAM, before=NOW, limit=5) == []
    assert await store.people.deactivated(TEAM, before=LATER, limit=5) == [ANA]
    await store.people.remember(Person(TEAM, ANA), now=LATER)
    assert await store.people.deactivated(TEAM, before=LATER, limit=5) == []


async def test_the_same_user_id_in_two_teams_is_two_people(store: Store) -> None:
    here, there = Person(TEAM, ANA, "ko-KR"), Person(OTHER_TEAM, ANA, "en-US")
    await store.people.remember(here, now=NOW)
    await store.people.remember(there, now=NOW)
    assert [await store.people.find(team, ANA) for team in (TEAM, OTHER_TEAM)] == [here, there]


async def test_a_channel_comes_back_with_its_settings(store: Store) -> None:
    channel = Channel(
        TEAM, CHANNEL, SETTINGS, cursor=date(2024, 7, 30), state=ChannelState.PAUSED, owner=ANA, since=NOW
    )
    assert await store.channels.find(TEAM, CHANNEL) is None
    assert await store.channels.create(channel, now=NOW)
    assert await store.channels.find(TEAM, CHANNEL) == channel


async def test_a_channel_is_created_once_and_keeps_what_it_has(store: Store) -> None:
    channel = Channel(TEAM, CHANNEL, SETTINGS, since=NOW)
    assert await store.channels.create(channel, now=NOW)
    assert not await store.channels.create(replace(channel, settings=replace(SETTINGS, top=3)), now=NOW)
    assert await store.channels.find(TEAM, CHANNEL) == channel


async def test_the_same_channel_id_in_two_teams_is_two_channels(store: Store) -> None:
    here = Channel(TEAM, CHANNEL, SETTINGS, since=NOW)
    there = Channel(OTHER_TEAM, CHANNEL, replace(SETTINGS, top=3), since=NOW)
    assert await store.channels.create(here, now=NOW)
    assert await store.channels.create(there, now=NOW)
    assert [await store.channels.find(team, CHANNEL) for team in (TEAM, OTHER_TEAM)] == [here, there]


# being due ------------------------------------------------------------------------------------------------------------

THURSDAY, FRIDAY = date(2024, 8, 1), date(2024, 8, 2)


async def claim(store: Store, day: date = THURSDAY, *, owner: str = "one") -> bool:
    return await store.due_claims.claim(TEAM, CHANNEL, day, owner=owner, now=NOW)


async def served(store: Store) -> date | None:
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    return known.served


async def test_a_local_date_is_dealt_with_once(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await claim(store)
    assert await claim(store), "whoever left it open has died"
    assert await served(store) is None
    assert await claim(store, owner="another"), "and so has this one"
    assert not await store.due_claims.finish(TEAM, CHANNEL, THURSDAY, owner="one", outcome="late", cursor=FRIDAY)
    assert await store.due_claims.finish(TEAM, CHANNEL, THURSDAY, owner="another", outcome="daily:2024-07-31")
    assert not await claim(store, owner="another")
    assert await served(store) == THURSDAY
    assert await claim(store, FRIDAY)


async def test_a_local_date_is_left_open_while_a_day_is_waited_for(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await claim(store)
    assert await store.due_claims.finish(TEAM, CHANNEL, THURSDAY, owner="one", outcome=None, cursor=FRIDAY)
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert (known.served, known.cursor) == (None, FRIDAY)
    assert await claim(store)


async def test_only_who_has_the_lease_of_a_workspace_claims_what_is_due_there(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)

    async def claims(owner: str) -> bool:
        return await store.due_claims.claim(TEAM, CHANNEL, THURSDAY, owner=owner, now=NOW, lease="workspace")

    assert not await claims("one"), "nobody has it yet"
    await store.leases.hold(["workspace"], owner="one", now=NOW, until=NOW)
    assert await claims("one"), "it ran out, and nobody took it"
    await store.leases.hold(["workspace"], owner="another", now=NOW, until=LATER)
    assert not await claims("one")
    assert await claims("another")


async def test_a_cursor_never_moves_back(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    for day in (THURSDAY, FRIDAY, THURSDAY):
        await store.due_claims.move_cursor(TEAM, CHANNEL, day)
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert known.cursor == FRIDAY


async def test_channels_are_served_until_paused_and_again_when_resumed(store: Store) -> None:
    for channel_id in (OTHER_CHANNEL, CHANNEL):
        await store.channels.create(Channel(TEAM, channel_id, SETTINGS), now=NOW)
    await store.channels.create(Channel(OTHER_TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await active(store) == [CHANNEL, OTHER_CHANNEL]
    assert await store.channels.pause(TEAM, CHANNEL, user=ANA, now=NOW)
    assert not await store.channels.pause(TEAM, CHANNEL, user=ANA, now=NOW)
    assert await active(store) == [OTHER_CHANNEL]
    assert await store.channels.start(TEAM, CHANNEL, latest=THURSDAY, user=ANA, now=LATER)
    assert not await store.channels.start(TEAM, CHANNEL, latest=FRIDAY, user=ANA, now=LATER)
    assert await active(store) == [CHANNEL, OTHER_CHANNEL]
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert (known.cursor, known.since) == (None, LATER), "what a pause would have brought is left out"


async def test_a_closed_channel_is_served_again_from_where_it_was(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS, cursor=THURSDAY, since=NOW), now=NOW)
    assert await store.channels.close(TEAM, CHANNEL, reason="is_archived", now=LATER)
    assert not await store.channels.close(TEAM, CHANNEL, reason="is_archived", now=LATER)
    assert [each.id for each in await store.channels.in_state(TEAM, ChannelState.CLOSED)] == [CHANNEL]
    assert not await store.channels.pause(TEAM, CHANNEL, user=ANA, now=LATER)
    assert await store.channels.reopen(TEAM, CHANNEL, now=LATER)
    assert not await store.channels.reopen(TEAM, CHANNEL, now=LATER)
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert (known.cursor, known.since) == (THURSDAY, NOW)


# settings -------------------------------------------------------------------------------------------------------------

ALL_DIFFERENT = ChannelSettings(
    post_at=time(17, 45),
    timezone="Pacific/Auckland",
    language="en",
    top=5,
    weekdays=frozenset({0, 2, 4}),
    skip_dates=(date(2026, 12, 24), date(2026, 12, 25)),
    second_language="ko",
    minimum_votes=7,
    include_words=("robot", "로봇"),
    exclude_words=("survey; of 'quotes'",),
    layout=Layout.CARDS,
    day_choice=DayChoice.SO_FAR,
    empty_days=EmptyDays.BEST_OF_WEEK,
    late_risers=True,
    unfurl=True,
    recap=Recap.MONTHLY,
    managers=Managers.MANAGERS,
    link_previews=False,
    team_recap=True,
)


async def test_every_setting_comes_back_as_it_was_put(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    changed = await store.channels.change_settings(TEAM, CHANNEL, ALL_DIFFERENT, user=ANA, now=LATER)
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert known.settings == ALL_DIFFERENT
    assert {change.setting for change in changed} == {field.name for field in fields(ChannelSettings)}
    assert await store.channels.changes(TEAM, CHANNEL, limit=100) == list(reversed(changed))


async def test_every_change_tells_who_what_and_when_and_can_be_undone(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    (change,) = await store.channels.change_settings(TEAM, CHANNEL, replace(SETTINGS, top=3), user=ANA, now=LATER)
    assert (change.user, change.at, change.setting) == (ANA, LATER, "top")
    assert await store.channels.change(TEAM, CHANNEL, change.id) == change
    assert await store.channels.change(TEAM, OTHER_CHANNEL, change.id) is None, (
        "another channel's change is not to be had here"
    )
    assert undone(replace(SETTINGS, top=3, minimum_votes=5), change) == replace(SETTINGS, minimum_votes=5)
    assert undone(replace(SETTINGS, top=4), change) is None, "somebody changed it again since"


async def test_the_same_settings_again_are_no_change(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, ALL_DIFFERENT), now=NOW)
    assert await store.channels.change_settings(TEAM, CHANNEL, ALL_DIFFERENT, user=ANA, now=LATER) == []
    assert await store.channels.changes(TEAM, CHANNEL, limit=100) == []


async def test_what_somebody_else_chose_since_the_settings_were_seen_stays(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    theirs = replace(SETTINGS, top=3, minimum_votes=5)
    await store.channels.change_settings(TEAM, CHANNEL, theirs, user=JIMIN, now=NOW, seen=SETTINGS)
    own = replace(SETTINGS, minimum_votes=8, unfurl=True)
    changed = await store.channels.change_settings(TEAM, CHANNEL, own, user=ANA, now=LATER, seen=SETTINGS)
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert known.settings == replace(SETTINGS, top=3, minimum_votes=8, unfurl=True)
    assert {(each.setting, each.old) for each in changed} == {("minimum_votes", "5"), ("unfurl", "false")}


async def test_a_date_left_out_is_done_with_and_the_next_one_is_not_left_out(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await store.channels.set_skip_next(TEAM, CHANNEL, True, user=ANA, now=NOW)
    assert not await store.channels.set_skip_next(TEAM, CHANNEL, True, user=ANA, now=NOW)
    assert await claim(store)
    await store.due_claims.skip(TEAM, CHANNEL, THURSDAY, owner="late", through=THURSDAY, now=NOW)
    assert await served(store) is None
    await store.due_claims.skip(TEAM, CHANNEL, THURSDAY, owner="one", through=THURSDAY, now=NOW)
    known = await store.channels.find(TEAM, CHANNEL)
    assert known
    assert (known.skip_next, known.served, known.cursor) == (False, THURSDAY, THURSDAY)
    assert not await claim(store)


async def test_who_has_had_the_latest_day_goes_on_from_there_when_started_again(store: Store) -> None:
    for cursor, after in ((FRIDAY, FRIDAY), (THURSDAY, THURSDAY), (THURSDAY - timedelta(days=1), None)):
        channel_id = f"C{cursor:%d}"
        await store.channels.create(Channel(TEAM, channel_id, SETTINGS, cursor=cursor), now=NOW)
        await store.channels.pause(TEAM, channel_id, user=ANA, now=NOW)
        assert await store.channels.start(TEAM, channel_id, latest=THURSDAY, user=ANA, now=LATER)
        known = await store.channels.find(TEAM, channel_id)
        assert known
        assert known.cursor == after


# coming and going -----------------------------------------------------------------------------------------------------


async def test_an_invitation_makes_a_channel_known_and_a_second_one_only_tells_who_invited(store: Store) -> None:
    wanted = Channel(TEAM, CHANNEL, SETTINGS, state=ChannelState.NEW, owner=ANA, since=NOW)
    assert await store.channels.welcome(wanted, now=NOW) == wanted
    assert await active(store) == []
    await store.channels.start(TEAM, CHANNEL, latest=THURSDAY, user=ANA, now=NOW)
    again = await store.channels.welcome(replace(wanted, owner="U2", settings=ALL_DIFFERENT), now=LATER)
    assert again
    assert (again.owner, again.settings, again.state) == ("U2", SETTINGS, ChannelState.ACTIVE)


async def test_a_channel_that_was_left_is_new_when_paperboy_is_invited_again(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, ALL_DIFFERENT), now=NOW)
    assert await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW)
    assert not await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW)
    assert await active(store) == []
    again = await store.channels.welcome(Channel(TEAM, CHANNEL, SETTINGS, state=ChannelState.NEW, owner=ANA), now=LATER)
    assert again
    assert (again.state, again.settings) == (ChannelState.NEW, ALL_DIFFERENT)


async def test_a_departure_told_of_after_the_return_changes_nothing_and_a_return_after_the_departure_neither(
    store: Store,
) -> None:
    left, back, gone = (f"17870119{second:02}.000100" for second in (1, 2, 3))
    new = Channel(TEAM, CHANNEL, SETTINGS, state=ChannelState.NEW, owner=ANA)
    await store.channels.create(Channel(TEAM, CHANNEL, SETTINGS), now=NOW)
    assert await store.memberships.note_invitation(Invitation(TEAM, CHANNEL, back, ANA, NOW))
    assert await store.channels.welcome(new, now=NOW, event_ts=back)
    assert not await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW, event_ts=left)
    assert await active(store) == [CHANNEL]
    assert len(await store.memberships.open_invitations(TEAM)) == 1
    assert await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW, event_ts=gone)
    assert not await store.memberships.note_invitation(Invitation(TEAM, CHANNEL, back, ANA, NOW))
    assert await store.channels.welcome(new, now=NOW, event_ts=back) is None
    assert await active(store) == []
    assert await store.memberships.open_invitations(TEAM) == []


async def test_what_was_left_is_forgotten_after_a_while_and_nothing_else(store: Store) -> None:
    for channel_id in (CHANNEL, OTHER_CHANNEL):
        await store.channels.create(Channel(TEAM, channel_id, SETTINGS), now=NOW)
    await store.memberships.leave_channel(TEAM, CHANNEL, now=NOW)
    assert await store.memberships.forget_left(before=NOW) == (0, 0)
    assert await store.memberships.forget_left(before=LATER) == (1, 0)
    assert await store.channels.find(TEAM, CHANNEL) is None
    assert await active(store) == [OTHER_CHANNEL]


async def test_an_uninstalled_app_keeps_nothing_after_a_while_unless_it_comes_back(store: Store) -> None:
    for team in (TEAM, OTHER_TEAM):
        await store.memberships.rejoin_team(team, now=NOW)
        await store.channels.create(Channel(team, CHANNEL, SETTINGS), now=NOW)
        await store.people.remember(Person(team, ANA, "ko-KR"), now=NOW)
        await store.memberships.leave_team(team, now=NOW)
    await store.memberships.rejoin_team(OTHER_TEAM, now=NOW)
    await store.memberships.forget_left(before=LATER)
    assert await store.people.find(TEAM, ANA) is None
    assert await store.people.find(OTHER_TEAM, ANA) is not None


async def test_a_workspace_of_any_number_of_channels_is_left_by_a_few_statements(store: Store) -> None:
    asked: list[str] = []

    async def note(sql: str) -> None:
        asked.append(sql)

    for number in range(30):
        channel = f"C{number:010}"
        await store.channels.create(Channel(TEAM, channel, SETTINGS), now=NOW)
        invited = Invitation(team=TEAM, channel=channel, event_ts="1.000000", inviter=ANA, at=NOW)
        await store.memberships.note_invitation(invited)
    await store.memberships.leave_channel(TEAM, "C0000000007", now=NOW)
    await store.channels.create(Channel(OTHER_TEAM, CHANNEL, SETTINGS), now=NOW)
    await store.database.write(lambda db: Memberships(WatchedConnection(db, note)).leave_team(TEAM, now=LATER))
    assert len(asked) < 10
    assert await store.memberships.open_invitations(TEAM) == []
    assert len(await store.channels.in_state(TEAM, ChannelState.LEFT)) == 30
    assert await store.channels.in_state(OTHER_TEAM, ChannelState.LEFT) == []
    [change] = await store.channels.changes(TEAM, "C0000000001", limit=5)
    assert (change.user, change.at, change.setting, change.old, change.new) == (None, LATER, "state", "active", "left")
    assert len(await store.channels.changes(TEAM, "C0000000007", limit=5)) == 1


async def test_a_channel_with_another_id_is_the_same_channel(store: Store) -> None:
    await store.channels.create(Channel(TEAM, CHANNEL, ALL_DIFFERENT, cursor=THURSDAY, since=NOW), now=NOW)
    await store.memberships.change_channel_id(TEAM, CHANNEL, OTHER_CHANNEL)
    assert await store.channels.find(TEAM, CHANNEL) is None
    assert await store.channels.find(TEAM, OTHER_CHANNEL) == Channel(
        TEAM, OTHER_CHANNEL, ALL_DIFFERENT, cursor=THURSDAY, since=NOW
    )
    await store.memberships.change_channel_id(TEAM, CHANNEL, OTHER_CHANNEL)


async def active(store: Store) -> list[str]:
    return [each.id for each in await store.channels.active(TEAM)]


async def test_the_dates_a_channel_is_done_with_are_known(store: Store) -> None:
    await store.channels.create(channel(), now=NOW)
    served, unfinished, skipped = (DAY + timedelta(days=number) for number in range(3))
    for local_date in (served, unfinished, skipped):
        assert await store.due_claims.claim(TEAM, CHANNEL, local_date, owner="bot", now=NOW)
    await store.due_claims.finish(TEAM, CHANNEL, served, owner="bot", outcome="nothing")
    await store.due_claims.skip(TEAM, CHANNEL, skipped, owner="bot", through=DAY, now=NOW)
    assert await store.due_claims.served_since(TEAM, CHANNEL, DAY) == {served, skipped}
    assert await store.due_claims.served_since(TEAM, CHANNEL, unfinished) == {skipped}
    assert await store.due_claims.served_since(TEAM, OTHER_CHANNEL, DAY) == frozenset()
