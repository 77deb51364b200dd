"""Whether a JSON schema accepts a value: far sooner known than what is wrong with one that it does not.

It knows the keywords that Slack's schemas use, and no other. What stands beside a `$ref` is ignored, as in draft 7.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .values import Json

_Test: TypeAlias = Callable[[Any], bool]

_TYPES: Mapping[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "number": int | float}
_OF_NO_VALUE = {"$schema", "definitions"}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The values that schemas of these definitions accept; `options` narrows the alternatives of an `anyOf`.

    Each schema is read once, when it is first asked about.
    """

    definitions: Mapping[str, Json]
    options: Callable[[list[Json], Any], Sequence[Json]]
    _read: dict[int, tuple[Json, _Test]] = field(default_factory=dict)

    def accepts(self, schema: Json, value: Any) -> bool:
        """Whether it does. Raises KeyError for a keyword or type that Slack's schemas do not use."""
        known = self._read.get(id(schema))
        if known is None:
            # The schema is kept beside its test, so that no other comes to have its id.
            known = self._read[id(schema)] = schema, self._test_of(schema)
        return known[1](value)

    def _test_of(self, schema: Json) -> _Test:
        if "$ref" in schema:
            target = self.definitions[schema["$ref"].rpartition("/")[2]]
            return lambda value: self.accepts(target, value)
        tests = [self._read_keyword(schema, keyword, limit) for keyword, limit in schema.items()]
        return _all([test for test in tests if test])

    def _read_keyword(self, schema: Json, keyword: str, limit: Any) -> _Test | None:
        match keyword:
            case "type" if limit == "number":
                return lambda value: isinstance(value, _TYPES[limit]) and not isinstance(value, bool)
            case "type":
                kind = _TYPES[limit]
                return lambda value: isinstance(value, kind)
            case "const":
                return lambda value: type(value) is type(limit) and bool(value == limit)
            case "enum":
                return lambda value: any(type(value) is type(each) and value == each for each in limit)
            case "anyOf":
                return lambda value: any(self.accepts(each, value) for each in self.options(limit, value))
            case "allOf":
                return _all([self._test_of(each) for each in limit])
            case "properties":
                return _of_objects(limit, self.accepts)
            case "required":
                return lambda value: not isinstance(value, dict) or all(name in value for name in limit)
            case "additionalProperties" if limit:
                return None
            case "additionalProperties":
                known = schema["properties"].keys()
                return lambda value: not isinstance(value, dict) or value.keys() <= known
            case "items":
                return lambda value: not isinstance(value, list) or all(self.accepts(limit, each) for each in value)
            case "maxItems" | "maxLength":
                kind = list if keyword == "maxItems" else str
                return lambda value: not isinstance(value, kind) or len(value) <= limit
            case "minItems" | "minLength":
                kind = list if keyword == "minItems" else str
                return lambda value: not isinstance(value, kind) or len(value) >= limit
            case _ if keyword in _OF_NO_VALUE:
                return None
        raise KeyError(keyword)


def _all(tests: Sequence[_Test]) -> _Test:
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _of_objects(properties: Mapping[str, Json], accepts: Callable[[Json, Any], bool]) -> _Test:
    def are_accepted(value: Any) -> bool:
        if isinstance(value, dict):
            for name, given in value.items():
                if name in properties and not accepts(properties[name], given):
                    return False
        return True

    return are_accepted
