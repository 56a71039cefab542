"""Images from a web server: deployed through torn cables, refused when they changed, and what a server that is away means."""

import threading
import time

import witnesses
from image_suite import GIB, deploy, records_of, target, the_image
from web_server import WebServer
from workshop import MIB, check, expect, finish, says


def test_image_comes_over_http_through_a_cable_that_breaks(place):
    image, trust = the_image()
    drive = target(place)
    with WebServer({"essentiel.img.zst": image}) as server:
        url = server.url("/images/essentiel.img.zst")
        shown = expect(place.regain("image", "show", "--json", *trust, url), 0).json()
        check(shown["signer"]["known"] is True, shown["signer"])
        server.tears = [1, 100_000, 30 * MIB + 17, 5, 50 * MIB]
        report = expect(deploy(place, url, trust, drive, "--json"), 0).json()["deployments"][0]
        check(server.tears == [], f"not torn: {server.tears}")
        check(report["result"] == "deployed" and report["read_back"]["mismatches"] == 0, report)
        long = [r for r in server.requests if r[2] and int(r[2].split("-")[1]) - int(r[2][6:].split("-")[0]) > MIB]
        check(len(long) <= 7, f"{len(long)} long requests: frames are not fetched in one go")
    witnesses.file_system_is_clean(drive)
    witnesses.partition_table_is_sound(drive)


def test_image_over_http_is_verified_like_a_file(place):
    image, trust = the_image()
    with WebServer({"a.img.zst": image}) as server:
        says(expect(place.regain("image", "verify", *trust, server.url("/images/a.img.zst")), 0), "intact: yes")
        says(expect(place.regain("image", "verify", server.url("/images/a.img.zst")), 4), "intact: yes", "unknown")
        says(expect(place.regain("image", "show", server.url("/images/b.img.zst")), 5), "the server has no such file")


def test_image_of_a_server_that_is_away_writes_nothing(place):
    _, trust = the_image()
    drive = place.drive(size=64 * MIB)
    with WebServer() as server:
        url = server.url("/images/a.img.zst")
    result = expect(deploy(place, url, trust, drive), 5)
    says(result, "can't be reached", "connection refused", "network cable")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == 4 * MIB, "something was written")
    check(not place.state.exists() or not (place.state / "registry.db").exists(), "a record was made")
    expect(deploy(place, "http://user:secret@127.0.0.1/a", trust, drive), 2)


def test_image_that_changes_on_the_server_is_never_mixed(place):
    image, trust = the_image()
    drive = target(place)
    with WebServer({"a.img.zst": image}) as server:
        server.tears = [40 * MIB]
        process = place.start("deploy", *trust, "--json", "--confirm", drive, server.url("/images/a.img.zst"), drive)
        while server.tears and process.poll() is None:
            time.sleep(0.01)
        server.etag = '"second"'
        result = expect(finish(process, 120), 1)
    report = result.json()["deployments"][0]
    check(report["result"] == "failed", report)
    says(result, "has changed meanwhile")
    check([record["kind"] for record in records_of(place)] == ["event", "intent", "outcome"], "it is not on record")


def test_image_is_waited_for_while_the_server_is_away(place):
    image, trust = the_image()
    drive = target(place)
    server = WebServer({"a.img.zst": image})
    port = server.server_address[1]
    with server:
        server.tears = [40 * MIB]
        process = place.start("deploy", *trust, "--json", "--confirm", drive, server.url("/images/a.img.zst"), drive)
        while server.tears and process.poll() is None:
            time.sleep(0.01)
        server.vanish()
    says_so = threading.Event()

    def listen():
        for line in process.stderr:
            if "waiting for it" in line:
                says_so.set()

    listener = threading.Thread(target=listen)
    listener.start()
    check(says_so.wait(60), "nothing tells that the server is waited for")
    with WebServer({"a.img.zst": image}, port=port):
        out = process.stdout.read()
        listener.join()
        check(process.wait(120) == 0, f"status {process.returncode}: {out}")
    witnesses.file_system_is_clean(drive)
