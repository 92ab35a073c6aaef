"""The `anseo` command."""

import typer

from api.commandline import (
    asking,
    calendars,
    codes,
    demo,
    evaluating,
    explaining,
    following,
    guardians,
    history,
    kept_imports,
    messages,
    playbooks,
    registers,
    relaying,
    returns,
    rules,
    running,
    runs,
    stages,
    syncs,
    templates,
    tenants,
    verifying,
    watching,
)
from infrastructure import logs

app = typer.Typer(
    name="anseo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Anseo: school attendance interventions, each step of which can be proved.",
)
app.add_typer(kept_imports.app, name="import")
app.add_typer(syncs.app, name="sync")
app.add_typer(codes.app, name="codes")
app.add_typer(calendars.app, name="calendar")
app.add_typer(rules.app, name="rules")
app.add_typer(templates.app, name="templates")
app.add_typer(playbooks.app, name="playbooks")
app.add_typer(runs.app, name="runs")
app.add_typer(registers.app, name="register")
app.add_typer(stages.app, name="stage")
app.add_typer(guardians.app, name="guardians")
app.add_typer(returns.app, name="returns")
app.add_typer(messages.app, name="messages")
app.add_typer(relaying.app, name="relay")
app.command()(evaluating.evaluate)
app.command()(asking.simulate)
app.command()(asking.whatif)
app.command()(asking.retrace)
app.command()(asking.unanswered)
app.command()(explaining.why)
app.command()(explaining.balance)
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
    logs.to_stderr()
    app()


if __name__ == "__main__":
    main()
