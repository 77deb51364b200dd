"""A language model on loopback: real HTTP in both protocols, answering what a test tells it to."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.http import RetryPolicy, open_client
from bot.summaries.models.client import ApiStyle, LanguageModel

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server received it."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        """Everything the model is told, in order."""
        system = [str(self.body["system"])] if "system" in self.body else []
        return "\n".join([*system, *(str(message["content"]) for message in self.body["messages"])])

    @property
    def most_output(self) -> int:
        """How many tokens the model may write; 0 when that is not told."""
        return int(self.body.get("max_tokens") or self.body.get("max_completion_tokens") or 0)

    @property
    def form(self) -> str:
        """In which form JSON is asked for."""
        return str((self.body.get("response_format") or {}).get("type", "words"))


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, good or bad. `values` is what a well-behaved model says, `words` what another one does instead.

    It is given once `when` is set; `cut` closes the connection without an answer.
    """

    values: Mapping[str, object] | None = None
    words: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    finish: str = ""
    refusal: str = ""
    usage: tuple[int, int] | None = (1000, 200)
    when: asyncio.Event | None = None
    cut: bool = False

    @property
    def text(self) -> str:
        return self.words if self.words is not None else json.dumps(self.values, ensure_ascii=False)


class ScriptedModel:
    """A server whose `script` chooses the answer to each request; without one it says that it was heard."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[Asked] = []
        self.script: Callable[[Asked], Answer] = lambda _: Answer({"heard": True})
        self.at_once = 0
        self.most_at_once = 0
        self._called = asyncio.Condition()
        self._closing = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[ScriptedModel]:
        """The server on a free port of 127.0.0.1 until the block ends."""
        model = cls()
        app = web.Application(client_max_size=8 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", model._answer)
        app.router.add_post("/v1/messages", model._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            model.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield model
        finally:
            model._closing.set()
            await runner.cleanup()

    def answers(self, *answers: Answer) -> None:
        """Give these answers in this order, the last of them for ever."""
        left = list(answers)
        self.script = lambda _: left.pop(0) if len(left) > 1 else left[0]

    async def called(self, times: int) -> None:
        """Return once so many requests have come in."""
        async with self._called:
            await self._called.wait_for(lambda: len(self.asked) >= times)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = Asked(request.path, dict(request.headers), await request.json())
        self.asked.append(asked)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self._called:
            self._called.notify_all()
        try:
            return await self._give(request, asked, self.script(asked))
        finally:
            self.at_once -= 1

    async def _give(self, request: web.Request, asked: Asked, answer: Answer) -> web.StreamResponse:
        if answer.when is not None:
            waits = [asyncio.create_task(event.wait()) for event in (answer.when, self._closing)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        if answer.cut and request.transport is not None:
            request.transport.close()
        if answer.raw is not None:
            return web.Response(status=answer.status, body=answer.raw, headers=answer.headers)
        if answer.status != 200:
            error = {"error": {"message": answer.text, "type": "error"}}
            return web.json_response(error, status=answer.status, headers=answer.headers)
        body = _message(answer) if asked.path == "/v1/messages" else _completion(answer)
        return web.json_response(body, headers=answer.headers)


def _completion(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, **({"refusal": answer.refusal} if answer.refusal else {})}
    body: dict[str, Any] = {
        "object": "chat.completion",
        "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish or "stop"}],
    }
    if answer.usage:
        body["usage"] = {"prompt_tokens": answer.usage[0], "completion_tokens": answer.usage[1]}
    return body


def _message(answer: Answer) -> dict[str, Any]:
    if answer.words is None:
        part = {"type": "tool_use", "id": "t1", "name": "answer", "input": answer.values}
    else:
        part = {"type": "text", "text": answer.words}
    body: dict[str, Any] = {
        "type": "message",
        "role": "assistant",
        "model": "scripted",
        "content": [part],
        "stop_reason": answer.finish or "tool_use",
    }
    if answer.usage:
        body["usage"] = {"input_tokens": answer.usage[0], "output_tokens": answer.usage[1]}
    return body


@asynccontextmanager
async def model_at(
    server: ScriptedModel, api_style: ApiStyle = ApiStyle.OPENAI, **more: Any
) -> AsyncIterator[LanguageModel]:
    """The model behind a scripted server, with a key that must show nowhere."""
    settings = {"api_key": "sk-secret", "retry_policy": RetryPolicy(3, 20.0), **more}
    async with open_client(None, connections=20) as client:
        yield LanguageModel(client, api_style=api_style, model="scripted", base_url=f"{server.url}/v1", **settings)
