"""What firmware, shim, GRUB and iPXE read first: by TFTP from a folder, by HTTP from memory. All of it comes out of the
ISO, so that shim, GRUB and kernel are those of one Debian; the two menus get the server's address."""

import os

# In the ISO → as it is asked for. shim looks for grubx64.efi beside itself; the signed netboot GRUB was made with the
# prefix /grub.
PLACES = {"EFI/BOOT/BOOTX64.EFI": "shimx64.efi", "EFI/BOOT/mmx64.efi": "mmx64.efi", "boot/net/grubnetx64.efi": "grubx64.efi",
          "boot/net/grubnetia32.efi": "grubia32.efi", "boot/net/undionly.kpxe": "undionly.kpxe",
          "boot/net/grub.cfg": "grub/grub.cfg", "boot/net/boot.ipxe": "boot.ipxe"}
MENUS = ("boot/net/grub.cfg", "boot/net/boot.ipxe")


def boot_files(iso, server):
    """name → content; `server` is ADDRESS:PORT."""
    files = {}
    for source, name in PLACES.items():
        content = iso.read(source)
        if source in MENUS:
            content = content.replace(b"@SERVER@", server.encode())
        files[name] = content
    return files


def write_tree(files, folder):
    """The folder that TFTP serves; readable for dnsmasq's own user."""
    os.chmod(folder, 0o755)
    for name, content in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, 0o644)
