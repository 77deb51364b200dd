"""Entry points: each is open with its scopes, closed without any one of them, and says which."""

from __future__ import annotations

import pytest

from bot.rules.entry_points import NEEDS, ClosedEntryPoint, EntryPoint, closed_entry_points, read_scopes
from bot.slack.manifest import EVENTS, OPTIONAL_SCOPES, SCOPES
from bot.slack_emulator.installation import scopes_for

ALL = frozenset({*SCOPES, *OPTIONAL_SCOPES})
# They are about the installation itself, and Slack sends them with any scopes.
OF_THE_INSTALLATION = {"app_uninstalled", "tokens_revoked"}


def closed_without(*scopes: str) -> set[EntryPoint]:
    return {each.entry_point for each in closed_entry_points(ALL.difference(scopes))}


def test_with_all_scopes_nothing_is_closed() -> None:
    assert closed_entry_points(ALL) == ()


def test_what_nobody_knows_is_closed_to_nobody() -> None:
    assert closed_entry_points(None) == ()


@pytest.mark.parametrize("scope", sorted(ALL))
def test_each_scope_opens_something_and_its_lack_is_named(scope: str) -> None:
    closed = closed_entry_points(ALL - {scope})
    assert closed
    assert {each.missing for each in closed} == {(scope,)}


@pytest.mark.parametrize(
    ("scope", "closed"),
    [
        ("app_mentions:read", {EntryPoint.MENTIONS}),
        ("im:history", {EntryPoint.DIRECT_MESSAGES, EntryPoint.SENT_FILES}),
        ("links:read", {EntryPoint.LINK_PREVIEWS}),
        ("links:write", {EntryPoint.LINK_PREVIEWS}),
        ("channels:history", {EntryPoint.CONFIRMATION}),
        ("groups:history", {EntryPoint.PRIVATE_CONFIRMATION}),
        ("emoji:read", {EntryPoint.CUSTOM_EMOJI}),
        ("files:write", {EntryPoint.FILES}),
        ("files:read", {EntryPoint.SENT_FILES}),
    ],
)
def test_an_optional_scope_closes_what_lives_on_it_and_nothing_else(scope: str, closed: set[EntryPoint]) -> None:
    assert closed_without(scope) == closed


def test_each_optional_scope_is_one_of_these() -> None:
    assert closed_without(*OPTIONAL_SCOPES) == {
        *(EntryPoint.MENTIONS, EntryPoint.DIRECT_MESSAGES, EntryPoint.LINK_PREVIEWS),
        *(EntryPoint.CONFIRMATION, EntryPoint.PRIVATE_CONFIRMATION, EntryPoint.CUSTOM_EMOJI),
        *(EntryPoint.FILES, EntryPoint.SENT_FILES),
    }


def test_all_that_is_missing_is_named_at_once() -> None:
    assert closed_entry_points(ALL - {"links:read", "links:write"}) == (
        ClosedEntryPoint(EntryPoint.LINK_PREVIEWS, ("links:read", "links:write")),
    )


def test_the_home_tab_needs_no_scope() -> None:
    assert EntryPoint.HOME not in closed_without(*ALL)
    assert len(closed_without(*ALL)) == len(EntryPoint) - 1


def test_every_entry_point_has_its_events_and_their_scopes() -> None:
    for needs in NEEDS.values():
        assert needs.events <= EVENTS.keys()
        assert all(not (enough := scopes_for(event)) or enough & needs.scopes for event in needs.events)


def test_every_event_belongs_to_an_entry_point() -> None:
    of_entry_points = frozenset().union(*(needs.events for needs in NEEDS.values()))
    assert of_entry_points == EVENTS.keys() - OF_THE_INSTALLATION


@pytest.mark.parametrize(
    ("header", "scopes"),
    [
        ("chat:write,im:history", {"chat:write", "im:history"}),
        (" chat:write, im:history ,", {"chat:write", "im:history"}),
        ("", None),
        (" , ", None),
        (None, None),
    ],
)
def test_scopes_are_read_from_slacks_header_and_no_header_is_not_no_scopes(
    header: str | None, scopes: set[str] | None
) -> None:
    assert read_scopes(header) == scopes
