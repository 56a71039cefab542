"""The hybrid ISO: started by BIOS and UEFI, from a CD, a USB stick, or another GRUB. Used by make_media.py.

Its partition table is a plain MBR: entry 1 the ISO 9660 file system, entry 2 the EFI system partition behind it; entries
3 and 4 are left free for the stick's own partitions (docs/stick-format.md). There is no GPT, whose second copy at the end
of the drive would be wrong on every stick but one.
"""

import dataclasses
import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

KERNEL_PARAMETERS = ("nopersistence noeject nonetworking libata.allow_tpm=1 noresume raid=noautodetect systemd.gpt_auto=0 "
                     "systemd.swap=0 systemd.condition-needs-update=0 consoleblank=0 quiet loglevel=3")
# All that GRUB needs to come up by BIOS, in one file.
BIOS_MODULES = ["biosdisk", "iso9660", "part_msdos", "part_gpt", "fat", "normal", "configfile", "linux", "search",
                "search_fs_uuid", "loopback", "echo", "test", "minicmd", "all_video", "vbe", "vga", "video_bochs", "video_cirrus",
                "gfxterm", "font", "gettext", "halt", "reboot", "ls", "cat", "sleep", "gzio"]
# What the console of the menu shows: Latin letters and lines.
FONT_RANGE = "0x20-0x17f,0x2010-0x2027,0x2190-0x2193,0x2500-0x257f"
ESP_BYTES = 12 << 20


@dataclasses.dataclass
class IsoPlan:
    version: str
    digest: str
    source_date: int
    recipe: pathlib.Path  # grub.cfg, loopback.cfg, efi.cfg
    live_files: list      # kernel, initramfs, squashfs

    @property
    def medium_date(self):
        """The ISO's creation date, which is also its UUID: the day of the sources, and a time of day made from the
        digest, so that two ISOs of one day have different ones."""
        number = int(self.digest, 16)
        day = time.strftime("%Y%m%d", time.gmtime(self.source_date))
        return f"{day}{number % 24:02}{number // 24 % 60:02}{number // 1440 % 60:02}{number // 86400 % 100:02}"

    @property
    def uuid(self):
        date = self.medium_date
        return "-".join([date[:4]] + [date[i:i + 2] for i in range(4, 16, 2)])


def fill_in(plan, source, target):
    text = source.read_text()
    for mark, value in (("@UUID@", plan.uuid), ("@VERSION@", plan.version), ("@PARAMETERS@", KERNEL_PARAMETERS)):
        text = text.replace(mark, value)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)


def place_efi_programs(workshop, tree):
    """Debian's signed shim and GRUB for 64 bits; Debian's GRUB for 32-bit firmware, which has no Secure Boot."""
    programs = {"usr/lib/shim/shimx64.efi.signed": "BOOTX64.EFI",
                "usr/lib/shim/mmx64.efi.signed": "mmx64.efi",
                "usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed": "grubx64.efi",
                "usr/lib/grub/i386-efi/monolithic/gcdia32.efi": "BOOTIA32.EFI"}
    (tree / "EFI/BOOT").mkdir(parents=True, exist_ok=True)
    for source, name in programs.items():
        shutil.copyfile(workshop.root / source, tree / "EFI/BOOT" / name)


def place_network_programs(workshop, plan, tree):
    """What a start from the network reads first (docs/network-boot.md). regain-netboot takes it out of the ISO, so that
    shim, GRUB and kernel are always those of one Debian."""
    programs = {"usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed": "grubnetx64.efi",
                "usr/lib/grub/i386-efi/monolithic/grubnetia32.efi": "grubnetia32.efi",
                "usr/lib/ipxe/undionly.kpxe": "undionly.kpxe"}
    (tree / "boot/net").mkdir()
    for source, name in programs.items():
        shutil.copyfile(workshop.root / source, tree / "boot/net" / name)
    fill_in(plan, plan.recipe / "network.cfg", tree / "boot/net/grub.cfg")
    fill_in(plan, plan.recipe / "network.ipxe", tree / "boot/net/boot.ipxe")


def make_esp(workshop, plan, room):
    """The EFI system partition, made without mounting."""
    tree = room / "esp"
    place_efi_programs(workshop, tree)
    fill_in(plan, plan.recipe / "efi.cfg", tree / "boot/grub/grub.cfg")
    settle_times(plan, tree)
    with open(room / "esp.img", "wb") as file:
        file.truncate(ESP_BYTES)
    workshop.run("mkfs.vfat", "-n", "REGAIN-EFI", "-i", plan.digest[:8], "--invariant", "/room/esp.img", binds=[(room, "/room")],
                 stdout=subprocess.DEVNULL)
    workshop.run("mcopy", "-s", "-m", "-i", "/room/esp.img", "/room/esp/EFI", "/room/esp/boot", "::/", binds=[(room, "/room")])


def make_bios_image(workshop, room):
    workshop.run("grub-mkimage", "-O", "i386-pc-eltorito", "-p", "/boot/grub", "-o", "/room/eltorito.img", *BIOS_MODULES,
                 binds=[(room, "/room")])
    workshop.run("grub-mkfont", "-s", "16", "-r", FONT_RANGE, "-o", "/room/latin.pf2",
                 "/usr/share/fonts/X11/misc/unifont.pcf.gz", binds=[(room, "/room")])


def fill_tree(workshop, plan, room):
    tree = room / "iso"
    for name in ("live", "boot/grub", ".disk"):
        (tree / name).mkdir(parents=True)
    for file in plan.live_files:
        os.link(file, tree / "live" / file.name) if same_device(file, tree) else shutil.copyfile(file, tree / "live" / file.name)
    for name in ("grub.cfg", "loopback.cfg"):
        fill_in(plan, plan.recipe / name, tree / "boot/grub" / name)
    for name in ("eltorito.img", "latin.pf2"):
        shutil.copyfile(room / name, tree / "boot/grub" / name)
    (tree / "boot/grub/locale").mkdir()
    shutil.copyfile(workshop.root / "usr/share/locale/fr/LC_MESSAGES/grub.mo", tree / "boot/grub/locale/fr.mo")
    place_efi_programs(workshop, tree)
    fill_in(plan, plan.recipe / "efi.cfg", tree / "EFI/debian/grub.cfg")
    place_network_programs(workshop, plan, tree)
    (tree / ".disk/info").write_text(f"Regain {plan.version} {plan.uuid}\n")
    write_checksums(tree)
    settle_times(plan, tree)
    return tree


def same_device(file, tree):
    return os.stat(file).st_dev == os.stat(tree).st_dev


def write_checksums(tree):
    """For the menu's check. Not GRUB's own image: xorriso writes into it."""
    lines = []
    for path in sorted(path for path in tree.rglob("*") if path.is_file() and path.name != "eltorito.img"):
        with open(path, "rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.relative_to(tree)}\n")
    (tree / "sha256sum.txt").write_text("".join(lines))


def settle_times(plan, tree):
    for path in [tree, *tree.rglob("*")]:
        if path.stat().st_nlink == 1 or path.is_dir():
            os.utime(path, (plan.source_date, plan.source_date))


def write_iso(workshop, plan, target):
    with tempfile.TemporaryDirectory(prefix="iso-", dir=target.parent) as directory:
        room = pathlib.Path(directory)
        make_bios_image(workshop, room)
        make_esp(workshop, plan, room)
        fill_tree(workshop, plan, room)
        workshop.run(
            "xorriso", "-as", "mkisofs", "-quiet", "-r", "-J", "-joliet-long", "-V", "REGAIN", "-A", f"Regain {plan.version}",
            f"--modification-date={plan.medium_date}", "-partition_offset", "16", "-iso_mbr_part_type", "0x17",
            "--grub2-mbr", "/usr/lib/grub/i386-pc/boot_hybrid.img", "--mbr-force-bootable",
            "-b", "boot/grub/eltorito.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "--grub2-boot-info",
            "-append_partition", "2", "0xef", "/room/esp.img",
            "-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot",
            "-o", f"/result/{target.name}", "/room/iso", binds=[(room, "/room"), (target.parent, "/result")])
    sign_partition_table(plan, target)


def sign_partition_table(plan, target):
    """The MBR's disk signature, of which PARTUUID is made; Windows would put one of its own where there is none."""
    with open(target, "r+b") as file:
        file.seek(440)
        file.write((int(plan.digest, 16) % 0xFFFFFFFF + 1).to_bytes(4, "little"))
