"""The morning `make demo` plays."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from tests.model_server import ScriptedModel
from tests.outside import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# What other programs and other networks are set up with; nobody answers at port 9.
FOREIGN = {
    "LOG_LEVEL": "trace",
    "LOG_FORMAT": "pretty",
    "PORT": "tcp://10.0.0.1:80",
    "HOST": "ana's laptop",
    "DATABASE_URL": "postgres://ana:secret@db/app",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "NO_PROXY": "localhost,::1,[::1],fd07:b51a:cc66:f0::/64",
    "SSL_CERT_FILE": "/nowhere.pem",
    "SSL_CERT_DIR": "/nowhere",
}


async def test_it_plays_to_its_end_and_with_nothing_that_is_set_for_anything_else(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    async with ScriptedModel.open() as model:
        ours = {
            "LLM_PROVIDER": "openai",
            "LLM_BASE_URL": f"{model.url}/v1",
            "LLM_MODEL": "costly",
            "PAPERBOY_CHANNEL": "C0000000001",
            "SLACK_SIGNING_SECRET": "“secret”",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "demo"),
            cwd=tmp_path,
            env={**os.environ, **FOREIGN, **ours, "PYTHONPATH": str(ROOT)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        told, complaint = await process.communicate()
    assert (process.returncode, complaint.decode()) == (0, "")
    assert "Nothing is ever posted twice" in told.decode()
    # Piped, a sentence is one line, however long.
    assert (
        "That was the real bot in a simulated Slack. To install it in your own Slack, see README.md.\n" in told.decode()
    )
    assert model.asked == []
