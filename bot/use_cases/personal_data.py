"""People's data: they see how much it is, take it along, have it erased."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.clock import Clock
    from bot.exports.export import ExportFile
    from bot.open_requests import OpenRequests
    from bot.rules.personal_data import DataKind, PersonalRows
    from bot.rules.requests import Request
    from bot.slack.profiles import Profiles
    from bot.store import Papers, PersonalData

_PAPERS_AT_ONCE = 500
# What somebody asked for a moment before they are erased has so long to end.
_OTHERS_END_WITHIN = 30.0
_LOOKED_EVERY = 0.5


@dataclass(frozen=True, slots=True)
class PersonalDataActions:
    """Counts, collects, and erases what is stored about a person."""

    personal_data: PersonalData
    papers: Papers
    profiles: Profiles
    requests: OpenRequests
    clock: Clock

    async def counts(self, team: str, person: str) -> Mapping[DataKind, int]:
        """The amount of what is stored about a person, by kind. Raises `StoreError`."""
        return await self.personal_data.counts(team, person)

    async def collect(self, team: str, person: str) -> tuple[ExportFile, PersonalRows]:
        """The file with all that is stored about a person. Raises `StoreError`."""
        stored = await self.personal_data.rows(team, person)
        ids = sorted({str(row["paper"]) for rows in stored.rows.values() for row in rows if row.get("paper")})
        titles: dict[str, str] = {}
        for start in range(0, len(ids), _PAPERS_AT_ONCE):
            known = await self.papers.known(ids[start : start + _PAPERS_AT_ONCE])
            titles |= {paper_id: paper.title for paper_id, paper in known.items()}
        # Loaded for whoever asks, not at every start.
        from bot.exports.personal_data import personal_data_file

        file = personal_data_file(stored, team=team, person=person, titles=titles, as_of=self.clock.now())
        return file, stored

    async def erase(self, request: Request, *, at: datetime) -> Mapping[DataKind, int]:
        """Erase what was stored about whoever made a request until a moment; how much that was.

        Begun again after the process ended, it goes on, and gives the same. Raises `StoreError`.
        """
        team, person = request.team, request.person
        erasure = await self.personal_data.begin_erasure(team, person, at=at)
        until = self.clock.monotonic() + _OTHERS_END_WITHIN
        while self.clock.monotonic() < until and await self.requests.has_others_under_way(request):
            await self.clock.sleep(_LOOKED_EVERY)
        await self.personal_data.erase(team, person, erasure)
        self.profiles.forget(team, person)
        return erasure.counts

    async def end(self, request: Request) -> None:
        """Delete the request to be erased, once whoever made it was told. Raises `StoreError`."""
        await self.personal_data.end_request(request.team, request.person)
