"""`anseo` as if somebody had typed it, in this process."""

import json
from typing import Any

from typer.testing import CliRunner, Result

from api.commandline.main import app


def anseo(*words: object, status: int = 0) -> Result:
    """Run a command, and see that it ended with the status."""
    done = CliRunner().invoke(app, [*map(str, words)])
    assert done.exit_code == status, done.output
    return done


def told(*words: object, status: int = 0) -> Any:
    """Return what a command answers with `--json` on its last line."""
    return json.loads(anseo(*words, "--json", status=status).stdout.splitlines()[-1])
