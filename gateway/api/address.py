"""Where a request comes from, as attempts are counted by it."""

import ipaddress

from flask import request

# Who has one address of IPv6 has all of its network.
IPV6_NETWORK_BITS = 64


def client_address() -> str:
    """The caller's address, or its network; "none" for a server that listens on a socket file.

    It is the peer's, or what the proxies say that GATEWAY_TRUSTED_PROXIES has the app believe.
    """
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "none"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, IPV6_NETWORK_BITS), strict=False))
        return str(address.ipv4_mapped)
    return str(address)
