"""Deliveries in HTTP mode: signed POSTs to the app's Request URL."""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp

from .installation import InstalledApp
from .values import DeliveryAttempt, DeliveryKind, Json

USER_AGENT = "Slackbot 1.0 (+https://api.slack.com/robots)"


def sign(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The headers by which an app knows that Slack sent `body` (docs.slack.dev, verifying requests from Slack)."""
    basis = b"v0:%d:%s" % (timestamp, body)
    signature = hmac.new(secret.encode(), basis, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={signature}"}


def encode(kind: DeliveryKind, payload: Json) -> tuple[bytes, str]:
    """A payload's body and content type: events as JSON, the rest as forms."""
    if kind == "events_api":
        return json.dumps(payload, ensure_ascii=False).encode(), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload, ensure_ascii=False)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


class HttpDelivery:
    """Posts to the Request URL. Requests are signed at the real time: apps compare it with theirs."""

    def __init__(self, app: InstalledApp) -> None:
        self._app = app
        self._session: aiohttp.ClientSession | None = None

    async def deliver(
        self, url: str, kind: DeliveryKind, payload: Json, *, retry: int, reason: str | None, within: float
    ) -> DeliveryAttempt:
        """Post a payload and wait that many seconds for a 2xx answer."""
        body, content_type = encode(kind, payload)
        headers = {"Content-Type": content_type}
        if retry:
            headers |= {"X-Slack-Retry-Num": str(retry), "X-Slack-Retry-Reason": reason or ""}
        return await self.post(url, body, headers, within=within)

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, within: float) -> DeliveryAttempt:
        """Post a body, signed unless `headers` sign it already."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"User-Agent": USER_AGENT},
                trust_env=False,
                # Waiting for a free connection would count against the app's three seconds.
                connector=aiohttp.TCPConnector(limit=0),
            )
        signed = {**sign(self._app.signing_secret, body, int(time.time())), **headers}
        time_out = aiohttp.ClientTimeout(total=within)
        try:
            async with self._session.post(
                url, data=body, headers=signed, timeout=time_out, max_redirects=2
            ) as response:
                return _attempt(response, await response.text())
        except TimeoutError:
            return DeliveryAttempt("http_timeout")
        except aiohttp.TooManyRedirects:
            return DeliveryAttempt("too_many_redirects")
        except aiohttp.ClientConnectorCertificateError:
            return DeliveryAttempt("ssl_error")
        except aiohttp.ClientConnectionError:
            return DeliveryAttempt("connection_failed")
        except (aiohttp.ClientError, UnicodeDecodeError):
            return DeliveryAttempt("unknown_error")

    async def close(self) -> None:
        """Close the connections kept open."""
        if self._session is not None:
            await self._session.close()


def _attempt(response: aiohttp.ClientResponse, text: str) -> DeliveryAttempt:
    answer: Any = text or None
    if response.content_type == "application/json":
        try:
            answer = json.loads(text)
        except ValueError:
            answer = text
    return DeliveryAttempt(
        None if 200 <= response.status < 300 else "http_error",
        status=response.status,
        answer=answer,
        stop=response.headers.get("X-Slack-No-Retry") == "1",
    )
