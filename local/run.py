"""make run, from a bare checkout to a service that answers."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from local import environments, listings, locks, market, model_servers, ports, servers, training, web
from local.console import Console
from local.market import Market
from local.runner import Runner
from local.service import Service
from local.settings import Settings
from local.stopping import StopRequest
from local.supervisor import Supervisor

_STEPS = 9


def run(settings: Settings, console: Console, stop: StopRequest) -> None:
    """Returns when it served and was asked to stop. Raises CannotGoOn, or Stopped when asked before it served."""
    runner = Runner(settings, console, stop)
    with locks.state_of_run(settings):
        source = _come_up(runner, "run", build_web_app)
        serve([Service(servers.gateway(settings))], source, runner, _welcome(settings))


def dev(settings: Settings, console: Console, stop: StopRequest) -> None:
    """As run(), but what is changed in the web app or the gateway is there at once."""
    runner = Runner(settings, console, stop)
    with locks.state_of_run(settings):
        source = _come_up(runner, "dev", install_web_packages)
        gateway = servers.gateway(settings, "--debug")
        vite = servers.vite(settings, web.npm(runner))
        serve([Service(gateway), Service(vite)], source, runner, _welcome_dev(settings))


def _come_up(runner: Runner, command: str, make_web_app: Callable[[Runner], None]) -> Market:
    """All that is before serving; the market that the version is learnt from."""
    settings, console = runner.settings, runner.console
    model_servers.state_file(settings).unlink(missing_ok=True)  # of a run that was killed
    console.expect(_STEPS)
    with console.step("Check") as step:
        ports.check(settings.ports, command)
        source, said = market.choose(settings)
        step.outcome = "Python and ports are fine"
    make_environments(runner, environments.MODEL, environments.GATEWAY, environments.SCRAPER)
    make_web_app(runner)
    with console.step("Market data") as step:
        market.provide(source, runner)
        step.outcome = said
    with console.step("Training") as step:
        version, source, is_new = training.train(source, runner)
        step.outcome = f"version {version}" + ("" if is_new else ", as trained before")
    with console.step("Promotion") as step:
        is_new = training.promote(version, runner)
        step.outcome = f"version {_champion(runner)} is the champion" + ("" if is_new else ", as before")
    with console.step("Database") as step:
        prepare_database(runner)
        step.outcome = "up to date, with the champion's card"
    return source


def make_environments(runner: Runner, *wanted: environments.Environment) -> None:
    with runner.console.step("Environments") as step, checkout_lock(runner):
        made = [each.name for each in wanted if environments.make(each, runner)]
        step.outcome = f"made {' and '.join(made)}" if made else "as made before"


def build_web_app(runner: Runner) -> None:
    with runner.console.step("Web app") as step, checkout_lock(runner):
        step.outcome = web.build(runner)


def install_web_packages(runner: Runner) -> None:
    with runner.console.step("Web app") as step, checkout_lock(runner):
        web.install_packages(runner)
        step.outcome = "its packages are there; Vite makes its pages as they are opened"


def prepare_database(runner: Runner) -> None:
    gateway = runner.settings.program("gateway", "dealership-gateway")
    runner.must([gateway, "db", "upgrade"], "database")
    for what in ("card", "promotion"):
        runner.must([gateway, what, "put", str(runner.settings.serving / f"{what}.json")], "database")


def _switch_to_champion(runner: Runner) -> None:
    """The gateway asks for what was promoted, whatever was promoted or tried when it was switched last."""
    program = runner.settings.program("gateway", "dealership-gateway")
    command = [program, "rollout", "begin", _champion(runner), "--at-once", "--reason", "make run"]
    runner.must(command, "database")


def _champion(runner: Runner) -> str:
    """The version that was promoted last, by this run or by hand."""
    return (model_servers.served_by(runner.settings.serving) or {}).get("version", "of nobody")


def serve(services: list[Service], source: Market, runner: Runner, welcome: str) -> None:
    """These, and the model servers before them."""
    console = runner.console
    supervisor = Supervisor(services, console, runner.stop)
    of_models = model_servers.ModelServers(runner.settings, supervisor)
    try:
        with console.step("Start") as step:
            supervisor.start()
            if not runner.settings.challenger.joinpath("model-settings.json").exists():
                _switch_to_champion(runner)
            step.outcome = f"{'both' if len(services) == 1 else 'all'} servers answer"
        with console.step("Listings") as step:
            step.outcome = listings.bring(source, runner)
        console.say(welcome)
        supervisor.watch(of_models.look)
        console.say("\nStopping: the gateway first, then the model server. Ctrl-C again kills them at once.")
    finally:
        supervisor.end(meanwhile=console.tick)
    console.say("Stopped. `make run` brings it back, in seconds.")


def _welcome(settings: Settings) -> str:
    ports = settings.ports
    return "\n".join([
        "",
        f"Dealership AI is ready: {settings.address}",
        f"  API        {settings.address}/api/docs",
        f"  V2         {settings.address}/v2/models/{servers.MODEL_NAME}, with a token:",
        '             make gateway ARGS="token create --name me --scope infer"',
        f"  metrics    http://127.0.0.1:{ports.metrics}/metrics",
        f"  logs       {settings.logs}",
        '  accounts   make gateway ARGS="user add you@example.org"  adds an admin',
        "Ctrl-C stops it.",
    ])


def _welcome_dev(settings: Settings) -> str:
    return "\n".join([
        "",
        f"Dealership AI is ready to be worked on: http://127.0.0.1:{settings.ports.web}",
        "  pages      gateway/web/src: what is saved is shown at once",
        f"  gateway    {settings.address}, in debug mode: it starts again when its code changes",
        f"  logs       {settings.logs}",
        "Ctrl-C stops it.",
    ])


def checkout_lock(runner: Runner) -> AbstractContextManager[None]:
    return locks.checkout(runner.settings, runner.stop,
                          lambda: runner.console.detail("waiting for another run in this checkout"))
