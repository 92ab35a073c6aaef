"""The HTTP client gives nobody more time, trust or memory than it must."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlencode

import pytest

from infrastructure.http.guarded import Answer, BadBaseUrl, GuardedHttp, Lost, NotSent

PLAIN = "HTTP/1.1 200 OK\r\n"


@contextmanager
def server(*pieces: bytes, dribble: bytes = b"", read: bool = True) -> Iterator[str]:
    """Answer one connection with these bytes, then dribble until the client leaves."""
    listening = socket.create_server(("127.0.0.1", 0))
    leave = threading.Event()

    def answer() -> None:
        connection, _ = listening.accept()
        with connection:
            if read:
                connection.recv(65536)
            try:
                for piece in pieces:
                    connection.sendall(piece)
                while dribble and not leave.wait(0.02):
                    connection.sendall(dribble)
            except OSError:
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        leave.set()
        thread.join()
        listening.close()


def client(url: str, **limits: float) -> "closing[GuardedHttp]":
    http = GuardedHttp(url, user="AC1", password="secret", largest_answer=1000, **limits)  # type: ignore[arg-type]  # only time limits are given
    return closing(http)


def test_an_answer_is_read_to_its_end() -> None:
    said = b"HTTP/1.1 201 Created\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nok"
    with server(said) as url, client(url) as http:
        assert http.post_form("/x", [("Body", "Seán")], {}) == Answer(
            201, {"retry-after": "3", "content-length": "2"}, b"ok"
        )


@pytest.mark.parametrize(
    "start",
    [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"],
    ids=["before", "in-headers", "in-body"],
)
def test_one_deadline_rules_a_whole_call_however_the_answer_dribbles(start: bytes) -> None:
    with server(start, dribble=b"x") as url, client(url, connect_for=0.1, read_for=0.3) as http:
        began = time.monotonic()
        assert http.get("/x") == Lost(timed_out=True)
        assert time.monotonic() - began < 2.0


def test_a_body_beyond_the_limit_is_dropped_on_the_way() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n"
    with server(start, dribble=b"x" * 2000) as url, client(url, read_for=5.0) as http:
        assert http.get("/x") == Lost(timed_out=False)


def test_headers_beyond_reason_are_dropped_on_the_way() -> None:
    start = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000
    with server(start) as url, client(url) as http:
        assert http.get("/x") == Lost(timed_out=False)


def test_nothing_left_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with client(f"http://127.0.0.1:{port}") as http:
        assert http.post_form("/x", [], {}) == NotSent()


def test_a_server_that_hangs_up_after_the_request_may_have_acted() -> None:
    with server() as url, client(url) as http:
        assert http.post_form("/x", [("a", "b")], {}) == Lost(timed_out=False)


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "NETRC"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(b"HTTP/1.1 204 No Content\r\n\r\n") as url, client(url) as http:
        assert isinstance(http.get("/x"), Answer)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://",
        "https://user@api.example.com",
        "https://api.example.com/?a=1",
        "https://api.example.com/#x",
        "",
    ],
)
def test_an_address_that_would_show_our_password_is_refused(url: str) -> None:
    with pytest.raises(BadBaseUrl):
        GuardedHttp(url, user="AC1", password="secret")


@pytest.mark.parametrize(
    "url", ["https://api.example.com", "http://127.0.0.1:8", "http://[::1]:8", "http://sandbox:8"]
)
def test_https_and_neighbours_are_fine(url: str) -> None:
    GuardedHttp(url, user="AC1", password="secret").close()


@pytest.mark.parametrize("path", ["x", "//evil.example/x", "https://evil.example", "/\\evil", "/é"])
def test_no_path_leads_to_another_host(path: str) -> None:
    with client("http://127.0.0.1:9") as http, pytest.raises(BadBaseUrl):
        http.get(path)


def test_an_answer_that_is_none_yet_is_no_answer() -> None:
    with server(b"HTTP/1.1 103 Early Hints\r\n\r\n") as url, client(url) as http:
        assert http.get("/x") == Lost(timed_out=False)


def test_a_body_that_stops_half_way_is_no_answer() -> None:
    with server(PLAIN.encode() + b"Content-Length: 9\r\n\r\nhalf") as url, client(url) as http:
        assert http.get("/x") == Lost(timed_out=False)


@pytest.mark.parametrize("piece", [b"3e8\r\n" + b"x" * 1000 + b"\r\n", b"nonsense\r\n"])
def test_pieces_that_never_end_or_are_none_are_dropped_on_the_way(piece: bytes) -> None:
    start = PLAIN.encode() + b"Transfer-Encoding: chunked\r\n\r\n"
    with server(start, dribble=piece * 20) as url, client(url, read_for=5.0) as http:
        assert http.get("/x") == Lost(timed_out=False)


def test_what_was_said_unasked_is_not_taken_for_the_next_answer() -> None:
    said = PLAIN.encode() + b"Content-Length: 2\r\n\r\nok"
    with server(said * 2) as url, client(url, read_for=0.3) as http:
        assert isinstance(http.get("/x"), Answer)
        assert isinstance(http.get("/x"), Lost)


def test_no_key_begins_another_line() -> None:
    with server(b"HTTP/1.1 204 No Content\r\n\r\n") as url, client(url) as http:
        assert http.post_form("/x", [], {"Idempotency-Key": "a\r\nX: y"}) == NotSent()
        assert isinstance(http.get("/x"), Answer)


def test_a_form_is_written_as_the_standard_library_writes_it() -> None:
    everything = "".join(map(chr, range(1, 0x180))) + "\u2028 ~-_.+%& \U0001f60a"
    fields = [("Body", everything), ("Statüs Callback", "https://a.example/x?y=1&z=2"), ("", "")]
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as stream:
            head = b"".join(iter(stream.readline, b"\r\n"))
            size = int(head.lower().partition(b"content-length:")[2].split()[0])
            heard.append(stream.read(size))
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    with client(f"http://127.0.0.1:{listening.getsockname()[1]}") as http:
        assert isinstance(http.post_form("/x", fields, {}), Answer)
    thread.join()
    listening.close()
    assert heard == [urlencode(fields).encode()]
