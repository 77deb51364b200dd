"""Several workspaces at one address: whose a request is, and how one app is told of what happens in all of them."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import SlackPlatform
from tests.clocks import SteppedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from bot.slack_emulator import SlackEmulator

Json = dict[str, Any]


@pytest.fixture
async def platform(manifest: Json) -> AsyncIterator[SlackPlatform]:
    async with SlackPlatform(manifest, retry_delays=(0, 0, 0)) as platform:
        yield platform


def speaking_to(slack: SlackEmulator | SlackPlatform, session: aiohttp.ClientSession, token: str) -> AsyncWebClient:
    return AsyncWebClient(token, base_url=slack.api_url, session=session, retry_handlers=[])


@asynccontextmanager
async def listening(platform: SlackPlatform, statuses: list[int]) -> AsyncIterator[list[tuple[Json, Any]]]:
    """A Request URL that answers with these statuses and then 200; what was posted to it, with the headers."""
    heard: list[tuple[Json, Any]] = []

    async def receive(request: web.Request) -> web.Response:
        heard.append((await request.json(), request.headers))
        return web.Response(status=statuses.pop(0) if statuses else 200)

    app = web.Application()
    app.router.add_post("/slack/events", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platform.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield heard
    finally:
        await runner.cleanup()


class TestWhoseARequestIs:
    async def test_a_token_opens_its_own_workspace(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        first, second = platform.add_workspace("Reading Room"), platform.add_workspace("Library")
        papers = [each.add_channel("papers") for each in (first, second)]
        assert papers[0].id == papers[1].id
        for each in (first, second):
            client = speaking_to(platform, session, each.bot_token)
            who = await client.auth_test()
            assert (who["team_id"], who["user_id"], who["team"]) == (each.team_id, each.bot_user_id, each.app.team_name)
            await client.chat_postMessage(channel=papers[0].id, text=f"in {each.app.team_name}")
        assert [message.text for message in first.messages(papers[0].id)] == ["in Reading Room"]
        assert [message.text for message in second.messages(papers[1].id)] == ["in Library"]
        assert [call.method for call in second.calls] == ["auth.test", "chat.postMessage"]
        assert len(platform.calls) == 4

    async def test_a_token_of_nobody_opens_none(self, platform: SlackPlatform, session: aiohttp.ClientSession) -> None:
        workspace = platform.add_workspace("Reading Room")
        with pytest.raises(SlackApiError, match="invalid_auth"):
            await speaking_to(platform, session, "xoxb-of-nobody").auth_test()
        assert workspace.calls == []

    async def test_a_person_is_of_one_workspace(self, platform: SlackPlatform) -> None:
        first, second = platform.add_workspace("Reading Room"), platform.add_workspace("Library")
        ana, ben = first.add_person("Ana"), second.add_person("Ben")
        assert len({ana.id, ben.id, first.bot_user_id, second.bot_user_id}) == 4

    async def test_what_is_wrong_in_one_workspace_or_limited_there_is_right_in_another(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        broken, limited, well = (
            platform.add_workspace("Broken"),
            platform.add_workspace("Limited", rate_limits=True, posts_a_minute=1),
            platform.add_workspace("Well"),
        )
        [papers, *_] = [each.add_channel("papers") for each in (broken, limited, well)]
        await speaking_to(platform, session, limited.bot_token).chat_postMessage(channel=papers.id, text="hello")
        broken.faults.error("chat.postMessage", error="fatal_error", times=9)
        answers = []
        for each in (broken, limited, well):
            try:
                await speaking_to(platform, session, each.bot_token).chat_postMessage(channel=papers.id, text="hello")
                answers.append("ok")
            except SlackApiError as error:
                answers.append(str(error.response["error"]))
        assert answers == ["fatal_error", "ratelimited", "ok"]

    async def test_uninstalled_in_one_workspace_the_app_is_at_home_in_the_others(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        gone, here = platform.add_workspace("Gone"), platform.add_workspace("Here")
        await gone.uninstall()
        with pytest.raises(SlackApiError, match="account_inactive"):
            await speaking_to(platform, session, gone.bot_token).auth_test()
        assert (await speaking_to(platform, session, here.bot_token).auth_test())["ok"]
        address = await speaking_to(platform, session, "").apps_connections_open(app_token=platform.app_token)
        assert address["url"].startswith("ws://127.0.0.1")


class TestHowTheAppIsTold:
    async def test_an_event_of_any_workspace_goes_to_one_of_the_apps_connections(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        workspaces = [platform.add_workspace(name) for name in ("One", "Two")]
        client = speaking_to(platform, session, "")
        async with AsyncExitStack() as stack:
            sockets = []
            for _ in range(10):
                address = (await client.apps_connections_open(app_token=platform.app_token))["url"]
                sockets.append(await stack.enter_async_context(session.ws_connect(address)))
                assert (await sockets[-1].receive_json())["type"] == "hello"
            address = (await client.apps_connections_open(app_token=platform.app_token))["url"]
            async with session.ws_connect(address) as eleventh:
                assert (await eleventh.receive_json())["reason"] == "too_many_websockets"
            for each in workspaces:
                for _ in range(5):
                    await each.open_home(each.add_person("Ana").id)
            teams = []
            for socket in sockets:
                envelope = await socket.receive_json()
                teams.append(envelope["payload"]["authorizations"][0]["team_id"])
                await socket.send_json({"envelope_id": envelope["envelope_id"]})
            await platform.settled()
        assert sorted(teams) == [each.team_id for each in workspaces for _ in range(5)]
        assert [len(delivery.attempts) for each in workspaces for delivery in each.deliveries] == [1] * 10

    async def test_over_http_to_one_address_and_again_at_once_after_a_minute_and_after_five(
        self, manifest: Json
    ) -> None:
        clock = SteppedClock()
        async with SlackPlatform(manifest, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep) as platform:
            first, second = platform.add_workspace("One"), platform.add_workspace("Two")
            async with listening(platform, [503, 503, 503, 500]) as heard:
                await first.open_home(first.add_person("Ana").id)
                await platform.wait_for(lambda: clock.sleeping)
                assert len(heard) == 2
                clock.move(59)
                assert clock.sleeping
                clock.move(1)
                await platform.wait_for(lambda: clock.sleeping)
                assert len(heard) == 3
                clock.move(300)
                await platform.settled()
                await second.open_home(second.add_person("Ben").id)
                await platform.settled()
        assert [(headers.get("x-slack-retry-num"), headers.get("x-slack-retry-reason")) for _, headers in heard] == [
            (None, None),
            ("1", "http_error"),
            ("2", "http_error"),
            ("3", "http_error"),
            (None, None),
        ]
        assert len({body["event_id"] for body, _ in heard[:4]}) == 1
        assert heard[4][0]["event_id"] != heard[0][0]["event_id"]
        assert [body["context_team_id"] for body, _ in heard] == [first.team_id] * 4 + [second.team_id]

    async def test_an_app_that_is_not_installed_somewhere_is_told_nothing_of_it(self, platform: SlackPlatform) -> None:
        workspace = platform.add_workspace("Elsewhere", installed=False)
        await workspace.open_home(workspace.add_person("Ana").id)
        assert workspace.deliveries == []


class TestSharedChannels:
    async def test_what_happens_there_is_seen_in_both_and_told_once_for_each_installation(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        host, guest = platform.add_workspace("Host"), platform.add_workspace("Guest")
        ana, ben = host.add_person("Ana"), guest.add_person("Ben")
        shared = platform.share_channel("shared", [host, guest], members=[ana.id, ben.id])
        own = host.add_channel("own", members=[ana.id])
        client = speaking_to(platform, session, guest.bot_token)
        async with listening(platform, []) as heard:
            ts = (await client.chat_postMessage(channel=shared.id, text="a paper"))["ts"]
            await host.say(ana.id, shared.id, "interesting")
            await host.react(ana.id, shared.id, ts, "bookmark")
            await host.react(ana.id, own.id, (await host.say(ana.id, own.id, "ours")).ts, "bookmark")
            await platform.settled()
        assert [message.text for message in host.messages(shared.id)] == ["a paper", "interesting"]
        assert host.messages(shared.id) == guest.messages(shared.id)
        told = [body for body, _ in heard if body["event"]["item"]["channel"] == shared.id]
        assert sorted(body["authorizations"][0]["team_id"] for body in told) == [host.team_id, guest.team_id]
        assert sorted(body["context_team_id"] for body in told) == [host.team_id, guest.team_id]
        assert {body["team_id"] for body in told} == {host.team_id}
        assert len({body["event_id"] for body in told}) == 2
        assert all(len(body["authorizations"]) == 1 and body["is_ext_shared_channel"] for body in told)
        assert len(heard) == 3

    async def test_or_it_is_told_to_the_installation_that_came_last_whichever_bot_was_mentioned(
        self, platform: SlackPlatform
    ) -> None:
        host, guest = platform.add_workspace("Host"), platform.add_workspace("Guest")
        ana = host.add_person("Ana")
        shared = platform.share_channel("shared", [host, guest], members=[ana.id], told_once=True)
        async with listening(platform, []) as heard:
            await host.mention(ana.id, shared.id, "hello")
            await guest.leave(guest.bot_user_id, shared.id)
            await platform.settled()
            await host.mention(ana.id, shared.id, "and now?")
            await platform.settled()
        told = [body["authorizations"][0]["team_id"] for body, _ in heard if body["event"]["type"] == "app_mention"]
        assert told == [guest.team_id, host.team_id]

    async def test_people_of_one_workspace_are_known_in_the_other_as_strangers(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        host, guest = platform.add_workspace("Host"), platform.add_workspace("Guest")
        ana, cho = host.add_person("Ana"), guest.add_person("Cho")
        shared = platform.share_channel("shared", [host, guest], members=[ana.id])
        await guest.invite(cho.id, shared.id)
        assert host.channel(shared.id) == guest.channel(shared.id)
        client = speaking_to(platform, session, host.bot_token)
        assert (await client.users_info(user=cho.id))["user"]["team_id"] == guest.team_id
        members = (await client.conversations_members(channel=shared.id))["members"]
        assert {ana.id, cho.id, host.bot_user_id, guest.bot_user_id} == {*members}
