"""Where couriers may connect: public mail servers on mail ports, and what is allow-listed.

The host of a mail account is chosen by a person, so it must not become a way to reach
what only this machine can reach. Every address a name has is judged, and the connection
goes to an address that was judged, never to the name again.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[tuple[str, int]]]
"""(host, port) -> (numeric address, scope id) pairs; raises socket.gaierror like getaddrinfo."""

MAIL_PORTS = (25, 465, 587)
_MOST_ADDRESSES_TRIED = 4
# EAI_NODATA is obsolete and not everywhere.
_NO_SUCH_NAME = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))

# Written out because `is_global` calls several of these global, more so in older Pythons.
_NOT_PUBLIC: tuple[Network, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",  # "this network" (RFC 1122)
            "10.0.0.0/8",  # private (RFC 1918)
            "100.64.0.0/10",  # shared by carriers (RFC 6598)
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, and the metadata of clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments (RFC 6890)
            "192.0.2.0/24",  # documentation (RFC 5737)
            "192.31.196.0/24",  # AS112 (RFC 7535)
            "192.52.193.0/24",  # multicast tunnels (RFC 7450)
            "192.88.99.0/24",  # 6to4 relays (RFC 7526)
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112 (RFC 7534)
            "198.18.0.0/15",  # benchmarks (RFC 2544)
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
            "168.63.129.16/32",  # the metadata of a cloud, at an address that looks public
            "2001::/23",  # protocol assignments: Teredo, ORCHID (RFC 2928)
            "2001:db8::/32",  # documentation (RFC 3849)
            "2002::/16",  # 6to4: an IPv4 address in disguise (RFC 3056)
            "2620:4f:8000::/48",  # AS112
            "3ffe::/16",  # the retired 6bone (RFC 3701)
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
# Everything else in IPv6 is local, multicast, unassigned, or an IPv4 address in disguise.
_GLOBAL_UNICAST_6 = ipaddress.IPv6Network("2000::/3")

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# A last label like this makes a resolver read the whole as an IPv4 address: 127.1, 0x7f.0.0.1
_NUMERIC_LABEL = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
# Names that stand for this machine or its neighbours (RFC 6761, 6762, 8375, and ICANN's .internal)
_LOCAL_NAME = re.compile(
    r"(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion|invalid)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a host or port will not be connected to.

    Codes: `host_invalid`, `port_invalid` (not well-formed), `host_not_allowed`,
    `port_not_allowed`, `host_unknown` (no such name), `unreachable` (could not be
    looked up now).
    """

    code: str
    sentence: str


class ObjectionError(Exception):
    """Raised with the Objection before any connection is made."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.sentence)
        self.objection = objection


@dataclass(frozen=True, slots=True)
class CheckedAddress:
    """A numeric address and port that may be connected to."""

    address: str
    port: int


HOST_INVALID = Objection(
    "host_invalid", "Enter the name of a mail server, such as smtp.example.com."
)
PORT_INVALID = Objection("port_invalid", "Enter a port between 1 and 65535.")
HOST_NOT_ALLOWED = Objection(
    "host_not_allowed", "This server is not on the public internet, and is not allow-listed."
)
HOST_UNKNOWN = Objection("host_unknown", "There is no server of this name.")
LOOKUP_FAILED = Objection("unreachable", "The name of this server could not be looked up just now.")


def system_resolver(host: str, port: int) -> list[tuple[str, int]]:
    """Ask the system once for every address of `host`."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [(str(place[0]), int(place[3]) if len(place) == 4 else 0) for *_, place in answers]


class Guard:
    """Decides which hosts may be connected to, and connects to those.

    `allowed` lists host names, addresses and networks that may be used besides public
    addresses, on any port: a listed name at whatever address it has, a listed address or
    network when the host is given as an address. A name that is not listed may lead into
    a listed network, on one of `ports`. Raises ValueError for an entry that is neither.
    """

    def __init__(
        self,
        allowed: Sequence[str] = (),
        ports: Sequence[int] = MAIL_PORTS,
        resolver: Resolver = system_resolver,
    ) -> None:
        self._ports = tuple(ports)
        self._resolver = resolver
        self._names: set[str] = set()
        self._networks: list[Network] = []
        for entry in allowed:
            network = _network(entry)
            if network is not None:
                self._networks.append(network)
            elif _NAME.fullmatch(entry) and not _looks_numeric(entry):
                self._names.add(entry.lower())
            else:
                raise ValueError(f"neither a host name nor an address or network: {entry!r}")

    def check_form(self, host: str, port: int) -> Objection | None:
        """Judge by form alone, without looking anything up; None is no objection."""
        if not 1 <= port <= 65535:
            return PORT_INVALID
        address = _address(host)
        if host.lower() in self._names or (address is not None and self._is_listed(address)):
            return None
        objection = _objection_to_name(host) if address is None else _objection_to(address)
        if objection is None and port not in self._ports:
            return self._port_not_allowed()
        return objection

    def resolve(self, host: str, port: int) -> list[CheckedAddress]:
        """Look `host` up once and return its addresses, all of them judged.

        Raises ObjectionError when the form is refused, when there is no such name, or when
        any one of the addresses may not be connected to.
        """
        if objection := self.check_form(host, port):
            raise ObjectionError(objection)
        if (literal := _address(host)) is not None:
            return [CheckedAddress(str(literal), port)]
        found = self._look_up(host, port)
        if host.lower() not in self._names and not all(self._may_reach(*each) for each in found):
            raise ObjectionError(HOST_NOT_ALLOWED)
        return [CheckedAddress(address, port) for address in dict.fromkeys(a for a, _ in found)]

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return a socket connected to one of the judged addresses, tried in turn.

        `timeout` is seconds for each address; four are tried at most. Raises
        ObjectionError as `resolve`, and OSError when none answers.
        """
        places = self.resolve(host, port)[:_MOST_ADDRESSES_TRIED]
        for place in places[:-1]:
            try:
                return _connected(place, timeout)
            except OSError:
                continue
        return _connected(places[-1], timeout)

    def _look_up(self, host: str, port: int) -> Sequence[tuple[str, int]]:
        try:
            found = self._resolver(host, port)
        except socket.gaierror as error:
            unknown = error.errno in _NO_SUCH_NAME
            raise ObjectionError(HOST_UNKNOWN if unknown else LOOKUP_FAILED) from error
        except (OSError, UnicodeError) as error:
            raise ObjectionError(LOOKUP_FAILED) from error
        if not found:
            raise ObjectionError(HOST_UNKNOWN)
        return found

    def _may_reach(self, numeric: str, scope: int) -> bool:
        address = _address(numeric)
        return (
            address is not None and not scope and (self._is_listed(address) or is_public(address))
        )

    def _is_listed(self, address: Address) -> bool:
        return any(address in network for network in self._networks)

    def _port_not_allowed(self) -> Objection:
        usual = ", ".join(map(str, self._ports))
        return Objection("port_not_allowed", f"Mail servers are reached on these ports: {usual}.")


def is_public(address: Address) -> bool:
    """Say whether `address` is one host on the public internet, by our own lists."""
    if isinstance(address, ipaddress.IPv6Address) and (
        address.scope_id is not None or address not in _GLOBAL_UNICAST_6
    ):
        return False
    return not any(address in network for network in _NOT_PUBLIC)


def _objection_to(address: Address) -> Objection | None:
    return None if is_public(address) else HOST_NOT_ALLOWED


def _objection_to_name(host: str) -> Objection | None:
    if len(host) > 253 or not _NAME.fullmatch(host):
        return HOST_INVALID
    if "." not in host or _looks_numeric(host) or _LOCAL_NAME.fullmatch(host):
        return HOST_NOT_ALLOWED
    return None


def _looks_numeric(host: str) -> bool:
    return _NUMERIC_LABEL.fullmatch(host.rpartition(".")[2]) is not None


def _address(host: str) -> Address | None:
    """Read the canonical form of an address; other spellings are nothing."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if isinstance(address, ipaddress.IPv6Address) and address.scope_id else address


def _network(entry: str) -> Network | None:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        return None


# What was written and never reached the other side is given up by the kernel after this many
# milliseconds, so that a cable plugged in again does not bring what others have outdated since.
_UNHEARD = 30_000


def _connected(place: CheckedAddress, timeout: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNHEARD)
        sock.connect((place.address, place.port))
    except BaseException:
        sock.close()
        raise
    return sock
