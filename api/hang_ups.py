"""Clients that hang up: a question nobody waits for any more is asked of PostgreSQL no longer."""

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_QUESTIONS: Final = frozenset({"GET", "HEAD"})
_NOBODY_THERE: Final = 499  # no code of HTTP's own: what logs and numbers call a client that left


class HangUps:
    """Cancel a query with its client.

    The cancellation reaches the statement: psycopg asks the server to end it, and the connection is
    back in the pool at once. A command is never cut off half-way: it commits or it is refused, and
    the same Idempotency-Key asks for its answer again.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a question while somebody listens."""
        if scope["type"] != "http" or scope["method"] not in _QUESTIONS:
            await self._app(scope, receive, send)
            return
        heard: asyncio.Queue[Message] = asyncio.Queue()
        answer = asyncio.ensure_future(self._app(scope, heard.get, send))
        listening = asyncio.ensure_future(_listen(receive, heard))
        try:
            await asyncio.wait({answer, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                answer.cancel()
                with suppress(asyncio.CancelledError):
                    await answer
                await send({"type": "http.response.start", "status": _NOBODY_THERE, "headers": []})
                return
            answer.result()
        finally:
            listening.cancel()
            answer.cancel()


async def _listen(receive: Receive, heard: "asyncio.Queue[Message]") -> None:
    """Pass on what the client says, until it is gone."""
    while (message := await receive())["type"] != "http.disconnect":
        await heard.put(message)
    await heard.put(message)
