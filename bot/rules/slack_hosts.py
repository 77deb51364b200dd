"""Slack's hosts: the addresses in Slack's answers at which a file may be sent or fetched.

An answer names the address; it is asked only where it is Slack's, so that nobody who gets between can make Paperboy ask
a machine of its own network, or send a file or the token elsewhere.
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

_DOMAIN = "slack.com"
_PORTS = {"http": 80, "https": 443}
_LONGEST = 4_000
# A host name as DNS has it (RFC 1123, 2.1): what another reader would end at some other sign is none.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]+")


def is_slacks(url: str, *, api_url: str) -> bool:
    """Whether an address is on a host of Slack's, by https, or on the very host and port of the Web API in use.

    Never raises. `api_url` is the address of the Web API, which may be another domain of Slack's, such as GovSlack's.
    """
    there, api = _split(url), _split(api_url)
    if there is None or api is None:
        return False
    if (there.scheme, there.hostname, _port(there)) == (api.scheme, api.hostname, _port(api)):
        return True
    domains = [_DOMAIN, *([api.hostname] if api.scheme == "https" and api.hostname else [])]
    host = there.hostname or ""
    is_below = any(host == domain or host.endswith(f".{domain}") for domain in domains)
    is_name = _HOST.fullmatch(host) is not None
    return there.scheme == "https" and _port(there) == _PORTS["https"] and is_below and is_name


def _split(url: str) -> SplitResult | None:
    """The parts of an address; None for one that two readers might take for different ones."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or set(url) & set(" \\"):
        return None
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is what raises
    except ValueError:
        return None
    is_plain = parts.scheme in _PORTS and bool(parts.hostname) and "@" not in parts.netloc
    return parts if is_plain else None


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]
