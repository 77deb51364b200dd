"""What an installation of Paperboy was granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.slack.manifest import HISTORY_SCOPES, build_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping


def usually_granted(manifest: Mapping[str, Any]) -> frozenset[str]:
    """All the scopes a manifest asks for but the optional ones that read channels' history.

    Paperboy has to manage without them, so tests that do not say otherwise are about an installation without them.
    """
    asked = manifest["oauth_config"]["scopes"]
    return frozenset(asked["bot"]) - (HISTORY_SCOPES.keys() & set(asked.get("bot_optional", ())))


USUALLY_GRANTED = usually_granted(build_manifest())
