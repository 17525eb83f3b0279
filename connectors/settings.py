"""The types that settings models share: secrets by reference, durations."""

from __future__ import annotations

import functools
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SecretStr,
    ValidationInfo,
)
from pydantic import Field as _Field

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_LONGEST = timedelta(days=3650)
"""Beyond any use, and far from where instants end: no sum of the two can be out of range."""
_DIGITS = 12
"""Of a number of seconds, minutes, hours or days that can be within it."""
_CREDENTIALS = "$CREDENTIALS_DIRECTORY/"
FROM_START = ("env:", f"file:{_CREDENTIALS}")
"""How references begin whose secrets a process has from its start: it never sees new ones."""

_DURATION = re.compile(r"(\d+)\s*([smhd])")


class Settings(BaseModel):
    """Base of every settings model: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True, slots=True)
class SecretSource:
    """
    Where references to secrets lead; the validation context of settings models.

    Without a source (`validate(..., context=None)`) references are checked for
    their form and left unread, for commands that need no access.
    """

    environ: Mapping[str, str]
    base: Path
    """Folder that relative `file:` paths start from: the configuration's own."""
    files: list[Path] = field(default_factory=list)
    """The files that secrets were read from so far."""


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is not a duration; write a whole number and a unit, for example "90m"')
    digits = match[1].lstrip("0") or "0"
    seconds = int(digits) * _UNITS[match[2]] if len(digits) <= _DIGITS else None
    if seconds is None or seconds > _LONGEST.total_seconds():
        raise ValueError(f'is too large; write "{duration_text(_LONGEST)}" or less')
    return timedelta(seconds=seconds)


def _secret(value: object, info: ValidationInfo) -> object:
    if isinstance(value, SecretStr):
        return value
    kind, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind not in {"env", "file"} or not name:
        # the value itself may be the secret: it is not repeated here
        raise ValueError(
            'is not a reference; write "env:NAME" or "file:PATH", never the secret itself'
        )
    source = info.context
    if not isinstance(source, SecretSource):
        return SecretStr("")
    secret = _from_env(name, source) if kind == "env" else _from_file(name, source)
    if not secret:
        raise ValueError(f"{kind}:{name} is empty; put the secret there")
    return SecretStr(secret)


def _from_env(name: str, source: SecretSource) -> str:
    if name not in source.environ:
        raise ValueError(f"env:{name} is not set; export {name} for the user that runs orderferry")
    return source.environ[name].strip()


def _from_file(name: str, source: SecretSource) -> str:
    try:
        path = source.base / _path(name, source.environ).expanduser()
        text = path.read_text(encoding="utf-8").strip()
    except RuntimeError:
        raise ValueError(
            f"file:{name} cannot be read (there is no such user); correct the path"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(
            f"file:{name} cannot be read ({why}); correct the path or its mode"
        ) from None
    source.files.append(path)
    return text


def _path(name: str, environ: Mapping[str, str]) -> Path:
    """
    Returns the path of a `file:` reference.

    It may begin with the folder that systemd (LoadCredential=) puts a service's
    credentials into; that changes with the service, so it cannot be written out.
    """
    if not name.startswith(_CREDENTIALS):
        return Path(name)
    folder = environ.get(_CREDENTIALS[1:-1])
    if not folder:
        raise ValueError(
            f"file:{name} cannot be read ({_CREDENTIALS[1:-1]} is not set); systemd sets it for a"
            " service with LoadCredential=, elsewhere export it: the folder that holds the secrets"
        )
    return Path(folder, name.removeprefix(_CREDENTIALS))


def duration_text(value: timedelta) -> str:
    """Returns the duration as people write it: the largest unit of which it holds two or more."""
    seconds = int(value.total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= 2 * size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration, json_schema_input_type=str),
    _Field(json_schema_extra={"type": "string", "pattern": r"^\d+\s*[smhd]$"}),
]
"""A timedelta written as text: "15s", "90m", "48h", "60d"."""


def _ca_bundle(value: str, info: ValidationInfo) -> str:
    source = info.context
    if not value or not isinstance(source, SecretSource):
        return value
    try:
        path = source.base / Path(value).expanduser()
        if not path.is_file():
            raise ValueError("is not a file; correct the path")
        found = path.stat()
        known = _certificates(str(path), found.st_mtime_ns, found.st_size)
    except RuntimeError:
        raise ValueError("cannot be read (there is no such user); correct the path") from None
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror}); correct the path or mode") from None
    if not known:
        raise ValueError(
            "holds no PEM certificate; name the file of the authority's certificate, which begins"
            " with -----BEGIN CERTIFICATE-----"
        )
    return str(path)


@functools.lru_cache(maxsize=64)  # merchants share a bundle, and a large one costs 10 ms
def _certificates(path: str, _changed_at: int, _size: int) -> int:
    """Returns how many certificates the file holds that can be used."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError:  # an OSError too, whose text is OpenSSL's own
        return 0
    return int(context.cert_store_stats()["x509"])


CaBundle = Annotated[str, AfterValidator(_ca_bundle)]
"""Path of a PEM file, relative to the configuration's folder; empty for the system's."""

Secret = Annotated[
    SecretStr,
    BeforeValidator(_secret, json_schema_input_type=str),
    _Field(json_schema_extra={"type": "string", "pattern": r"^(env|file):.+$"}),
]
"""A secret by reference: "env:NAME" or "file:PATH"."""
