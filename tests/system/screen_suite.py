"""The technician's screen through a terminal of its own (pty), with loop devices; and journals of killed jobs."""

import codecs
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import witnesses
from workshop import MIB, REGAIN, check, expect, says

MARKER = b"OLD-DATA-MARKER-"
ENTER, ESCAPE = "\r", "\x1b"


class Screen:
    """`regain` without words on a terminal of 80 x 25, and what is to be seen on it."""

    def __init__(self, place, *words, language="fr", root=None, path=None):
        self.columns, self.rows = 80, 25
        self.cells = [[" "] * self.columns for _ in range(self.rows)]
        self.row = self.column = 0
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.rest = self.raw = ""
        environment = {**os.environ, "REGAIN_LANG": language, "TERM": "linux"}
        if path:
            environment["PATH"] = f"{path}:{environment['PATH']}"
        command = [REGAIN, f"--state-dir={place.state}", "--virtual", *map(str, words)]
        if root:
            command.append(f"--sysroot={root}")
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(place.place)
            os.execve(REGAIN_PATH, command, environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self.status = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)

    # ---- a terminal as small as can be: what the program sends, no more

    def put(self, text):
        self.rest += text
        while self.rest:
            if self.rest[0] == "\x1b":
                match = re.match(r"\x1b\[([0-9;?]*)([@-~])", self.rest)
                if not match:
                    if len(self.rest) < 20:
                        return
                    raise AssertionError(f"not a sequence that a console knows: {self.rest[:20]!r}")
                self.rest = self.rest[match.end():]
                self.obey(match.group(1), match.group(2))
                continue
            character, self.rest = self.rest[0], self.rest[1:]
            if character == "\n":
                self.feed()
            elif character == "\r":
                self.column = 0
            elif character >= " ":
                if self.column < self.columns:
                    self.cells[self.row][self.column] = character
                self.column += 1

    def feed(self):
        if self.row + 1 < self.rows:
            self.row += 1
        else:
            self.cells = self.cells[1:] + [[" "] * self.columns]

    def obey(self, numbers, what):
        values = [int(n) for n in numbers.strip("?").split(";") if n]
        if what == "H":
            self.row = min(values[0] - 1 if values else 0, self.rows - 1)
            self.column = values[1] - 1 if len(values) > 1 else 0
        elif what == "A":
            self.row = max(0, self.row - (values[0] if values else 1))
        elif what == "K":
            self.cells[self.row] = [" "] * self.columns
        elif what == "J":
            for row in range(self.row, self.rows):
                first = self.column if row == self.row else 0
                self.cells[row][first:] = [" "] * (self.columns - first)
        else:
            check(what in "mhl]", f"an unexpected sequence {numbers}{what}")

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells).replace("\u00a0", " ")

    # ---- what a technician does

    def read(self, seconds):
        ready, _, _ = select.select([self.terminal], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        text = self.decoder.decode(data)
        self.raw += text
        self.put(text)
        return bool(data)

    def sees(self, *phrases, timeout=120):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            shown = " ".join(self.text().lower().split())  # sentences go over several rows
            if all(" ".join(phrase.lower().split()) in shown for phrase in phrases):
                return self.text()
            if not self.read(0.2):
                break
        raise AssertionError(f"{phrases} is not to be seen on\n{self.text()}")

    def sends(self, sequence, what, timeout=20):
        """Until these characters came, which may be after the words that go with them."""
        end = time.monotonic() + timeout
        while sequence not in self.raw and time.monotonic() < end and self.read(0.2):
            pass
        check(sequence in self.raw, what)

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def settle(self):
        """Reads until the page is whole: nothing more comes for a while."""
        quiet = time.monotonic()
        while time.monotonic() - quiet < 0.4:
            before = len(self.raw)
            self.read(0.1)
            if len(self.raw) != before:
                quiet = time.monotonic()

    def select(self, device):
        """Moves to a drive, however many others there are."""
        for _ in range(64):
            self.settle()
            rows = [row for row in self.text().splitlines() if re.search(rf"\b{re.escape(device[1:])}\s", row)]
            if any(row.lstrip().startswith(">") for row in rows):
                return
            self.press("\x1b[B")
        raise AssertionError(f"{device} can't be selected on\n{self.text()}")

    def tick(self, device):
        self.select(device)
        self.press(" ")
        self.sees_ticked(device)

    def sees_ticked(self, device):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            if re.search(rf"\[x\] {re.escape(device)}\s", self.text()):
                return
            self.read(0.1)
        raise AssertionError(f"{device} is not ticked on\n{self.text()}")

    def ends(self, timeout=30):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if not self.read(0.2):
                break
        _, status = os.waitpid(self.pid, 0)
        self.status = os.waitstatus_to_exitcode(status)
        return self.status


REGAIN_PATH = str(pathlib.Path(REGAIN).resolve())


def live_root(place, records="stick /dev/sdz3\n"):
    """A tree that is this machine but for /run/regain, as the live system has it."""
    root = place.place / "root"
    root.mkdir()
    for name in ("sys", "proc", "dev"):
        (root / name).symlink_to(f"/{name}")
    (root / "run" / "regain" / "data" / "jobs").mkdir(parents=True)
    (root / "run" / "udev").symlink_to("/run/udev")
    (root / "run" / "regain" / "records").write_text(records)
    return root


def job_file(place, *lines):
    path = place.place / "job.toml"
    path.write_text("\n".join(['schema = "regain.job/1"', 'donor = "Mairie de Lanester"', "[line]", *lines, ""]))
    return path


def fake_systemctl(place):
    folder = place.place / "bin"
    folder.mkdir()
    script = folder / "systemctl"
    script.write_text(f"#!/bin/sh\necho \"$@\" >>{folder}/called\n")
    script.chmod(0o755)
    return folder


def journals(place):
    return sorted((place.state / "journals").glob("*.json"))


def killed_wipe(place, drive):
    """A wipe whose whole process group is killed in the middle: what a power cut leaves."""
    process = place.start("wipe", "--confirm", drive, "--method", "random", drive)
    end = time.monotonic() + 60
    # The journal is there just before the first write; lines on a pipe would come too late on a busy machine.
    while not journals(place) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    check(process.returncode == -signal.SIGKILL, f"the wipe ended by itself: {process.returncode}")


def test_a_killed_wipe_leaves_a_journal_that_says_the_truth(place):
    drive = place.drive(size=512 * MIB)
    killed_wipe(place, drive)
    found = journals(place)
    check(len(found) == 1, f"{found}")
    journal = json.loads(found[0].read_text())
    check(journal["schema"] == "regain.journal/1" and journal["command"] == "wipe" and journal["stage"] == "wipe", journal)
    check([d["path"] for d in journal["drives"]] == [drive] and journal["drives"][0]["size_bytes"] == 512 * MIB, journal)
    check("--method=random" in journal["arguments"] and drive in journal["arguments"], journal)
    other = place.drive("other.raw", 16 * MIB)
    result = expect(place.regain("wipe", "--confirm", other, other), 0)
    check("interrupted" not in result.err, f"mentioned for another drive: {result.err}")
    check(len(journals(place)) == 1, "a job on another drive took the journal away")
    result = expect(place.regain("wipe", "--method", "zero", "--confirm", drive, drive), 0)
    says(result, "Erasing was interrupted", drive)
    check(journals(place) == [], "the wipe that was done again left the old journal")
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")


def test_a_job_that_ends_by_itself_leaves_no_journal(place):
    drive = place.drive(size=32 * MIB)
    expect(place.regain("wipe", "--confirm", drive, drive), 0)
    check(journals(place) == [], f"{journals(place)}")
    check(place.regain("wipe", "--confirm", "wrong", drive).status == 3, "a wrong confirmation was accepted")
    check(journals(place) == [], "a refused job left a journal")


def test_without_a_terminal_the_usage_is_printed(place):
    result = place.regain()
    check(result.status == 2, result)
    says(result, "Usage: regain COMMAND")


def test_the_screen_erases_what_is_ticked_and_confirmed_by_its_path(place):
    drive = place.drive(size=64 * MIB)
    root = live_root(place)
    with Screen(place, root=root) as screen:
        screen.sees("que faire de cet ordinateur", "Les preuves vont sur la clé (/dev/sdz3)", "Effacer seulement")
        screen.press("l")
        screen.sees("what is to be done with this computer", "Erase only")
        screen.press("l")
        screen.sees("Effacer seulement")
        screen.press("2")
        screen.sees("Quels disques faut-il effacer", "Tout le contenu des disques que vous cochez")
        screen.press(ENTER)
        screen.sees("Cochez au moins un disque")
        screen.tick(drive)
        screen.press(ENTER)
        screen.sees("Confirmez le disque 1 sur 1", drive, "TOUT son contenu sera effacé")
        screen.press("yes" + ENTER)
        screen.sees("Ce n’est pas cela. Rien n’a été effacé.")
        check(witnesses.count_marker(drive, MARKER) == 4 * MIB, "a wrong confirmation changed the drive")
        screen.press(drive + ENTER)
        screen.sees("Regain - TERMINÉ", drive, "effacé", "Certificats", "Copies")
        check("\x1b[1;37;42m" in screen.raw and "\x1b[1;37;41m  Regain" not in screen.raw, "the result is not green")
        screen.sends("\x1b[10;660]", "no high sound")
        screen.sends("\a", "no sound")
        screen.press(ENTER)
        screen.sees("que faire de cet ordinateur")
        screen.press(ESCAPE)
        screen.sees("Quitter Regain")
        screen.press("2")
        check(screen.ends() == 0, screen.status)
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")
    originals = sorted(p.name for p in (place.state / "certificates").iterdir())
    copies = sorted(p.name for p in (root / "run" / "regain" / "data" / "certificates").iterdir())
    anchors = [name for name in copies if name.startswith("ST-") and name.endswith(".pem")]
    check(originals and sorted(originals + anchors) == copies and len(anchors) == 1, f"{originals} {copies}")
    expect(place.regain("registry", "verify"), 0)


def test_the_screen_never_offers_a_protected_drive(place):
    drive = place.drive(size=64 * MIB)
    subprocess.run(["mke2fs", "-q", drive], check=True)
    mount = place.place / "mounted"
    mount.mkdir()
    subprocess.run(["mount", drive, mount], check=True)
    place.mounts.append(str(mount))
    with Screen(place) as screen:
        screen.sees("Effacer seulement")
        screen.press("2")
        screen.sees("Quels disques")
        screen.select(drive)
        screen.sees(f"-  {drive}", "protégé")
        screen.press(" ")
        screen.press(ENTER)
        screen.sees("Cochez au moins un disque")


def test_a_failure_is_red_and_does_not_switch_off(place):
    drive = place.drive(size=64 * MIB)
    folder = fake_systemctl(place)
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]', 'policy = "purge"', 'then = "poweroff"')
    with Screen(place, "--job", job, path=folder) as screen:
        screen.sees("Le travail commence dans", drive)
        screen.press(ENTER)
        screen.sees("Regain - À VOIR")
        check("\x1b[1;37;41m" in screen.raw, "the result is not red")
        screen.sends("\x1b[10;220]", "no low sound")
        time.sleep(11)
        screen.read(0.5)
        screen.sees("Regain - À VOIR")
    check(not (folder / "called").exists(), "a failure switched the computer off")
    check(witnesses.count_marker(drive, MARKER) == 4 * MIB, "the drive was changed")


def test_a_job_runs_without_a_question_what_it_allows_and_switches_off(place):
    drive = place.drive(size=64 * MIB)
    folder = fake_systemctl(place)
    root = live_root(place)
    job = root / "run" / "regain" / "data" / "jobs" / "job.toml"
    job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]', 'deploy_to = "none"', 'then = "poweroff"').rename(job)
    with Screen(place, root=root, path=folder) as screen:
        screen.sees("Le travail commence dans", drive, "sans question")
        screen.sees("Regain - TERMINÉ", "s’éteint dans")
        screen.sees("L’ordinateur s’éteint ...")
    check((folder / "called").read_text() == "poweroff\n", (folder / "called").read_text())
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")
    listed = expect(place.regain("registry", "list", "--json"), 0).json()["records"]
    check([r["kind"] for r in listed].count("outcome") == 1, listed)


def test_escape_stops_an_announced_job_and_nothing_is_erased(place):
    drive = place.drive(size=64 * MIB)
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]')
    with Screen(place, "--job", job) as screen:
        screen.sees("Le travail commence dans")
        screen.press(ESCAPE)
        screen.sees("que faire de cet ordinateur")
    check(witnesses.count_marker(drive, MARKER) == 4 * MIB, "the drive was changed")
    check(not (place.state / "registry.db").exists(), "something was recorded")


def test_what_a_job_does_not_allow_is_asked(place):
    drive = place.drive(size=64 * MIB)
    job = job_file(place, 'allow = ["deploy"]', f'drives = ["{drive}"]', 'deploy_to = "none"')
    with Screen(place, "--job", job) as screen:
        screen.sees("Confirmez le disque 1 sur 1", drive)
    check(witnesses.count_marker(drive, MARKER) == 4 * MIB, "the drive was changed")


def test_records_that_go_nowhere_are_asked_about_also_by_a_job(place):
    drive = place.drive(size=64 * MIB)
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]')
    with Screen(place, "--job", job, root=live_root(place, "none no-stick\n")) as screen:
        screen.sees("Les preuves seraient perdues", "aucune clé Regain n’est branchée")
        screen.press(ENTER)  # "no" is the first choice
        screen.sees("que faire de cet ordinateur", "NULLE PART")
    check(witnesses.count_marker(drive, MARKER) == 4 * MIB, "the drive was changed")


def test_an_interrupted_job_is_told_and_started_again_after_one_confirmation_also_with_a_job_file(place):
    drive = place.drive(size=512 * MIB)
    killed_wipe(place, drive)
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]')
    with Screen(place, "--job", job) as screen:
        screen.sees("Un travail a été interrompu", "pendant qu’il effaçait", drive)
        screen.press("1")
        screen.sees("Regain - TERMINÉ", drive)
        screen.press(ENTER)
        screen.sees("que faire de cet ordinateur")
    check(journals(place) == [], f"{journals(place)}")
    check(witnesses.count_marker(drive, MARKER) == 0, "markers are left")


def test_a_damaged_journal_is_told_of_and_can_be_set_aside(place):
    (place.state / "journals").mkdir(parents=True)
    (place.state / "journals" / "RG-AAAA.json").write_text('{"schema": "regain.jour')
    with Screen(place) as screen:
        screen.sees("Un travail a été interrompu", "RG-AAAA.json", "illisible")
        screen.press("1")
        screen.press("2")
        screen.sees("que faire de cet ordinateur")
    check(journals(place) == [], f"{journals(place)}")
    check((place.state / "journals" / "set-aside" / "RG-AAAA.json").exists(), "it was not kept")


def test_a_machine_that_is_done_is_not_erased_again_without_a_question(place):
    path = place.file("serial.raw", 64 * MIB, MARKER)
    drive = place.loop(path)
    place.state.mkdir(parents=True)
    (place.state / "finished-drives.json").write_text("damaged")
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]')
    with Screen(place, "--job", job) as screen:
        screen.sees("Cette machine est déjà faite", drive)
        screen.press(ENTER)
        screen.sees("que faire de cet ordinateur")
    check(witnesses.count_marker(drive, MARKER) == 4 * MIB, "the drive was changed")


def test_ctrl_c_interrupts_the_job_and_not_the_screen(place):
    drive = place.drive(size=1024 * MIB)
    job = job_file(place, 'allow = ["wipe"]', f'drives = ["{drive}"]', 'method = "random"')
    with Screen(place, "--job", job) as screen:
        screen.sees("Le travail commence dans")
        screen.press(ENTER)
        screen.sees("%")
        screen.press("\x03")
        screen.sees("Regain - À VOIR", "interrompu")
        screen.press(ENTER)
        screen.sees("que faire de cet ordinateur")
    check(journals(place) == [], "an interruption that has its record left a journal")
