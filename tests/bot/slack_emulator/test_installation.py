"""The app is installed from its manifest, or not at all."""

from typing import Any

import pytest

from bot.slack_emulator import ManifestError
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
    assert (app.socket_mode, app.interactive, app.home_tab, app.scopes) == (False, False, False, frozenset())


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
