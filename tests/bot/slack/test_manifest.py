"""The app Slack is asked to make: valid, modest, and in step with what Paperboy listens to."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft7Validator
from slack_bolt.async_app import AsyncApp

from bot.slack.manifest import (
    COMMAND,
    EVENTS,
    HISTORY_SCOPES,
    OPTIONAL_SCOPES,
    SCOPES,
    UNFURL_DOMAINS,
    Drift,
    build_manifest,
    creation_link,
    drift,
)
from bot.slack_emulator import SlackEmulator
from bot.slack_emulator.installation import EVENT_SCOPES
from bot.web.install_pages import REDIRECT_PATH
from handlers import register_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from handlers.deps import HandlerDeps

ADDRESS = "https://papers.example.org"
VARIANTS = [
    build_manifest(),
    build_manifest(with_history=True),
    build_manifest(http_url=ADDRESS),
    build_manifest(http_url=ADDRESS, with_history=True),
    build_manifest(agent=True),
    build_manifest(oauth_url=ADDRESS),
    build_manifest(http_url=ADDRESS, oauth_url=f"{ADDRESS}/"),
]


def scopes(manifest: dict[str, Any], kind: str = "bot") -> set[str]:
    asked = manifest["oauth_config"]["scopes"][kind]
    assert len(asked) == len(set(asked))
    return set(asked)


def addresses(value: object) -> list[str]:
    """Every address anywhere in a manifest."""
    if isinstance(value, dict):
        return [found for each in value.values() for found in addresses(each)]
    if isinstance(value, list):
        return [found for each in value for found in addresses(each)]
    return [value] if isinstance(value, str) and value.startswith("http") else []


class Listening(AsyncApp):
    """A Bolt app that tells what it was told to listen to."""

    def __init__(self) -> None:
        super().__init__(token="xoxb-1", process_before_response=True)
        self.heard: set[tuple[str, str]] = set()

    def _note(self, surface: str, constraint: object) -> None:
        name = constraint["type"] if isinstance(constraint, dict) else constraint
        assert isinstance(name, str), f"a test cannot tell what {constraint!r} matches"
        self.heard.add((surface, name))

    def event(self, event: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        self._note("event", event)
        return super().event(event, *args, **kwargs)

    def message(self, keyword: Any = "", *args: Any, **kwargs: Any) -> Callable[..., Any]:
        self._note("event", "message")
        return super().message(keyword, *args, **kwargs)

    def command(self, command: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        self._note("command", command)
        return super().command(command, *args, **kwargs)

    def shortcut(self, constraints: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        self._note("shortcut", constraints["callback_id"] if isinstance(constraints, dict) else constraints)
        return super().shortcut(constraints, *args, **kwargs)

    def global_shortcut(self, callback_id: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        self._note("shortcut", callback_id)
        return super().global_shortcut(callback_id, *args, **kwargs)

    def message_shortcut(self, callback_id: Any, *args: Any, **kwargs: Any) -> Callable[..., Any]:
        self._note("shortcut", callback_id)
        return super().message_shortcut(callback_id, *args, **kwargs)


@pytest.fixture(scope="module")
def heard() -> set[tuple[str, str]]:
    """What Paperboy's listeners listen to; registering them uses no part of Paperboy yet."""
    app = Listening()
    register_all(app, cast("HandlerDeps", None))
    return app.heard


@pytest.fixture(scope="session")
def slack_schema() -> Draft7Validator:
    folder = os.environ.get("PAPERBOY_SLACK_SCHEMAS")
    if not folder:
        pytest.skip("PAPERBOY_SLACK_SCHEMAS names no folder with Slack's manifest.schema.json")
    schema = json.loads((Path(folder) / "manifest.schema.json").read_text(encoding="utf-8"))
    return Draft7Validator(schema)


@pytest.mark.parametrize("manifest", VARIANTS)
def test_slack_s_own_schema_accepts_it(manifest: dict[str, Any], slack_schema: Draft7Validator) -> None:
    assert [error.message for error in slack_schema.iter_errors(manifest)] == []


def test_the_schema_would_notice(slack_schema: Draft7Validator) -> None:
    manifest = build_manifest()
    manifest["display_information"]["name"] = "Paperboy " * 5
    assert not slack_schema.is_valid(manifest)


def test_without_an_address_it_listens_by_socket_mode_and_names_none() -> None:
    manifest = build_manifest()
    assert manifest["settings"]["socket_mode_enabled"] is True
    assert addresses(manifest) == []


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/"])
def test_with_an_address_slack_sends_everything_there(address: str) -> None:
    manifest = build_manifest(http_url=address)
    settings = manifest["settings"]
    there = f"{ADDRESS}/slack/events"
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == there
    assert settings["interactivity"]["request_url"] == there
    assert [command["url"] for command in manifest["features"]["slash_commands"]] == [there]
    assert set(addresses(manifest)) == {there}


@pytest.mark.parametrize("http_url", [None, ADDRESS])
def test_where_workspaces_install_it_themselves_tokens_expire_and_organizations_may(http_url: str | None) -> None:
    alone, many = build_manifest(http_url=http_url), build_manifest(http_url=http_url, oauth_url=f"{ADDRESS}/")
    assert many["oauth_config"].pop("redirect_urls") == [f"{ADDRESS}{REDIRECT_PATH}"]
    switches = ("org_deploy_enabled", "token_rotation_enabled")
    assert [many["settings"].pop(name) for name in switches] == [True, True]
    assert [alone["settings"].pop(name) for name in switches] == [False, False]
    assert many == alone


@pytest.mark.parametrize("manifest", VARIANTS)
def test_slack_would_install_it_and_each_scope_has_a_use(manifest: dict[str, Any]) -> None:
    assert SlackEmulator(manifest).app.scopes == scopes(manifest)


def test_only_who_wants_an_agent_gets_one() -> None:
    """Slack lets no app be anything else again."""
    plain, agent = build_manifest(), build_manifest(agent=True)
    assert "agent_view" not in plain["features"]
    assert scopes(agent) - scopes(plain) == {"assistant:write"}
    assert agent["features"].pop("agent_view")["suggested_prompts"]
    agent["oauth_config"] = plain["oauth_config"]
    assert agent == plain


def test_every_scope_has_its_reason_and_none_is_asked_for_without() -> None:
    assert scopes(build_manifest()) == {*SCOPES, *OPTIONAL_SCOPES}
    assert SCOPES.keys().isdisjoint(OPTIONAL_SCOPES)
    assert all(len(reason.split()) >= 2 for reason in {**SCOPES, **OPTIONAL_SCOPES}.values())


def test_whoever_installs_it_may_leave_out_what_only_one_entry_point_needs() -> None:
    assert scopes(build_manifest(), "bot_optional") == set(OPTIONAL_SCOPES)
    assert scopes(build_manifest(), "bot_optional") < scopes(build_manifest())


def test_reading_back_messages_is_required_only_on_request() -> None:
    required = {
        asked: scopes(build_manifest(with_history=asked)) - scopes(build_manifest(with_history=asked), "bot_optional")
        for asked in (False, True)
    }
    assert required[True] - required[False] == set(HISTORY_SCOPES)
    assert not any(scope.endswith(":history") for scope in required[False])


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_comes_with_the_scope_it_needs(event: str) -> None:
    assert EVENT_SCOPES[event] in {None, *SCOPES, *OPTIONAL_SCOPES}


def test_links_to_papers_anywhere_on_their_sites_are_noticed() -> None:
    """A domain covers its subdomains; one with a subdomain in it would leave out the bare one."""
    manifest = build_manifest()
    assert manifest["features"]["unfurl_domains"] == [*UNFURL_DOMAINS]
    assert not [domain for domain in UNFURL_DOMAINS if domain.count(".") > 1]


def test_the_message_menu_offers_to_look_papers_up_before_all_else() -> None:
    shortcuts = build_manifest()["features"]["shortcuts"]
    assert [(each["callback_id"], each["type"]) for each in shortcuts] == [
        ("look_up_papers", "message"),
        ("save_papers", "message"),
        ("find_paper", "global"),
    ]


def test_the_events_are_those_somebody_listens_to(heard: set[tuple[str, str]]) -> None:
    subscribed = build_manifest()["settings"]["event_subscriptions"]["bot_events"]
    assert len(subscribed) == len(set(subscribed))
    assert {event.partition(".")[0] for event in subscribed} == {name for surface, name in heard if surface == "event"}


def test_the_commands_are_those_somebody_answers(heard: set[tuple[str, str]]) -> None:
    commands = {command["command"] for command in build_manifest()["features"]["slash_commands"]}
    assert commands == {COMMAND} == {name for surface, name in heard if surface == "command"}


def test_the_shortcuts_are_those_somebody_answers(heard: set[tuple[str, str]]) -> None:
    shortcuts = {each["callback_id"] for each in build_manifest()["features"]["shortcuts"]}
    assert shortcuts == {name for surface, name in heard if surface == "shortcut"}


def test_commands_bring_text_as_it_was_typed() -> None:
    assert [command["should_escape"] for command in build_manifest()["features"]["slash_commands"]] == [False]


def test_interactivity_is_on_so_that_buttons_work() -> None:
    assert build_manifest()["settings"]["interactivity"]["is_enabled"] is True


@pytest.mark.parametrize("manifest", VARIANTS)
def test_people_may_write_to_it_and_have_a_home_tab(manifest: dict[str, Any]) -> None:
    """A new app has its Messages tab off, and what it sends to a person is refused with messages_tab_disabled."""
    app_home = manifest["features"]["app_home"]
    assert app_home == {
        "home_tab_enabled": True,
        "messages_tab_enabled": True,
        "messages_tab_read_only_enabled": False,
    }


@pytest.mark.parametrize(
    ("tab", "told"),
    [
        ({}, ["the Home tab is off", "the Messages tab is off"]),
        ({"home_tab_enabled": True}, ["the Messages tab is off"]),
        (
            {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": True},
            ["“read-only” of the Messages tab is on"],
        ),
    ],
)
def test_an_app_whose_tabs_are_others_is_told(tab: dict[str, bool], told: list[str]) -> None:
    installed = build_manifest()
    assert drift(installed, build_manifest()) == Drift((), ())
    installed["features"]["app_home"] = tab
    assert drift(installed, build_manifest()) == Drift(tuple(told), ())


def test_an_app_without_any_tab_is_told() -> None:
    installed = build_manifest()
    del installed["features"]["app_home"]
    assert "the Messages tab is off" in drift(installed, build_manifest()).different


def test_the_app_of_release_0_5_is_told_all_that_is_new() -> None:
    installed = build_manifest()
    features = installed["features"]
    features["app_home"] = {"home_tab_enabled": False, "messages_tab_enabled": False}
    del features["shortcuts"], features["unfurl_domains"]
    installed["oauth_config"]["scopes"] = {"bot": [*SCOPES]}
    new = {"app_home_opened", "app_mention", "message.im", "link_shared"}
    installed["settings"]["event_subscriptions"]["bot_events"] = [event for event in EVENTS if event not in new]
    found = drift(installed, build_manifest())
    assert found.different == (
        *("missing shortcut find_paper", "missing shortcut look_up_papers", "missing shortcut save_papers"),
        *("missing event app_home_opened", "the Home tab is off", "the Messages tab is off"),
    )
    assert {each.rpartition(" ")[2] for each in found.left_out} == {
        *OPTIONAL_SCOPES,
        *UNFURL_DOMAINS,
        *(new - {"app_home_opened"}),
    }


def test_what_an_app_has_beside_is_told() -> None:
    installed = build_manifest()
    installed["oauth_config"]["scopes"]["bot"].append("pins:write")
    installed["features"]["unfurl_domains"].append("example.org")
    assert drift(installed, build_manifest()) == Drift(("extra scope pins:write", "extra link domain example.org"), ())


@pytest.mark.parametrize("manifest", VARIANTS)
def test_the_link_opens_slack_s_app_creation_with_the_manifest_filled_in(manifest: dict[str, Any]) -> None:
    link = urlsplit(creation_link(manifest))
    assert (link.scheme, link.netloc, link.path, link.fragment) == ("https", "api.slack.com", "/apps", "")
    asked = parse_qs(link.query, strict_parsing=True)
    assert asked["new_app"] == ["1"]
    [filled_in] = asked["manifest_json"]
    assert json.loads(filled_in) == manifest
