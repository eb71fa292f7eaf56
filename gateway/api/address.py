"""Where a request comes from, as attempts are counted by it."""

import ipaddress
import re

from flask import request

# Who has one address of IPv6 has all of its network.
IPV6_NETWORK_BITS = 64
WITH_PORT = re.compile(r"(?:([0-9.]+)|\[([0-9a-fA-F:.]+)\])(?::[0-9]+)?")


def client_address() -> str:
    """The caller's address, or its network; "none" for a server that listens on a socket file.

    It is the peer's, or what the proxies say that GATEWAY_TRUSTED_PROXIES has the app believe.
    """
    text = request.remote_addr or ""
    if with_port := WITH_PORT.fullmatch(text):  # some proxies tell it too
        text = with_port[1] or with_port[2]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "none"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
        return str(address.ipv4_mapped)
    return str(address)
