"""The verbs that look at runs and steer them: attach, runs, stop and tell."""

import time
from typing import Annotated

import typer

from workbench import launch
from workbench import run as runs
from workbench.actions import Action, Control, FindRate, Verify, describe, parse, patterns_of
from workbench.cli_common import (
    JsonOption,
    PlainOption,
    RunArgument,
    RunsOption,
    find_run,
    note,
    print_json,
    run_and_rest,
    say,
)
from workbench.cli_follow import conclude, summary_fields
from workbench.errors import BadInput, ThawError
from workbench.plain import applied_line, follow
from workbench.plain_tables import run_lines, verified_lines
from workbench.plan import check_patterns
from workbench.proof_words import searched_line
from workbench.protocol import Applied, Command, RateSearched, Rejected, Verified
from workbench.run import RunFolder, Tail, events_of

Answer = Applied | Rejected | Verified | RateSearched
RESULTS: dict[type[Action], type[Verified | RateSearched]] = {Verify: Verified, FindRate: RateSearched}


def register(app: typer.Typer) -> None:
    """Give the verbs of this file to the command line."""
    app.command()(attach)
    app.command("runs")(list_runs)
    app.command()(stop)
    app.command()(tell)


def attach(
    name: RunArgument = None,
    folder: RunsOption = None,
    plain: PlainOption = False,  # noqa: ARG001  (read by the entry point, which comes here only for plain lines)
    read_only: Annotated[  # noqa: ARG001  (plain lines never change a run)
        bool, typer.Option("--read-only", help="Only look: the workbench then tells the run nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a run from its start and follow it while it trains; Ctrl-C leaves, the run goes on.

    \b
    thaw attach                    the latest run
    thaw attach 20260301-101500-digits
    thaw attach --read-only        beside another who steers it: no key changes anything
    """
    found = find_run(name, folder)
    try:
        end = follow(found, note if as_json else say, lambda: runs.is_working(found))
    except KeyboardInterrupt:
        note(f"\nleft; {found.name} goes on: thaw attach {found.name}, thaw stop {found.name}")
        return
    conclude(found, end, 1, as_json=as_json)


def list_runs(folder: RunsOption = None, as_json: JsonOption = False) -> None:
    """List all runs, the latest first, with their states and accuracies.

    \b
    thaw runs
    thaw runs --runs /data/runs --json
    """
    known = runs.runs_folder(folder)
    summaries = [runs.summarise(found) for found in runs.list_runs(known)]
    if as_json:
        print_json([summary_fields(summary) for summary in summaries])
    elif summaries:
        print("\n".join(run_lines(summaries)))
    else:
        say(f"no runs in {known}; thaw demo or thaw run SESSION starts one")


def stop(
    name: RunArgument = None,
    patience: Annotated[float, typer.Option(help="Seconds to wait before the worker is terminated.")] = 60.0,
    folder: RunsOption = None,
) -> None:
    """Stop a run: it writes a checkpoint, evaluates and ends, and can be resumed.

    \b
    thaw stop                      the latest run
    thaw stop 20260301-101500-digits --patience 5
    """
    found = find_run(name, folder)
    launch.stop(found, patience)
    say(f"{found.name}: stopped; go on with thaw resume {found.name}")


def tell(
    words: Annotated[
        list[str], typer.Argument(metavar="[RUN] COMMAND", help="The run, and what it is to do.")
    ],
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for the worker's answer; 0 does not wait.")
    ] = 60.0,
    folder: RunsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask something of a run while it trains: the keyboard's verbs from a shell.

    \b
    thaw tell "thaw layer4.*"      the latest run
    thaw tell RUN "freeze layer3"
    thaw tell RUN "lr 0.0003"      also: lr-scale PATTERN X, weight-decay X, clip X, epochs N,
                                   batchnorm frozen|follow, augment none|light|strong,
                                   flip on|off|default, only PATTERN…, undo, redo,
                                   pause, continue, stop, evaluate [SPLIT], checkpoint,
                                   reestimate-batchnorm
    thaw tell RUN "drop bees/7.jpg"   from the next epoch on; also restore IMAGE, relabel IMAGE CLASS
    thaw tell RUN roll-back        put the weights of the best epoch so far back; the optimizer's state stays
    thaw tell RUN verify           prove that what is frozen did not move; exit code 1 if it did
    thaw tell RUN find-lr          search a learning rate; nothing of the search stays
    """
    found, rest = run_and_rest(words, folder)
    action = checked_action(found, " ".join(rest))
    working = runs.is_working(found)
    if isinstance(action, Control) and not working:
        raise BadInput(f"{found.name}: not training", f"thaw resume {found.name} goes on with it")
    offset = found.events.stat().st_size
    command = found.tell(action)
    answer = answer_to(found, command, offset, wait if working else 0.0)
    if answer is None and isinstance(action, Verify | FindRate) and wait:
        raise ThawError(
            f"{found.name}: {describe(action)} was not answered in {wait:g} s",
            f"the answer will stand in the journal (thaw attach {found.name}); --wait waits longer",
        )
    if as_json:
        print_json(answer or command)
    else:
        _say_answer(found, action, answer, working=working)
    if isinstance(answer, Rejected):
        raise BadInput(f"{describe(action)} was rejected: {answer.message}", "nothing was changed")
    if isinstance(answer, Verified) and answer.broken:
        raise typer.Exit(1)


def _say_answer(found: RunFolder, action: Action, answer: Answer | None, *, working: bool) -> None:
    match answer:
        case Applied():
            say(applied_line(answer))
        case Verified():
            say("\n".join(verified_lines(answer)))
        case RateSearched():
            say(searched_line(answer))
        case None:
            when = (
                "at the worker's next step" if working else f"when it is resumed (thaw resume {found.name})"
            )
            say(f"{found.name}: {describe(action)} will be done {when}")


def checked_action(found: RunFolder, text: str) -> Action:
    """The action in a text; BadInput where no verb, or where a pattern matches nothing of the run's model."""
    action = parse(text)
    model = found.model()
    if model is not None:
        check_patterns(patterns_of(action), model.stage_of)
    return action


def answer_to(found: RunFolder, command: Command, offset: int, patience: float) -> Answer | None:
    """What the journal says became of a command, or None when it says nothing for `patience` seconds.

    A command that asks for something is answered by what it asked for, which follows on its being applied.
    """
    tail, deadline = Tail(found.events, offset), time.monotonic() + patience
    wanted: type[Verified | RateSearched] | None = RESULTS.get(type(command.action))
    is_applied = False
    while time.monotonic() < deadline:
        for event in events_of(tail.read_block()):
            if wanted is not None and is_applied and isinstance(event, wanted):
                return event
            if isinstance(event, Applied | Rejected) and event.id == command.id:
                is_applied = True
                if wanted is None or isinstance(event, Rejected):
                    return event
        if not runs.is_working(found):
            return None
        time.sleep(0.05)
    return None
