"""make gateway: the gateway's own commands on what a run has kept."""

from tests.local.harness import Checkout


def test_a_command_is_the_gateways_own(checkout: Checkout) -> None:
    """Words in quotes stay together, and the run's settings are its own."""
    # given a run that has ended
    checkout.serve_and_stop()
    checkout.forget_calls()
    # when a command of the gateway is called
    process = checkout.start('ARGS=user add ada@example.org --name "Ada L."', command="gateway", make=True)
    # then it was called so
    assert process.end() == 0, process.output
    assert checkout.calls("dealership-gateway") == ["dealership-gateway user add ada@example.org --name Ada L."]


def test_without_an_environment_it_says_what_to_do(own_checkout: Checkout) -> None:
    """Not a path that nobody knows."""
    # given a checkout where nothing was run, when a command is called, then the way is told
    code, output = own_checkout.run("ARGS=user list", command="gateway")
    assert code == 1 and "make run" in output


def test_a_quote_that_does_not_end_is_told(checkout: Checkout) -> None:
    """A wrong call, as elsewhere: exit code 2."""
    # given such a command, when it is called, then that is said
    code, output = checkout.run('ARGS=user add "ada', command="gateway")
    assert code == 2 and "ARGS cannot be read" in output
