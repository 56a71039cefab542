"""The network card that machines are connected to: its address, and whether a DHCP server is there already."""

import dataclasses
import fcntl
import ipaddress
import os
import secrets
import socket
import struct
import time

from words import Refusal

SIOCGIFADDR, SIOCGIFNETMASK = 0x8915, 0x891B
ETH_P_IP = 0x0800
DISCOVER, OFFER = 1, 2


@dataclasses.dataclass
class Card:
    name: str
    address: ipaddress.IPv4Address
    network: ipaddress.IPv4Network


def _asked(name, request):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        answer = fcntl.ioctl(asker.fileno(), request, struct.pack("256s", name.encode()[:15]))
    return ipaddress.IPv4Address(answer[20:24])


def known_cards():
    return [name for _, name in socket.if_nameindex() if name != "lo"]


def find_card(name):
    if name not in [known for _, known in socket.if_nameindex()]:
        raise Refusal(5, "the network card {card} is not there; there are: {cards}", card=name, cards=", ".join(known_cards()))
    try:
        address = _asked(name, SIOCGIFADDR)
        network = ipaddress.IPv4Network(f"{address}/{_asked(name, SIOCGIFNETMASK)}", strict=False)
    except OSError:
        command = f"ip address add 10.77.0.1/24 dev {name} && ip link set {name} up"
        raise Refusal(5, "the network card {card} has no IPv4 address", card=name, command=command,
                      advice="For a cable of its own, without another DHCP server: {command}") from None
    return Card(name, address, network)


def has_cable(name):
    try:
        with open(f"/sys/class/net/{name}/carrier", encoding="ascii") as file:
            return file.read().strip() == "1"
    except OSError:
        return False


def address_range(card, text):
    """The first and the last address that machines get: as given, else from the fiftieth on, a hundred of them."""
    network = card.network
    if text:
        try:
            first, last = (ipaddress.IPv4Address(part.strip()) for part in text.split(","))
        except ValueError:
            first = last = None
        if first is None or first > last or first not in network or last not in network or network.broadcast_address == last:
            raise Refusal(2, "the range {range} is not two addresses of the network {network}", range=text, network=network)
        if first <= card.address <= last:
            raise Refusal(2, "the range {range} holds the address of this machine, {address}", range=text, address=card.address)
        return first, last
    if network.num_addresses < 8:
        raise Refusal(5, "the network {network} is too small", network=network)
    if network.num_addresses >= 256:
        first, last = network[50], network[150]
    else:
        first, last = network[network.num_addresses // 2], network[-2]
    if first <= card.address <= last:  # the larger side of it
        below, above = int(card.address) - int(first), int(last) - int(card.address)
        first, last = (first, card.address - 1) if below > above else (card.address + 1, last)
    return first, last


def discover_packet(transaction, hardware):
    """Ref: RFC 2131, figure 1 and table 5. The broadcast flag is set, for we have no address for the answer."""
    packet = struct.pack("!BBBBIHH16s16s192s", DISCOVER, 1, 6, 0, transaction, 0, 0x8000, bytes(16), hardware + bytes(10), bytes(192))
    return packet + b"\x63\x82\x53\x63" + bytes([53, 1, DISCOVER, 55, 2, 1, 3, 255])


def offering_server(packet, transaction):
    """The server of an IP packet that is an offer for us; None when it is something else."""
    header = (packet[0] & 15) * 4 if packet else 0
    if len(packet) < header + 8 + 244 or packet[9] != 17 or struct.unpack_from("!H", packet, header + 2)[0] != 68:
        return None
    message = packet[header + 8:]
    if message[0] != OFFER or struct.unpack_from("!I", message, 4)[0] != transaction:
        return None
    if message[16:20] == bytes(4):  # gives no address: a proxy for PXE
        return None
    return str(ipaddress.IPv4Address(packet[12:16]))


def other_dhcp_server(card, patience_seconds=4):
    """Asks as a machine that starts would; the address of a server that answers, or None. Needs root."""
    transaction, hardware = secrets.randbits(32), bytes([0x02]) + secrets.token_bytes(5)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)) as listener, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        listener.bind((card.name, ETH_P_IP))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.name.encode())
        try:
            sender.bind(("", 68))
        except OSError:
            pass  # a DHCP client of this machine has it; servers answer to port 68 all the same
        deadline, again = time.monotonic() + patience_seconds, 0.0
        while time.monotonic() < deadline:
            if time.monotonic() >= again:
                sender.sendto(discover_packet(transaction, hardware), ("255.255.255.255", 67))
                again = time.monotonic() + 1.5
            listener.settimeout(0.3)
            try:
                found = offering_server(listener.recv(4096), transaction)
            except TimeoutError:
                continue
            if found:
                return found
    return None


def refuse_taken_ports(card, ports):
    """dnsmasq would share a port with another one on this machine, and machines would get answers from both. A server
    on another card only (libvirt's) is in nobody's way."""
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.name.encode())
            try:
                asker.bind((str(card.address) if port == 69 else "", port))
            except OSError:
                raise Refusal(5, "the port {port} of {address} is taken by another program", port=port, address=card.address,
                              advice="Another DHCP or TFTP server runs on this machine (ss -lunp shows it: dnsmasq, libvirt, "
                                     "tftpd-hpa).") from None


def is_root():
    return os.geteuid() == 0
