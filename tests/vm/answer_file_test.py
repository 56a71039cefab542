#!/usr/bin/env python3
"""Answer files that the first start must take, and those that it must refuse, each with its reason. Starts no machine."""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../profiles/first-start/overlay/usr/lib/regain/first-start")
IMAGE = "LOCALES=fr_FR.UTF-8 en_GB.UTF-8 ti_ER\nLANGUAGES=fr en ti\nDEFAULT_LOCALE=fr_FR.UTF-8\n"
HASH = "USER_PASSWORD_HASH=$y$j9T$abcdefghijklmnopqrstuv$" + "x" * 43
GOOD = ["LANGUAGE=fr", "USER_NAME=camille", HASH]

ACCEPTED = [
    GOOD,
    ["# a comment", "", *GOOD, "USER_FULL_NAME=Élodie Le Goff", "HOSTNAME=salle-3"],
    [*GOOD, "KEYBOARD_LAYOUT=fr,ua", "KEYBOARD_VARIANT=", "KEYBOARD_OPTIONS=grp:alt_shift_toggle"],
    ["LANGUAGE=ti", *GOOD[1:]],
]
REFUSED = [
    ([], "LANGUAGE is missing"),
    (GOOD[:2], "USER_PASSWORD_HASH is missing"),
    ([*GOOD, "COLOUR=blue"], "line 4: unknown key"),
    ([*GOOD, " = "], "line 4: unknown key"),
    ([*GOOD, "*=x"], "line 4: unknown key"),
    ([*GOOD, "nothing"], "line 4: expected KEY=value"),
    ([*GOOD, "LANGUAGE=en"], "line 4: LANGUAGE a second time"),
    (["LANGUAGE=de", *GOOD[1:]], "line 1: LANGUAGE has a wrong value"),
    (["LANGUAGE=", *GOOD[1:]], "line 1: LANGUAGE has a wrong value"),
    (["LANGUAGE=fr", "USER_NAME=root", HASH], "line 2: USER_NAME has a wrong value"),
    (["LANGUAGE=fr", "USER_NAME=Camille", HASH], "line 2: USER_NAME has a wrong value"),
    (["LANGUAGE=fr", "USER_NAME=-rf", HASH], "line 2: USER_NAME has a wrong value"),
    ([*GOOD[:2], "USER_PASSWORD_HASH=abeille42"], "line 3: USER_PASSWORD_HASH has a wrong value"),
    ([*GOOD[:2], "USER_PASSWORD_HASH=$1$abcdefgh$" + "x" * 22], "line 3: USER_PASSWORD_HASH has a wrong value"),
    ([*GOOD, "USER_FULL_NAME=a:0:0"], "line 4: USER_FULL_NAME has a wrong value"),
    ([*GOOD, 'KEYBOARD_LAYOUT=fr"; reboot'], "line 4: KEYBOARD_LAYOUT has a wrong value"),
    ([*GOOD, "HOSTNAME=-x"], "line 4: HOSTNAME has a wrong value"),
    ([*GOOD, "TIMEZONE=../../etc/shadow"], "line 4: TIMEZONE has a wrong value"),
    ([*GOOD, "HOSTNAME=a\tb"], "line 4: control character"),
    ([*GOOD, "USER_FULL_NAME=\udcff"], "not UTF-8"),
    ([*GOOD, "#" * 70000], "too long"),
]


def verdict_on(lines, room):
    """What the program says about these lines: its exit status and its words."""
    path = os.path.join(room, "answers")
    with open(path, "wb") as file:
        file.write("".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape"))
    result = subprocess.run(["bash", PROGRAM, "check", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            env={**os.environ, "REGAIN_FIRST_START_IMAGE": os.path.join(room, "image.conf")})
    return result.returncode, result.stdout.decode(errors="replace").strip()


def main():
    failures = 0
    with tempfile.TemporaryDirectory() as room:
        with open(os.path.join(room, "image.conf"), "w") as file:
            file.write(IMAGE)
        for lines, wanted in [(lines, (0, "")) for lines in ACCEPTED] + [(lines, (1, why)) for lines, why in REFUSED]:
            got = verdict_on(lines, room)
            if got != wanted:
                failures += 1
                print(f"FAILED  {lines[-2:]}: wanted {wanted}, got {got}")
    print(f"{len(ACCEPTED) + len(REFUSED)} answer files, {failures} wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
