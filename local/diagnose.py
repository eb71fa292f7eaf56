"""Known failures of installers, told as one sentence with the way out."""

import re
import sys

_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"

# The first that is found explains the output: causes before their consequences.
_KNOWN = (
    (r"No space left on device|ENOSPC|Disk quota exceeded",
     "The disk is full. A first run needs about 2 GB in the checkout and in the home directory's cache;\n"
     "make room (`df -h` shows where), then the same again goes on from here."),
    (r"No module named '?ensurepip|ensurepip is not\s+available|ensurepip is disabled in Debian",
     f"This Python cannot make environments: its ensurepip module is missing.\n"
     f"Debian and Ubuntu keep it in a package of its own. Type:  apt-get install python3-venv\n"
     f"(for a Python that is not the system's own: {_PYTHON}-venv), then the same again."),
    (r"invalid peer certificate|CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)",
     "The package registry's certificate is not trusted here, as happens behind a proxy that reads along.\n"
     "Name the file with its root certificate, then the same again:\n"
     "  export SSL_CERT_FILE=ca.pem PIP_CERT=ca.pem NODE_EXTRA_CA_CERTS=ca.pem"),
    (r"Temporary failure in name resolution|Name or service not known|nodename nor servname|dns error"
     r"|EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|Network is unreachable|NewConnectionError"
     r"|ConnectTimeoutError|ReadTimeoutError|Connection refused|error sending request for url|operation timed out",
     "A package registry cannot be reached. This step installs packages and needs the network (later runs do not).\n"
     "Check the connection; behind a proxy set HTTPS_PROXY, with a mirror UV_DEFAULT_INDEX, PIP_INDEX_URL and\n"
     "npm's registry setting; then the same again goes on from here."),
    (r"No such file or directory: '(gcc|g\+\+|cc|c\+\+|clang|clang\+\+|\S*-gcc|\S*-g\+\+)'"
     r"|command '\S*(gcc|g\+\+|cc|clang)' failed: No such file|Python\.h: No such file|unable to find a compiler"
     r"|Unknown compiler\(s\)|can't find Rust compiler|cargo, the Rust package manager, is not installed",
     "A package has no wheel for this machine and must be compiled, for which a compiler is missing.\n"
     "Debian and Ubuntu:  apt-get install build-essential python3-dev     macOS:  xcode-select --install\n"
     "(where it asks for Rust: apt-get install cargo). Then the same again."),
    (r"[Hh]ash mismatch|DO NOT MATCH THE HASHES|EINTEGRITY",
     "A downloaded package is not the one that was locked. Its download was broken, or the registry in use\n"
     "changes packages. Try again; if it stays so, use another registry or mirror."),
    (r"can only install packages when your package\.json and package-lock\.json",
     "gateway/web/package.json was changed without its lock. Type `npm install` in gateway/web, and commit both."),
    (r"Permission denied|EACCES",
     "A file may not be written, perhaps since an earlier run was started with sudo.\n"
     "Make the checkout yours (`sudo chown -R \"$(id -u)\" .` in it), then the same again."),
)


def explain(output: str) -> str | None:
    """What the output of a failed installer means for the user; None when it is not a known failure."""
    for pattern, meaning in _KNOWN:
        if re.search(pattern, output):
            return meaning
    return None
