"""Views: each person's Home tab and stack of modals."""

from collections.abc import Callable
from dataclasses import replace
from itertools import chain, count
from typing import Any, Literal

from .blocks import check_view, with_ids
from .changes import Changes, WorkspaceChange
from .errors import MisuseError, RefusalError
from .faults import Faults
from .installation import InstalledApp
from .values import Json, View

STACK_LIMIT = 3


class Views:
    """One Home tab and one stack of modals a person (docs.slack.dev, surfaces/modals)."""

    def __init__(self, app: InstalledApp, changes: Changes, faults: Faults, next_id: Callable[[], str]) -> None:
        self._app = app
        self._changes = changes
        self._faults = faults
        self._next_id = next_id
        self._number = count(1)
        self._homes: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}

    def home(self, person: str) -> View | None:
        """The Home tab last published for this person."""
        return self._homes.get(person)

    def modals(self, person: str) -> list[View]:
        """The modals open before this person, the one on top last."""
        return list(self._stacks.get(person, ()))

    def knows(self, view: str) -> bool:
        """Whether a Home tab or an open modal has this ID."""
        return any(each.id == view for each in (*self._homes.values(), *chain(*self._stacks.values())))

    def publish(self, person: str, content: Any, expected_hash: str | None) -> View:
        """Show a Home tab. Raises RefusalError not_enabled, hash_conflict, invalid_arguments."""
        if not self._app.home_tab:
            raise RefusalError("not_enabled")
        before = self._homes.get(person)
        if expected_hash and before and before.hash != expected_hash:
            raise RefusalError("hash_conflict")
        checked = self._check(content, "home")
        view = replace(before, content=checked, hash=self._hash()) if before else self._new("home", person, checked)
        self._homes[person] = view
        self._changes.announce(WorkspaceChange("home", person=person))
        return view

    def open(self, person: str, content: Any) -> View:
        """Open a modal in place of any other."""
        view = self._new("modal", person, self._check(content, "modal"))
        return self._show(person, [view])

    def push(self, person: str, content: Any) -> View:
        """Lay a modal over the one open. Raises RefusalError push_limit_reached, view_not_found."""
        stack = self._stacks.get(person, [])
        if not stack:
            raise RefusalError("view_not_found")
        if len(stack) >= STACK_LIMIT:
            raise RefusalError("push_limit_reached")
        view = self._new("modal", person, self._check(content, "modal"))
        view = replace(view, root_view_id=stack[0].id, previous_view_id=stack[-1].id)
        return self._show(person, [*stack, view])

    def update(self, view: View, content: Any, expected_hash: str | None = None) -> View:
        """Put other content into an open modal. Raises RefusalError hash_conflict."""
        if expected_hash and expected_hash != view.hash:
            raise RefusalError("hash_conflict")
        changed = replace(view, content=self._check(content, "modal"), hash=self._hash())
        stack = self._stacks[view.person]
        return self._show(view.person, [changed if each.id == view.id else each for each in stack], changed)

    def find(self, *, view_id: str | None = None, external_id: str | None = None) -> View:
        """An open modal; RefusalError not_found."""
        for stack in self._stacks.values():
            for view in stack:
                if view.id == view_id or (external_id and view.content.get("external_id") == external_id):
                    return view
        raise RefusalError("not_found")

    def current(self, view: View) -> View:
        """The view as it is shown now; MisuseError when it is gone."""
        shown = [self._homes.get(view.person)] if view.kind == "home" else self.modals(view.person)
        for each in shown:
            if each is not None and each.id == view.id:
                return each
        raise MisuseError(f"the view {view.id} is no longer open")

    def close(self, person: str, *, everything: bool = False) -> None:
        """Close the modal on top, or all of them."""
        stack = self._stacks.get(person, [])
        self._stacks[person] = [] if everything else stack[:-1]
        self._changes.announce(WorkspaceChange("modal", person=person))

    def payload(self, view: View, state: Json | None = None) -> Json:
        """The view as the bot is told of it."""
        return {
            "id": view.id,
            "team_id": self._app.team_id,
            "type": view.kind,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "title": {"type": "plain_text", "text": "View Title", "emoji": True},
            "close": None,
            "submit": None,
            "clear_on_close": False,
            "notify_on_close": False,
            **view.content,
            "state": state or {"values": {}},
            "hash": view.hash,
            "previous_view_id": view.previous_view_id,
            "root_view_id": view.root_view_id,
            "app_id": self._app.app_id,
            "app_installed_team_id": self._app.team_id,
            "bot_id": self._app.bot_id,
        }

    def _check(self, content: Any, surface: Literal["home", "modal"]) -> Json:
        check_view(content, surface, self._faults.image_gate())
        return {**content, "blocks": list(with_ids(content["blocks"], self._next_id))}

    def _new(self, kind: Literal["home", "modal"], person: str, content: Json) -> View:
        view_id = f"V{next(self._number):010d}"
        return View(view_id, kind, person, content, self._hash(), root_view_id=view_id)

    def _show(self, person: str, stack: list[View], view: View | None = None) -> View:
        self._stacks[person] = stack
        self._changes.announce(WorkspaceChange("modal", person=person))
        return view or stack[-1]

    def _hash(self) -> str:
        return f"{next(self._number):010d}.hash"
