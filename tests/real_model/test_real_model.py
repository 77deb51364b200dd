"""The way to a real language model, which really invents: `make test-real-model`.

How fast the machine is plays no part: what the model wrote, and what the check says of it, is printed in any case.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.http import RetryPolicy, open_client
from bot.summaries.material import choose_material
from bot.summaries.models.client import ApiStyle, LanguageModel
from bot.summaries.models.responses import Failure
from bot.summaries.writer import Writer
from tests.modelled_harness import papers_of_the_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.rules.papers import Paper
    from bot.summaries.writer import DraftAttempt, Written

PYTHON = Path(__file__).parents[2] / ".venv" / "real-model" / "bin" / "python"
PAPERS = 4
# A bound for a server that hangs, not for one that is slow.
HOURS = 3600.0


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
        address = (await server.stdout.readline()).decode().strip()
        if not address:
            pytest.fail(f"the model could not be loaded here; run `{PYTHON} {serve}` to see why")
        yield address
    finally:
        server.stdin.close()
        await server.wait()


@pytest.mark.skipif("PAPERBOY_REAL_MODEL" not in os.environ, reason="`make test-real-model` runs it, with a model")
@pytest.mark.timeout(0)
async def test_a_real_model_is_understood_and_held_to_its_papers(capsys: pytest.CaptureFixture[str]) -> None:
    async with served_model() as address, open_client(None) as client:
        model = LanguageModel(
            client,
            api_style=ApiStyle.OPENAI,
            model="SmolLM2-135M-Instruct",
            base_url=f"{address}/v1",
            at_once=1,
            most_output_tokens=600,
            retry_policy=RetryPolicy(1, HOURS),
            seconds_a_request=HOURS,
        )
        writer = Writer(model)
        attempts: list[DraftAttempt] = []
        for paper in papers_of_the_day()[:PAPERS]:
            written = await write(writer, paper)
            attempts.extend(written.attempts)
            with capsys.disabled():
                print(told(paper, written), flush=True)
    drafts = [attempt.draft for attempt in attempts if attempt.draft]
    rejected = [draft for draft in drafts if draft.faults]
    with capsys.disabled():
        print(f"\n{len(drafts)} of {len(attempts)} answers have the form asked for; {len(rejected)} were rejected.")
    # What a small model writes differs from run to run; that it is understood, or fails by name, does not.
    ways = {attempt.failure for attempt in attempts}
    assert ways <= {None, Failure.CUT_SHORT, Failure.EMPTY, Failure.GARBLED}


async def write(writer: Writer, paper: Paper) -> Written:
    material = choose_material(paper, None, most_characters=4000)
    assert material
    return await writer.write(material, "en")


def told(paper: Paper, written: Written) -> str:
    """What came of each attempt, for a person to read."""
    lines = [f"\n{paper.id} {paper.title}"]
    for number, attempt in enumerate(written.attempts, start=1):
        if attempt.draft is None:
            lines += [
                f"  {number}. no answer ({attempt.failure}): {attempt.reason}",
                f"     it wrote: {attempt.text!r}",
            ]
            continue
        lines += [f"  {number}. {section.value}: {text}" for section, text in attempt.draft.sections]
        verdict = "; ".join(attempt.draft.faults) or "nothing against it"
        lines.append(f"     the check says ({attempt.draft.score}): {verdict}")
    return "\n".join(lines)
