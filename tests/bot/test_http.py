from __future__ import annotations

import asyncio
import gzip
import itertools
import tracemalloc
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SourceUnreachable
from bot.http import (
    DEFAULT_RETRY_POLICY,
    Response,
    Retryable,
    RetryPolicy,
    back_off,
    fetch,
    fetch_with_retry,
    open_client,
    send_json,
    wait_requested,
)
from tests.servers import PaperSources, Reply

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Iterator

HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60)


async def get(
    client: httpx.AsyncClient, url: str, retry_policy: RetryPolicy = DEFAULT_RETRY_POLICY, limit: int = 1000
) -> Response:
    async def attempt() -> Response:
        return await fetch(client, url, source="Test", limit_bytes=limit)

    return await fetch_with_retry(attempt, source="Test", retry_policy=retry_policy)


async def most_held(asking: Awaitable[Response]) -> int:
    """The most bytes that were held at once while an answer was refused."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        with pytest.raises(SourceUnreachable):
            await asking
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def chunks(size: int) -> Iterator[bytes]:
    """A chunked body of so many bytes, whose end does not come."""
    return itertools.repeat(b"1000\r\n" + b"x" * 0x1000 + b"\r\n", size // 0x1000)


@asynccontextmanager
async def speaking(head: bytes, pieces: Iterator[bytes], *, pause: float = 0.0) -> AsyncIterator[str]:
    """A server that says this to everybody, as long as they listen."""

    heard = asyncio.Queue[asyncio.StreamWriter]()

    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(writer)
        with suppress(ConnectionError):
            for piece in itertools.chain([head], pieces):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        while not heard.empty():
            writer = heard.get_nowait()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


def reason(trouble: pytest.ExceptionInfo[SourceUnreachable]) -> str:
    assert trouble.value.values["source"] == "Test"
    return str(trouble.value.values["reason"])


class TestWaitAsked:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"Retry-After": "17"}, 17),
            ({"Retry-After": " 0 "}, 0),
            ({"Retry-After": "soon"}, None),
            ({"Retry-After": "-5"}, None),
            ({"Retry-After": "1e9"}, None),
            ({"Retry-After": "9" * 400}, None),
            ({"RateLimit": '"api";r=0;t=55'}, 55),
            ({"RateLimit": '"api"; t=55; r=0'}, 55),
            ({"RateLimit": '"api";r=3;t=55'}, None),
            ({"RateLimit": '"api";r=0'}, None),
            ({"RateLimit": '"api";r=0;t=-4'}, None),
            ({"RateLimit": '"pages";r=9;t=200, "api";r=0;t=55'}, 55),
            ({"RateLimit": '"pages";r=0;t=70, "api";r=0;t=55'}, 70),
            ({"RateLimit": '"api";r=0;t=20', "Retry-After": "30"}, 30),
        ],
    )
    def test_seconds_are_read_from_either_header(self, headers: dict[str, str], seconds: float | None) -> None:
        assert wait_requested(httpx.Headers(headers)) == seconds

    def test_a_date_counts_from_the_date_of_the_answer_itself(self) -> None:
        headers = {"Date": "Wed, 31 Jul 2024 09:10:00 GMT", "Retry-After": "Wed, 31 Jul 2024 09:10:42 GMT"}
        assert wait_requested(httpx.Headers(headers)) == 42

    def test_a_date_gone_by_asks_for_no_wait(self) -> None:
        headers = {"Date": "Wed, 31 Jul 2024 09:10:00 GMT", "Retry-After": "Tue, 30 Jul 2024 09:10:00 -0000"}
        assert wait_requested(httpx.Headers(headers)) == 0

    def test_a_date_means_nothing_without_the_answers_own(self) -> None:
        assert wait_requested(httpx.Headers({"Retry-After": "Wed, 31 Jul 2024 09:10:42 GMT"})) is None

    @given(HEADER_TEXT, HEADER_TEXT, HEADER_TEXT)
    def test_no_header_does_any_harm(self, retry_after: str, rate_limit: str, date: str) -> None:
        wait = wait_requested(httpx.Headers({"Retry-After": retry_after, "RateLimit": rate_limit, "Date": date}))
        assert wait is None or wait >= 0


class TestBackOff:
    def test_a_failure_that_may_pass_is_tried_again_after_the_usual_wait(self) -> None:
        assert back_off(Retryable("HTTP 503"), seconds_left=9.0) is True

    def test_the_wait_asked_for_is_kept(self) -> None:
        assert back_off(Retryable("HTTP 429", wait=7.0), seconds_left=9.0) == 7.0
        assert back_off(Retryable("HTTP 429", wait=0.0), seconds_left=9.0) is not False

    def test_a_wait_longer_than_what_is_left_is_not_begun(self) -> None:
        assert back_off(Retryable("HTTP 429", wait=55.0), seconds_left=9.0) is False

    def test_other_failures_are_final(self) -> None:
        assert back_off(SourceUnreachable(source="Test", reason="odd"), seconds_left=9.0) is False
        assert back_off(ZeroDivisionError(), seconds_left=9.0) is False


class TestClient:
    async def test_it_names_paperboy_and_whom_to_contact(self, sources: PaperSources) -> None:
        async with open_client("홍길동 papers@example.org\r\nX-Evil: 1") as client:
            await get(client, sources.url)
        [call] = sources.calls
        assert call.headers["User-Agent"].startswith("Paperboy/")
        assert "papers@example.org" in call.headers["User-Agent"]
        assert "X-Evil" not in call.headers

    async def test_it_names_paperboy_alone_without_a_contact(self, sources: PaperSources) -> None:
        async with open_client(None) as client:
            await get(client, sources.url)
        assert "(" not in sources.calls[0].headers["User-Agent"]

    async def test_every_phase_of_a_request_has_a_time_out(self, client: httpx.AsyncClient) -> None:
        assert None not in client.timeout.as_dict().values()


class TestFetching:
    async def test_an_answer_has_status_headers_and_text(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        sources.next(Reply(400, b"caf\xc3\xa9 \xff", headers={"X-Kind": "odd"}))
        answer = await get(client, sources.url)
        assert (answer.status, answer.text, answer.headers["x-kind"]) == (400, "café �", "odd")

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    async def test_a_passing_failure_is_tried_again(
        self, sources: PaperSources, client: httpx.AsyncClient, status: int
    ) -> None:
        sources.next(Reply(status), Reply(status), Reply(body="at last"))
        assert (await get(client, sources.url)).text == "at last"
        assert len(sources.calls) == 3

    async def test_a_cut_answer_is_tried_again(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(body="half of it", cut=True), Reply(body="all of it"))
        assert (await get(client, sources.url)).text == "all of it"

    async def test_tries_come_to_an_end(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.down()
        with pytest.raises(SourceUnreachable) as trouble:
            await get(client, sources.url, RetryPolicy(tries=2))
        assert reason(trouble) == "HTTP 503"
        assert len(sources.calls) == 2

    async def test_a_source_that_asks_for_too_long_a_wait_is_left_alone(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        sources.next(Reply(429, headers={"RateLimit": '"api";r=0;t=55'}))
        with pytest.raises(SourceUnreachable, match="HTTP 429"):
            await get(client, sources.url, RetryPolicy(tries=3, seconds=30))
        assert len(sources.calls) == 1

    async def test_a_source_that_asks_for_a_short_wait_is_tried_again(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        sources.next(Reply(429, headers={"RateLimit": '"api";r=0;t=12'}), Reply(body="welcome"))
        assert (await get(client, sources.url)).text == "welcome"

    async def test_a_silent_source_is_given_up_when_patience_ends(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        sources.next(Reply(hang=True))
        with pytest.raises(SourceUnreachable) as trouble:
            await get(client, sources.url, RetryPolicy(seconds=0.05))
        assert reason(trouble) == "no answer within 0.05 s"

    async def test_a_read_time_out_is_tried_again(self, sources: PaperSources) -> None:
        sources.next(Reply(hang=True), Reply(hang=True))
        tried = 0

        async def attempt() -> Response:
            nonlocal tried
            tried += 1
            return await fetch(hasty, sources.url, source="Test", limit_bytes=1000)

        async with httpx.AsyncClient(timeout=httpx.Timeout(5, read=0.05)) as hasty:
            with pytest.raises(SourceUnreachable, match="ReadTimeout"):
                await fetch_with_retry(attempt, source="Test", retry_policy=RetryPolicy(tries=2))
        assert tried == 2

    async def test_nobody_listening_is_told_as_such(self, client: httpx.AsyncClient) -> None:
        async with PaperSources.open() as gone:
            url = gone.url
        with pytest.raises(SourceUnreachable, match="ConnectError"):
            await get(client, url)

    @pytest.mark.parametrize("url", ["ftp://example.org/", "nowhere", "http://[::1", "http://a:99999/"])
    async def test_an_address_that_is_none_is_final(self, client: httpx.AsyncClient, url: str) -> None:
        with pytest.raises(SourceUnreachable):
            await get(client, url)

    async def test_being_cancelled_is_not_swallowed(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(hang=True))
        asking = asyncio.create_task(get(client, sources.url))
        await sources.called()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


class TestSize:
    async def test_a_body_at_the_limit_is_read(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(body=b"x" * 1000))
        assert len((await get(client, sources.url, limit=1000)).body) == 1000

    async def test_a_body_over_the_limit_is_refused_at_once(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        sources.next(Reply(body=b"x" * 1001))
        with pytest.raises(SourceUnreachable) as trouble:
            await get(client, sources.url, limit=1000)
        assert reason(trouble) == "answer larger than 1000 bytes"
        assert len(sources.calls) == 1

    async def test_what_counts_is_the_size_after_unpacking(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        packed = gzip.compress(b"0" * 100_000)
        assert len(packed) < 1000
        sources.next(Reply(body=packed, headers={"Content-Encoding": "gzip"}))
        with pytest.raises(SourceUnreachable, match="answer larger than 1000 bytes"):
            await get(client, sources.url, limit=1000)

    @pytest.mark.parametrize("size", [1 << 20, 4 << 20, 16 << 20])
    async def test_no_more_is_held_than_the_limit_however_well_a_body_is_packed(
        self, sources: PaperSources, client: httpx.AsyncClient, size: int
    ) -> None:
        sources.next(Reply(body=gzip.compress(b"0" * size), headers={"Content-Encoding": "gzip"}))
        assert await most_held(get(client, sources.url, limit=100_000)) < 400_000

    @pytest.mark.parametrize("size", [1 << 20, 16 << 20])
    async def test_a_body_that_never_ends_is_left_at_the_limit(self, client: httpx.AsyncClient, size: int) -> None:
        async with speaking(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunks(size)) as url:
            assert await most_held(get(client, url, limit=100_000)) < 1_000_000

    async def test_streams_that_hold_nothing_do_not_go_on_for_ever(self, client: httpx.AsyncClient) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n"
        nothing = gzip.compress(b"") * 50
        async with speaking(head, itertools.repeat(b"%x\r\n%b\r\n" % (len(nothing), nothing))) as url:
            with pytest.raises(SourceUnreachable, match="goes on after"):
                await get(client, url)

    @pytest.mark.parametrize(
        "packing",
        [
            "gzip, gzip, gzip",
            "gzip,gzip",
            "deflate",
            "br",
            "zstd",
            "identity, gzip",
            "gzip, identity",
            "compress",
            "7z",
        ],
    )
    async def test_what_is_packed_twice_or_otherwise_is_refused_without_looking(
        self, sources: PaperSources, client: httpx.AsyncClient, packing: str
    ) -> None:
        bomb = b"0" * (1 << 20)
        for _ in range(3):
            bomb = gzip.compress(bomb)
        sources.next(Reply(body=bomb, headers={"Content-Encoding": packing}))
        with pytest.raises(SourceUnreachable, match="packed in a way nobody asked for"):
            await get(client, sources.url)
        assert len(sources.calls) == 1

    async def test_of_two_packings_on_top_of_each_other_none_is_undone(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        bomb = gzip.compress(gzip.compress(gzip.compress(b"0" * (32 << 20))))
        assert len(bomb) < 1000
        sources.next(Reply(body=bomb, headers={"Content-Encoding": "gzip, gzip, gzip"}))
        assert await most_held(get(client, sources.url)) < 400_000

    @pytest.mark.parametrize("packing", ["gzip", "GZIP", " x-gzip "])
    async def test_one_packing_is_undone(self, sources: PaperSources, client: httpx.AsyncClient, packing: str) -> None:
        sources.next(Reply(body=gzip.compress("한글".encode()), headers={"Content-Encoding": packing}))
        assert (await get(client, sources.url)).text == "한글"

    async def test_only_what_can_be_undone_is_asked_for(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        await get(client, sources.url)
        assert sources.calls[0].headers["Accept-Encoding"] == "gzip"

    @pytest.mark.parametrize(
        "body",
        [b"no gzip at all", gzip.compress(b"x") + b"more", gzip.compress(b"x")[:-6] + b"123456"],
        ids=["other", "longer", "wrong sum"],
    )
    async def test_a_body_that_cannot_be_unpacked_is_refused(
        self, sources: PaperSources, client: httpx.AsyncClient, body: bytes
    ) -> None:
        sources.next(Reply(body=body, headers={"Content-Encoding": "gzip"}))
        with pytest.raises(SourceUnreachable, match=r"cannot be unpacked|goes on after"):
            await get(client, sources.url)
        assert len(sources.calls) == 1

    async def test_a_packed_body_without_its_end_is_asked_for_again(
        self, sources: PaperSources, client: httpx.AsyncClient
    ) -> None:
        packed = gzip.compress(b"all of it")
        sources.next(*(Reply(body=body, headers={"Content-Encoding": "gzip"}) for body in (packed[:-9], packed)))
        assert (await get(client, sources.url)).text == "all of it"

    @pytest.mark.parametrize("size", [200_000, 2_000_000])
    async def test_headers_have_an_end(self, client: httpx.AsyncClient, size: int) -> None:
        async with speaking(b"HTTP/1.1 200 OK\r\nX-Long: ", itertools.repeat(b"x" * 1000, size // 1000)) as url:
            with pytest.raises(SourceUnreachable):
                await get(client, url, RetryPolicy(tries=1))

    async def test_an_answer_that_drips_is_given_up(self, client: httpx.AsyncClient) -> None:
        async with speaking(
            b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", itertools.repeat(b"x"), pause=0.01
        ) as url:
            with pytest.raises(Retryable, match=r"not finished within 0\.1 s"):
                await fetch(client, url, source="Test", limit_bytes=1000, seconds=0.1)

    async def test_so_is_one_to_what_was_sent(self, client: httpx.AsyncClient) -> None:
        async with speaking(b"HTTP/1.1 200 OK\r\nX: ", itertools.repeat(b"x"), pause=0.01) as url:
            with pytest.raises(Retryable, match="not finished within"):
                await send_json(client, url, {}, headers={}, source="Test", limit_bytes=1000, seconds=0.1)

    async def test_nobody_makes_us_remember_them(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(headers={"Set-Cookie": "a=b; Path=/"}), Reply(headers={"Set-Cookie": "c=d"}))
        for _ in range(3):
            await get(client, sources.url)
        assert all("Cookie" not in call.headers for call in sources.calls)
        assert not client.cookies


class TestRedirects:
    async def test_one_on_the_same_host_is_followed(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(Reply(301, headers={"Location": "/there"}), Reply(body="here"))
        assert (await get(client, f"{sources.url}/here")).text == "here"
        assert [call.path for call in sources.calls] == ["/here", "/there"]

    @pytest.mark.parametrize("elsewhere", ["http://localhost.invalid/", "file:///etc/passwd", "ftp://127.0.0.1/"])
    async def test_one_to_another_host_without_https_is_not(
        self, sources: PaperSources, client: httpx.AsyncClient, elsewhere: str
    ) -> None:
        sources.next(Reply(302, headers={"Location": elsewhere}))
        with pytest.raises(SourceUnreachable, match="redirects to"):
            await get(client, sources.url)
        assert len(sources.calls) == 1

    async def test_one_to_a_port_that_is_none_is_not(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        for elsewhere in ("http://127.0.0.1:99999/", "https://127.0.0.1:65536/"):
            sources.next(Reply(302, headers={"Location": elsewhere}))
            with pytest.raises(SourceUnreachable, match="redirects to"):
                await get(client, sources.url)

    async def test_a_circle_ends(self, sources: PaperSources, client: httpx.AsyncClient) -> None:
        sources.next(*[Reply(302, headers={"Location": "/again"})] * 9)
        with pytest.raises(SourceUnreachable, match="redirects more than 5 times"):
            await get(client, sources.url)
        assert len(sources.calls) == 6
