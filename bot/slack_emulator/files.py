"""The files of the workspace: uploaded to an address of their own, completed, and shared in conversations."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from .errors import RefusalError
from .installation import InstalledApp
from .values import Json, SlackFile
from .workspace import WorkspaceState

UPLOAD_LIFE = timedelta(minutes=15)
"""How long bytes may be sent to an address for uploads. Slack says only that it expires."""
LARGEST = 1024**3
"""A gigabyte (docs.slack.dev, working with files)."""
LARGEST_SNIPPET = 1024**2
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class _Upload:
    """A file that was announced: its length, until when its bytes are taken, and the bytes once they have come."""

    file_id: str
    name: str
    length: int
    until: datetime
    content: bytes | None = None


class Files:
    """Announced uploads and files. `base` is the server's address, at which files are sent and fetched."""

    def __init__(self, workspace: WorkspaceState, now: Callable[[], datetime], base: Callable[[], str]) -> None:
        self._workspace = workspace
        self._now = now
        self._base = base
        self._uploads: dict[str, _Upload] = {}
        self._files: dict[str, SlackFile] = {}

    @property
    def all(self) -> list[SlackFile]:
        """Every file, oldest first."""
        return [*self._files.values()]

    def announce(self, name: str, length: int) -> tuple[str, str]:
        """Announce a file of so many bytes; where these are to be sent, and the file's ID."""
        file_id = self._next_id()
        self._uploads[file_id] = _Upload(file_id, name, length, self._now() + UPLOAD_LIFE)
        return f"{self._base()}/upload/v1/{self._workspace.app.team_id}/{file_id}-{'u' * 32}", file_id

    def receive(self, upload: str, content: bytes) -> None:
        """Take the bytes of an announced file. Raises RefusalError, with status 404 or 400, where nothing is kept."""
        announced = self._uploads.get(upload.partition("-")[0])
        if announced is None or self._now() > announced.until:
            raise RefusalError("upload_expired", status=404)
        if len(content) != announced.length:
            raise RefusalError("length_mismatch", status=400)
        self._uploads[announced.file_id] = replace(announced, content=content)

    def complete(self, file_id: str, title: str | None, app: InstalledApp) -> SlackFile:
        """Make a file of an upload. Raises RefusalError file_not_found without its bytes, and for what is none."""
        uploaded = self._uploads.get(file_id)
        if uploaded is None or uploaded.content is None:
            raise RefusalError("file_not_found")
        del self._uploads[file_id]
        return self._keep(file_id, uploaded.name, title or uploaded.name, uploaded.content, app.bot_user_id)

    def add(self, name: str, content: bytes, person: str) -> SlackFile:
        """A file that somebody adds."""
        return self._keep(self._next_id(), name, name, content, person)

    def find(self, file_id: str) -> SlackFile:
        """The file with this ID; RefusalError file_not_found."""
        if file_id not in self._files:
            raise RefusalError("file_not_found")
        return self._files[file_id]

    def snapshot(self, file: SlackFile) -> Json:
        """The file as messages and answers show it (docs.slack.dev, file object)."""
        app = self._workspace.app
        address = f"{self._base()}/files-pri/{app.team_id}-{file.id}"
        name = quote(_UNSAFE.sub("_", file.name).lower())
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": "text/plain",
            "filetype": "text",
            "pretty_type": "Plain Text",
            "user": file.user,
            "user_team": app.team_id,
            "editable": False,
            "size": len(file.content),
            "mode": "hosted",
            "is_external": False,
            "is_public": False,
            "url_private": f"{address}/{name}",
            "url_private_download": f"{address}/download/{name}",
            "permalink": f"https://{app.domain}.slack.com/files/{file.user}/{file.id}/{name}",
            "file_access": "visible",
        }

    def fetch(self, place: str) -> SlackFile:
        """The file at an address of one, `team-file`, that the bot may see; RefusalError file_not_found."""
        file = self.find(place.partition("-")[2])
        shared = (channel for channel in self._workspace.channels if self._is_shared(file, channel))
        if not any(self._workspace.has_bot(channel) for channel in shared):
            raise RefusalError("file_not_found", status=404)
        return file

    def _is_shared(self, file: SlackFile, channel: str) -> bool:
        return any(file.id == each["id"] for message in self._workspace.messages(channel) for each in message.files)

    def _keep(self, file_id: str, name: str, title: str, content: bytes, user: str) -> SlackFile:
        file = SlackFile(file_id, name, title, content, user, int(self._now().timestamp()))
        self._files[file_id] = file
        return file

    def _next_id(self) -> str:
        return f"F{self._workspace.next_number():010d}"
