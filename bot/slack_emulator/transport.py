"""The way to the bot: one address or its Socket Mode connections, and how often and how long a payload is tried."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from .changes import Changes
from .http_delivery import HttpDelivery
from .socket_mode import SocketMode
from .values import DeliveryAttempt, DeliveryKind, Json


@dataclass(slots=True)
class Transport:
    """Hands payloads over: by HTTP once `request_url` is set, until then over one of the app's connections, if any.

    A payload must be acknowledged within `ack_timeout` seconds. An event that is not is sent again after each of
    `retry_delays`, in seconds, waited with `sleep`. `in_flight` events of a workspace are under way at once.
    """

    sockets: SocketMode
    http: HttpDelivery
    changes: Changes
    socket_mode: bool
    ack_timeout: float = 3.0
    retry_delays: Sequence[float] = (0, 60, 300)
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    in_flight: int = 100
    request_url: str | None = None

    async def hand_over(
        self, kind: DeliveryKind, payload: Json, *, takes_payload: bool, retry: int, reason: str | None
    ) -> DeliveryAttempt:
        """Try once; `retry` tells how often it was tried before, and `reason` why the last attempt failed."""
        within = self.ack_timeout
        if self.request_url is not None:
            return await self.http.deliver(self.request_url, kind, payload, retry=retry, reason=reason, within=within)
        if not self.socket_mode:
            return DeliveryAttempt("connection_failed")
        return await self.sockets.deliver(
            kind, payload, takes_payload=takes_payload, retry=retry, reason=reason, within=within
        )
