#!/usr/bin/env python3
"""netboot_test.py NAME: one test of regain-netboot, without root. Exit status: 0 passed, 1 failed, 77 can't be tried here."""

import ast
import errno
import io
import ipaddress
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import sys
import tarfile
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from served import PROGRAM, STATION, Place, Served, Skip, check, equal, make_iso, live_files, sha256  # noqa: E402

import address_server  # noqa: E402
import boot_tree  # noqa: E402
import iso_reader  # noqa: E402
import network_card  # noqa: E402
import outcome  # noqa: E402
import record_store  # noqa: E402
import words  # noqa: E402

MODULES = sorted(PROGRAM.parent.glob("*.py")) + [PROGRAM]


# ---- what machines read

def test_the_system_comes_out_of_the_iso_byte_for_byte(place):
    with place.serve() as server:
        for name in ("vmlinuz", "initrd.img", "filesystem.squashfs", "regain.squashfs"):
            status, headers, content = server.get(f"/live/{name}")
            equal((status, content == place.files[f"live/{name}"]), (200, True), name)
            equal(int(headers["Content-Length"]), len(content), name)
        listed = server.get("/live/sha256sum.txt")[2].decode()
        check(f"{sha256(place.files['live/regain.squashfs'])}  live/regain.squashfs\n" in listed, listed)
        server.wait_for("reads the system")


def test_boot_files_name_the_server(place):
    with place.serve() as server:
        here = f"{server.address}:{server.port}"
        for path in ("/boot/boot.ipxe", "/boot/grub/grub.cfg", "/grub/grub.cfg"):
            content = server.get(path)[2].decode()
            check(f"http://{here}" in content and "@SERVER@" not in content, f"{path}: {content}")
        equal(server.get("/boot/shimx64.efi")[2], place.files["EFI/BOOT/BOOTX64.EFI"], "shim")
        equal(server.get("/boot/grubx64.efi")[2], place.files["boot/net/grubnetx64.efi"], "GRUB")


def test_images_are_listed_newest_first_and_nothing_else_is(place):
    for age, name in enumerate(["new.img.zst", "old.img.zst"]):
        (place.images / name).write_bytes(b"x" * (age + 5))
        os.utime(place.images / name, (1e9 - age * 100, 1e9 - age * 100))
    (place.images / "notes.txt").write_text("no image")
    (place.images / ".hidden.img.zst").write_text("half copied")
    (place.images / "folder.img.zst").mkdir()
    (place.images / "broken.img.zst").symlink_to("nowhere")
    with place.serve() as server:
        content = server.get("/images.json")[2]
        import json
        equal(json.loads(content), {"schema": "regain.server-images/1", "images": [
            {"name": "new.img.zst", "size_bytes": 5}, {"name": "old.img.zst", "size_bytes": 6}]}, "the list")
        for name in ("notes.txt", ".hidden.img.zst", "folder.img.zst", "broken.img.zst", ""):
            equal(server.get(f"/images/{name}")[0], 404, name)


def test_ranges_of_an_image(place):
    content = bytes(range(256)) * 40
    (place.images / "a.img.zst").write_bytes(content)
    with place.serve() as server:
        for text, first, last in (("bytes=0-0", 0, 0), ("bytes=100-299", 100, 299), ("bytes=10200-", 10200, 10239),
                                  ("bytes=-40", 10200, 10239), ("bytes=10000-99999999", 10000, 10239), ("bytes=-99999", 0, 10239)):
            status, headers, part = server.get("/images/a.img.zst", Range=text)
            equal((status, part == content[first:last + 1], headers.get("Content-Range")),
                  (206, True, f"bytes {first}-{last}/10240"), text)
        for text in ("bytes=10240-", "bytes=10240-10300", "bytes=-0"):
            status, headers, _ = server.get("/images/a.img.zst", Range=text)
            equal((status, headers.get("Content-Range")), (416, "bytes */10240"), text)
        for text in ("bytes=5-2", "bytes=-", "bytes=1-2,4-5", "rabbits=1-2", "bytes=a-b"):
            equal(server.get("/images/a.img.zst", Range=text)[::2], (200, content), text)


def test_the_tag_of_an_image_changes_with_it(place):
    image = place.images / "a.img.zst"
    image.write_bytes(b"a" * 1000)
    with place.serve() as server:
        status, headers, content = server.ask("HEAD", "/images/a.img.zst")
        equal((status, headers["Content-Length"], content, headers["Accept-Ranges"]), (200, "1000", b"", "bytes"), "HEAD")
        tag = headers["ETag"]
        equal(server.get("/images/a.img.zst", Range="bytes=0-9", If_Range=tag)[0], 206, "the same tag")
        equal(server.get("/images/a.img.zst", If_Match=tag)[0], 200, "the same tag")
        replacement = place.images / "part"
        replacement.write_bytes(b"b" * 1000)
        shutil.copystat(image, replacement)  # even with the old one's time
        replacement.rename(image)
        check(server.ask("HEAD", "/images/a.img.zst")[1]["ETag"] != tag, "the tag stayed the same")
        equal(server.get("/images/a.img.zst", Range="bytes=0-9", If_Range=tag)[::2], (200, b"b" * 1000), "another tag")
        equal(server.get("/images/a.img.zst", If_Match=tag)[0], 412, "another tag")


def test_no_name_leads_out_of_a_folder(place):
    (place.folder / "secret.img.zst").write_text("secret")
    (place.images / "a.img.zst").write_text("image")
    with place.serve() as server:
        server.put("certificates/RG-1.jws", b"donor")
        for path in ("/images/../secret.img.zst", "/images/%2e%2e/secret.img.zst", "/images/..%2fsecret.img.zst",
                     "/images//" + str(place.folder / "secret.img.zst"), "/images/a.img.zst/", "/images/./a.img.zst",
                     "/live/../../etc/passwd", "/boot/../images/a.img.zst", "/live/", "/", "//", "/boot/", "/images",
                     f"/records/{STATION}/certificates/RG-1.jws", "/records/", "/%00"):
            equal(server.get(path)[0], 404, path)
        equal(server.get("/images/%61.img.zst?x=1")[0], 200, "an ordinary name, written otherwise")


def test_data_tar_holds_jobs_profiles_and_trust_only(place):
    for name in ("jobs/lot.toml", "profiles/ecole/profile.toml", "profiles/ecole/files/été.sh", "trust/anchor.pem",
                 "images/a.img.zst", "notes.txt", "jobs/.swp"):
        (place.data / name).parent.mkdir(parents=True, exist_ok=True)
        (place.data / name).write_text(name)
    (place.data / "profiles/ecole/files/été.sh").chmod(0o755)
    (place.data / "jobs/link").symlink_to("/etc/passwd")
    with place.serve() as server:
        content = server.get("/data.tar")[2]
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        entries = {entry.name: entry for entry in archive.getmembers()}
        equal(sorted(entries), ["jobs/lot.toml", "profiles/ecole/files/été.sh", "profiles/ecole/profile.toml",
                                "trust/anchor.pem"], "the names")
        check(all(entry.isreg() for entry in entries.values()), "something that is no regular file")
        equal((entries["profiles/ecole/files/été.sh"].mode, entries["jobs/lot.toml"].mode), (0o755, 0o644), "the modes")


def test_without_data_the_tar_is_empty(place):
    shutil.rmtree(place.data)
    command = place.words("--http-only", "--port", "0")
    del command[command.index("--data"):command.index("--data") + 2]
    server = Served(command)
    try:
        with tarfile.open(fileobj=io.BytesIO(server.get("/data.tar")[2])) as archive:
            equal(archive.getnames(), [], "the names")
    finally:
        server.stop()


# ---- what machines send

def test_a_record_arrives_whole(place):
    with place.serve() as server:
        content = os.urandom(300000)
        equal(server.put("certificates/RG-ABCD-1.jws", content), 201, "a new one")
        kept = place.records / STATION / "certificates/RG-ABCD-1.jws"
        equal(kept.read_bytes() == content, True, "the content")
        equal(kept.stat().st_mode & 0o077, 0, "others may read it")
        equal(server.put("certificates/RG-ABCD-1.jws", content), 200, "the same again")
        server.wait_for("certificate RG-ABCD-1")


def test_a_certificate_is_never_replaced(place):
    with place.serve() as server:
        for name in ("certificates/RG-1.jws", "certificates/RG-1.pdf", "station.pem"):
            equal(server.put(name, b"first"), 201, name)
            equal(server.put(name, b"second"), 409, name)
            equal((place.records / STATION / name).read_bytes(), b"first", name)
        equal(sorted(path.name for path in (place.records / STATION / "certificates").iterdir()), ["RG-1.jws", "RG-1.pdf"],
              "what lies there")


def test_what_is_replaced_leaves_its_last_version(place):
    with place.serve() as server:
        for name in ("registry.db", "registry-head.json", "journals/0001-abcd.json"):
            for version in (b"1", b"2", b"3"):
                equal(server.put(name, version), 201, name)
            equal((place.records / STATION / name).read_bytes(), b"3", name)
            equal((place.records / STATION / (name + ".previous")).read_bytes(), b"2", name)


def test_journals_can_be_removed_and_nothing_else(place):
    with place.serve() as server:
        server.put("journals/J1.json", b"1")
        server.put("journals/J1.json", b"2")
        server.put("certificates/RG-1.jws", b"c")
        server.put("registry.db", b"r")
        for name, status in (("journals/J1.json", 204), ("journals/J1.json", 204), ("certificates/RG-1.jws", 403),
                             ("registry.db", 403), ("journals/../certificates/RG-1.jws", 403), ("", 403)):
            equal(server.ask("DELETE", f"/records/{STATION}/{name}")[0], status, name)
        equal(list((place.records / STATION / "journals").iterdir()), [], "the journals")
        equal((place.records / STATION / "certificates/RG-1.jws").read_bytes(), b"c", "the certificate")
        equal(server.ask("DELETE", "/images/a.img.zst")[0], 403, "an image")


def test_names_of_records_are_strict(place):
    with place.serve() as server:
        for path in ("certificates/../x.jws", "certificates/x.sh", "certificates/a/b.jws", "keys/station.key", "x", "registry.db/x",
                     "certificates/.jws", "certificates/%2e%2e.jws", "certificates/RG 1.jws".replace(" ", "%20"), "/etc/passwd",
                     "journals/set-aside/x.json", "certificates/" + "x" * 97 + ".jws", "certificates/-rf.jws", "registry.db.previous"):
            equal(server.put(path, b"x"), 403, path)
        for station in ("..", ".", "ST-1", "st-0123-4567-89ab-cdef", "ST-0123-4567-89AB-CDEF-", "%2e%2e"):
            equal(server.put("certificates/RG-1.jws", b"x", station=station), 403, station)
        equal(server.ask("PUT", "/images/a.img.zst", body=b"x", headers={"X-Content-SHA256": sha256(b"x")})[0], 403, "an image")
        equal(server.ask("PUT", "/live/vmlinuz", body=b"x", headers={"X-Content-SHA256": sha256(b"x")})[0], 403, "the kernel")
        equal([path for path in place.records.rglob("*") if path.is_file()], [], "what was written")


def test_a_damaged_or_torn_record_is_not_taken(place):
    with place.serve() as server:
        equal(server.put("certificates/RG-1.jws", b"x", digest=sha256(b"y")), 400, "another digest")
        equal(server.put("certificates/RG-1.jws", b"x", digest="abc"), 400, "no digest")
        equal(server.ask("PUT", f"/records/{STATION}/registry.db", body=b"x")[0], 400, "no header")
        with socket.create_connection((server.address, int(server.port)), 10) as half:
            half.sendall(f"PUT /records/{STATION}/registry.db HTTP/1.1\r\nHost: x\r\nX-Content-SHA256: {sha256(b'x' * 1000)}\r\n"
                         "Content-Length: 1000\r\n\r\n".encode() + b"x" * 500)
        chunked = (f"PUT /records/{STATION}/registry.db HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                   f"X-Content-SHA256: {sha256(b'x')}\r\n\r\n1\r\nx\r\n0\r\n\r\n")
        with socket.create_connection((server.address, int(server.port)), 10) as other:
            other.sendall(chunked.encode())
            check(other.recv(100).startswith(b"HTTP/1.1 411"), "a body without a length was taken")
        equal(server.put("registry.db", b"good"), 201, "a good one afterwards")
        names = [path.name for path in place.records.rglob("*") if path.is_file() and not path.name.startswith(".part-")]
        equal(names, ["registry.db"], "what was kept")


def test_torn_files_of_an_earlier_run_go_away(place):
    folder = place.records / STATION
    folder.mkdir(parents=True)
    (folder / ".part-abc").write_text("half")
    (folder / "registry.db").write_text("whole")
    (place.records / ".part-of-somebody").write_text("not ours")
    record_store.RecordStore(str(place.records)).prepare()
    equal(sorted(os.listdir(folder)), ["registry.db"], "what is left")
    equal(sorted(os.listdir(place.records)), [".part-of-somebody", STATION], "what is not a station's")


def test_too_large_a_record_is_refused_before_it_is_sent(place):
    with place.serve() as server, socket.create_connection((server.address, int(server.port)), 10) as connection:
        connection.sendall(f"PUT /records/{STATION}/station.pem HTTP/1.1\r\nHost: x\r\nX-Content-SHA256: {sha256(b'')}\r\n"
                           f"Content-Length: {1 << 40}\r\n\r\n".encode())
        check(connection.recv(100).startswith(b"HTTP/1.1 413"), "it was taken")


class _FullAfter(record_store.RecordStore):
    def free_bytes(self):
        return self.free


def test_a_full_disk_is_answered_and_leaves_no_piece(place):
    store = _FullAfter(str(place.records))
    store.free = 1 << 40
    store.prepare()
    store.free = record_store.KEPT_FREE + 9

    def put(read):
        try:
            return store.put(STATION, "registry.db", 10, sha256(b"0123456789"), read)
        except record_store.Answer as answer:
            return answer.status
    equal(put(io.BytesIO(b"0123456789").read), 507, "too little room at the start")

    def full(_):
        raise OSError(errno.ENOSPC, "full")
    store.free = 1 << 40
    equal(put(full), 507, "the disk filled up on the way")
    equal([path for path in place.records.rglob("*") if path.is_file()], [], "what was left")
    equal(put(io.BytesIO(b"0123456789").read), 201, "with room again")


def test_a_full_folder_is_answered_over_http(place):
    """The limit of this process's files stands for the disk's end: writing fails in the middle."""
    import resource
    with place.serve() as server:
        hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (50000, hard))
        equal(server.put("registry.db", os.urandom(400000)), 507, "the answer")
        server.wait_for("FULL")
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        equal(server.put("registry.db", b"room again"), 201, "afterwards")


def test_two_machines_that_send_the_same_certificate(place):
    """Both are told the truth: one content is there, and whole."""
    with place.serve() as server:
        contents = [bytes([number]) * 200000 for number in range(8)]
        answers = [None] * 8

        def send(number):
            answers[number] = server.put("certificates/RG-1.jws", contents[number])
        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        equal(sorted(answers), [201] + [409] * 7, "the answers")
        kept = (place.records / STATION / "certificates/RG-1.jws").read_bytes()
        equal(kept, contents[answers.index(201)], "the content")


# ---- many machines, slow ones, strange ones

def test_silent_connections_stop_nobody(place):
    with place.serve() as server:
        silent = [socket.create_connection((server.address, int(server.port)), 10) for _ in range(20)]
        half = socket.create_connection((server.address, int(server.port)), 10)
        half.sendall(b"GET /live/filesystem.squashfs HTTP/1.1\r\nHost: x\r\n\r\n")  # and never reads
        begin = time.monotonic()
        equal(server.get("/live/vmlinuz")[0], 200, "another machine")
        check(time.monotonic() - begin < 5, "it had to wait")
        for connection in silent + [half]:
            connection.close()


def test_one_machine_gets_only_so_many_connections(place):
    import web_server
    with place.serve() as server:
        held = [socket.create_connection((server.address, int(server.port)), 10) for _ in range(web_server.MOST_OF_ONE_MACHINE)]
        held[-1].sendall(b"GET /live/vmlinuz HTTP/1.0\r\n\r\n")
        check(held[-1].recv(20).startswith(b"HTTP/1.1 200"), "the last one that is allowed")
        with socket.create_connection((server.address, int(server.port)), 10, source_address=("127.0.0.2", 0)) as other:
            other.sendall(b"GET /live/sha256sum.txt HTTP/1.0\r\n\r\n")
            check(other.recv(20).startswith(b"HTTP/1.1 200"), "another machine")
        held.append(socket.create_connection((server.address, int(server.port)), 10))
        held.append(socket.create_connection((server.address, int(server.port)), 10))
        check(held[-1].recv(20).startswith(b"HTTP/1.1 503"), "one more than is allowed")
        for connection in held:
            connection.close()


def test_nonsense_harms_nothing(place):
    with place.serve() as server:
        for noise in (b"\0" * 5000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"X" * 200000, b"PUT /records HTTP/1.1\r\n\r\n",
                      b"GET /images/%ff%fe.img.zst HTTP/1.1\r\n\r\n", b"DELETE / HTTP/1.1\r\n\r\n", b"HEAD /x HTTP/1.1\r\n\r\n",
                      b"GET /live/vmlinuz HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello", b"POST / HTTP/1.1\r\n\r\n",
                      b"PUT /records/x/y HTTP/1.1\r\nContent-Length: -5\r\n\r\n"):
            with socket.create_connection((server.address, int(server.port)), 10) as connection:
                try:
                    connection.sendall(noise)
                    connection.shutdown(socket.SHUT_WR)
                    answer = connection.recv(200)
                except ConnectionError:
                    continue
                check(b" 200 " not in answer and b" 500 " not in answer, f"{noise[:40]}: {answer}")
        equal(server.get("/live/vmlinuz")[0], 200, "afterwards")
        equal(server.process.poll(), None, "the server ended")


def test_a_replaced_iso_changes_nothing_for_a_running_server(place):
    other = live_files()
    other["live/vmlinuz"] = b"another kernel"
    with place.serve() as server:
        make_iso(place.folder, other, name="other.iso").rename(place.iso)
        equal(server.get("/live/vmlinuz")[2] == place.files["live/vmlinuz"], True, "the kernel")


def test_both_signals_stop_it(place):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT, signal.SIGTERM):  # at once: when it begins to wait
        with place.serve() as server:
            held = socket.create_connection((server.address, int(server.port)), 10)
            equal(server.stop(number), 0, "the exit status")
            server.wait_for("stopped")
            held.close()


# ---- refusals

def refused(place, status, phrase, *more, **options):
    found, said = place.run(*more, **options)
    equal(found, status, f"the exit status; it said {said}")
    check(phrase in said, f"“{phrase}” was not said: {said}")
    check("Traceback" not in said, said)


def test_refuses_a_card_that_is_not_there(place):
    refused(place, 5, "the network card nonesuch is not there", words=place.words("--http-only", "--interface", "nonesuch"))


def test_refuses_without_root(place):
    if os.geteuid() == 0:
        place.folder.chmod(0o755)
        import subprocess
        result = subprocess.run(["/usr/bin/python3", *place.words()], user=65534, group=65534, extra_groups=[], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        if "Permission denied" in result.stdout and "regain-netboot: " not in result.stdout:
            raise Skip("nobody may not read the sources here")
        found = result.returncode, result.stdout
    else:
        found = place.run()
    equal(found[0], 5, found[1])
    check("only root" in found[1] and "sudo" in found[1], found[1])


def test_names_the_package_of_a_missing_program(place):
    address_server.PATHS = ""
    before, os.environ["PATH"] = os.environ["PATH"], str(place.folder)
    try:
        address_server.find_dnsmasq()
    except words.Refusal as refusal:
        said = refusal.in_words(words.Teller("en"))
        check("dnsmasq is missing" in said and "apt install dnsmasq-base" in said, said)
        return
    finally:
        os.environ["PATH"] = before
    raise AssertionError("it was found")


def test_refuses_a_port_that_is_taken(place):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused(place, 5, "is taken by another program", "--http-only", "--port", str(taken.getsockname()[1]))


def test_refuses_a_port_that_cannot_be(place):
    refused(place, 2, "can't be used", "--http-only", "--port", "70000")


def test_refuses_damaged_isos(place):
    whole = place.iso.read_bytes()
    for name, content in (("empty.iso", b""), ("short.iso", whole[:40000]), ("zeros.iso", bytes(100000)), ("text.iso", b"hello" * 20000)):
        (place.folder / name).write_bytes(content)
        refused(place, 4, "ISO", "--http-only", iso=place.folder / name)
    truncated = place.folder / "truncated.iso"
    truncated.write_bytes(whole[:len(whole) // 2])
    refused(place, 4, "is damaged", "--http-only", iso=truncated)
    flipped, where = bytearray(whole), whole.index(live_files()["live/regain.squashfs"][:64])
    flipped[where + 5] ^= 1
    (place.folder / "flipped.iso").write_bytes(flipped)
    refused(place, 4, "is damaged: live/", "--http-only", iso=place.folder / "flipped.iso")
    refused(place, 4, "can't be read", "--http-only", iso=place.folder / "nowhere.iso")
    refused(place, 4, "can't be read", "--http-only", iso=place.folder)


def test_refuses_an_iso_that_is_older_or_another(place):
    old = {name: content for name, content in live_files().items() if not name.startswith("boot/net")}
    refused(place, 4, "older ISO", "--http-only", iso=make_iso(place.folder, old, name="old.iso"))
    refused(place, 4, "not an ISO of Regain", "--http-only", iso=make_iso(place.folder, {"readme": b"x"}, name="other.iso"))
    liar = make_iso(place.folder, sums={"live/initrd.img": "0" * 64}, name="liar.iso")
    refused(place, 4, "damaged: live/initrd.img", "--http-only", iso=liar)


def test_directories_that_lead_in_circles_end(place):
    """A damaged directory must not keep the reader busy for ever."""
    content = bytearray(place.iso.read_bytes())
    reader = iso_reader.Iso(str(place.iso))
    first, length = reader._root()
    position = first * 2048
    while content[position + 32] == 1 or not content[position + 25] & 2:  # the first real directory
        position += content[position]
    content[position + 2:position + 6], content[position + 10:position + 14] = struct.pack("<I", first), struct.pack("<I", length)
    (place.folder / "circle.iso").write_bytes(content)
    refused(place, 4, "is damaged", "--http-only", iso=place.folder / "circle.iso")


def test_refuses_folders_that_are_not_there(place):
    command = place.words("--http-only", "--port", "0", "--images", place.folder / "nowhere")
    refused(place, 5, "nowhere is not there", words=command)
    command = place.words("--http-only", "--port", "0", "--data", place.folder / "nowhere")
    refused(place, 5, "nowhere is not there", words=command)
    (place.folder / "file").write_text("")
    command = place.words("--http-only", "--port", "0", "--records", place.folder / "file/records")
    refused(place, 5, "can't be written", words=command)


def test_refuses_more_data_than_machines_can_hold(place):
    (place.data / "jobs").mkdir()
    with open(place.data / "jobs/large.toml", "wb") as file:
        file.truncate(65 << 20)
    refused(place, 5, "more than 67 MB", "--http-only")


def test_wrong_usage_is_2(place):
    for more in (["--range", "a,b", "--proxy"], ["--unknown"], ["--port", "x"]):
        equal(place.run(*more)[0], 2, " ".join(more))


def test_ranges_of_addresses(_):
    card = network_card.Card("x", ipaddress.IPv4Address("10.77.0.1"), ipaddress.IPv4Network("10.77.0.0/24"))
    equal([str(end) for end in network_card.address_range(card, None)], ["10.77.0.50", "10.77.0.150"], "the usual one")
    equal([str(end) for end in network_card.address_range(card, "10.77.0.10, 10.77.0.20")], ["10.77.0.10", "10.77.0.20"], "given")
    for text in ("10.77.0.20,10.77.0.10", "10.78.0.1,10.78.0.5", "10.77.0.0,10.77.0.20", "10.77.0.250,10.77.0.255", "x", "1,2,3",
                 "10.77.0.1,10.77.0.9"):
        try:
            network_card.address_range(card, text)
        except words.Refusal as refusal:
            equal(refusal.status, 2, text)
        else:
            raise AssertionError(f"{text} was taken")
    inside = network_card.Card("x", ipaddress.IPv4Address("10.77.0.60"), ipaddress.IPv4Network("10.77.0.0/24"))
    equal([str(end) for end in network_card.address_range(inside, None)], ["10.77.0.61", "10.77.0.150"], "around itself")
    small = network_card.Card("x", ipaddress.IPv4Address("10.77.0.1"), ipaddress.IPv4Network("10.77.0.0/28"))
    equal([str(end) for end in network_card.address_range(small, None)], ["10.77.0.8", "10.77.0.14"], "a small network")


# ---- DHCP

def test_an_offer_of_another_server_is_recognised(_):
    def packet(operation=2, transaction=7, gives=b"\x0a\0\0\x05", port=68, protocol=17):
        message = struct.pack("!BBBBIHH4s4s220s4s", operation, 1, 6, 0, transaction, 0, 0, bytes(4), gives, bytes(220), b"\x63\x82\x53\x63")
        header = bytearray(20)
        header[0], header[9], header[12:16] = 0x45, protocol, bytes([10, 0, 0, 1])
        return bytes(header) + struct.pack("!HHHH", 67, port, 0, 0) + message + bytes(60)
    equal(network_card.offering_server(packet(), 7), "10.0.0.1", "an offer")
    for name, other in (("another's", packet(transaction=8)), ("a request", packet(operation=1)), ("a proxy", packet(gives=bytes(4))),
                        ("another port", packet(port=69)), ("TCP", packet(protocol=6)), ("nothing", b""), ("short", packet()[:60])):
        equal(network_card.offering_server(other, 7), None, name)


def test_dnsmasq_takes_its_configuration(place):
    import subprocess
    try:
        program = address_server.find_dnsmasq()
    except words.Refusal:
        raise Skip("dnsmasq is not installed (Debian package: dnsmasq-base)") from None
    card = network_card.Card("lo", ipaddress.IPv4Address("10.77.0.1"), ipaddress.IPv4Network("10.77.0.0/24"))
    (place.folder / "tftp").mkdir()
    for addresses in (("10.77.0.50", "10.77.0.150"), None):
        text = address_server.configuration(card, "http://10.77.0.1:8080", str(place.folder), addresses)
        check("{" not in text, text)
        (place.folder / "conf").write_text(text)
        result = subprocess.run([program, "--test", f"--conf-file={place.folder / 'conf'}"], stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)
        equal((result.returncode, "OK" in result.stdout), (0, True), result.stdout)
        broken = text.replace("enable-tftp", "enable-everything")
        (place.folder / "conf").write_text(broken)
        check(subprocess.run([program, "--test", f"--conf-file={place.folder / 'conf'}"], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL).returncode != 0, "dnsmasq takes everything: the test shows nothing")


def test_every_file_that_dnsmasq_names_is_in_the_tree(_):
    card = network_card.Card("lo", ipaddress.IPv4Address("10.77.0.1"), ipaddress.IPv4Network("10.77.0.0/24"))
    names = set()
    for addresses in (("10.77.0.50", "10.77.0.150"), None):
        text = address_server.configuration(card, "http://x", "/room", addresses)
        names |= set(re.findall(r"(?:,|/boot/)([a-z0-9_.]+\.(?:kpxe|efi|ipxe))$", text, re.M))
    equal(names, {"undionly.kpxe", "shimx64.efi", "grubia32.efi", "boot.ipxe"}, "the names")
    check(names <= set(boot_tree.PLACES.values()), "one is not in the tree")


# ---- the live system's side

def plain_data(archive):
    """What the live system's own function says of a tar."""
    import subprocess
    script = (PROGRAM.parent.parent.parent / "boot-media/live/usr/lib/regain/records").read_text()
    function = re.search(r"^is_plain_data\(\) \{.*?^\}$", script, re.M | re.S).group(0)
    return subprocess.run(["bash", "-c", function + '\nis_plain_data "$1"', "bash", archive]).returncode == 0


def test_what_a_server_sends_cannot_lead_elsewhere(place):
    def tar_of(*entries):
        with tarfile.open(place.folder / "x.tar", "w", format=tarfile.GNU_FORMAT) as archive:
            for name, kind in entries:
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, "/etc/passwd" if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
                entry.size = 3 if kind == tarfile.REGTYPE else 0
                archive.addfile(entry, io.BytesIO(b"abc") if entry.size else None)
        return place.folder / "x.tar"
    file = tarfile.REGTYPE
    good = [("jobs/a.toml", file), ("profiles/b c/été.toml", file), ("trust/c..pem", file), ("jobs/.../x", file), ("jobs/" + "n" * 150, file)]
    check(plain_data(tar_of(*good)), "a good one is refused")
    check(plain_data(tar_of()), "an empty one is refused")
    for bad in (("../x", file), ("/etc/x", file), ("jobs/../../x", file), ("jobs/..", file), ("x", file), ("jobs", file), ("etc/x", file),
                ("jobs/x", tarfile.SYMTYPE), ("jobs/x", tarfile.LNKTYPE), ("jobs/x", tarfile.FIFOTYPE), ("jobs/x", tarfile.CHRTYPE),
                ("jobs/", tarfile.DIRTYPE), ("records/x", file), ("jobs/./x", file), ("jobs\n/x", file)):
        check(not plain_data(tar_of(*good, bad)), f"{bad} is taken")
    (place.folder / "torn.tar").write_bytes(tar_of(*good).read_bytes()[:700])
    check(not plain_data(place.folder / "torn.tar"), "a torn one is taken")


def test_the_servers_own_tar_is_taken_by_machines(place):
    for name in ("jobs/lot 1.toml", "profiles/ecole/files/été.sh", "trust/anchor.pem"):
        (place.data / name).parent.mkdir(parents=True, exist_ok=True)
        (place.data / name).write_text(name)
    with place.serve() as server:
        (place.folder / "data.tar").write_bytes(server.get("/data.tar")[2])
    check(plain_data(place.folder / "data.tar"), "the live system would leave it out")


# ---- words

def test_every_sentence_has_its_french(_):
    """Each literal that is said or refused with; and none is left over."""
    said, functions = set(), {"say", "tell", "tell_once", "text", "text_of", "Refusal"}
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                arguments = node.args + [keyword.value for keyword in node.keywords if keyword.arg == "advice"]
                said |= {argument.value for argument in arguments if name in functions and isinstance(argument, ast.Constant)
                         and isinstance(argument.value, str)}
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                target = node.targets[0]
                if getattr(target, "id", getattr(target, "attr", "")).lower().endswith("advice"):
                    said.add(node.value.value)
    check("stopped" in said, "single words are not found")
    said = {text for text in said if " " in text or text == "stopped"}
    check(len(said) > 35, f"only {len(said)} sentences were found: the test looks at the wrong thing")
    equal(sorted(said - set(words.FRENCH)), [], "sentences without French")
    equal(sorted(set(words.FRENCH) - said), [], "French that nobody says")
    for english, french in words.FRENCH.items():
        equal(sorted(re.findall(r"\{\w+\}", french)), sorted(re.findall(r"\{\w+\}", english)), english)


def test_speaks_french_unless_told_otherwise(place):
    command = place.words("--http-only", "--iso", place.folder / "nowhere.iso")
    del command[command.index("--lang"):command.index("--lang") + 2]
    before = {name: os.environ.pop(name) for name in ("REGAIN_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if name in os.environ}
    try:
        check("ne peut pas être lu" in place.run(words=command)[1], "no French")
        os.environ["REGAIN_LANG"] = "en"
        check("can't be read" in place.run(words=command)[1], "no English")
    finally:
        os.environ.pop("REGAIN_LANG", None)
        os.environ.update(before)


def main():
    return outcome.exit_status(Place, globals()["test_" + sys.argv[1]])


if __name__ == "__main__":
    sys.exit(main())
