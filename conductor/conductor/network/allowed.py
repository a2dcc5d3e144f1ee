"""Which places an extension may reach: hosts its manifest names, by no name that leads back into this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

URL_CHARACTERS = 8192
_PORTS = {"https": 443, "http": 80}
_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# Addresses that carry one of version 4, which is the one that counts.
_CARRIERS = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Refused(Exception):
    """The place may not be reached; the text says why, to a person."""


class Place(NamedTuple):
    scheme: str
    host: str  # lower case; an address of version 6 without its brackets
    port: int
    target: str  # path and query
    url: str
    local: bool  # the manifest names this machine, or an address of a private network, itself


def _split(text: str) -> SplitResult:
    if len(text) > URL_CHARACTERS:
        raise Refused(f"The URL is longer than {URL_CHARACTERS} characters.")
    if not text.isascii() or any(character <= " " or character == "\x7f" for character in text):
        raise Refused("The URL has characters that must be escaped; a host's name is written in its ASCII form.")
    try:
        parts = urlsplit(text)
        if parts.port == 0:
            raise ValueError("port 0")
    except ValueError as error:
        raise Refused(f"The URL cannot be read ({error}).") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise Refused("Only URLs of https can be fetched.")
    if parts.username is not None or parts.password is not None:
        raise Refused("A URL with a user's name or password cannot be fetched.")
    return parts


def _granted(host: str, port: int, scheme: str, hosts: Sequence[str]) -> bool:
    for grant in hosts:
        name, port_text = _name_and_port(grant)
        if (int(port_text) if port_text else _PORTS[scheme]) != port:
            continue
        if host == name or (name.startswith("*.") and host.endswith(name[1:])):
            return True
    return False


def _name_and_port(grant: str) -> tuple[str, str]:
    if grant.startswith("["):
        name, _, rest = grant[1:].partition("]")
        return name, rest.removeprefix(":")
    name, _, port = grant.partition(":")
    return name, port


def place_of(text: str, hosts: Sequence[str]) -> Place:
    """Raises Refused. `hosts` as in the manifest: names, "*.name", addresses, with a port where it is not the usual."""
    parts = _split(text)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or _PORTS[parts.scheme]
    if not _granted(host, port, parts.scheme, hosts):
        raise Refused(f"{host}:{port} is not among the hosts this extension was granted.")
    loopback = host in _LOOPBACK_NAMES
    if parts.scheme == "http" and not loopback:
        raise Refused("Only URLs of https can be fetched, but on this machine.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Place(parts.scheme, host, port, target, text, loopback or _is_address(host))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _carried(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in carrier for carrier in _CARRIERS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour or address


def check_address(place: Place, address: str) -> None:
    """Raises Refused where the name leads to this machine or a private network and the manifest does not say so."""
    found = _carried(ipaddress.ip_address(address.partition("%")[0]))
    if place.local and (_is_address(place.host) or found.is_loopback):
        return
    if not found.is_global or found.is_multicast:
        raise Refused(f"{place.host} leads to {address}, which is on this machine or a private network.")
