"""Every error code of Slack's has its recovery, and an unknown one is not final."""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.recovery import Recovery, is_decided, recovery_for

ROOT = Path(__file__).parents[3]
# Not of the product: they play Slack, or drive it.
_NOT_PRODUCT = {"slack_emulator", "play", "demo"}
# Documented (docs.slack.dev, reference/methods), though not in the table the walk is made over.
UNTABLED = {
    "blocks.validate": {"invalid_arguments", "invalid_blocks", "invalid_message", "invalid_view"},
}


@pytest.mark.parametrize(
    ("error", "status", "recovery"),
    [
        ("ratelimited", 429, Recovery.WAIT),
        ("", 429, Recovery.WAIT),
        ("service_unavailable", 503, Recovery.WAIT),
        ("fatal_error", 200, Recovery.LOOK),
        ("", 502, Recovery.LOOK),
        ("invalid_auth", 503, Recovery.LOOK),
        ("invalid_blocks", 200, Recovery.ONLY_WORDS),
        ("msg_too_long", 200, Recovery.ONLY_WORDS),
        ("msg_blocks_too_long", 200, Recovery.ONLY_WORDS),
        ("channel_not_found", 200, Recovery.PAUSE_CHANNEL),
        ("is_archived", 200, Recovery.PAUSE_CHANNEL),
        ("not_in_channel", 200, Recovery.PAUSE_CHANNEL),
        ("account_inactive", 200, Recovery.STOP),
        ("token_revoked", 200, Recovery.STOP),
        ("missing_scope", 200, Recovery.INSTALL_AGAIN),
        ("thread_not_found", 200, Recovery.NO_THREAD),
        ("messages_tab_disabled", 200, Recovery.NO_DIRECT_MESSAGES),
        ("metadata_too_large", 200, Recovery.DROP),
    ],
)
def test_each_error_has_its_recovery(error: str, status: int, recovery: Recovery) -> None:
    assert recovery_for(error, status=status) is recovery


def test_an_image_is_known_from_the_details() -> None:
    details = ["[ERROR] downloading image failed [json-pointer:/blocks/0/image_url]"]
    assert recovery_for("invalid_blocks", details=details) is Recovery.WITHOUT_IMAGE


@pytest.mark.parametrize("error", ["something_slack_says_next_year", "Forbidden", "", "ok", "none"])
@pytest.mark.parametrize("status", [200, 400, 403, 404, 500, 503])
def test_what_nobody_thought_of_is_never_final(error: str, status: int) -> None:
    assert not recovery_for(error, status=status).is_final


@pytest.mark.parametrize(
    "error",
    [
        *("accesslimited", "access_denied", "ekm_access_denied", "org_login_required", "team_added_to_org"),
        *("team_quota_exceeded", "message_limit_exceeded", "server_error", "unknown_error", "method_deprecated"),
        *("invalid_form_data", "invalid_charset", "request_timeout", "external_channel_migrating"),
    ],
)
def test_network_quota_login_and_service_codes_wait(error: str) -> None:
    assert is_decided(error)
    assert not recovery_for(error).is_final


def methods_called() -> set[str]:
    """Every Web API method the product names: by the client's function for it, or by its own name."""
    named = {_flat(method): method for method in [*_documented(), *UNTABLED]}
    functions = {name for name in dir(AsyncWebClient) if "_" in name.strip("_")} - {"api_call"}
    found = set()
    for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]:
        if _NOT_PRODUCT & set(path.relative_to(ROOT).parts):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in functions:
                found.add(named.get(_flat(node.attr), node.attr))
            elif isinstance(node, ast.Constant) and node.value in named.values():
                found.add(str(node.value))
    return found


def _flat(name: str) -> str:
    return name.replace(".", "").replace("_", "").lower()


def _documented() -> dict[str, Any]:
    folder = os.environ.get("PAPERBOY_SLACK_SCHEMAS")
    if not folder:
        pytest.skip("PAPERBOY_SLACK_SCHEMAS names no folder with Slack's documented methods")
    documented: dict[str, Any] = json.loads((Path(folder) / "methods.json").read_text())
    return documented


def test_what_to_do_is_decided_for_every_documented_code_of_every_method_that_is_called() -> None:
    documented = _documented()
    called = methods_called()
    assert {"chat.postMessage", "chat.update", "conversations.replies", "users.info", "views.open"} <= called
    assert sorted(called - documented.keys() - UNTABLED.keys()) == []
    codes = {(method, error) for method in called & documented.keys() for error in documented[method]["errors"]}
    codes |= {(method, error) for method in called & UNTABLED.keys() for error in UNTABLED[method]}
    assert len(codes) > 400
    assert sorted((method, error) for method, error in codes if not is_decided(error)) == []
