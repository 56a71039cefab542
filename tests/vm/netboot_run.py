#!/usr/bin/env python3
"""netboot_run.py [--iso FILE] [TEST...]: software PCs without any medium start Regain from regain-netboot, each with
drives of a donor in it.

Everything happens in a network namespace of its own: a bridge is the workshop's switch, each PC has a cable (TAP) in it.
As root, like live_run.py (`with_iso.py netboot_run.py` builds the ISO). Exit status: 0 all passed, 1 one failed,
77 nothing could be tried. Environment as there.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import qemu  # noqa: E402
from live_run import (BOOT_MEDIUM, LivePc, Workshop, check_nothing_was_touched, content_digest, is_locked_down,  # noqa: E402
                      names_by_serial, say_figures)
from run import ARTIFACTS, ISO, Failure, Skip, expect, run_program  # noqa: E402

SERVER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../packaging/netboot/regain-netboot")
ADDRESS = "10.77.0.1"
INSIDE = "REGAIN_VM_IN_NAMESPACE"
# The card's own iPXE starts it by BIOS; with romfile= there is none, and UEFI uses the PXE of its own firmware.
BIOS_CARD, UEFI_CARD = "e1000e", "virtio-net-pci,romfile="


def run(*words, check=True):
    return subprocess.run([str(word) for word in words], check=check, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True).stdout


class Switch:
    """The workshop's switch with the server behind it."""

    def __init__(self, workshop, *more):
        self.workshop, self.more, self.cables, self.process = workshop, more, 0, None
        self.said, self.lock = [], threading.Lock()

    def __enter__(self):
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "switch", "type", "bridge")
        run("ip", "address", "add", f"{ADDRESS}/24", "dev", "switch")
        run("ip", "link", "set", "switch", "up")
        self.folder = os.path.join(self.workshop.room, f"{self.workshop.current}-server")
        for name in ("images", "data/jobs", "data/trust"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        with open(os.path.join(self.folder, "data/jobs/lot.toml"), "w", encoding="utf-8") as file:
            file.write('# seen by the machine\n')
        return self

    def __exit__(self, *_):
        self.stop_server()
        artifacts = self.workshop.options.artifacts
        if artifacts:
            os.makedirs(artifacts, exist_ok=True)
            with open(os.path.join(artifacts, self.workshop.current + "-server.txt"), "w", encoding="utf-8") as file:
                file.writelines(self.said)
        for name in ["switch"] + [f"cable{number}" for number in range(self.cables)] + ["outside"]:
            run("ip", "link", "delete", name, check=False)

    def start_server(self):
        words = [SERVER, "--iso", self.workshop.options.iso, "--interface", "switch", "--images", f"{self.folder}/images",
                 "--data", f"{self.folder}/data", "--records", f"{self.folder}/records", "--lang", "en", "--verbose", *self.more]
        self.process = subprocess.Popen([sys.executable, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        threading.Thread(target=self._listen, args=(self.process,), daemon=True).start()
        deadline = time.monotonic() + 60 * self.workshop.patience
        while not self.heard("Ctrl+C stops"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failure("the server did not start:\n" + "".join(self.said))
            time.sleep(0.2)

    def _listen(self, process):
        for line in process.stdout:
            with self.lock:
                self.said.append(line)

    def heard(self, words, times=1):
        with self.lock:
            return sum(words in line for line in self.said) >= times

    def stop_server(self):
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        expect(self.process.wait(20) == 0, f"the server ended with {self.process.returncode}")
        self.process = None

    def cable(self, plugged=True):
        """A TAP device for one PC."""
        name = f"cable{self.cables}"
        self.cables += 1
        run("ip", "tuntap", "add", name, "mode", "tap")
        if plugged:
            run("ip", "link", "set", name, "master", "switch")
        run("ip", "link", "set", name, "up")
        return name

    def another_dhcp_server(self):
        """As in an office: a router with DHCP somewhere in this network. A process in a namespace of its own."""
        keeper = subprocess.Popen(["unshare", "--net", "sleep", "3600"], stdin=subprocess.DEVNULL)
        time.sleep(0.5)
        run("ip", "link", "add", "outside", "type", "veth", "peer", "name", "inside", "netns", keeper.pid)
        run("ip", "link", "set", "outside", "master", "switch", "up")
        enter = ["nsenter", "--net", "--target", str(keeper.pid)]
        run(*enter, "ip", "address", "add", "10.77.0.254/24", "dev", "inside")
        run(*enter, "ip", "link", "set", "inside", "up")
        dnsmasq = subprocess.Popen([*enter, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=inside",
                                    "--bind-interfaces", "--dhcp-range=10.77.0.200,10.77.0.220,1h", "--log-facility=-",
                                    f"--dhcp-leasefile={self.folder}/other-leases", f"--pid-file={self.folder}/other-pid"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [dnsmasq, keeper]


class NetPc(LivePc):
    """A PC with no medium: its drives are the donor's, its first card starts it."""

    def __init__(self, switch, firmware, memory_mib=1024, cards=None, number=0, donors=None):
        workshop = switch.workshop
        if firmware != "bios" and qemu.firmware_files(firmware) is None:
            raise Skip(f"no OVMF firmware for {firmware} (Debian packages: ovmf, ovmf-ia32)")
        self.donors = workshop.donor_drives() if donors is None else donors
        self.before = {path: content_digest(path) for path, _, _ in self.donors}
        model = BIOS_CARD if firmware == "bios" else UEFI_CARD
        cards = cards or [(switch.cable(), model)]
        self.addresses = [f"52:54:00:77:{number:02x}:{index:02x}" for index in range(len(cards))]
        super().__init__(workshop, self.donors, firmware, memory_mib,
                         [(tap, address, model) for (tap, model), address in zip(cards, self.addresses)])
        self.switch, self.number = switch, number

    def name(self):
        return self.workshop.current + (f"-{self.number}" if self.number else "")

    def wait_for_server(self, words, seconds, times=1):
        self.wait_until(lambda: self.switch.heard(words, times), seconds * self.workshop.patience, f"“{words}” in the server's words")

    def first_console(self):
        text = super().first_console()
        if self.workshop.options.artifacts:
            self.press("ctrl", "alt", "f1")
            self.wait_for("Regain", 60)
            os.makedirs(self.workshop.options.artifacts, exist_ok=True)
            qemu.write_png(os.path.join(self.workshop.options.artifacts, self.workshop.current + "-first.png"), self.screenshot())
            self.press("ctrl", "alt", "f2")
            self.wait_for("root@", 60)
        return text

    def pass_menu(self, times=1):
        """Any key would stop the countdown; the server sees when the kernel runs."""
        self.wait_for_server("reads the kernel", 600, times)
        self.wait_for_server("reads the system", 1200, times)
        self.wait_for_server("has the system", 600, times)


def check_machine(machine):
    """What every start from the network must show."""
    machine.first_console()
    names = names_by_serial(machine)
    drives = [names[f"VM{number}"] for number in range(len(machine.donors))]
    expect(machine.ask("cat /run/regain/boot-medium").strip() == "NONE=network", "the medium was not written down as none")
    text = machine.ask("regain drives")
    for name in drives:
        expect(re.search(rf"^{name} ", text, re.M), f"{name} is not in the list:\n{text}")
    expect(BOOT_MEDIUM not in "".join(text.split()), f"something counts as boot medium:\n{text}")
    if drives:
        check_nothing_was_touched(machine, drives, machine.donors, machine.before)
    failed = machine.ask("systemctl --failed --no-legend")
    expect(not failed.strip(), f"a service failed:\n{failed}")
    check_network(machine)
    say_figures(machine)


def check_network(machine):
    """The address that the initramfs got is still there, the server answers, its files are in place."""
    addresses = machine.ask("ip -4 -brief address show scope global")
    expect("10.77.0." in addresses, f"the address is gone:\n{addresses}")
    expect("regain.server-images" in machine.ask(f"curl -sS http://{ADDRESS}:8080/images.json"), "the server does not answer")
    records = machine.ask("cat /run/regain/records")
    expect(records.strip() == f"network http://{ADDRESS}:8080", f"the records go elsewhere: {records}")
    expect("lot.toml" in machine.ask("ls /run/regain/data/jobs"), "the server's job is not there")


def start_and_check(workshop, firmware, more=None, switch_options=(), before=None, **options):
    with Switch(workshop, *switch_options) as switch:
        others = before(switch) if before else []
        try:
            switch.start_server()
            with NetPc(switch, firmware, **options) as machine:
                machine.reach_second_console()
                check_machine(machine)
                if more:
                    more(machine)
        finally:
            for process in others:
                process.terminate()
                process.wait()


def starts_from_the_network_by_bios(workshop):
    """BIOS, 1 GiB: the card's iPXE, kernel, initramfs and system over HTTP."""
    start_and_check(workshop, "bios")


def starts_from_the_network_by_secure_boot(workshop):
    """UEFI's own PXE with Secure Boot: Microsoft's key, Debian's shim, GRUB, kernel; locked down."""
    start_and_check(workshop, "secure", lambda machine: is_locked_down(machine, None))


def starts_from_the_network_by_uefi_of_32_bits(workshop):
    """Debian's unsigned GRUB for 32-bit firmware, with a processor of 64."""
    start_and_check(workshop, "uefi32")


def starts_by_the_network_card_that_has_an_answer(workshop):
    """Two cards: the first one's cable leads nowhere."""
    with Switch(workshop) as switch:
        switch.start_server()
        cards = [(switch.cable(plugged=False), BIOS_CARD), (switch.cable(), BIOS_CARD)]
        with NetPc(switch, "bios", cards=cards) as machine:
            machine.reach_second_console()
            check_machine(machine)
            # The screen has 80 columns: the line is broken anywhere.
            named = "".join(machine.ask("cat /proc/cmdline").split())
            expect("BOOTIF=01-52-54-00-77-00-01" in named, f"another card was named: {named}")


def starts_beside_another_dhcp_server(workshop):
    """--proxy: a router gives the addresses. Without --proxy the server refuses."""
    def router(switch):
        others = switch.another_dhcp_server()
        refused = subprocess.run([sys.executable, SERVER, "--iso", workshop.options.iso, "--interface", "switch", "--images",
                                  f"{switch.folder}/images", "--records", f"{switch.folder}/records", "--lang", "en"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        expect(refused.returncode == 3 and "another DHCP server answers on switch: 10.77.0.254" in refused.stdout,
               f"two DHCP servers would run: {refused.stdout}")
        return others
    start_and_check(workshop, workshop.proxy_firmware, switch_options=["--proxy"], before=router,
                    more=lambda machine: expect("10.77.0.2" in machine.ask("ip -4 -br a"), "an address of ours"))


def starts_beside_another_dhcp_server_by_secure_boot(workshop):
    """The same for UEFI: shim and GRUB have to find the server that the proxy names."""
    workshop.proxy_firmware = "secure"
    starts_beside_another_dhcp_server(workshop)


def goes_on_after_the_network_server_was_away(workshop):
    """The server stops while the machine reads the system, and comes again: the machine goes on by itself."""
    with Switch(workshop) as switch:
        switch.start_server()
        with NetPc(switch, "bios", donors=[]) as machine:
            machine.wait_for_server("reads the system", 900)
            switch.stop_server()
            time.sleep(15)
            qemu.write_png(os.path.join(workshop.room, "away.png"), machine.screenshot())
            switch.start_server()
            machine.reach_second_console()
            check_machine(machine)


def two_machines_start_from_the_network_at_once(workshop):
    """Both read from one server at the same time, and each is a machine of its own."""
    with Switch(workshop) as switch:
        switch.start_server()
        with NetPc(switch, "bios", donors=[]) as first, NetPc(switch, "bios", number=1, donors=[]) as second:
            for machine in (first, second):
                machine.pass_menu(times=2)
            for machine in (first, second):
                machine.reach_second_console()
                check_machine(machine)
            addresses = [re.findall(r"10\.77\.0\.\d+", machine.ask("ip -4 -br a"))[0] for machine in (first, second)]
            expect(addresses[0] != addresses[1], f"both have the address {addresses[0]}")


def starts_from_the_network_in_little_memory(workshop):
    """The least memory that is tried."""
    start_and_check(workshop, "bios", memory_mib=int(os.environ.get("REGAIN_VM_MEMORY", "768")))


TESTS = [starts_from_the_network_by_bios, starts_from_the_network_by_secure_boot, two_machines_start_from_the_network_at_once,
         starts_beside_another_dhcp_server, starts_beside_another_dhcp_server_by_secure_boot,
         starts_by_the_network_card_that_has_an_answer, goes_on_after_the_network_server_was_away,
         starts_from_the_network_by_uefi_of_32_bits, starts_from_the_network_in_little_memory]


class NetWorkshop(Workshop):
    proxy_firmware = "bios"


def reason_to_skip_all(options):
    if not options.iso or not os.path.exists(options.iso):
        return "no ISO was given (--iso)"
    if os.geteuid() != 0 or not os.path.exists("/dev/net/tun"):
        return "a network of its own needs root and /dev/net/tun"
    for program in ("qemu-system-x86_64", "dnsmasq", "ip", "unshare", "nsenter", "xorriso", "unsquashfs", "mke2fs", "mkswap"):
        if shutil.which(program) is None:
            return f"the program {program} is missing"
    return None


def main(arguments):
    def enter_namespace(_):
        if os.environ.get(INSIDE) != "1":
            os.environ[INSIDE] = "1"
            os.execvp("unshare", ["unshare", "--net", sys.executable, os.path.abspath(__file__), *arguments])

    os.environ["PATH"] += ":/usr/sbin:/sbin"
    return run_program(__doc__, arguments, [ISO, ARTIFACTS], TESTS, NetWorkshop, reason_to_skip_all, enter_namespace)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
