"""Whether a JSON schema accepts a value: far sooner known than what is wrong with one that it does not.

It knows the keywords that Slack's schemas use, and no other. What stands beside a `$ref` is ignored, as in draft 7.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .values import Json

_TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": int | float}

_OF_OTHER_VALUES = {
    *("$schema", "definitions", "properties", "required", "additionalProperties", "items"),
    *("maxItems", "minItems", "maxLength", "minLength"),
}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The values that schemas of these definitions accept; `options` narrows the alternatives of an `anyOf`."""

    definitions: Mapping[str, Json]
    options: Callable[[list[Json], Any], Sequence[Json]]

    def accepts(self, schema: Json, value: Any) -> bool:
        """Whether it does. Raises KeyError for a keyword or type that Slack's schemas do not use."""
        if "$ref" in schema:
            return self.accepts(self.definitions[schema["$ref"].rpartition("/")[2]], value)
        return all(self._meets(schema, keyword, limit, value) for keyword, limit in schema.items())

    def _meets(self, schema: Json, keyword: str, limit: Any, value: Any) -> bool:
        match keyword, value:
            case "type", _:
                return isinstance(value, _TYPES[limit]) and (limit != "number" or not isinstance(value, bool))
            case "const", _:
                return type(value) is type(limit) and bool(value == limit)
            case "enum", _:
                return any(type(value) is type(each) and value == each for each in limit)
            case "anyOf", _:
                return any(self.accepts(each, value) for each in self.options(limit, value))
            case "allOf", _:
                return all(self.accepts(each, value) for each in limit)
            case "properties", dict():
                return all(self.accepts(each, value[name]) for name, each in limit.items() if name in value)
            case "required", dict():
                return all(name in value for name in limit)
            case "additionalProperties", dict():
                return bool(limit) or all(name in schema["properties"] for name in value)
            case "items", list():
                return all(self.accepts(limit, each) for each in value)
            case ("maxItems", list()) | ("maxLength", str()):
                return bool(len(value) <= limit)
            case ("minItems", list()) | ("minLength", str()):
                return bool(len(value) >= limit)
        if keyword not in _OF_OTHER_VALUES:
            raise KeyError(keyword)
        return True
