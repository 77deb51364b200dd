"""Time zones by their IANA names, grouped for menus."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_MOST_IN_A_GROUP = 100


@cache
def zone_groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Every zone named after a place, by region, at most 100 in a group (Slack's limit for option groups)."""
    groups: list[tuple[str, tuple[str, ...]]] = [("UTC", ("UTC",))]
    known = _zones()
    for region in _REGIONS:
        zones = sorted(zone for zone in known if zone.startswith(f"{region}/"))
        for start in range(0, len(zones), _MOST_IN_A_GROUP):
            part = zones[start : start + _MOST_IN_A_GROUP]
            name = region if len(zones) <= _MOST_IN_A_GROUP else f"{region} {_initial(part[0])}–{_initial(part[-1])}"
            groups.append((name, tuple(part)))
    return tuple(groups)


def is_zone(name: str) -> bool:
    """Whether there is a zone of this name."""
    return name in _zones()


@cache
def _zones() -> frozenset[str]:
    """Every zone there is; the standard library walks its whole data base to tell."""
    return frozenset(available_timezones())


def _initial(zone: str) -> str:
    return zone.partition("/")[2][:1]
