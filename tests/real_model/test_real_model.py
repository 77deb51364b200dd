"""The way to a real language model, which really invents: `make test-real-model`."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.http import Patience, open_client
from bot.summaries.llm import LanguageModel, Wire
from bot.summaries.material import choose_material
from bot.summaries.writing import Writer
from tests.modelled_office import papers_of_the_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.papers import Paper
    from bot.summaries.writing import Written

PYTHON = Path(__file__).parents[2] / ".venv" / "real-model" / "bin" / "python"
PAPERS = 4


@asynccontextmanager
async def served_model() -> AsyncIterator[str]:
    """The address of the model."""
    serve = Path(__file__).parent / "serve.py"
    server = await asyncio.create_subprocess_exec(
        PYTHON, serve, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert server.stdin
    assert server.stdout
    try:
        address = await asyncio.wait_for(server.stdout.readline(), 60)
        yield address.decode().strip()
    finally:
        server.stdin.close()
        await server.wait()


@pytest.mark.skipif("PAPERBOY_REAL_MODEL" not in os.environ, reason="`make test-real-model` runs it, with a model")
@pytest.mark.timeout(600)
async def test_a_real_model_is_understood_and_its_inventions_are_rejected(
    record_property: Callable[[str, object], None],
) -> None:
    async with served_model() as address, open_client(None) as client:
        model = LanguageModel(
            client,
            wire=Wire.OPENAI,
            model="SmolLM2-135M-Instruct",
            base_url=f"{address}/v1",
            at_once=2,
            most_output_tokens=600,
            patience=Patience(1, 240.0),
        )
        writer = Writer(model)
        written = await asyncio.gather(*(write(writer, paper) for paper in papers_of_the_day()[:PAPERS]))
    attempts = [attempt for each in written for attempt in each.attempts]
    drafts = [attempt.draft for attempt in attempts if attempt.draft]
    rejected = [draft for draft in drafts if draft.faults]
    failed = [str(attempt.failure) for attempt in attempts if attempt.failure]
    told = (
        f"{len(drafts)} of {len(attempts)} answers of the form asked for, {len(rejected)} of them rejected by the gate"
    )
    record_property("told", f"{told}; failures: {failed}; for example: {rejected[:1]}")
    assert drafts
    assert rejected


async def write(writer: Writer, paper: Paper) -> Written:
    material = choose_material(paper, None, most_characters=4000)
    assert material
    return await writer.write(material, "en")
