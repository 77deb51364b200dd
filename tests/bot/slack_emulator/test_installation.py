"""The app is installed from its manifest, or not at all."""

import re
from typing import Any

import pytest

from bot.slack_emulator import ManifestError, SlackEmulator
from bot.slack_emulator.installation import install

Json = dict[str, Any]


def test_the_manifest_decides_what_the_app_may_do(manifest: Json) -> None:
    app = install(manifest)
    assert app.name == "Paperboy"
    assert set(app.commands) == {"/paper", "/tell"}
    assert (app.socket_mode, app.interactive, app.home_tab) == (True, True, True)
    assert app.hears("reaction_added")
    assert not app.hears("message.channels")
    assert app.has_any("chat:write.public", "chat:write")
    assert not app.has_any("chat:write.public")


def test_everything_not_declared_is_off() -> None:
    app = install({"display_information": {"name": "Bare"}})
    assert (app.socket_mode, app.interactive, app.home_tab, app.scopes) == (False, False, False, set())


def without(manifest: Json, *path: str) -> Json:
    inner = manifest
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return manifest


def test_a_name_and_a_bot_user_are_needed(manifest: Json) -> None:
    with pytest.raises(ManifestError, match=r"display_information\.name"):
        install({})
    with pytest.raises(ManifestError, match=r"features\.bot_user"):
        install(without(manifest, "features", "bot_user"))


@pytest.mark.parametrize(
    ("scope", "complaint"),
    [
        ("commands", "slash commands and shortcuts need the scope commands"),
        ("reactions:read", "the event reaction_added needs the scope reactions:read"),
        ("links:read", "the event link_shared needs the scope links:read"),
    ],
)
def test_commands_and_events_need_their_scopes(manifest: Json, scope: str, complaint: str) -> None:
    manifest["oauth_config"]["scopes"]["bot"].remove(scope)
    with pytest.raises(ManifestError, match=complaint):
        install(manifest)


def test_an_event_that_could_never_come_is_refused(manifest: Json) -> None:
    manifest["settings"]["event_subscriptions"]["bot_events"].append("reaction_aded")
    with pytest.raises(ManifestError, match="reaction_aded"):
        install(manifest)


def test_nothing_is_declared_twice_and_no_more_than_five_domains(manifest: Json) -> None:
    manifest["features"]["unfurl_domains"] = [f"{n}.org" for n in range(6)]
    with pytest.raises(ManifestError, match="unfurl_domains"):
        install(manifest)
    manifest["features"]["slash_commands"] *= 2
    with pytest.raises(ManifestError, match="twice"):
        install(manifest)


def test_an_optional_scope_is_also_one_of_the_scopes(manifest: Json) -> None:
    manifest["oauth_config"]["scopes"]["bot_optional"] = ["links:read", "emoji:read"]
    with pytest.raises(ManifestError, match=r"oauth_config\.scopes\.bot lacks the optional scopes emoji:read"):
        install(manifest)


def test_an_optional_scope_that_opens_nothing_is_refused(manifest: Json) -> None:
    scopes = manifest["oauth_config"]["scopes"]
    scopes["bot"] += ["pins:write", "reactions:reed"]
    SlackEmulator(manifest)
    scopes["bot_optional"] = ["pins:write", "im:history", "reactions:reed"]
    with pytest.raises(ManifestError, match="nothing needs the optional scopes pins:write, reactions:reed"):
        SlackEmulator(manifest)


@pytest.mark.parametrize("domain", ["https://arxiv.org", "org", "arxiv.org/abs", "127.0.0.1", "arXiv.org", ".org"])
def test_a_domain_of_links_is_a_bare_domain(manifest: Json, domain: str) -> None:
    manifest["features"]["unfurl_domains"] = [domain]
    with pytest.raises(ManifestError, match=re.escape(f"{domain} is no domain")):
        install(manifest)


def test_there_are_no_more_than_five_shortcuts_of_a_kind(manifest: Json) -> None:
    manifest["features"]["shortcuts"] = [
        {"name": "Save", "type": "message", "callback_id": f"save_{n}", "description": "Save"} for n in range(6)
    ]
    with pytest.raises(ManifestError, match="no more than 5 message shortcuts"):
        install(manifest)


def test_the_app_has_the_scopes_that_were_granted_and_hears_what_comes_with_them(manifest: Json) -> None:
    app = install(manifest, ["chat:write", "commands", "channels:read"])
    assert app.scopes == {"chat:write", "commands", "channels:read"}
    assert app.hears("app_home_opened")
    assert app.hears("channel_archive")
    assert not app.hears("app_mention")
    assert not app.hears("reaction_added")


def test_nothing_is_granted_that_nobody_was_asked_for(manifest: Json) -> None:
    with pytest.raises(ManifestError, match="nobody is asked for the scopes emoji:read"):
        install(manifest, ["chat:write", "emoji:read"])
