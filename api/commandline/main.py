"""The `anseo` command."""

import logging
import sys

import structlog
import typer

from api.commandline import (
    asking,
    calendars,
    codes,
    demo,
    evaluating,
    following,
    history,
    kept_imports,
    registers,
    relaying,
    rules,
    running,
    tenants,
    verifying,
    watching,
)

app = typer.Typer(
    name="anseo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Anseo: school attendance interventions, each step of which can be proved.",
)
app.add_typer(kept_imports.app, name="import")
app.add_typer(codes.app, name="codes")
app.add_typer(calendars.app, name="calendar")
app.add_typer(rules.app, name="rules")
app.add_typer(registers.app, name="register")
app.add_typer(relaying.app, name="relay")
app.command()(evaluating.evaluate)
app.command()(asking.simulate)
app.command()(asking.whatif)
app.command()(asking.retrace)
app.command()(asking.unanswered)
app.command()(tenants.found)
app.command()(tenants.token)
app.command()(history.replay)
app.command()(history.rebuild)
app.command()(following.followers)
app.command()(verifying.verify)
app.command()(demo.demo)
app.command()(running.run)
app.command()(running.up)
app.command()(running.down)
app.command()(watching.doctor)
app.command()(watching.alarms)
app.command()(watching.restored)
app.command()(running.config)


def main() -> None:
    """Run the command; logs go to stderr as JSON lines, answers to stdout."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
    )
    app()


if __name__ == "__main__":
    main()
