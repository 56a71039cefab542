"""Machines that were started from the network: images from a web server, through torn cables; records that go to its
folder, and what a server that is away means."""

import contextlib
import os
import re
import shutil
import sys
import threading
import time
import types

import witnesses
from image_suite import deploy, pss_of_family, records_of, target, the_image
from screen_suite import ENTER, Screen, fake_systemctl, job_file, journals, live_root
from web_server import WebServer
from workshop import MIB, SOURCE, check, expect, finish, need, says


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


def records_server(place, **options):
    folder = place.place / "received"
    folder.mkdir(exist_ok=True)
    return WebServer(records=folder, **options), folder


def verify_station(place, station):
    """As somebody on the workshop's PC does, who has nothing but the folder."""
    elsewhere = place.place / "elsewhere"
    for name in ("jws", "pdf"):
        found = sorted((station / "certificates").glob(f"*.{name}"))
        check(found, f"no {name} has arrived")
        for file in found:
            expect(place.regain("certificate", "verify", "--trust", station / "station.pem", file, state=elsewhere), 0)
    expect(place.regain("registry", "verify", "--trust", station / "station.pem", station / "registry.db", state=elsewhere), 0)


def verify_folder(place, folder):
    station, = folder.iterdir()
    verify_station(place, station)
    return station


def test_records_arrive_on_the_server_and_verify_there(place):
    drive = place.drive(size=64 * MIB)
    folder = fake_systemctl(place)
    server, received = records_server(place)
    with server:
        root = live_root(place, f"network {server.url()}\n")
        job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]', 'then = "poweroff"')
        with Screen(place, "--job", job, root=root, path=folder) as screen:
            screen.sees("Faut-il commencer", server.url())
            screen.press("2")
            screen.sees("Regain - TERMINÉ", drive, f"Le serveur {server.url()} a toutes les preuves")
            screen.sees("L’ordinateur s’éteint ...")
        sent = [f"{method} {path.split('/', 3)[3]}" for method, path, _ in server.requests]
    check((folder / "called").read_text() == "poweroff\n", "it was not switched off")
    station = verify_folder(place, received)
    names = [re.sub(r"RG-[0-9A-Z-]+", "ID", name) for name in sent]
    begun = names.index("PUT registry-head")
    check(names[:begun] == ["PUT station.pem", "PUT journals/ID.json", "PUT registry.db"], f"before the first write: {names}")
    check("PUT certificates/ID.jws" not in names[:begun] and names[-1] == "DELETE journals/ID.json", names)
    check(not list((station / "journals").iterdir()), "the journal of a job that has ended is still there")
    check(not (root / "run" / "regain" / "data" / "certificates").exists(), "copies were made in memory")


def test_records_arrive_at_regain_netboot_and_verify_there(place):
    """The program that workshops run (packaging/netboot) instead of the tests' own server."""
    need("xorriso")
    sys.path.append(str(SOURCE / "tests" / "netboot"))
    import served
    drive = place.drive(size=64 * MIB)
    folder = fake_systemctl(place)
    with served.Place() as shop, shop.serve() as server:
        url = f"http://{server.address}:{server.port}"
        root = live_root(place, f"network {url}\n")
        job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]', 'then = "poweroff"')
        with Screen(place, "--job", job, root=root, path=folder) as screen:
            screen.sees("Faut-il commencer", url)
            screen.press("2")
            screen.sees("Regain - TERMINÉ", drive, f"Le serveur {url} a toutes les preuves")
            screen.sees("L’ordinateur s’éteint ...")
        for words in ("a job begins", "certificate RG-", "the job has ended"):
            server.wait_for(words)
        check(not any("refused" in line for line in server.said), f"something was refused: {server.said}")
        station = verify_folder(place, shop.records)
        check(not list((station / "journals").iterdir()), "the journal of a job that has ended is still there")
        check((station / "registry.db.previous").exists(), "the registry of before the wipe was not kept")


def test_a_server_that_takes_no_records_is_asked_about_before_anything_is_erased(place):
    drive = place.drive(size=64 * MIB)
    server, _ = records_server(place)
    with server:
        root = live_root(place, f"network {server.url()}\n")
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]')
    with Screen(place, "--job", job, root=root) as screen:
        screen.sees("Les preuves seraient perdues", "injoignable", "Connexion refusée", "câble")
        screen.press(ENTER)  # "no" is the first choice
        screen.sees("que faire de cet ordinateur")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == 4 * MIB, "the drive was changed")
    check(not (place.state / "registry.db").exists(), "something was recorded")


def test_an_intent_that_the_server_does_not_take_erases_nothing(place):
    drive = place.drive(size=64 * MIB)
    server, received = records_server(place)
    with server:
        server.refuse = {"registry.db": 507}
        root = live_root(place, f"network {server.url()}\n")
        job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]')
        with Screen(place, "--job", job, root=root) as screen:
            screen.sees("Faut-il commencer")
            screen.press("2")
            screen.sees("Regain - À VOIR", "le disque du serveur est plein", "Rien n’a été effacé")
            screen.press(ENTER)
            screen.sees("que faire de cet ordinateur")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == 4 * MIB, "the drive was changed")
    check(journals(place) == [], "a job that was not begun left a journal")


def test_a_server_that_vanishes_leaves_red_words_and_gets_the_records_when_it_is_back(place):
    drive = place.drive(size=256 * MIB)
    folder = fake_systemctl(place)
    os.environ["REGAIN_SERVER_PATIENCE"] = "0"
    server, received = records_server(place)
    port = server.server_address[1]
    with server:
        root = live_root(place, f"network {server.url()}\n")
        job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]', 'method = "random"', 'then = "poweroff"')
        with Screen(place, "--job", job, root=root, path=folder) as screen:
            screen.sees("Faut-il commencer")
            screen.press("2")
            end = time.monotonic() + 60
            while not server.has_got("registry-head") and time.monotonic() < end:
                screen.read(0.01)
            server.vanish()
            check(not server.has_got("certificates/"), "it was too late")
            screen.sees("Regain - À VOIR", "effacé", "injoignable", "ne l’éteignez PAS", "Pas envoyé", "certificates/")
            check("\x1b[1;37;41m" in screen.raw, "the result is not red")
            time.sleep(11)
            screen.read(0.5)
            screen.sees("Regain - À VOIR")
            station, = received.iterdir()
            check(len(list((station / "journals").iterdir())) == 1, "the server does not know that the job began")
            screen.press(ENTER)
            screen.sees("que faire de cet ordinateur", "ne l’éteignez PAS", "Envoyer encore les preuves")
            screen.press("4")
            screen.sees("injoignable", "Entrée : continuer")  # the menu says the first of them too
            screen.press(ENTER)
            with WebServer(records=received, port=port):
                screen.sees("que faire de cet ordinateur")
                screen.press("4")
                screen.sees("a toutes les preuves")
                screen.press(ENTER)
                screen.sees("que faire de cet ordinateur")
                check("PAS" not in screen.text(), screen.text())
    check(not (folder / "called").exists(), "it was switched off with records in its memory")
    check(witnesses.count_marker(drive, b"OLD-DATA-MARKER-") == 0, "markers are left")
    station = verify_folder(place, received)
    check(not list((station / "journals").iterdir()), "the journal of a job that has ended is still there")


def test_the_whole_line_of_a_machine_started_from_the_network_needs_little_memory(place):
    image, trust = the_image()
    drive = target(place)
    server, received = records_server(place, images={image.name: image, "other.img.zst": image})
    (place.state / "trust").mkdir(parents=True)
    for anchor in trust[1::2]:
        shutil.copy(anchor, place.state / "trust")
    highest = 0
    with server:
        server.tears = [20 * MIB, 60 * MIB]
        root = live_root(place, f"network {server.url()}\n")
        shutil.copytree(SOURCE / "profiles", root / "run" / "regain" / "data" / "profiles")
        job = job_file(place, 'allow = ["wipe", "deploy"]', f'drives = ["{drive}"]', 'profile = "essentiel"')
        with Screen(place, "--job", job, root=root) as screen:
            screen.sees("Faut-il commencer", image.name, drive)
            screen.press("2")
            end = time.monotonic() + 600
            while "Regain - " not in screen.text() and time.monotonic() < end:
                highest = max(highest, pss_of_family(screen.pid))
                for _ in range(5):
                    screen.read(0.05)
            screen.sees("Regain - TERMINÉ", "essentiel", "est installé", "a toutes les preuves")
        check(server.tears == [], "the cable was not torn")
    print(f"highest sum of PSS over all of Regain's processes: {highest / 1024:.1f} MiB")
    check(0 < highest < 128 * 1024, f"the sum of PSS reached {highest / 1024:.1f} MiB")
    witnesses.file_system_is_clean(drive)
    verify_folder(place, received)


def test_two_machines_work_with_one_regain_netboot_at_once(place):
    need("xorriso")
    sys.path.insert(0, str(SOURCE / "tests" / "netboot"))
    import served
    image, trust = the_image()
    drives = [place.drive(f"drive{number}.raw", size=64 * MIB) for number in range(2)]
    with served.Place() as workshop, contextlib.ExitStack() as open_screens:
        shutil.copyfile(image, workshop.images / image.name)
        with workshop.serve() as server:
            url = f"http://{server.address}:{server.port}"
            root = live_root(place, f"network {url}\n")
            screens = []
            for number, drive in enumerate(drives):
                machine = types.SimpleNamespace(place=place.place, state=place.place / f"machine{number}")
                screens.append(open_screens.enter_context(Screen(machine, root=root)))
            for screen, drive in zip(screens, drives):
                screen.sees("que faire de cet ordinateur", url)
                screen.press("2")
                screen.sees("Quels disques")
                screen.tick(drive)
                screen.press(ENTER)
                screen.sees("Confirmez le disque 1 sur 1")
            for screen, drive in zip(screens, drives):
                screen.press(drive + ENTER)
            says(expect(place.regain("image", "verify", *trust, f"{url}/images/{image.name}"), 0), "intact: yes")
            for screen in screens:
                screen.sees("Regain - TERMINÉ", "a toutes les preuves")
        stations = sorted(path for path in workshop.records.iterdir() if path.is_dir())
        check(len(stations) == 2, f"{stations}")
        for station in stations:
            check(sorted(path.name for path in station.iterdir() if path.suffix != ".previous")
                  == ["certificates", "journals", "registry-head", "registry.db", "station.pem"], sorted(station.iterdir()))
            check(list((station / "journals").iterdir()) == [], "a journal is left")
            verify_station(place, station)
