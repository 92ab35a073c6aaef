"""What the press and its child say to each other: length, then one MessagePack message."""

import struct
from collections.abc import Callable
from datetime import date
from typing import Final

import msgspec

from infrastructure.documents.errors import Cause

_LENGTH: Final = struct.Struct(">I")
FRAME_LIMIT: Final = 32 * 1024 * 1024


class Isolation(msgspec.Struct, frozen=True):
    """How far the child is shut away on this machine, as reached, not as wished."""

    network: str
    """`namespace` (the kernel knows no way out) or `audit hook` (Python refuses sockets)."""
    account: str
    """The account that lays letters out, and why when it is root."""
    memory_mb: int
    cpu_seconds_per_letter: int
    guarded_calls: bool
    """Sockets, new processes and files outside the package are refused inside Python."""


class PressReport(msgspec.Struct, frozen=True):
    """What prints the letters here. `edition` changes when the same letter may get other bytes."""

    weasyprint: str
    pango: str
    harfbuzz_subset: bool
    edition: str
    isolation: Isolation
    warnings: tuple[str, ...]


class Job(msgspec.Struct, frozen=True, tag="job"):
    """One letter to lay out."""

    html: str
    title: str
    language: str
    on: date


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child has warmed up."""

    report: PressReport


class Missing(msgspec.Struct, frozen=True, tag="missing"):
    """The child cannot load a system library."""

    reason: str


class Printed(msgspec.Struct, frozen=True, tag="printed"):
    """The finished letter."""

    pdf: bytes


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The letter cannot be printed. Detail never holds a word of the letter."""

    cause: Cause
    detail: str = ""
    dying: bool = False
    """The child ends with this answer."""


Answer = Ready | Missing | Printed | Failed

_encoder: Final = msgspec.msgpack.Encoder()
job_decoder: Final = msgspec.msgpack.Decoder(Job)
answer_decoder: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer)


def framed(message: Job | Answer) -> bytes:
    """Return the message with its length in front."""
    body = _encoder.encode(message)
    return _LENGTH.pack(len(body)) + body


def read_frame(read: Callable[[int], bytes]) -> bytes | None:
    """Return the next message's bytes, or nothing when the other side has gone."""
    head = _exactly(read, _LENGTH.size)
    if head is None:
        return None
    (length,) = _LENGTH.unpack(head)
    return None if length > FRAME_LIMIT else _exactly(read, length)


def _exactly(read: Callable[[int], bytes], size: int) -> bytes | None:
    parts = bytearray()
    while len(parts) < size:
        part = read(min(size - len(parts), 1 << 20))
        if not part:
            return None
        parts += part
    return bytes(parts)
