"""The network settings: proxies and certificates.

Libraries read these from the environment in different ways (slack_sdk knows no NO_PROXY, httpx raises on an IPv6
address in it), so they are read once, in `bot.settings`, and passed to each client.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import certifi

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_HOST_AND_PORT = re.compile(r"(?:\[(?P<bracketed>[^\]]*)\]|(?P<plain>[^:]*))(?::(?P<port>[0-9]+))?")


@dataclass(frozen=True, slots=True)
class Network:
    """Proxies by the scheme of what is asked for, what is asked for directly, and the certificates that count.

    `direct` are the entries of NO_PROXY: a host or a domain with everything below it (with or without a leading dot or
    `*.`), an address, a network as 10.0.0.0/8, each but a network also with a port; `*` is everything. An entry that
    is none of these holds for nothing. `certificates` and `certificates_folder` take the place of the ones this system
    trusts.
    """

    http_proxy: str | None = field(default=None, repr=False)
    https_proxy: str | None = field(default=None, repr=False)
    direct: tuple[str, ...] = ()
    certificates: str | None = None
    certificates_folder: str | None = None

    def proxy_for(self, url: str) -> str | None:
        """The proxy through which an http(s) or ws(s) address is asked for, None for none.

        This machine itself is never asked for through a proxy, whatever is set.
        """
        there = urlsplit(url)
        proxy = self.https_proxy if there.scheme in {"https", "wss"} else self.http_proxy
        host = (there.hostname or "").rstrip(".")
        if proxy is None or _is_this_machine(host):
            return None
        port = there.port or _PORTS.get(there.scheme, 0)
        return None if any(_covers(entry, host, port) for entry in self.direct) else proxy

    def tls(self) -> ssl.SSLContext:
        """The certificates and rules for encrypted connections. Raises `OSError` when they cannot be read."""
        return _tls(self.certificates, self.certificates_folder)


DIRECT = Network()


def split_no_proxy(text: str) -> tuple[str, ...]:
    """The entries of a NO_PROXY, which people separate by commas and blanks."""
    return tuple(text.lower().replace(",", " ").split())


@cache
def _tls(certificates: str | None, folder: str | None) -> ssl.SSLContext:
    """Kept, because to read some hundred certificates takes tens of milliseconds, and each copy a megabyte."""
    if certificates or folder:
        return ssl.create_default_context(cafile=certificates, capath=folder)
    context = ssl.create_default_context()
    # A small container may have no certificates of its own.
    context.load_verify_locations(certifi.where())
    return context


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and (address.is_loopback or address.is_unspecified)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address = _address(host)
    if "/" in entry:
        try:
            return address is not None and address in ip_network(entry.replace("[", "").replace("]", ""), strict=False)
        except ValueError:
            return False
    if (bare := _address(entry)) is not None:
        return bare == address
    read = _HOST_AND_PORT.fullmatch(entry)
    if read is None or (read["port"] and int(read["port"]) != port):
        return False
    named = read["bracketed"] or read["plain"] or ""
    if (bare := _address(named)) is not None:
        return bare == address
    domain = named.removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
