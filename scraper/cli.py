"""dealership-listings: bringing listings and feedback to where training and the product find them."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from scraper.commands import crawl, feedback, importing, prune, publish, report, verify
from scraper.commands.common import say
from scraper.errors import Failed
from scraper.sites import SITES

EXIT_CODES = """\
exit codes:
  0    done
  1    it cannot be done, or the store is damaged
  2    a wrong call or setting
  3    the data failed the checks, or a crawl was cut short; the command's own help says more
  4    a site has refused a crawl for today
  130  interrupted; run it again to go on
"""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Run one command; its exit code is one of EXIT_CODES."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options, environment)
    except Failed as failure:
        say(f"dealership-listings: {failure}")
        return failure.exit_code
    except ValueError as error:
        say(f"dealership-listings: {error}")
        return 2
    except OSError as error:
        say(f"dealership-listings: {error}")
        return 1
    except KeyboardInterrupt:
        say("dealership-listings: interrupted; run it again to go on")
        return 130


def parser() -> argparse.ArgumentParser:
    """The command line, as its users give it."""
    parser = argparse.ArgumentParser(
        prog="dealership-listings", epilog=EXIT_CODES, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Bring listings and feedback to where training and the product find them.",
    )  # fmt: skip
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    crawl.add(commands, SITES)
    for command in (importing, report, verify, publish, prune, feedback):
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
