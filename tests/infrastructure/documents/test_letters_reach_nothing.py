"""Letters with planted addresses: nothing is fetched, nothing is read, nothing is attached."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from infrastructure.documents.errors import Cause, LetterFailed
from infrastructure.documents.letter_pdf import LetterPress
from infrastructure.documents.letter_worker import _environment
from tests.infrastructure.documents.letter_samples import ON, read, words

VECTORS = [
    "<style>@import url(URL);</style><p>x",
    "<style>@import 'URL';</style><p>x",
    "<link rel=stylesheet href='URL'><p>x",
    "<link rel=attachment href='URL'><p>x",
    "<a rel=attachment href='URL'>x</a>",
    "<img src='URL'>",
    "<img srcset='URL 2x' src='URL'>",
    "<picture><source srcset='URL'><img src='URL'></picture>",
    "<object data='URL' type=image/png></object>",
    "<embed src='URL'>",
    "<iframe src='URL'></iframe>",
    "<script src='URL'></script>",
    "<video poster='URL' src='URL'></video>",
    "<input type=image src='URL'>",
    "<body background='URL'><p>x",
    "<p style='background:url(URL)'>x",
    "<p style='background-image:image-set(\"URL\" 1x)'>x",
    "<p style='border-image:url(URL) 1'>x",
    "<ul style='list-style-image:url(URL)'><li>x</ul>",
    "<style>p::before{content:url(URL)}</style><p>x",
    "<style>@font-face{font-family:f;src:url(URL)} p{font-family:f}</style><p>x",
    "<style>@font-face{font-family:f;src:local('DejaVu Sans'),url(URL)}</style><p>x",
    "<style>@page{background:url(URL)}</style><p>x",
    "<style>@color-profile --c{src:url(URL)}</style><p style='color:color(--c 1 0 0)'>x",
    "<svg width=9 height=9><image href='URL' width=9 height=9 /></svg>",
    "<svg width=9 height=9><image xlink:href='URL' width=9 height=9 /></svg>",
    "<svg width=9 height=9><use href='URL#a'/></svg>",
    "<svg width=9 height=9><style>@import 'URL';</style><rect width=5 height=5 /></svg>",
    "<base href='URL'><img src='x.png'><p>x",
    "<meta http-equiv=refresh content='0;url=URL'><p>x",
    "<p style='mask:url(URL);filter:url(URL);clip-path:url(URL)'>x",
]


class Listener:
    """A server on this machine that counts who comes."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.callers = 0
        self._thread = Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            caller, _ = self._socket.accept()
            said = caller.recv(4)
            caller.close()
            if said == b"STOP":
                return
            self.callers += 1

    def close(self) -> None:
        with socket.create_connection(("127.0.0.1", self.port)) as last:
            last.sendall(b"STOP")
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.close()


def test_a_listener_of_this_test_does_count() -> None:
    control = Listener()
    with socket.create_connection(("127.0.0.1", control.port)) as caller:
        caller.sendall(b"GET ")
    control.close()
    assert control.callers == 1


@pytest.mark.parametrize("vector", VECTORS)
def test_a_planted_address_is_never_visited(
    press: LetterPress, listener: Listener, tmp_path: Path, vector: str
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("TOP SECRET")
    for address in (
        f"http://127.0.0.1:{listener.port}/x.png",
        f"HTTP://localhost:{listener.port}/x.css",
        f"//127.0.0.1:{listener.port}/x.svg",
        f"ftp://127.0.0.1:{listener.port}/x",
        f"http://[::ffff:127.0.0.1]:{listener.port}/",
        "http://169.254.169.254/latest/meta-data/",
        "file:///etc/passwd",
        secret.as_uri(),
        str(secret),
        "asset:../letter_child.py",
        "asset:/etc/passwd",
        "data:text/plain,TOP%20SECRET",
    ):
        try:
            pdf = press.render(vector.replace("URL", address), "t", "en", ON)
        except LetterFailed as failed:
            assert failed.cause is Cause.OUTSIDE_RESOURCE  # noqa: PT017 - either outcome is safe
            continue
        assert read(pdf).attachments == {}
        assert b"/Filespec" not in pdf
        assert b"/EmbeddedFile" not in pdf
        assert not {"root:", "SECRET"} & set(words(pdf).split())
        assert len(pdf) < 10_000
    assert listener.callers == 0


@pytest.mark.parametrize("vector", [VECTORS[0], VECTORS[2], VECTORS[3], VECTORS[5], VECTORS[15]])
@pytest.mark.parametrize(
    "address", ["http://example.ie/", "file:///etc/passwd", "x.png", "data:,x"]
)
def test_a_letter_that_wants_something_from_outside_is_refused_aloud(
    press: LetterPress, vector: str, address: str
) -> None:
    """Printing it without its picture would be silent."""
    with pytest.raises(LetterFailed) as caught:
        press.render(vector.replace("URL", address), "t", "en", ON)
    assert caught.value.cause is Cause.OUTSIDE_RESOURCE
    assert "/" not in caught.value.detail


GUARDED = """
import sys
from pathlib import Path
from infrastructure.documents.letter_guard import guard_calls
guard_calls(Path(sys.argv[1]))
{call}
"""


@pytest.mark.parametrize(
    "call",
    [
        "import socket; socket.socket()",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import os; os.system('true')",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "open('/etc/passwd')",
        "open(sys.argv[1] + '/../../../../../../etc/passwd')",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1')",
        "Path('/etc/hostname').read_text()",
        "import os; os.open('/proc/self/environ', os.O_RDONLY)",
    ],
)
def test_python_itself_refuses_what_a_letter_may_not_do(tmp_path: Path, call: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", GUARDED.format(call=call), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "PermissionError: a letter may not" in done.stderr


def test_the_guard_lets_our_own_folder_be_read(tmp_path: Path) -> None:
    (tmp_path / "font").write_text("x")
    call = "print(open(sys.argv[1] + '/font').read())"
    done = subprocess.run(
        [sys.executable, "-c", GUARDED.format(call=call), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "x\n"


OUT_OF_NETWORK = """
import socket, sys
from infrastructure.documents.letter_guard import cut_network
reached = cut_network()
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=2).close()
    print(reached, "connected")
except OSError:
    print(reached, "cut off")
"""


def test_what_is_called_a_namespace_has_no_way_out(listener: Listener) -> None:
    """Without the right to a namespace the report says so, and Python's guard stands alone."""
    before = listener.callers
    done = subprocess.run(
        [sys.executable, "-c", OUT_OF_NETWORK, str(listener.port)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout in {"namespace cut off\n", "audit hook connected\n"}
    if done.stdout.startswith("namespace"):
        assert listener.callers == before


def test_no_secret_of_ours_is_in_the_environment_of_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:secret@db/anseo")
    given = _environment(tmp_path)
    assert "DATABASE_URL" not in given
    assert not any("owner:secret" in value for value in given.values())
