"""The commands behind the Makefile's targets, and how each ends."""

import os
import sys
from collections.abc import Callable

from local import clean, diagnose, environments, experiments, gateway, promotion, run, settings
from local.console import Console
from local.errors import CannotGoOn, Stopped
from local.runner import Runner
from local.settings import Settings
from local.stopping import StopRequest

Command = Callable[[Settings, Console, StopRequest], None]

_INTERRUPTED = 130  # what a shell gives a command ended by Ctrl-C


def main(arguments: list[str]) -> int:
    commands: dict[str, Command] = {
        "run": run.run,
        "dev": run.dev,
        "environments": _environments,
        "experiments": experiments.compare,
        "promote": promotion.promote,
        "rollback": promotion.roll_back,
        "clean": clean.clean,
        "reset": clean.reset,
    }
    if arguments == ["gateway"]:
        return gateway.become(os.environ)
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"usage: python3 -m local {'|'.join([*commands, 'gateway'])}   (or: make help)", file=sys.stderr)
        return 2
    return guarded(commands[arguments[0]])


def guarded(command: Command) -> int:
    """The exit code: 0 done or ended by Ctrl-C, 130 stopped otherwise before it was done, 1 something is in the way, or
    what the program that refused ended with.
    """
    console = Console()
    stop = StopRequest()
    stop.listen()
    try:
        command(settings.read(os.environ), console, stop)
    except CannotGoOn as error:
        console.say(f"\n{error}")
        return error.exit_code
    except OSError as error:  # of our own files: what befalls a child's is in its output
        console.say(f"\n{error}\n{diagnose.explain(str(error)) or ''}".rstrip())
        return 1
    except Stopped:
        console.say("\nStopped. The same again goes on from here.")
        # Ctrl-C reached make as well, which ends by it; an exit code would only make it print an error too.
        return 0 if stop.by_keyboard else _INTERRUPTED
    return 0


def _environments(settings: Settings, console: Console, stop: StopRequest) -> None:
    console.expect(1)
    run.make_environments(Runner(settings, console, stop), environments.MODEL, environments.GATEWAY)
