#!/usr/bin/env python3
"""package_test.py SOURCES BUILT NAME: one test of what is installed beside the program. BUILT is the build directory of
packaging/. Exit status: 0 passed, 1 failed, 77 can't be tried here."""

import gzip
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
# Always there on a Debian, so that nothing depends on them by name.
ESSENTIAL = {"coreutils", "util-linux", "tar", "dpkg", "bash", "sed", "grep", "findutils", "mount"}


class Skip(Exception):
    pass


class Sources:
    def __init__(self, top, built):
        self.top, self.built = pathlib.Path(top), pathlib.Path(built)
        # Asked of the program itself, not of the file that the pages were made from.
        listing = subprocess.run([self.built / "regain_command_listing", "en"], check=True, stdout=subprocess.PIPE).stdout
        self.commands = json.loads(listing)
        assert len(self.commands) > 15, "the command table is almost empty: the test looks at the wrong thing"

    def page(self, language):
        return self.built / language / "regain.1.gz"


def plain_page(path):
    """The page as text, without roff's marks."""
    text = gzip.decompress(path.read_bytes()).decode()
    return re.sub(r"\\f[BIR]", "", text).replace("\\-", "-").replace("\\&", "").replace("\\(rs", "\\")


def manual_names_every_command_and_option(sources):
    faults = []
    for language in ("en", "fr"):
        text = plain_page(sources.page(language))
        sections = re.split(r"^\.S[SH] ", text, flags=re.M)
        common = next(part for part in sections if part.startswith(("COMMON OPTIONS", "OPTIONS COMMUNES")))
        for command in sources.commands:
            own = [part for part in sections if part.startswith(f'"regain {command["name"]} ')
                   or part.startswith(f'"regain {command["name"]}"')]
            if len(own) != 1:
                faults.append(f"{language}: {len(own)} sections about {command['name']}")
                continue
            for option in command["options"]:
                entry = re.compile(rf"^(-\w, )?--{option['name']}( |$)", re.M)
                if not entry.search(own[0]) and not entry.search(common):
                    faults.append(f"{language}: {command['name']} lacks --{option['name']}")
        for variable in ("REGAIN_LANG", "REGAIN_STATE_DIR"):
            if variable not in text:
                faults.append(f"{language}: {variable} is missing")
    return faults


def manual_renders_without_a_warning(sources):
    if shutil.which("groff") is None:
        raise Skip("groff is not installed (Debian package: groff or man-db)")
    faults = []
    for language in ("en", "fr"):
        page = gzip.decompress(sources.page(language).read_bytes())
        result = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww"], input=page, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        text = result.stdout.decode()
        complaints = [line for line in result.stderr.decode().splitlines() if "can't break line" not in line
                      and "cannot break line" not in line and "cannot adjust line" not in line]
        faults += [f"{language}: {line}" for line in complaints]
        if len(text.splitlines()) < 150:
            faults.append(f"{language}: only {len(text.splitlines())} lines")
    return faults


def completions(sources, *words):
    """What bash would offer for the last word."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); compopt() { :; }; _regain; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    result = subprocess.run(["bash", "-c", script, "bash", sources.built / "completion/regain", "regain", *words],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert not result.stderr, result.stderr.decode()
    return [line for line in result.stdout.decode().split("\n") if line]


def completion_knows_every_command_and_option(sources):
    faults = []
    for command in sources.commands:
        words = command["name"].split()
        for count, word in enumerate(words):
            if word not in completions(sources, *words[:count], word[:1]):
                faults.append(f"“{word}” of {command['name']} is not offered")
        offered = completions(sources, *words, "--")
        for option in command["options"]:
            if "--" + option["name"] not in offered:
                faults.append(f"{command['name']} does not offer --{option['name']}")
        surplus = set(offered) - {"--" + option["name"] for option in command["options"]}
        if surplus:
            faults.append(f"{command['name']} offers {sorted(surplus)}")
    return faults


def completion_offers_values_and_nothing_foreign(sources):
    faults = []
    for words, wanted in [
        (["wipe", "--policy", ""], ["best", "purge", "clear"]),
        (["wipe", "--policy", "=", "p"], ["purge"]),
        (["wipe", "--policy", "="], ["best", "purge", "clear"]),
        (["drives", "--lang", "f"], ["fr"]),
        (["registry", "export", "--format", "c"], ["csv"]),
        (["wipe", "--donor", ""], []),
        (["nonsense", "--"], []),
        (["image", "nonsense", "--"], []),
    ]:
        offered = completions(sources, *words)
        if offered != wanted:
            faults.append(f"{' '.join(words)}: {offered} instead of {wanted}")
    return faults


def package_list(text, name):
    found = re.search(rf'set\({name}\s+"([^"]*)"\)', text)
    return set(re.findall(r"[a-z0-9][a-z0-9.+-]+", found.group(1)))


def package_depends_on_what_is_started(sources):
    recipe = (sources.top / "packaging/CMakeLists.txt").read_text()
    depends = package_list(recipe, "CPACK_DEBIAN_PACKAGE_DEPENDS")
    recommends = package_list(recipe, "CPACK_DEBIAN_PACKAGE_RECOMMENDS")
    recommends |= package_list(recipe, "CPACK_DEBIAN_PACKAGE_SUGGESTS")
    faults = []
    code = "\n".join(path.read_text() for room in ("base", "drives", "inspector", "imager", "certifier", "console")
                     for path in sorted((sources.top / room).glob("*.cpp")))
    # check_programs({{"mke2fs", "e2fsprogs"}}), request.package = "...", message("Install the package {0}.", "...")
    lists = " ".join(re.findall(r"check_programs\(\s*(\{.*?\})\s*\)", code, re.S))
    named = set(re.findall(r'\{"[^"]+", "([a-z0-9.+-]+)"\}', lists)) | set(re.findall(r'\.package = "([a-z0-9.+-]+)"', code))
    named |= set(re.findall(r'Install the package \{0\}\.", "([a-z0-9.+-]+)"', code))
    for package in sorted(named - depends - recommends - ESSENTIAL):
        faults.append(f"the sources name the package {package}, the package does not depend on it")
    if not {"e2fsprogs", "mmdebstrap", "fonts-noto-core"} <= named:
        faults.append(f"only {sorted(named)} were found in the sources: the test looks at the wrong thing")
    listed = re.search(r'^RUN_PACKAGES="([^"]*)"', (sources.top / "bootstrap").read_text(), re.M).group(1).split()
    for package in sorted(set(listed) - depends - recommends - ESSENTIAL):
        faults.append(f"bootstrap installs {package} to run Regain, the package does not depend on it")
    return faults


def boot_media_names_no_other_mirror(sources):
    faults = []
    for path in sorted((sources.top / "boot-media").rglob("*")):
        if path.is_file() and not path.is_symlink():
            for host in re.findall(r"https?://([\w.-]+)", path.read_text()):
                if host not in ("deb.debian.org", "www.debian.org", "ADDRESS"):  # the last one stands for any
                    faults.append(f"{path.relative_to(sources.top)}: {host}")
    return faults


def boot_media_package_can_be_configured_without_what_it_leaves_out(sources):
    if not shutil.which("cmake") or not shutil.which("ninja"):
        raise Skip("cmake or ninja is not in PATH")
    sys.path.insert(0, str(sources.top / "boot-media"))
    import make_media
    with tempfile.TemporaryDirectory(prefix="regain-test-") as room:
        names = make_media.package_sources()
        for name in names:
            (pathlib.Path(room) / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(sources.top / name, pathlib.Path(room) / name)
        result = subprocess.run(["cmake", "--preset", "release"], cwd=room, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if not any(str(name) == "CMakeLists.txt" for name in names):
        return ["it leaves out everything: the test looks at the wrong thing"]
    return [] if result.returncode == 0 else [result.stdout[-2000:]]


def main():
    top, built, name = sys.argv[1:]
    try:
        faults = globals()[name](Sources(top, built))
    except Skip as reason:
        print(f"skipped: {reason}")
        return SKIPPED
    for fault in faults:
        print(fault)
    print(f"{name}: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
