"""make dev: the servers of a run, and Vite in front of a gateway in debug mode."""

import signal
import urllib.request

from tests.local.harness import Checkout


def test_pages_are_served_as_they_are_worked_on(checkout: Checkout) -> None:
    """The gateway is in debug mode, Vite knows where it is, nothing is built, and Ctrl-C ends all of it."""
    # given a checkout, when it is to be worked on
    process = checkout.start(command="dev")
    process.wait_for("Dealership AI is ready to be worked on")
    # then Vite answers at its port, before a gateway in debug mode
    gateway, web = checkout.ports[0], checkout.ports[-1]
    with urllib.request.urlopen(f"http://127.0.0.1:{web}/", timeout=5) as response:
        assert response.status == 200
    assert f"http://127.0.0.1:{web}" in process.output
    assert f"http://127.0.0.1:{gateway}, in debug mode" in process.output
    assert checkout.calls("dealership-gateway serve") == ["dealership-gateway serve --debug"]
    assert checkout.calls("npm run") == [f"npm run dev -- --host 127.0.0.1 --port {web} --strictPort"]
    # and when it is stopped, then nothing is left
    process.signal(signal.SIGINT)
    process.end()
    assert checkout.survivors() == []


def test_only_dev_needs_the_web_apps_port(checkout: Checkout) -> None:
    """A run does without it, and says nothing of it."""
    # given something at that port
    port = checkout.ports[0]
    # when a run and then dev are started so, then the run comes up, and dev names the port
    checkout.serve_and_stop(f"WEB_PORT={port}")
    code, output = checkout.run(f"WEB_PORT={port}", command="dev")
    assert code == 1 and f"WEB_PORT={port}" in output and "make dev WEB_PORT=" in output
