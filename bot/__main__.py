"""`paperboy …`, and `python -m bot …` as well."""

from __future__ import annotations

import gc


def main() -> None:
    """Do what the command line says."""
    gc.disable()  # before the rest is loaded: none of it is garbage, and looking for that takes a sixth of the start
    from bot.cli.main import main as do

    gc.enable()
    do()


if __name__ == "__main__":
    main()
