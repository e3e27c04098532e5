"""JSON that was signed or frozen → a model: no key twice, no NaN, UTF-8, nothing that the model does not know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

from itsmctl.escape import visible

if TYPE_CHECKING:
    from pydantic import BaseModel

_Model = TypeVar("_Model", bound="BaseModel")


def data(content: bytes) -> Any:
    """The plain data of these bytes. Raises ValueError, in words, for whatever they are instead; never anything else.

    How many bytes there may be is the caller's to say.
    """
    try:
        text = content.decode()
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        if "\\u" in text:  # half a character beyond the first 65,536 is no text, though it can be written in JSON
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except UnicodeEncodeError:
        raise ValueError("a text in it ends in half a character") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("too many lists and mappings stand inside each other") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno} is no JSON: {error.msg}") from None


def read(content: bytes, model: type[_Model]) -> _Model:
    """The model of these bytes. Raises ValueError as `data` does."""
    from pydantic import ValidationError

    plain = data(content)
    try:
        return model.model_validate(plain, by_alias=True, by_name=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = "/".join(str(step) for step in first["loc"])
        raise ValueError(visible(f"/{where}: {first['msg'].removeprefix('Value error, ')}")) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Readers of JSON do not agree on which of two equal keys holds."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one mapping")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")
