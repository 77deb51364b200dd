"""The app asked for, installed, renewed, and revoked, as Slack documents it."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack_emulator import ManifestError, MisuseError, SlackPlatform
from bot.slack_emulator.installation import install
from tests.clocks import SteppedClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import aiohttp

    from bot.slack_emulator import SlackEmulator

Json = dict[str, Any]
REDIRECT = "https://paperboy.example/slack/oauth_redirect"
SCOPES = "channels:read,chat:write,commands"


@pytest.fixture
def manifest(manifest: Json) -> Json:
    manifest["oauth_config"]["redirect_urls"] = [REDIRECT]
    manifest["oauth_config"]["scopes"]["bot_optional"] = ["links:read", "links:write"]
    manifest["settings"]["org_deploy_enabled"] = True
    return manifest


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
async def platform(manifest: Json, clock: SteppedClock) -> AsyncIterator[SlackPlatform]:
    async with SlackPlatform(manifest, now=clock.now, retry_delays=()) as platform:
        yield platform


@pytest.fixture
async def rotating(manifest: Json, clock: SteppedClock) -> AsyncIterator[SlackPlatform]:
    manifest["settings"]["token_rotation_enabled"] = True
    async with SlackPlatform(manifest, now=clock.now, retry_delays=()) as platform:
        yield platform


def page_of(platform: SlackPlatform, **parameters: str) -> str:
    asked = {"client_id": platform.client_id, "scope": SCOPES, "redirect_uri": REDIRECT, "state": "abc", **parameters}
    return f"{platform.authorize_url}?{urlencode(asked)}"


def code_in(address: str) -> str:
    [code] = parse_qs(urlsplit(address).query)["code"]
    return code


class Client:
    """What an app asks of a platform."""

    def __init__(self, platform: SlackPlatform, session: aiohttp.ClientSession) -> None:
        self.platform = platform
        self.web = AsyncWebClient(base_url=platform.api_url, session=session, retry_handlers=[])

    async def access(self, **more: Any) -> Json:
        sent = {"client_id": self.platform.client_id, "client_secret": self.platform.client_secret, **more}
        form = {name: value for name, value in sent.items() if value is not None}
        answer = await self.web.api_call("oauth.v2.access", data=form)
        assert isinstance(answer.data, dict)
        return answer.data

    async def installed(self, person: str, **more: Any) -> Json:
        code = code_in(self.platform.authorize(page_of(self.platform), person, **more))
        return await self.access(code=code, redirect_uri=REDIRECT)

    async def renewed(self, refresh_token: str) -> Json:
        return await self.access(grant_type="refresh_token", refresh_token=refresh_token)

    async def who(self, token: str) -> Json:
        answer = await self.web.auth_test(token=token)
        assert isinstance(answer.data, dict)
        return answer.data


@pytest.fixture
def client(platform: SlackPlatform, session: aiohttp.ClientSession) -> Client:
    return Client(platform, session)


async def code_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as refused:
        await call
    return str(refused.value.response["error"])


def not_installed(platform: SlackPlatform, **more: Any) -> tuple[SlackEmulator, str]:
    workspace = platform.add_workspace("Library", installed=False, **more)
    return workspace, workspace.add_person("Ana").id


class TestThePage:
    async def test_it_says_what_is_asked_and_lets_people_choose_where(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        platform.add_workspace("<b>Reading</b> Room").add_person("Ana")
        library = platform.add_workspace("Library")
        library.add_person("Ben")
        async with session.get(page_of(platform, scope=f"{SCOPES},links:read", team=library.team_id)) as answer:
            page = await answer.text()
        for shown in (
            *SCOPES.split(","),
            "links:read (optional)</label>",
            "Ben · Library",
            "Ana · &lt;b&gt;Reading",
            "Allow",
        ):
            assert shown in page
        assert page.count("checkbox") == 1
        assert f'value="{library.team_id}/{library.people[1].id}" selected' in page

    @pytest.mark.parametrize(("pressed", "expected"), [("allow", "code"), ("cancel", "error")])
    async def test_pressing_a_button_leads_back_with_the_state(
        self, platform: SlackPlatform, session: aiohttp.ClientSession, pressed: str, expected: str
    ) -> None:
        workspace, ana = not_installed(platform)
        query = urlsplit(page_of(platform)).query
        sent = {"query": query, "as": f"{workspace.team_id}/{ana}", pressed: "1"}
        async with session.post(platform.authorize_url, data=sent, allow_redirects=False) as answer:
            back = urlsplit(answer.headers["Location"])
        assert (answer.status, f"{back.scheme}://{back.netloc}{back.path}") == (302, REDIRECT)
        parameters = parse_qs(back.query)
        assert parameters.keys() == {expected, "state"}
        assert parameters["state"] == ["abc"]
        assert expected == "code" or parameters["error"] == ["access_denied"]

    @pytest.mark.parametrize(
        ("parameters", "error"),
        [
            ({"client_id": "1.1"}, "invalid_client_id"),
            ({"scope": ""}, "no_scopes"),
            ({"scope": "admin"}, "invalid_scope"),
            ({"redirect_uri": "https://elsewhere.example/slack/oauth_redirect"}, "bad_redirect_uri"),
            ({"redirect_uri": f"{REDIRECT}.elsewhere.example"}, "bad_redirect_uri"),
        ],
    )
    async def test_a_wrong_address_asks_nobody_and_leads_nowhere(
        self, platform: SlackPlatform, session: aiohttp.ClientSession, parameters: dict[str, str], error: str
    ) -> None:
        async with session.get(page_of(platform, **parameters), allow_redirects=False) as answer:
            assert (answer.status, error in await answer.text()) == (400, True)

    @pytest.mark.parametrize("url", ["http://paperboy.example/x", "https:///x", "https://paperboy.example/x#y", "x"])
    def test_what_can_be_no_redirect_url_is_in_no_manifest(self, manifest: Json, url: str) -> None:
        manifest["oauth_config"]["redirect_urls"] = [url]
        with pytest.raises(ManifestError, match="redirect_urls"):
            install(manifest)


class TestInstalling:
    async def test_a_code_brings_a_token_that_is_good_in_that_workspace(
        self, platform: SlackPlatform, client: Client
    ) -> None:
        workspace, ana = not_installed(platform)
        answer = await client.installed(ana)
        assert answer["team"] == {"id": workspace.team_id, "name": "Library"}
        assert (answer["enterprise"], answer["is_enterprise_install"]) == (None, False)
        assert (answer["authed_user"], answer["bot_user_id"]) == ({"id": ana}, workspace.bot_user_id)
        assert answer["scope"] == SCOPES
        assert answer.keys().isdisjoint({"refresh_token", "expires_in"})
        assert (await client.who(answer["access_token"]))["team_id"] == workspace.team_id
        assert workspace.bot_token == answer["access_token"]
        await workspace.open_home(ana)
        assert [delivery.type for delivery in workspace.deliveries] == ["app_home_opened"]

    async def test_it_is_good_once_and_for_ten_minutes(
        self, platform: SlackPlatform, client: Client, clock: SteppedClock
    ) -> None:
        _, ana = not_installed(platform)
        first, second = (code_in(platform.authorize(page_of(platform), ana)) for _ in range(2))
        clock.move(timedelta(minutes=10).total_seconds() - 1)
        await client.access(code=first, redirect_uri=REDIRECT)
        assert await code_of(client.access(code=first, redirect_uri=REDIRECT)) == "invalid_code"
        clock.move(1)
        assert await code_of(client.access(code=second, redirect_uri=REDIRECT)) == "invalid_code"

    @pytest.mark.parametrize(
        ("sent", "error"),
        [
            ({"client_id": "1.1"}, "invalid_client_id"),
            ({"client_secret": "wrong"}, "bad_client_secret"),
            ({"redirect_uri": f"{REDIRECT}/"}, "bad_redirect_uri"),
            ({"redirect_uri": None}, "bad_redirect_uri"),
            ({"code": "1.1"}, "invalid_code"),
            ({"code": None}, "invalid_code"),
            ({"grant_type": "password"}, "invalid_grant_type"),
        ],
    )
    async def test_what_is_wrong_is_refused_and_uses_up_no_code(
        self, platform: SlackPlatform, client: Client, sent: Json, error: str
    ) -> None:
        _, ana = not_installed(platform)
        right = {"code": code_in(platform.authorize(page_of(platform), ana)), "redirect_uri": REDIRECT}
        assert await code_of(client.access(**{**right, **sent})) == error
        assert (await client.access(**right))["ok"]

    async def test_the_client_may_be_named_as_http_does(
        self, platform: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        _, ana = not_installed(platform)
        code = code_in(platform.authorize(page_of(platform), ana))
        named = base64.b64encode(f"{platform.client_id}:{platform.client_secret}".encode()).decode()
        sent, headers = {"code": code, "redirect_uri": REDIRECT}, {"Authorization": f"Basic {named}"}
        async with session.post(f"{platform.api_url}oauth.v2.access", data=sent, headers=headers) as answer:
            assert (await answer.json())["ok"]

    async def test_installed_again_it_keeps_its_token_and_gets_more_scopes(
        self, platform: SlackPlatform, client: Client
    ) -> None:
        workspace, ana = not_installed(platform)
        first = await client.installed(ana)
        page = page_of(platform, scope=f"{SCOPES},links:read,links:write")
        code = code_in(platform.authorize(page, ana, without=["links:write"]))
        second = await client.access(code=code, redirect_uri=REDIRECT)
        assert second["access_token"] == first["access_token"]
        assert second["scope"] == f"{SCOPES},links:read"
        assert "links:write" not in workspace.app.scopes
        with pytest.raises(MisuseError, match="not optional"):
            platform.authorize(page, ana, without=["commands"])

    async def test_after_it_was_uninstalled_it_has_a_new_token(self, platform: SlackPlatform, client: Client) -> None:
        workspace, ana = not_installed(platform)
        first = await client.installed(ana)
        await workspace.uninstall()
        second = await client.installed(ana)
        assert await code_of(client.who(first["access_token"])) == "account_inactive"
        assert (await client.who(second["access_token"]))["ok"]


class TestUninstalling:
    @pytest.mark.parametrize("tokens_last", [False, True])
    async def test_the_app_is_told_in_either_order_and_its_token_is_dead(
        self, platform: SlackPlatform, client: Client, tokens_last: bool
    ) -> None:
        workspace, ana = not_installed(platform)
        answer = await client.installed(ana)
        await workspace.uninstall(tokens_last=tokens_last)
        told = ["tokens_revoked", "app_uninstalled"]
        assert [delivery.type for delivery in workspace.deliveries] == (told[::-1] if tokens_last else told)
        assert workspace.deliveries[tokens_last].payload["event"]["tokens"]["bot"] == [workspace.bot_user_id]
        assert await code_of(client.who(answer["access_token"])) == "account_inactive"

    async def test_the_app_may_do_so_itself(self, platform: SlackPlatform, client: Client) -> None:
        workspace, ana = not_installed(platform)
        token = (await client.installed(ana))["access_token"]
        secrets = {"client_id": platform.client_id, "client_secret": platform.client_secret}
        for wrong, error in (("client_id", "invalid_client_id"), ("client_secret", "bad_client_secret")):
            call = client.web.api_call("apps.uninstall", params={**secrets, wrong: "x", "token": token})
            assert await code_of(call) == error
        assert (await client.web.api_call("apps.uninstall", params={**secrets, "token": token}))["ok"]
        assert [delivery.type for delivery in workspace.deliveries] == ["tokens_revoked", "app_uninstalled"]
        assert await code_of(client.who(token)) == "account_inactive"

    async def test_a_token_revoked_is_refused_as_such(self, platform: SlackPlatform, client: Client) -> None:
        workspace, ana = not_installed(platform)
        token = (await client.installed(ana))["access_token"]
        assert (await client.web.auth_revoke(token=token, test=True))["revoked"] is False
        assert (await client.web.auth_revoke(token=token))["revoked"] is True
        assert await code_of(client.who(token)) == "token_revoked"
        assert [delivery.type for delivery in workspace.deliveries] == ["tokens_revoked", "app_uninstalled"]


class TestRotation:
    async def test_a_token_lasts_twelve_hours_and_its_refresh_token_is_good_once(
        self, rotating: SlackPlatform, session: aiohttp.ClientSession, clock: SteppedClock
    ) -> None:
        client, (workspace, ana) = Client(rotating, session), not_installed(rotating)
        first = await client.installed(ana)
        assert first["expires_in"] == 12 * 60 * 60
        second = await client.renewed(first["refresh_token"])
        assert (second["team"], second["expires_in"]) == (first["team"], first["expires_in"])
        clock.move(60)  # once more it is good for a moment, for whoever did not hear the answer
        assert await code_of(client.renewed(first["refresh_token"])) == "invalid_refresh_token"
        for each in (first, second):
            assert (await client.who(each["access_token"]))["team_id"] == workspace.team_id
        clock.move(first["expires_in"])
        assert await code_of(client.who(first["access_token"])) == "token_expired"
        third = await client.renewed(second["refresh_token"])
        assert (await client.who(third["access_token"]))["ok"]

    async def test_two_tokens_are_good_at_once(self, rotating: SlackPlatform, session: aiohttp.ClientSession) -> None:
        client, (_, ana) = Client(rotating, session), not_installed(rotating)
        first = await client.installed(ana)
        second = await client.renewed(first["refresh_token"])
        third = await client.renewed(second["refresh_token"])
        assert await code_of(client.who(first["access_token"])) == "token_revoked"
        for each in (second, third):
            assert (await client.who(each["access_token"]))["ok"]

    async def test_uninstalled_there_is_nothing_to_renew(
        self, rotating: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        client, (workspace, ana) = Client(rotating, session), not_installed(rotating)
        answer = await client.installed(ana)
        await workspace.uninstall()
        assert await code_of(client.renewed(answer["refresh_token"])) == "invalid_refresh_token"

    async def test_a_token_that_lasts_is_exchanged_once(
        self, rotating: SlackPlatform, session: aiohttp.ClientSession
    ) -> None:
        client, workspace = Client(rotating, session), rotating.add_workspace("Old")
        lasting = workspace.bot_token

        async def exchange(token: str) -> Any:
            secrets = {"client_id": rotating.client_id, "client_secret": rotating.client_secret}
            return await client.web.api_call("oauth.v2.exchange", params={**secrets, "token": token})

        answer = await exchange(lasting)
        assert (await client.who(answer["access_token"]))["team_id"] == workspace.team_id
        assert await code_of(exchange(lasting)) == "token_already_exchanged"
        assert await code_of(exchange(answer["access_token"])) == "invalid_token"

    async def test_where_it_is_off_nothing_is_exchanged(self, platform: SlackPlatform, client: Client) -> None:
        sent = {"client_id": platform.client_id, "client_secret": platform.client_secret}
        call = client.web.api_call("oauth.v2.exchange", params={**sent, "token": "xoxb-1"})
        assert await code_of(call) == "token_rotation_not_enabled"


class TestOrganizations:
    async def test_the_app_is_in_all_workspaces_those_that_come_later_among_them(
        self, platform: SlackPlatform, client: Client
    ) -> None:
        organization = platform.add_organization("University")
        first, ana = not_installed(platform, organization=organization)
        second = platform.add_workspace("Physics", installed=False, organization=organization)
        elsewhere, _ = not_installed(platform)
        answer = await client.installed(ana, in_organization=True)
        assert (answer["team"], answer["is_enterprise_install"]) == (None, True)
        assert answer["enterprise"] == {"id": organization.id, "name": "University"}
        third = platform.add_workspace("Chemistry", installed=False, organization=organization)
        token = answer["access_token"]
        for each in (first, second, third):
            papers = each.add_channel(each.app.team_name)
            await client.web.chat_postMessage(token=token, team_id=each.team_id, channel=papers.id, text="hello")
            assert [message.text for message in each.messages(papers.id)] == ["hello"]
            await each.open_home(each.add_person("Ben").id)
            [authorization] = each.deliveries[-1].payload["authorizations"]
            assert (authorization["enterprise_id"], authorization["is_enterprise_install"]) == (organization.id, True)
        who = await client.who(token)
        assert (who["enterprise_id"], who["is_enterprise_install"]) == (organization.id, True)
        assert elsewhere.deliveries == []

    async def test_without_a_workspaces_id_it_is_the_one_that_has_what_is_named(
        self, platform: SlackPlatform, client: Client
    ) -> None:
        organization = platform.add_organization("University")
        _, ana = not_installed(platform, organization=organization)
        second = platform.add_workspace("Physics", installed=False, organization=organization)
        ben = second.add_person("Ben")
        token = (await client.installed(ana, in_organization=True))["access_token"]
        await client.web.chat_postMessage(token=token, channel=ben.id, text="hello")
        assert [message.text for message in second.messages(second.direct_messages(ben.id).id)] == ["hello"]

    async def test_a_workspace_of_it_installs_the_app_for_itself_alone_but_not_beside(
        self, platform: SlackPlatform, client: Client
    ) -> None:
        organization = platform.add_organization("University")
        first, ana = not_installed(platform, organization=organization)
        second = platform.add_workspace("Physics", installed=False, organization=organization)
        answer = await client.installed(ana)
        assert (answer["is_enterprise_install"], answer["team"]["id"]) == (False, first.team_id)
        assert answer["enterprise"]["id"] == organization.id
        await second.open_home(second.add_person("Ben").id)
        assert second.deliveries == []
        await client.installed(ana, in_organization=True)
        assert await code_of(client.installed(ana)) == "cannot_install_an_org_installed_app"

    async def test_uninstalled_it_is_gone_from_all(self, platform: SlackPlatform, client: Client) -> None:
        organization = platform.add_organization("University")
        first, ana = not_installed(platform, organization=organization)
        second = platform.add_workspace("Physics", installed=False, organization=organization)
        token = (await client.installed(ana, in_organization=True))["access_token"]
        await first.uninstall()
        assert await code_of(client.who(token)) == "account_inactive"
        await second.open_home(second.add_person("Ben").id)
        assert second.deliveries == []
