"""`paperboy …`, and `python -m bot …` as well."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def main() -> None:
    """Do what the command line says."""
    gc.disable()  # before the rest is loaded: none of it is garbage, and looking for that takes a sixth of the start
    # structlog and httpx load them where they are, for tracebacks and a command line that nobody sees here.
    with _absent("rich", "pygments"):
        from bot.cli.main import load_commands
        from bot.cli.main import main as do

        load_commands()

    gc.freeze()  # nor is any of it looked at later
    gc.enable()
    do()


@contextmanager
def _absent(*modules: str) -> Iterator[None]:
    """Importing one of these fails for now, unless it was loaded before (docs.python.org, "The module cache")."""
    missing = [module for module in modules if module not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None is what stands for "cannot be imported"
    try:
        yield
    finally:
        for module in missing:
            del sys.modules[module]


if __name__ == "__main__":
    main()
