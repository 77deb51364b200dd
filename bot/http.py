"""HTTP requests to sources and models, bounded in time, size, redirects, and number of tries.

Every response is untrusted input: no header, length, or address in it is believed unchecked.
"""

from __future__ import annotations

import asyncio
import io
import json
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

import httpx
import stamina

from bot.errors import SourceUnreachable
from bot.network import DIRECT
from bot.text.clean import clean_text, shorten

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from bot.network import Network

_CONNECT_SECONDS = 5.0
_READ_SECONDS = 20.0
_WHOLE_SECONDS = 60.0
_MOST_REDIRECTS = 5
_GZIP = 16 + zlib.MAX_WBITS  # zlib's sign for: with a header and a sum of gzip's, and nothing else
# What a body may be larger than it is when unpacked: gzip adds this much to what it cannot make smaller.
_PACKING = 64 * 1024
_LONGEST_WAIT_HEADER = 1000
_TOO_MANY_REQUESTS = 429
_SERVER_ERRORS = 500
_LAST_PORT = 65535
_RATE_LIMIT_ITEM = re.compile(r'"[^"]*"((?:\s*;\s*[a-z]+\s*=\s*[^\s;,]+)*)')
_NOTHING_LEFT = re.compile(r";\s*r\s*=\s*0+(?![0-9])")
_SECONDS_TO_RESET = re.compile(r";\s*t\s*=\s*([0-9]{1,9})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Response:
    """The final response, after redirects; `fetch` returns only those with a status below 500 that is not 429."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8; a broken byte becomes U+FFFD, so that it costs a character and not the answer."""
        return self.body.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The number of times a request is tried, and the seconds that all tries may take, waiting included."""

    tries: int = 3
    seconds: float = 30.0


DEFAULT_RETRY_POLICY = RetryPolicy()
Client: TypeAlias = httpx.AsyncClient


class Retryable(Exception):
    """A try failed in a way that may pass; `wait` is how many seconds the source asked us to stay away."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.wait = wait


class _ByRoute(httpx.AsyncBaseTransport):
    """The transport that sends each request through the proxy set for its address, or directly."""

    def __init__(self, network: Network, limits: httpx.Limits) -> None:
        self._network = network
        self._transports = {
            proxy: httpx.AsyncHTTPTransport(verify=network.tls(), trust_env=False, limits=limits, proxy=proxy)
            for proxy in {None, network.http_proxy, network.https_proxy}
        }

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transports[self._network.proxy_for(str(request.url))].handle_async_request(request)

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


@cache
def _product() -> str:
    # Looked up on disk.
    return f"Paperboy/{version('paperboy')}"


def open_client(contact: str | None, *, connections: int = 8, network: Network = DIRECT) -> httpx.AsyncClient:
    """An HTTP client with explicit time-outs whose User-Agent names Paperboy and, where given, a contact.

    It reads nothing from the environment: `network` holds the proxies and certificates. Both sources ask for a contact:
    they throttle anonymous library names first (arXiv API help, "Terms of Use").
    """
    product = _product()
    whom = quote(contact.strip(), safe="@:/.,;=?&+ -") if contact else ""
    return httpx.AsyncClient(
        headers={
            "User-Agent": f"{product} (+{whom})" if whom else product,
            # The one encoding that `_unpacked` undoes, at most a thousandfold and never past a limit.
            "Accept-Encoding": "gzip",
        },
        timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        trust_env=False,
        transport=_ByRoute(network, httpx.Limits(max_connections=connections, max_keepalive_connections=4)),
        # No source needs a session, and a jar that takes every cookie would grow for ever.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
    )


async def fetch(
    client: httpx.AsyncClient,
    url: str,
    params: Mapping[str, str | int] | None = None,
    *,
    source: str,
    limit_bytes: int,
    stays_on_host: bool = False,
    seconds: float = _WHOLE_SECONDS,
) -> Response:
    """GET an address once, following up to five redirects.

    A redirect never leads from https to http, nor by http to another host; with `stays_on_host`, to no other host at
    all except within the same domain.

    Takes `seconds` at most in all, however slowly the body arrives. Raises `Retryable` for what may pass (no
    connection, time-out, cut response, 429, 5xx) and `SourceUnreachable` for what will not (a body over `limit_bytes`,
    an encoding nobody asked for, a redirect elsewhere, an invalid address).
    """
    return await _exchange(
        client,
        lambda: client.build_request("GET", url, params=params),
        source=source,
        limit_bytes=limit_bytes,
        most_redirects=_MOST_REDIRECTS,
        seconds=seconds,
        stays_on_host=stays_on_host,
    )


async def send_json(
    client: httpx.AsyncClient,
    url: str,
    value: object,
    *,
    headers: Mapping[str, str],
    source: str,
    limit_bytes: int,
    seconds: float,
) -> Response:
    """POST a JSON value once, with `seconds` for the whole response; no redirect is followed.

    Raises what `fetch` does, but returns a response of any status: the body of a 429 or 5xx is for the caller to read.
    """
    body = json.dumps(value).encode()  # ASCII, so that not even half a character can break it
    return await _exchange(
        client,
        lambda: client.build_request(
            "POST",
            url,
            content=body,
            headers={**headers, "Content-Type": "application/json"},
            timeout=httpx.Timeout(seconds, connect=_CONNECT_SECONDS),
        ),
        source=source,
        limit_bytes=limit_bytes,
        most_redirects=0,
        seconds=seconds,
        any_status=True,
    )


async def _exchange(
    client: httpx.AsyncClient,
    build: Callable[[], httpx.Request],
    *,
    source: str,
    limit_bytes: int,
    most_redirects: int,
    seconds: float,
    stays_on_host: bool = False,
    any_status: bool = False,
) -> Response:
    try:
        async with asyncio.timeout(seconds):
            return await _follow(
                client,
                build(),
                source=source,
                limit_bytes=limit_bytes,
                most_redirects=most_redirects,
                stays_on_host=stays_on_host,
                any_status=any_status,
            )
    except TimeoutError as error:
        raise Retryable(f"not finished within {seconds:g} s") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise SourceUnreachable(source=source, reason=_describe(error)) from error
    except httpx.TransportError as error:
        raise Retryable(_describe(error)) from error


async def _follow(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    source: str,
    limit_bytes: int,
    most_redirects: int,
    stays_on_host: bool,
    any_status: bool,
) -> Response:
    for _ in range(most_redirects + 1):
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            if response.next_request is None:
                return await _read(response, source=source, limit_bytes=limit_bytes, any_status=any_status)
        finally:
            await response.aclose()
        there = response.next_request.url
        leaves = stays_on_host and not f".{there.host}".endswith(f".{request.url.host}")
        if leaves or not most_redirects or not _may_follow(request.url, there):
            raise SourceUnreachable(source=source, reason=f"redirects to {_describe(there)}")
        request = response.next_request
    raise SourceUnreachable(source=source, reason=f"redirects more than {most_redirects} times")


async def fetch_with_retry(
    attempt: Callable[[], Awaitable[Response]], *, source: str, retry_policy: RetryPolicy
) -> Response:
    """Repeat an attempt that raises `Retryable` within `retry_policy`, and never earlier than the source asks.

    Raises `SourceUnreachable` when the policy is used up, and at once when the source asks for a longer wait than is
    left.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + retry_policy.seconds
    retrying = stamina.AsyncRetryingCaller(
        attempts=retry_policy.tries, timeout=None, wait_initial=0.5, wait_max=8.0, wait_jitter=0.5
    )
    try:
        async with asyncio.timeout(retry_policy.seconds):
            return await retrying(lambda failure: back_off(failure, seconds_left=end - clock()), attempt)
    except Retryable as failure:
        raise SourceUnreachable(source=source, reason=failure.reason) from failure
    except TimeoutError as error:
        raise SourceUnreachable(source=source, reason=f"no answer within {retry_policy.seconds:g} s") from error


def back_off(failure: Exception, *, seconds_left: float) -> float | bool:
    """Whether to try again: False for no, True for the usual growing wait, else the seconds the source asked for."""
    if not isinstance(failure, Retryable):
        return False
    if failure.wait is None:
        return True
    return failure.wait if failure.wait < seconds_left else False


def wait_requested(headers: httpx.Headers) -> float | None:
    """The seconds a source asks us to wait before the next request, None when it does not say; never negative.

    `Retry-After` holds seconds or a date (RFC 9110, 10.2.3), and a date counts from the answer's own `Date`, so that
    no clock of ours matters. `RateLimit: "api";r=0;t=55` says that nothing remains for 55 s (IETF draft
    ratelimit-headers 9; Hugging Face documentation, "Rate limits"). The longest of them holds.
    """
    waits = [*_retry_after(headers), *_rate_limit(headers)]
    return max(waits, default=None)


def _retry_after(headers: httpx.Headers) -> list[float]:
    asked = headers.get("Retry-After", "")[:_LONGEST_WAIT_HEADER].strip()
    if re.fullmatch(r"[0-9]{1,9}", asked):
        return [float(asked)]
    then, sent = _http_date(asked), _http_date(headers.get("Date", "")[:_LONGEST_WAIT_HEADER])
    return [max(0.0, (then - sent).total_seconds())] if then and sent else []


def _rate_limit(headers: httpx.Headers) -> list[float]:
    spent = [
        _SECONDS_TO_RESET.search(parameters)
        for parameters in _RATE_LIMIT_ITEM.findall(headers.get("RateLimit", "")[:_LONGEST_WAIT_HEADER])
        if _NOTHING_LEFT.search(parameters)
    ]
    return [float(reset[1]) for reset in spent if reset]


def _http_date(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


async def _read(response: httpx.Response, *, source: str, limit_bytes: int, any_status: bool) -> Response:
    if not any_status and (response.status_code == _TOO_MANY_REQUESTS or response.status_code >= _SERVER_ERRORS):
        raise Retryable(f"HTTP {response.status_code}", wait_requested(response.headers))
    body = io.BytesIO()
    async for piece in _unpacked(response, source=source, limit_bytes=limit_bytes):
        body.write(piece)
        if body.tell() > limit_bytes:
            raise SourceUnreachable(source=source, reason=f"answer larger than {limit_bytes} bytes")
    return Response(response.status_code, response.headers, body.getvalue())


async def _unpacked(response: httpx.Response, *, source: str, limit_bytes: int) -> AsyncIterator[bytes]:
    """The decoded body piece by piece, never more than a byte past the limit.

    The length counts while the body is decoded, and only one encoding is undone: the inner one of two would be whole in
    memory before anything could be counted (RFC 9110, 8.4 allows any number).
    """
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing in {"", "identity"}:
        async for piece in response.aiter_raw():
            yield piece
        return
    if packing not in {"gzip", "x-gzip"}:
        encoding = shorten(clean_text(packing), 60)
        raise SourceUnreachable(source=source, reason=f"answer packed in a way nobody asked for: {encoding}")
    unpacking = zlib.decompressobj(_GZIP)
    received = unpacked = 0
    async for piece in response.aiter_raw():
        received += len(piece)
        if received > limit_bytes + _PACKING:
            raise SourceUnreachable(source=source, reason=f"answer larger than {limit_bytes} bytes")
        try:
            plain = unpacking.decompress(piece, limit_bytes - unpacked + 1)
        except zlib.error as error:
            raise SourceUnreachable(
                source=source, reason=f"answer that cannot be unpacked: {_describe(error)}"
            ) from error
        if unpacking.unused_data:  # a thousand small streams in a row could make as much work as they like
            raise SourceUnreachable(source=source, reason="answer that goes on after what was packed")
        unpacked += len(plain)
        yield plain
    if received and not unpacking.eof:
        raise Retryable("the packed answer is cut short")


def _may_follow(here: httpx.URL, there: httpx.URL) -> bool:
    if there.port is not None and there.port > _LAST_PORT:  # httpx takes it, and the socket raises what it likes
        return False
    return there.scheme == "https" or (here.scheme == there.scheme == "http" and here.host == there.host)


def _describe(trouble: Exception | httpx.URL) -> str:
    """An error or address for logs and operators: an address without user, query, or fragment, which may hold a key; an
    error in its own words, except one about our own request, which repeats the header it could not send."""
    if isinstance(trouble, httpx.URL):
        return shorten(clean_text(str(trouble.copy_with(userinfo=b"", query=None, fragment=None))), 200)
    name = type(trouble).__name__
    words = "" if isinstance(trouble, httpx.LocalProtocolError) else clean_text(str(trouble))
    return shorten(f"{name}: {words}" if words else name, 200)
