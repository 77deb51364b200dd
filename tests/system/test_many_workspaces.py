"""One app that any number of workspaces install: installed, served, installed again, uninstalled, and always apart."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from bot.cli.findings import Verdict
from bot.cli.workspace_findings import examine_workspaces
from bot.editions.daily import PostedDay
from bot.errors import SlackRefused, StoreError, TokensSealed, WorkspaceClosed, WorkspaceUnknown
from bot.installed_workspaces import CHECK_SECONDS, InstalledWorkspaces, open_installed_workspace
from bot.leases import HeldAlone
from bot.messages.answers import format_error
from bot.rules.install_outcomes import Installed, InstallProblem, NotInstalled
from bot.rules.installations import Credentials
from bot.rules.leases import LEASE
from bot.settings import SecretStr
from bot.slack.installations import StoredInstallations
from bot.token_encryption import TokenEncryption
from bot.workspace import open_connections
from bot.workspaces import Workspaces
from tests.harness import DAY, like
from tests.many_workspaces import KEY, OTHER_KEY, open_fleet

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from datetime import datetime
    from pathlib import Path

    from bot.slack.oauth import SlackOAuth
    from bot.slack_emulator import Call, Person, SlackEmulator
    from tests.many_workspaces import Fleet


def add_workspace(fleet: Fleet, name: str) -> tuple[SlackEmulator, Person]:
    slack = fleet.slack.add_workspace(name, installed=False)
    return slack, slack.add_person("Ana", locale="en-US", tz="Europe/Berlin", role="admin")


PAPER = "2407.21017"
LINKS = ("https://arxiv.org/abs/2407.20445", "https://huggingface.co/papers/2407.20798")


async def shown_card(fleet: Fleet, slack: SlackEmulator, person: Person, channel: str) -> str:
    """The time stamp of a paper's card, shared in a channel by somebody."""
    assert (await slack.command(person.id, channel, "/paper", PAPER)).ok
    await fleet.quiet()
    await slack.click(person.id, slack.ephemerals(person.id)[-1], "share_paper")
    await fleet.quiet()
    return slack.messages(channel)[-1].ts


async def saved(fleet: Fleet, slack: SlackEmulator, person: Person) -> list[str]:
    entries, _ = await fleet.bot.services.store.reading_lists.page(slack.team_id, person.id, limit=100)
    return [each.paper.id for each in entries]


def exchanges(fleet: Fleet) -> list[Call]:
    """The requests with which a refresh token was exchanged."""
    calls = [call for call in fleet.slack.calls if call.method == "oauth.v2.access"]
    return [call for call in calls if call.arguments.get("grant_type") == "refresh_token"]


async def stored_token(fleet: Fleet, slack: SlackEmulator) -> str:
    app = await fleet.bot.services.store.installations.find(slack.team_id)
    assert app is not None
    return fleet.many.installed.stored.credentials_of(app).token


@dataclass(frozen=True, slots=True)
class HeldAnswers:
    """Slack's answers to exchanges of tokens, which are given and do not arrive yet."""

    oauth: SlackOAuth
    asked: asyncio.Event
    go_on: asyncio.Event

    @classmethod
    def of(cls, fleet: Fleet) -> HeldAnswers:
        held = cls(fleet.many.installed.oauth, asyncio.Event(), asyncio.Event())
        vars(fleet.many.installed)["oauth"] = held
        return held

    async def renew(self, refresh_token: str) -> tuple[Credentials, datetime | None]:
        granted = await self.oauth.renew(refresh_token)
        self.asked.set()
        await self.go_on.wait()
        return granted


def in_database(fleet: Fleet) -> str:
    path = fleet.settings.database_path
    assert path is not None
    with closing(sqlite3.connect(path)) as db:
        return "\n".join(db.iterdump())


async def test_each_workspace_is_served_from_its_installation_on_with_a_token_of_its_own(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (other, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        assert not fleet.bot.workspaces
        assert await fleet.install(ana) == Installed(one.team_id, "One", False, fleet.slack.app_id)
        assert [*fleet.bot.workspaces] == [one.team_id]
        await fleet.install(ben)
        await fleet.check()
        for slack, person in ((one, ana), (other, ben)):
            channel = slack.add_channel("papers", members=[person.id], with_bot=False)
            await slack.invite_bot(channel.id, by=person.id)
            await fleet.quiet()
            assert (await slack.command(person.id, channel.id, "/paper", "help")).ok
            assert slack.messages(slack.direct_messages(person.id).id), "whoever added Paperboy is offered the set-up"
            assert {call.token for call in slack.calls} - {None} == {fleet.workspace(slack).client.token}
        assert fleet.workspace(one).client.token != fleet.workspace(other).client.token
        tokens = [str(fleet.workspace(each).client.token) for each in (one, other)]
        shown = in_database(fleet) + repr(fleet.many) + repr(fleet.bot.workspaces.items())
        assert not [secret for secret in (*tokens, fleet.slack.client_secret, KEY) if secret in shown]


async def test_who_comes_back_with_what_is_not_theirs_installs_nothing(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        _, ana = add_workspace(fleet, "One")
        installing = fleet.many.installing
        begun, another = await installing.begin(), await installing.begin()
        state = begun.state
        foreign = {
            "nothing remembered": (state, None),
            "another state": (state, another.state),
            "made up": ("made-up", "made-up"),
            "nothing at all": (None, None),
        }
        for given, remembered in foreign.values():
            refused = await installing.complete(code="1", state=given, cookie_state=remembered)
            assert refused == NotInstalled(InstallProblem.STATE)
        assert await installing.complete(code="no code", state=state, cookie_state=state) == NotInstalled(
            InstallProblem.CODE, "invalid_code"
        )
        refused = await installing.complete(code="1", state=state, cookie_state=state)
        assert refused == NotInstalled(InstallProblem.STATE), "each state is good once"
        late = await installing.begin()
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=11))
        refused = await installing.complete(code="1", state=late.state, cookie_state=late.state)
        assert refused == NotInstalled(InstallProblem.STATE), "and for ten minutes"
        cancelled = await installing.begin()
        assert await installing.complete(
            code=None, state=cancelled.state, cookie_state=cancelled.state, error="access_denied"
        ) == NotInstalled(InstallProblem.CANCELLED)
        assert not fleet.bot.workspaces
        assert isinstance(await fleet.install(ana), Installed)


async def test_uninstalled_it_is_silent_and_installed_again_all_is_back(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (other, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        for person in (ana, ben):
            await fleet.install(person)
        channel = one.add_channel("papers", members=[ana.id], with_bot=False)
        await one.invite_bot(channel.id, by=ana.id)
        await fleet.quiet()
        card = await shown_card(fleet, one, ana, channel.id)
        await one.react(ana.id, channel.id, card, "bookmark")
        await fleet.quiet()
        for tokens_last in (False, True):
            await one.uninstall(tokens_last=tokens_last)
            await fleet.quiet()
            assert [*fleet.bot.workspaces] == [other.team_id]
            store = fleet.bot.services.store
            assert await store.installations.find(one.team_id) is None, "no token is kept"
            asked = len(one.calls)
            fleet.clock.advance_to(fleet.clock.now() + timedelta(days=29))
            await fleet.bot.workspaces[other.team_id].schedule.tick(fleet.clock.now())
            await fleet.check()
            assert len(one.calls) == asked
            await fleet.install(ana)
            await fleet.check()
            assert await saved(fleet, one, ana) == [PAPER]
        await one.uninstall()
        await fleet.quiet()
        fleet.clock.advance_to(fleet.clock.now() + timedelta(days=31))
        await fleet.bot.services.store.memberships.forget_left(before=fleet.clock.now() - timedelta(days=30))
        assert one.team_id not in in_database(fleet), "what is kept for the retention time is erased then"
        assert ana.id not in in_database(fleet)


async def test_the_end_of_an_earlier_installation_that_is_told_late_ends_nothing(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        earlier = fleet.clock.now()
        fleet.clock.advance_to(earlier + timedelta(seconds=2))
        await fleet.install(ana)
        token = fleet.workspace(one).client.token
        ended = fleet.many.installed.end
        await ended(one.team_id, earlier)
        await ended(one.team_id, earlier, is_revocation=True)
        await fleet.check()
        assert fleet.workspace(one).client.token == token
        fleet.clock.advance_to(fleet.clock.now() + timedelta(seconds=11))
        await ended(one.team_id, fleet.clock.now())
        await fleet.check()
        assert not fleet.bot.workspaces


@pytest.mark.parametrize("rotation", [False, True], ids=["lasting tokens", "expiring tokens"])
@pytest.mark.parametrize(("seconds", "order"), [(0, "kept"), (0, "reversed"), (30, "kept")])
async def test_uninstalled_and_installed_again_before_slack_tells_so_it_stays(
    tmp_path: Path, rotation: bool, seconds: int, order: Any
) -> None:
    async with open_fleet(tmp_path, rotation=rotation) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=5))
        one.faults.hold()
        await one.uninstall()
        fleet.clock.advance_to(fleet.clock.now() + timedelta(seconds=seconds))
        await fleet.install(ana)
        one.faults.release(order)
        await fleet.quiet()
        await fleet.check()
        assert fleet.workspace(one).client.token == one.bot_token
        await one.uninstall()
        await fleet.quiet()
        await fleet.check()
        assert not fleet.bot.workspaces, "and uninstalled at about the time it was installed, it goes"


async def test_a_token_that_slack_takes_no_more_ends_its_workspace_alone(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (other, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        for person in (ana, ben):
            await fleet.install(person)
        error = SlackRefused(method="chat.postMessage", error="token_revoked")
        one.faults.error("auth.test", error="fatal_error")
        fleet.many.installed.begin_checking_token(one.team_id, error)
        await fleet.quiet()
        assert one.team_id in fleet.bot.workspaces, "that it is no more is Slack's to say"
        one.faults.error("auth.test", error="token_revoked")
        fleet.many.installed.begin_checking_token(one.team_id, error)
        await fleet.quiet()
        assert [*fleet.bot.workspaces] == [other.team_id]


async def test_an_end_that_nobody_was_told_of_shows_at_the_next_request(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (other, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        await fleet.install(ana)
        await fleet.install(ben)
        for method in ("views.publish", "auth.test"):
            one.faults.error(method, error="account_inactive", times=9)
        await one.open_home(ana.id)
        await fleet.quiet()
        await fleet.quiet()
        assert [*fleet.bot.workspaces] == [other.team_id]


async def test_a_refresh_token_that_slack_refuses_is_not_tried_at_each_request(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(days=1))
        fleet.slack.faults.error("oauth.v2.access", error="invalid_refresh_token", times=99)
        for _ in range(5):
            await one.open_home(ana.id)
            await fleet.check()
        assert len(exchanges(fleet)) == 1
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=1))
        await fleet.check()
        assert len(exchanges(fleet)) == 2


async def test_what_slack_says_of_a_token_ends_nothing_that_was_installed_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_fleet(tmp_path) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=5))

        async def refused_late(method: str, request: Coroutine[Any, Any, Any]) -> None:
            request.close()
            monkeypatch.undo()
            await fleet.install(ana)
            raise SlackRefused(method=method, error="token_revoked")

        monkeypatch.setattr("bot.installed_workspaces.call", refused_late)
        error = SlackRefused(method="chat.postMessage", error="token_revoked")
        fleet.many.installed.begin_checking_token(one.team_id, error)
        await fleet.quiet()
        assert [*fleet.bot.workspaces] == [one.team_id]
        assert await fleet.bot.services.store.installations.find(one.team_id) is not None


async def test_expiring_tokens_are_exchanged_in_time_and_stored_before_they_are_used(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        first = fleet.workspace(one).client.token
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=8, minutes=59))
        await fleet.check()
        assert fleet.workspace(one).client.token == first, "not before its last quarter"
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=2))
        one.faults.error("oauth.v2.access", error="service_unavailable")
        fleet.slack.faults.error("oauth.v2.access", error="service_unavailable")
        await fleet.check()
        assert fleet.workspace(one).client.token == first
        for _ in range(3):
            fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=3))
            await fleet.check()
        second = fleet.workspace(one).client.token
        assert second != first
        stored = await fleet.bot.services.store.installations.find(one.team_id)
        assert stored is not None
        assert stored.generation == 2
        assert isinstance(fleet.bot.workspaces, Workspaces)
        assert fleet.bot.workspaces.installations[one.team_id].token == second
        assert str(second) not in in_database(fleet)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=11))
        await fleet.check()
        channel = one.add_channel("papers", members=[ana.id], with_bot=False)
        await one.invite_bot(channel.id, by=ana.id)
        await fleet.quiet()
        assert one.messages(one.direct_messages(ana.id).id)


async def test_to_find_an_app_uninstalled_whose_tokens_expire_is_no_error(tmp_path: Path) -> None:
    """A new token is asked for then: it may be that the old one was exchanged."""
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        for faults in (one.faults, fleet.slack.faults):
            faults.error("oauth.v2.access", error="invalid_refresh_token")
        one.faults.error("auth.test", error="token_revoked")
        with capture_logs() as logs:
            fleet.many.installed.begin_checking_token(
                one.team_id, SlackRefused(method="chat.postMessage", error="token_revoked")
            )
            await fleet.quiet()
        assert not [*fleet.bot.workspaces]
        assert [log["event"] for log in logs if log["log_level"] in {"error", "critical"}] == []


async def test_killed_after_slack_gave_a_new_token_the_next_process_gets_one_too(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        stored = await fleet.bot.services.store.installations.find(one.team_id)
        assert stored is not None
        # What a process did that was killed before it stored what it got.
        await fleet.many.installed.oauth.renew(str(fleet.many.installed.stored.credentials_of(stored).refresh_token))
        await fleet.check()
        again = await fleet.bot.services.store.installations.find(one.team_id)
        assert again is not None
        assert again.generation == 2


async def test_what_another_process_left_as_it_exchanged_a_token_is_taken_up_once_its_lease_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        stored = await fleet.bot.services.store.installations.find(one.team_id)
        assert stored is not None
        with monkeypatch.context() as held_by_another:

            async def hold(_: object) -> frozenset[str]:
                return frozenset()

            held_by_another.setattr(fleet.bot.services.leases, "hold", hold)
            await fleet.check()
            await fleet.many.installed.oauth.renew(
                str(fleet.many.installed.stored.credentials_of(stored).refresh_token)
            )
            fleet.clock.advance_to(fleet.clock.now() + LEASE)
            await fleet.check()
        fleet.clock.advance_to(fleet.clock.now() + timedelta(seconds=CHECK_SECONDS))
        await fleet.check()
        assert await stored_token(fleet, one) == one.bot_token == fleet.workspace(one).client.token


async def test_the_revocation_of_one_expiring_token_ends_no_installation(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        first = fleet.workspace(one).client.token
        await fleet.many.installed.end(one.team_id, fleet.clock.now(), is_revocation=True)
        await fleet.quiet()
        assert fleet.workspace(one).client.token != first


async def test_installed_for_a_whole_organization_it_serves_each_of_its_workspaces(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        organization = fleet.slack.add_organization("Org")
        places = []
        for name in ("One", "Other"):
            slack = fleet.slack.add_workspace(name, installed=False, organization=organization)
            places.append((slack, slack.add_person("Ana", role="admin")))
        ana = places[0][1]
        done = await fleet.install(ana, in_organization=True)
        assert done == Installed(organization.id, "Org", True, fleet.slack.app_id)
        assert [*fleet.bot.workspaces] == [organization.id]
        for slack, person in places:
            channel = slack.add_channel("papers", members=[person.id], with_bot=False)
            await slack.invite_bot(channel.id, by=person.id)
            await fleet.quiet()
            assert (await slack.command(person.id, channel.id, "/paper", "help")).ok
            assert slack.messages(slack.direct_messages(person.id).id)
            conversations = fleet.bot.workspaces[organization.id].conversations
            assert [*await conversations.of_person(person.id)] == [channel.id]
            assert await conversations.memberships() is None, "no list has the channels of all workspaces"
        listed = [call.arguments.get("team_id") for call in fleet.slack.calls if call.method == "users.conversations"]
        assert listed == [slack.team_id for slack, _ in places]
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=5))
        await fleet.many.installed.end(organization.id, fleet.clock.now())
        await fleet.check()
        assert [*fleet.bot.workspaces] == [organization.id], "gone from one of its workspaces, it is there for the rest"
        await places[1][0].uninstall()
        await fleet.check()
        assert not fleet.bot.workspaces


async def test_what_one_workspace_installed_by_itself_outlives_the_installation_for_its_organization(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path) as fleet:
        organization = fleet.slack.add_organization("Org")
        (one, ana), (_, ben) = (
            (slack, slack.add_person("Ana", role="admin"))
            for slack in (
                fleet.slack.add_workspace(name, installed=False, organization=organization) for name in ("One", "Other")
            )
        )
        await fleet.install(ana)
        await fleet.install(ben, in_organization=True)
        assert {*fleet.bot.workspaces} == {one.team_id, organization.id}
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=5))
        await fleet.slack.workspaces[1].uninstall()
        await fleet.quiet()
        await fleet.check()
        assert {*fleet.bot.workspaces} == {one.team_id}


async def test_the_key_can_be_changed_and_a_wrong_one_loses_nothing(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        store, old = fleet.bot.services.store.installations, TokenEncryption([KEY])
        before = await store.all()

        async def open_with(*keys: str) -> None:
            stored = StoredInstallations(store, TokenEncryption(keys), fleet.clock)
            installed = fleet.many.installed
            async with Workspaces() as workspaces:
                again = InstalledWorkspaces(
                    workspaces,
                    store,
                    stored,
                    installed.oauth,
                    HeldAlone(""),
                    fleet.clock,
                    open_installed=installed.open_installed,
                    wake=fleet.bot.services.store.database.notify,
                )
                await again.open_all()
                assert [*workspaces] == [one.team_id]

        with pytest.raises(TokensSealed) as wrong:
            await open_with(OTHER_KEY)
        assert "PAPERBOY_SECRET_KEY doesn't decrypt" in format_error(wrong.value, "en")
        assert await store.all() == before
        await open_with(OTHER_KEY, KEY)
        (after,) = await store.all()
        assert TokenEncryption([OTHER_KEY]).open(one.team_id, after.credentials) == old.open(
            one.team_id, before[0].credentials
        )
        await open_with(OTHER_KEY)


async def test_one_whose_token_no_key_opens_is_left_out_alone_and_told_of_once(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (other, eve) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        await fleet.install(ana)
        await fleet.install(eve)
        store = fleet.bot.services.store.installations
        app = await store.find(one.team_id)
        assert app is not None
        sealed = TokenEncryption([OTHER_KEY]).seal(one.team_id, Credentials("xoxb-unreadable", None))
        assert await store.renew(app, sealed, None)
        async with Workspaces() as workspaces:
            installed = InstalledWorkspaces(
                workspaces,
                store,
                fleet.many.installed.stored,
                fleet.many.installed.oauth,
                HeldAlone(""),
                fleet.clock,
                open_installed=fleet.many.installed.open_installed,
                wake=fleet.bot.services.store.database.notify,
            )
            with capture_logs() as logs:
                await installed.open_all()
                for _ in range(3):
                    await installed.refresh_all()
                    with pytest.raises(WorkspaceClosed):
                        await installed.find({"team_id": one.team_id})
            assert [*workspaces] == [other.team_id]
        assert [each["team"] for each in logs if each["event"] == "a workspace was left out"] == [one.team_id]


async def test_what_happens_where_the_key_is_missing_comes_again_and_is_no_other_workspaces(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (other, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        await fleet.install(ana)
        await fleet.install(ben)
        channel = one.add_channel("papers", members=[ana.id])
        store, encryption = fleet.bot.services.store.installations, TokenEncryption([KEY])
        app = await store.find(one.team_id)
        assert app is not None
        credentials = encryption.open(one.team_id, app.credentials)
        await store.renew(app, TokenEncryption([OTHER_KEY]).seal(one.team_id, credentials), None)
        assert isinstance(fleet.bot.workspaces, Workspaces)
        await fleet.bot.workspaces.close(one.team_id)
        assert (await one.command(ana.id, channel.id, "/paper", "help")).ok
        assert "can't work in this workspace at the moment" in one.ephemerals(ana.id)[-1].text
        with pytest.raises(WorkspaceClosed):  # so that no event is acknowledged
            await fleet.many.installed.find({"team_id": one.team_id})
        await other.open_home(ben.id)
        await fleet.quiet()
        assert other.home(ben.id) is not None


@pytest.mark.parametrize("told_once", [False, True], ids=["both are told", "one is told"])
async def test_in_a_channel_that_two_of_them_share_one_answers(tmp_path: Path, told_once: bool) -> None:
    async with open_fleet(tmp_path) as fleet:
        (host, ana), (guest, ben) = add_workspace(fleet, "Host"), add_workspace(fleet, "Guest")
        for person in (ana, ben):
            await fleet.install(person)
        people = [ana.id, ben.id]
        shared = fleet.slack.share_channel(
            "shared", [host, guest], members=people, with_bots=False, told_once=told_once
        )
        for slack, person in ((host, ana), (guest, ben)):
            await slack.invite_bot(shared.id, by=person.id)
        own = host.add_channel("own", members=[ana.id], with_bot=False)
        await host.invite_bot(own.id, by=ana.id)  # whose welcome shows papers, which are known from then on
        await fleet.quiet()

        async def answers() -> int:
            before = len(host.messages(shared.id))
            unfurled = [call for call in fleet.slack.calls if call.method == "chat.unfurl" and call.status == 200]
            return before + len(unfurled)

        for bot, person in ((host, ana), (guest, ana), (guest, ben)):
            before = await answers()
            said = (
                await host.say(person.id, shared.id, f"<@{bot.bot_user_id}> {PAPER}")
                if person is ana
                else (await guest.say(person.id, shared.id, f"<@{bot.bot_user_id}> {PAPER}"))
            )
            await fleet.quiet()
            assert await answers() == before + 2, "the question, and its answer"
            (answer,) = host.thread(shared.id, said.ts)[1:]
            assert answer.user == bot.bot_user_id
        for person, slack in ((ana, host), (ben, guest)):
            before = await answers()
            await slack.say(person.id, shared.id, LINKS[slack is host])
            await fleet.quiet()
            assert await answers() == before + 2, "the message, and its preview"
        card = host.messages(shared.id)[0]
        for person, slack in ((ana, host), (ben, guest)):
            entries = [await saved(fleet, each, person) for each in (host, guest)]
            assert entries == [[], []]
            replies = host.thread(shared.id, card.ts)[1:]
            await slack.react(person.id, shared.id, replies[0].ts, "bookmark")
            await fleet.quiet()
            entries = [await saved(fleet, each, person) for each in (host, guest)]
            assert entries == [[PAPER], []], "the workspace whose bot posted it"


@pytest.mark.parametrize("told_once", [False, True], ids=["both are told", "one is told"])
async def test_a_bot_that_is_named_where_it_is_not_has_nothing_to_do_with_it(tmp_path: Path, told_once: bool) -> None:
    """Anybody who knows the ID of a workspace's bot could have it work, and pay, for them otherwise."""
    async with open_fleet(tmp_path) as fleet:
        (host, ana), (guest, ben), (third, cem) = (add_workspace(fleet, name) for name in ("Host", "Guest", "Third"))
        for person in (ana, ben, cem):
            await fleet.install(person)
        shared = fleet.slack.share_channel(
            "shared", [host, guest], members=[ana.id, ben.id], with_bots=False, told_once=told_once
        )
        for slack, person in ((host, ana), (guest, ben)):
            await slack.invite_bot(shared.id, by=person.id)
        await fleet.quiet()
        asked, known = len(third.calls), in_database(fleet).count(third.team_id)
        said = await host.say(ana.id, shared.id, f"<@{third.bot_user_id}> <@{host.bot_user_id}> {PAPER}")
        await fleet.quiet()
        (answer,) = host.thread(shared.id, said.ts)[1:]
        assert answer.user == host.bot_user_id
        await guest.say(ben.id, shared.id, f"<@{third.bot_user_id}> {PAPER}")
        await fleet.quiet()
        assert len(third.calls) == asked
        assert in_database(fleet).count(third.team_id) == known


async def test_a_stranger_is_told_nothing_of_a_team_though_slack_does_not_say_where_they_belong(
    tmp_path: Path,
) -> None:
    async with open_fleet(tmp_path) as fleet:
        (host, ana), (guest, ben) = add_workspace(fleet, "Host"), add_workspace(fleet, "Guest")
        await fleet.install(ana)
        shared = fleet.slack.share_channel("shared", [host, guest], members=[ana.id, ben.id])
        host.faults.error("users.info", error="fatal_error", times=2)
        for slack, person, told in ((guest, ben, 0), (guest, ben, 0), (host, ana, 1)):
            await slack.say(person.id, shared.id, f"<@{host.bot_user_id}> team")
            await fleet.quiet()
            sent = [str(call.arguments.get("text")) for call in host.calls if call.method == "chat.postMessage"]
            assert len([text for text in sent if "last 7 days" in text]) == told


async def test_the_doctor_tells_what_is_wrong_with_keys_tokens_and_the_app(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        (one, ana), (_, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        services, settings = fleet.bot.services, fleet.settings
        async with open_connections(settings) as connections:

            async def findings(**changed: str) -> dict[str, tuple[Verdict, str]]:
                wanted: dict[str, Any] = {name: SecretStr(value) for name, value in changed.items()}
                there = replace(services, settings=replace(settings, **wanted))
                return {each.what: (each.verdict, each.text) async for each in examine_workspaces(there, connections)}

            assert (await findings())["Workspaces"] == (Verdict.NOTE, "none has installed Paperboy yet")
            for person in (ana, ben):
                await fleet.install(person)
            assert {verdict for verdict, _ in (await findings()).values()} == {Verdict.OK}
            wrong = await findings(paperboy_secret_key=OTHER_KEY)
            assert wrong["Encryption key"][0] is Verdict.BROKEN
            assert "2 of 2 workspaces" in wrong["Encryption key"][1]
            both = await findings(paperboy_secret_key=f"{OTHER_KEY} {KEY}")
            assert both["Encryption key"][0] is Verdict.NOTE
            one.faults.error("auth.test", error="account_inactive")
            told = await findings(slack_client_secret="of-nobody")
            assert told["App"][0] is Verdict.BROKEN
            assert told["Workspaces"] == (
                Verdict.NOTE,
                f"Slack rejects the tokens of 1 of 2 workspaces: {one.team_id} (account_inactive)",
            )


async def test_a_digest_is_posted_by_hand_in_the_workspace_that_has_the_channel(tmp_path: Path) -> None:
    async with open_fleet(tmp_path) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        channel = one.add_channel("papers", members=[ana.id])
        async with open_installed_workspace(fleet.bot.services, one.team_id) as workspace:
            posted = await workspace.daily.post(workspace.sender, one.team_id, channel.id, DAY, like())
        assert isinstance(posted, PostedDay)
        assert one.messages(channel.id)
        with pytest.raises(WorkspaceUnknown):
            async with open_installed_workspace(fleet.bot.services, "T0NOBODY"):
                pass


async def test_a_token_that_expired_meanwhile_is_replaced_and_the_request_made_once_more(tmp_path: Path) -> None:
    """As in a process that was stopped for a day, and woken by a request."""
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        first = fleet.workspace(one).client.token
        fleet.clock.advance_to(fleet.clock.now() + timedelta(days=1))
        await one.open_home(ana.id)
        await fleet.quiet()
        assert one.home(ana.id) is not None
        assert fleet.workspace(one).client.token != first
        one.faults.error("users.info", error="invalid_auth", times=9)
        asked = len([call for call in one.calls if call.method == "users.info"])
        with pytest.raises(SlackRefused):
            await fleet.workspace(one).conversations.person(ana.id)
        assert len([call for call in one.calls if call.method == "users.info"]) == asked + 2, "once more, and no more"


async def test_a_token_that_slack_gave_is_stored_though_the_database_is_away_for_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack takes the refresh token it was given for no more than a short time."""
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        with monkeypatch.context() as away:

            async def renew(*_: object) -> bool:
                raise StoreError

            away.setattr(fleet.bot.services.store.installations, "renew", renew)
            await fleet.check()
        fleet.clock.advance_to(fleet.clock.now() + timedelta(minutes=3))
        await fleet.check()
        assert len(exchanges(fleet)) == 1
        assert (await stored_token(fleet, one)) == one.bot_token == fleet.workspace(one).client.token


async def test_a_token_is_stored_though_a_key_is_changed_while_slack_gives_it(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        held = HeldAnswers.of(fleet)
        checked = asyncio.create_task(fleet.check())
        await held.asked.wait()
        store = fleet.bot.services.store.installations
        app = await store.find(one.team_id)
        assert app is not None
        sealed = TokenEncryption([KEY]).seal(one.team_id, fleet.many.installed.stored.credentials_of(app))
        assert await store.renew(app, sealed, app.expires_at)
        held.go_on.set()
        await checked
        assert (await stored_token(fleet, one)) == one.bot_token


async def test_a_token_is_exchanged_once_whoever_wants_it_and_whoever_does_not_wait_for_it(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        one, ana = add_workspace(fleet, "One")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        held, installed = HeldAnswers.of(fleet), fleet.many.installed
        refused = str(fleet.workspace(one).client.token)
        asking = [asyncio.create_task(installed.newer_token(one.team_id, refused)) for _ in range(3)]
        await held.asked.wait()
        installed.rotate_due()
        asking[0].cancel()
        held.go_on.set()
        answers = await asyncio.gather(*asking[1:])
        await fleet.quiet()
        assert {*answers} == {one.bot_token}
        assert len(exchanges(fleet)) == 1
        assert (await stored_token(fleet, one)) == one.bot_token


async def test_a_process_that_ends_stores_the_tokens_it_was_just_given_and_asks_for_no_other(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        places = [add_workspace(fleet, name) for name in ("One", "Other", "Third")]
        for _, person in places:
            await fleet.install(person)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        held, installed = HeldAnswers.of(fleet), fleet.many.installed
        vars(installed)["_rotation_turns"] = asyncio.Semaphore(2)
        installed.rotate_due()
        await fleet.slack.wait_for(lambda: len(exchanges(fleet)) == 2)
        await held.asked.wait()
        ending = asyncio.create_task(installed.close())
        await asyncio.sleep(0)
        held.go_on.set()
        await ending
        assert len(exchanges(fleet)) == 2
        assert [await stored_token(fleet, slack) == slack.bot_token for slack, _ in places] == [True, True, True]


async def test_while_slack_is_slow_to_give_a_token_what_changed_is_still_looked_for(tmp_path: Path) -> None:
    async with open_fleet(tmp_path, rotation=True) as fleet:
        (one, ana), (other, ben) = add_workspace(fleet, "One"), add_workspace(fleet, "Other")
        await fleet.install(ana)
        fleet.clock.advance_to(fleet.clock.now() + timedelta(hours=10))
        held, installed = HeldAnswers.of(fleet), fleet.many.installed
        installed.rotate_due()
        await held.asked.wait()
        await fleet.install(ben)
        await installed.refresh_all()
        installed.rotate_due()
        assert other.team_id in fleet.bot.workspaces
        held.go_on.set()
        await fleet.quiet()
        assert len(exchanges(fleet)) == 1
        assert (await stored_token(fleet, one)) == one.bot_token
