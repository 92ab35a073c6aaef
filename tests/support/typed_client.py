"""The typed client before a door of a test: what it sends goes through the real application."""

from collections.abc import Mapping

from api.client.calling import Answer
from api.client.operations import Anseo
from tests.support.front import Front


def anseo(front: Front, *roles: str) -> Anseo:
    """Return a client of somebody with these roles; a principal's, where none is named."""

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        answer = front.client.request(method, path, headers=dict(headers), content=body)
        return answer.status_code, dict(answer.headers), answer.content

    token = front.token(*roles)["Authorization"].removeprefix("Bearer ")
    return Anseo(send, token)
