"""Whether a value fits a JSON schema of draft 7, fast: told without saying what is wrong with one that does not.

A schema is turned into functions once. jsonschema, which finds the words, looks up every reference and every keyword
anew for each value.
"""

from collections.abc import Callable, Iterator
from typing import Any

from .values import Json

Check = Callable[[Any], bool]

_SAYS_NOTHING = frozenset({"$schema", "additionalProperties", "definitions", "description"})


def compiled(schema: Json) -> Check:
    """The check of a schema that uses the keywords below alone; any other is a KeyError.

    Constants are texts, and among alternatives for an object that each name their `type` only those of its own count.
    """
    definitions: Json = schema["definitions"]
    named: dict[str, Check] = {}

    def check(part: Json) -> Check:
        if "$ref" in part:  # what stands beside a reference counts for nothing
            name: str = part["$ref"].rpartition("/")[2]
            return lambda given: named[name](given)
        checks = tuple(checks_in(part))
        return checks[0] if len(checks) == 1 else lambda given: _fits_all(checks, given)

    def checks_in(part: Json) -> Iterator[Check]:
        if "properties" in part or "additionalProperties" in part:
            properties = {name: check(inner) for name, inner in part.get("properties", {}).items()}
            others = part.get("additionalProperties", True)
            yield _members(properties, check(others) if isinstance(others, dict) else None, allowed=others is not False)
        for keyword in part.keys() - _SAYS_NOTHING - {"properties"}:
            limit = part[keyword]
            if keyword == "items":
                yield _items(check(limit))
            elif keyword == "allOf":
                yield from map(check, limit)
            elif keyword == "anyOf":
                yield _any_of(limit, definitions, check)
            else:
                yield _SIMPLE[keyword](limit)

    named.update((name, check(part)) for name, part in definitions.items())
    return check(schema)


def _fits_all(checks: tuple[Check, ...], given: Any) -> bool:
    for check in checks:  # noqa: SIM110 - a generator for each value would take as long as the checks
        if not check(given):
            return False
    return True


def _members(properties: dict[str, Check], others: Check | None, *, allowed: bool) -> Check:
    def check(given: Any) -> bool:
        if not isinstance(given, dict):
            return True
        for name, value in given.items():
            inner = properties.get(name, others)
            if inner is not None and not inner(value):
                return False
            if not allowed and name not in properties:
                return False
        return True

    return check


def _items(inner: Check) -> Check:
    return lambda given: not isinstance(given, list) or all(map(inner, given))


def flattened(branches: list[Json], definitions: Json) -> Iterator[Json]:
    """Alternatives with what they refer to, those among alternatives included."""
    for branch in branches:
        found = definitions[branch["$ref"].rpartition("/")[2]] if "$ref" in branch else branch
        if "anyOf" in found and "properties" not in found:
            yield from flattened(found["anyOf"], definitions)
        else:
            yield found


def _any_of(branches: list[Json], definitions: Json, check: Callable[[Json], Check]) -> Check:
    options: list[tuple[Any, Check]] = []
    named = all("type" in option.get("properties", {}) for option in flattened(branches, definitions))

    def fits(given: Any) -> bool:
        if not options:  # only now, as what refers to itself has no end before
            for option in flattened(branches, definitions):
                kind = option["properties"]["type"].get("const") if named else None
                options.append((kind, check(option)))
        if named and isinstance(given, dict):
            wanted = given.get("type")
            return any(inner(given) for kind, inner in options if kind == wanted)
        return any(inner(given) for _, inner in options)

    return fits


def _type(name: str) -> Check:
    if name == "number":
        return lambda given: isinstance(given, int | float) and not isinstance(given, bool)
    kind = {"string": str, "array": list, "object": dict, "boolean": bool}[name]
    return lambda given: isinstance(given, kind)


_SIMPLE: dict[str, Callable[[Any], Check]] = {
    "type": _type,
    "const": lambda limit: lambda given: given == limit,
    "enum": lambda limit: lambda given: given in limit,
    "required": lambda limit: lambda given: not isinstance(given, dict) or all(name in given for name in limit),
    "maxLength": lambda limit: lambda given: not isinstance(given, str) or len(given) <= limit,
    "minLength": lambda limit: lambda given: not isinstance(given, str) or len(given) >= limit,
    "maxItems": lambda limit: lambda given: not isinstance(given, list) or len(given) <= limit,
    "minItems": lambda limit: lambda given: not isinstance(given, list) or len(given) >= limit,
}
