"""The validation of blocks and views, with Slack's own error messages.

`blocks.schema.json` and `views.schema.json` are generated from Slack's type package @slack/types 3.2.0, with the limits
its reference documents (docs.slack.dev, reference/block-kit). The remaining limits stand below.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from importlib.resources import files
from typing import Any, Literal
from urllib.parse import urlsplit

from jsonschema import Draft7Validator, ValidationError, validators

from .acceptance import Acceptance
from .errors import RefusalError
from .values import Json

Surface = Literal["message", "home", "modal"]

REFUSED_TYPES: dict[Surface, frozenset[str]] = {
    "message": frozenset({"alert", "file"}),
    "home": frozenset({"alert", "context_actions", "file", "markdown", "plan", "task_card"}),
    "modal": frozenset({"file", "markdown"}),
}
MARKDOWN_TOTAL = 12_000
IMAGE_URL = 3_000
TEXT = 40_000
VIEW_BYTES = 250_000
"""The size of a view that is refused with view_too_large (docs.slack.dev, views.publish)."""
MESSAGE_TOTAL = 13_200
"""Nowhere documented: the summed text at which chat.postMessage was seen to refuse (slackapi/bolt-js#2509)."""

_ARTICLES = {"object": "an object", "array": "an array", "integer": "an integer"}


def check_message_blocks(blocks: Any, can_load: Callable[[str], bool], not_yet: Collection[str] = ()) -> None:
    """Refuse blocks that Slack refuses in a message.

    `can_load` says whether Slack could fetch an image from its address; `not_yet` are types of blocks that this
    workspace was not given yet. Raises RefusalError `invalid_blocks` with a
    pointer to every fault, or `msg_blocks_too_long`.
    """
    # The further limits presuppose what the schema asserts.
    problems = (
        [*_schema_problems("message", blocks, "/blocks")]
        or [*_unsupported(blocks, "/blocks", not_yet)]
        or [*_message_problems(blocks, can_load)]
    )
    if problems:
        raise RefusalError("invalid_blocks", messages=dict.fromkeys(problems))
    if readable_length(blocks) > MESSAGE_TOTAL:
        raise RefusalError("msg_blocks_too_long")


def check_view(view: Any, surface: Literal["home", "modal"], can_load: Callable[[str], bool]) -> None:
    """Refuse what Slack does not show as a Home tab or modal.

    Raises RefusalError `invalid_arguments` with pointers, or `view_too_large`.
    """
    if not isinstance(view, dict):
        raise RefusalError("invalid_arguments", messages=[_problem("must provide an object", "/view")])
    problems = [*_schema_problems(surface, view, "/view")]
    if not problems:
        problems = [*_further_problems(view["blocks"], "/view/blocks", surface, can_load)]
        if surface == "modal" and "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
            problems.append(_problem("missing required field: submit", "/view"))
    if problems:
        raise RefusalError("invalid_arguments", messages=dict.fromkeys(problems))
    if len(json.dumps(view, separators=(",", ":"))) > VIEW_BYTES:
        raise RefusalError("view_too_large")


def message_problems(blocks: Sequence[Json]) -> tuple[str, ...]:
    """The errors of Slack for a message's blocks, in its words; empty when there are none. No image is asked for."""
    return _refused(lambda: check_message_blocks(list(blocks), lambda _: True))


def view_problems(view: Json, surface: Literal["home", "modal"]) -> tuple[str, ...]:
    """The errors of Slack for a Home tab or modal, in its words; empty when there are none. No image is asked for."""
    return _refused(lambda: check_view(view, surface, lambda _: True))


def _refused(check: Callable[[], None]) -> tuple[str, ...]:
    try:
        check()
    except RefusalError as refusal:
        return refusal.messages or (refusal.error,)
    return ()


def with_ids(blocks: Sequence[Json], next_id: Callable[[], str]) -> tuple[Json, ...]:
    """The blocks as Slack keeps them: each block and each interactive element with an id."""
    return tuple(
        _element_with_id({**block, "block_id": block.get("block_id") or next_id()}, next_id) for block in blocks
    )


def elements(blocks: Iterable[Json]) -> Iterator[tuple[Json, Json]]:
    """Every interactive element with the block it stands in."""
    for block in blocks:
        for element in _interactive(block):
            yield block, element


def readable_length(part: Any) -> int:
    """The number of characters of text in blocks, as far as Slack is known to count them."""
    if isinstance(part, dict):
        return sum(
            len(value) if name in ("text", "alt_text", "title") and isinstance(value, str) else readable_length(value)
            for name, value in part.items()
        )
    return sum(map(readable_length, part)) if isinstance(part, list | tuple) else 0


def _problem(words: str, pointer: str) -> str:
    return f"[ERROR] {words} [json-pointer:{pointer}]"


def _unsupported(blocks: Iterable[Json], root: str, types: Collection[str]) -> Iterator[str]:
    for index, block in enumerate(blocks):
        if block["type"] in types:
            yield _problem(f"unsupported type: {block['type']}", f"{root}/{index}/type")


def _message_problems(blocks: list[Json], can_load: Callable[[str], bool]) -> Iterator[str]:
    yield from _further_problems(blocks, "/blocks", "message", can_load)
    tables = [index for index, block in enumerate(blocks) if block["type"] == "table"]
    yield from (_problem("only one table is allowed", f"/blocks/{index}") for index in tables[1:])
    if sum(len(block["text"]) for block in blocks if block["type"] == "markdown") > MARKDOWN_TOTAL:
        yield _problem(f"markdown must be less than {MARKDOWN_TOTAL + 1} characters in all", "/blocks")


def _further_problems(
    blocks: list[Json], root: str, surface: Surface, can_load: Callable[[str], bool]
) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        pointer = f"{root}/{index}"
        if block["type"] in REFUSED_TYPES[surface]:
            yield _problem(f"unsupported type: {block['type']}", f"{pointer}/type")
        if (block_id := block.get("block_id")) in seen:
            yield _problem(f"block_id {block_id!r} already exists", f"{pointer}/block_id")
        if block_id:
            seen.add(block_id)
        actions = [each["action_id"] for each in _interactive(block) if each.get("action_id")]
        for action in sorted({action for action in actions if actions.count(action) > 1}):
            yield _problem(f"action_id {action!r} already exists in this block", pointer)
        for where, address in _images(block, pointer):
            if len(address) > IMAGE_URL:
                yield _problem(f"must be less than {IMAGE_URL + 1} characters", where)
            elif not _is_public(address) or not can_load(address):
                yield _problem("downloading image failed", where)


def _images(part: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "image_url" and isinstance(value, str):
                yield f"{pointer}/{name}", value
            else:
                yield from _images(value, f"{pointer}/{name}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from _images(value, f"{pointer}/{index}")


def _is_public(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme in ("http", "https") and "." in host and not host.startswith("127.")


def _interactive(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        if part.get("type") in _INTERACTIVE_TYPES:
            yield part
        for name in ("accessory", "element", "elements", "actions"):
            yield from _interactive(part.get(name))
    elif isinstance(part, list):
        for each in part:
            yield from _interactive(each)


def _element_with_id(part: Any, next_id: Callable[[], str]) -> Any:
    if isinstance(part, dict):
        filled = {
            name: _element_with_id(value, next_id) if name in ("accessory", "element", "elements", "actions") else value
            for name, value in part.items()
        }
        if part.get("type") in _INTERACTIVE_TYPES:
            filled["action_id"] = part.get("action_id") or next_id()
        return filled
    return [_element_with_id(each, next_id) for each in part] if isinstance(part, list) else part


def _schema_problems(schema: str, instance: Any, root: str) -> Iterator[str]:
    validator, accepts = _CHECKS[schema]
    if accepts(instance):
        return
    for error in validator.iter_errors(json.loads(json.dumps(instance))):
        pointer = root + "".join(f"/{step}" for step in error.absolute_path)
        yield from (_problem(words, pointer + below) for words, below in _in_slacks_words(error))


def _in_slacks_words(error: ValidationError) -> Iterator[tuple[str, str]]:
    limit: Any = error.validator_value
    given: Any = error.instance
    match error.validator:
        case "maxLength":
            yield f"must be less than {limit + 1} characters", ""
        case "minLength":
            yield f"must be more than {limit - 1} characters", ""
        case "maxItems":
            yield f"no more than {limit} items allowed", ""
        case "minItems":
            yield f"no less than {limit} items allowed", ""
        case "type":
            yield f"must provide {_ARTICLES.get(limit, f'a {limit}')}", ""
        case "additionalProperties":
            known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
            yield from ((f"invalid additional property: {name}", "") for name in given if name not in known)
        case "required":
            yield from ((f"missing required field: {name}", "") for name in limit if name not in given)
        case "anyOf":
            yield error.message, "/type" if error.message.startswith("unsupported") else ""
        case _:
            yield "must be a valid enum value", ""


def _load(name: str) -> Json:
    schema: Json = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    if "AnyBlock" in schema["definitions"]:
        # @slack/types leaves room for blocks it does not know; Slack itself refuses them.
        schema["definitions"]["AnyBlock"] = {"$ref": "#/definitions/KnownBlock"}
    return schema


def _checks(schema: Json, root: str) -> tuple[Any, Callable[[Any], bool]]:
    """A validator that, among alternatives, follows the one whose `type` is the instance's, and whether it is content.

    The latter is known far sooner than what is wrong, which with most of what is sent is nothing.
    """
    definitions: Json = schema["definitions"]
    known: dict[int, tuple[list[Json], dict[str | None, list[Json]] | None]] = {}

    def flatten(branches: Iterable[Json]) -> Iterator[Json]:
        for branch in branches:
            found = definitions[branch["$ref"].rpartition("/")[2]] if "$ref" in branch else branch
            if "anyOf" in found and "properties" not in found:
                yield from flatten(found["anyOf"])
            else:
                yield found

    def options_for(branches: list[Json], instance: Any) -> Sequence[Json]:
        if id(branches) not in known:
            options = [*flatten(branches)]
            by_type: dict[str | None, list[Json]] = {}
            for option in options:
                by_type.setdefault(option.get("properties", {}).get("type", {}).get("const"), []).append(option)
            are_told_apart = all("type" in option.get("properties", {}) for option in options)
            known[id(branches)] = options, by_type if are_told_apart else None
        options, told_apart = known[id(branches)]
        if told_apart is None or not isinstance(instance, dict):
            return options
        wanted = instance.get("type")
        return told_apart.get(wanted, ()) if isinstance(wanted, str | None) else ()

    def any_of(validator: Any, branches: list[Json], instance: Any, schema: Json) -> Iterator[ValidationError]:
        options = options_for(branches, instance)
        if not options:
            yield ValidationError(f"unsupported type: {instance.get('type')}")
            return
        attempts: list[list[ValidationError]] = []
        for option in options:
            attempts.append(list(validator.descend(instance, option)))
            if not attempts[-1]:
                return
        if len(attempts) > 1 and all(set(option) == {"required"} for option in options):
            yield ValidationError("missing required field: " + " or ".join(option["required"][0] for option in options))
        else:
            yield from min(attempts, key=len)

    extend: Any = validators.extend
    tailored = extend(Draft7Validator, {"anyOf": any_of})
    wanted = {"$ref": f"#/definitions/{root}"}
    return tailored({**schema, **wanted}), partial(Acceptance(definitions, options_for).accepts, wanted)


def _interactive_types(schema: Json) -> frozenset[str]:
    return frozenset(
        definition["properties"]["type"]["const"]
        for definition in schema["definitions"].values()
        if "action_id" in definition.get("properties", {})
    )


_CHECKS = {
    "message": _checks(_load("blocks.schema.json"), "Blocks"),
    "home": _checks(_load("views.schema.json"), "HomeView"),
    "modal": _checks(_load("views.schema.json"), "ModalView"),
}
_INTERACTIVE_TYPES = _interactive_types(_load("views.schema.json"))
