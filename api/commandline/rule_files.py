"""A rule set out of a file, to be tried out on the command line."""

from pathlib import Path

from api.commandline import printing
from api.commandline.opening import fail
from domain.attendance.rules import RuleSet, RuleSetUnreadable, try_rule_set


def tried_out(path: Path) -> RuleSet:
    """Read a rule set, and say on stderr what would keep it from being used."""
    try:
        rules, problems = try_rule_set(path.read_bytes())
    except OSError as error:
        fail(f"the rule set {path} cannot be read: {error.strerror}")
    except RuleSetUnreadable as error:
        fail(f"the rule set {path} cannot be used: {error}")
    for problem in problems:
        printing.stderr.print(f"not fit for use yet: {problem.words}", soft_wrap=True)
    return rules
