"""`anseo` in a process of its own, without waiting for the program to be loaded each time.

A server that has loaded the program forks a child for each command. The child is a process with its
own arguments, environment, output and exit code, as from a shell; only the second of loading is
saved. That the program also starts cold is shown where it is started as a module (`anseo demo`, the
roles).
"""

import importlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

PROGRAM: Final = "api.commandline.main"
PATIENCE_SECONDS: Final = 120.0
_LOADED: Final[list[ForkServerContext]] = []


def run(
    *arguments: object, environment: Mapping[str, str], patience: float = PATIENCE_SECONDS
) -> CompletedProcess[str]:
    """Run a command with exactly this environment and return its exit code and what it said."""
    words = ["anseo", *map(str, arguments)]
    with tempfile.TemporaryDirectory(prefix="anseo-said-") as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        child = _server().Process(target=_command, args=(words, dict(environment), out, err))
        child.start()
        child.join(patience)
        if child.exitcode is None:
            child.kill()
            child.join()
            message = f"{' '.join(words)} still ran after {patience} s: {err.read_text()}"
            raise TimeoutError(message)
        status = child.exitcode
        child.close()
        return CompletedProcess(words, status, out.read_text(), err.read_text())


def _server() -> ForkServerContext:
    if not _LOADED:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([PROGRAM])
        _LOADED.append(context)
    return _LOADED[0]


def _command(words: list[str], environment: dict[str, str], out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for descriptor, path in ((1, out), (2, err)):
        written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(written, descriptor)
        os.close(written)
    sys.argv = words
    importlib.import_module(PROGRAM).main()  # loaded before the fork
