"""All that is stored about a person, as a file: JSON, as docs/privacy.md describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bot.exports.export import ExportFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.rules.personal_data import PersonalRows

VERSION = 1


def personal_data_file(
    stored: PersonalRows, *, team: str, person: str, titles: Mapping[str, str], as_of: datetime
) -> ExportFile:
    """The file with what is stored about a person: by kind, each row with its columns; and the titles of its papers."""
    content = {
        "format": "paperboy-personal-data",
        "version": VERSION,
        "workspace": team,
        "person": person,
        "as_of": as_of.isoformat(timespec="seconds"),
        "cut_short": sorted(stored.cut_short),
        "data": {kind: stored.rows[kind] for kind in sorted(stored.rows)},
        "papers": titles,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return ExportFile("paperboy-my-data.json", text + "\n")
