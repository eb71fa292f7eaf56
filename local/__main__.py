"""python3 -m local COMMAND: what the Makefile calls, with nothing but the system's Python.

This file alone must be readable by any Python 3, so that a wrong one gets a sentence instead of a SyntaxError.
"""

import sys

from local.python_version import complaint

if __name__ == "__main__":
    found = complaint(sys.version_info[:2])
    if found:
        sys.exit(found)
    from local.commands import main

    sys.exit(main(sys.argv[1:]))
