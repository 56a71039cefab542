"""dnsmasq: DHCP (or, beside another DHCP server, proxy-DHCP) and TFTP on one network card. Started with a configuration
of its own; nothing of /etc/dnsmasq.conf is read. What it says is turned into a few words."""

import os
import re
import shutil
import subprocess
import threading

from words import Refusal

PATHS = "/usr/sbin:/usr/bin:/sbin:/bin"
KINDS = {"undionly.kpxe": "BIOS", "shimx64.efi": "UEFI", "grubia32.efi": "UEFI 32 bits"}

COMMON = """\
# Written by regain-netboot.
port=0
interface={card}
except-interface=lo
bind-interfaces
no-hosts
no-resolv
enable-tftp
tftp-root={tree}
dhcp-leasefile={room}/leases
pid-file={room}/pid
log-facility=-
log-dhcp
# The firmware, iPXE and the system are one machine and get one address.
dhcp-ignore-clid
# Option 93, RFC 4578 and IANA's list: 0 BIOS, 6 UEFI of 32 bits, 7 and 9 UEFI of 64 bits, 16 UEFI of 64 bits by HTTP.
dhcp-match=set:bios,option:client-arch,0
dhcp-match=set:uefi32,option:client-arch,6
dhcp-match=set:uefi64,option:client-arch,7
dhcp-match=set:uefi64,option:client-arch,9
dhcp-match=set:http64,option:client-arch,16
# iPXE says what it is; without this it would be given itself for ever.
dhcp-userclass=set:ipxe,iPXE
"""
OWN_ADDRESSES = """\
dhcp-authoritative
dhcp-range={first},{last},{netmask},1h
# This network leads nowhere.
dhcp-option=option:router
dhcp-option=option:dns-server
dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe
dhcp-boot=tag:bios,tag:ipxe,{url}/boot/boot.ipxe
dhcp-boot=tag:uefi64,tag:!ipxe,shimx64.efi
# iPXE as a card's own UEFI driver: shim could not read on with it.
dhcp-boot=tag:uefi64,tag:ipxe,{url}/boot/boot.ipxe
dhcp-boot=tag:uefi32,grubia32.efi
dhcp-option-force=tag:http64,60,HTTPClient
dhcp-boot=tag:http64,{url}/boot/shimx64.efi
"""
PROXY = """\
dhcp-range={network},proxy,{netmask}
pxe-service=tag:!ipxe,x86PC,"Regain",undionly.kpxe
pxe-service=tag:ipxe,x86PC,"Regain",{url}/boot/boot.ipxe
pxe-service=tag:!ipxe,x86-64_EFI,"Regain",shimx64.efi
pxe-service=tag:!ipxe,BC_EFI,"Regain",shimx64.efi
pxe-service=tag:ipxe,x86-64_EFI,"Regain",{url}/boot/boot.ipxe
pxe-service=tag:ipxe,BC_EFI,"Regain",{url}/boot/boot.ipxe
pxe-service=IA32_EFI,"Regain",grubia32.efi
"""


def find_dnsmasq():
    program = shutil.which("dnsmasq", path=os.environ.get("PATH", "") + ":" + PATHS)
    if program is None:
        raise Refusal(5, "the program {program} is missing", advice="Install the package {package}: apt install {package}",
                      program="dnsmasq", package="dnsmasq-base")
    return program


def configuration(card, url, room, addresses=None):
    """addresses: the first and the last; None: a proxy beside another DHCP server."""
    values = {"card": card.name, "tree": os.path.join(room, "tftp"), "room": room, "url": url,
              "network": card.network.network_address, "netmask": card.network.netmask}
    if addresses is None:
        return (COMMON + PROXY).format(**values)
    return (COMMON + OWN_ADDRESSES).format(first=addresses[0], last=addresses[1], **values)


class AddressServer:
    """The running dnsmasq. `when_it_ends(words)` is called from another thread if it ends by itself."""

    def __init__(self, program, text, room, teller, when_it_ends, verbose=False):
        self.teller, self.when_it_ends, self.stopping, self.verbose = teller, when_it_ends, False, verbose
        self.last_lines = []
        path = os.path.join(room, "dnsmasq.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.process = subprocess.Popen([program, "--keep-in-foreground", f"--conf-file={path}"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            text = line.decode("utf-8", "replace").strip()
            self.last_lines = self.last_lines[-20:] + [text]
            if self.verbose:
                self.teller.repeat(text)
            self._turn_into_words(text)
        self.process.wait()
        if not self.stopping:
            self.when_it_ends(self.last_lines[-1] if self.last_lines else str(self.process.returncode))

    def _turn_into_words(self, text):
        if found := re.search(r"DHCPACK\(\S+\) (\S+) ([0-9a-f:]{17})", text):
            self.teller.tell_once("{client} got its address ({mac})", pause_seconds=900, client=found[1], mac=found[2])
        elif found := re.search(r"sent \S*/(\S+) to (\S+)$", text):
            if found[1] in KINDS:
                self.teller.tell_once("{client} starts ({kind})", client=found[2], kind=KINDS[found[1]])
        elif "no address available" in text:
            self.teller.tell_once("no address is left: choose a larger --range")

    def stop(self):
        self.stopping = True
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(2)
