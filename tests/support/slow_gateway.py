"""A gateway that takes every text after two milliseconds, in a process of its own.

python -m tests.support.slow_gateway    prints its port, and serves until it is ended
"""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

SECONDS: Final = 0.002
_HEAD: Final = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: "
_NUMBERS: Final = itertools.count(1)


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            await asyncio.sleep(SECONDS)
            body = b'{"sid":"SM%032d","status":"queued"}' % next(_NUMBERS)
            writer.write(_HEAD + str(len(body)).encode() + b"\r\n\r\n" + body)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def slow_gateway() -> Iterator[int]:
    """Run it, and return its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.slow_gateway"],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_main())
