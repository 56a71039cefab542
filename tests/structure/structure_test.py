#!/usr/bin/env python3
"""Rules of the house that a compiler does not check. Each rule first proves that it can fail."""

import pathlib
import re
import subprocess
import sys
import tempfile

ARROWS = {
    "base": set(),
    "reports": {"base"},
    "trust": {"base"},
    "profiles": {"base"},
    "drives": {"reports", "base"},
    "wiper": {"drives", "reports", "base"},
    "inspector": {"drives", "reports", "base"},
    "imager": {"drives", "trust", "profiles", "reports", "base"},
    "certifier": {"trust", "reports", "base"},
    "console": {"certifier", "wiper", "inspector", "imager", "profiles", "drives", "trust", "reports", "base"},
}

# The files that may call the kernel directly (docs/architecture.md).
KERNEL_DOORS = re.compile(r"^(drives|inspector)/(linux_\w+|uring_block_io|(?:sg_io|nvme_ioctl|mmc_ioctl)_transport)\.(cpp|h)$")
# Terminal size and echo are the console's own business.
TERMINAL_DOORS = re.compile(r"^console/terminal\.cpp$")


def sources(root, rooms=ARROWS):
    for room in rooms:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def room_arrows(root):
    faults = []
    for name, text in sources(root):
        room = name.split("/")[0]
        for target in re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, flags=re.M):
            other = target.split("/")[0]
            if "/" not in target:
                faults.append(f"{name}: includes \"{target}\" without naming its room")
            elif other != room and other not in ARROWS[room]:
                faults.append(f"{name}: {room} must not include {other} ({target})")
    for room in ARROWS:
        cmake = root / room / "CMakeLists.txt"
        if not cmake.exists():
            continue
        for other in re.findall(r"\bregain_([a-z]+)\b", cmake.read_text(encoding="utf-8")):
            if other in ARROWS and other != room and other not in ARROWS[room]:
                faults.append(f"{room}/CMakeLists.txt: {room} must not link {other}")
    return faults


def tests_stay_outside(root):
    """Fakes and simulated drives are never part of the product."""
    faults = []
    for name, text in sources(root):
        if re.search(r'#\s*include\s*"(?:tests/|\w*simulat)', text):
            faults.append(f"{name}: includes something of the tests")
    for room in ARROWS:
        cmake = root / room / "CMakeLists.txt"
        if cmake.exists() and re.search(r"regain_simulator|\w+_fakes|tests/", cmake.read_text(encoding="utf-8")):
            faults.append(f"{room}/CMakeLists.txt: links something of the tests")
    return faults


def kernel_doors(root):
    faults = []
    for name, text in sources(root):
        code = without_comments(text)
        if KERNEL_DOORS.match(name):
            continue
        if re.search(r"\bioctl\s*\(", code) and not TERMINAL_DOORS.match(name):
            faults.append(f"{name}: calls ioctl( outside of the files that may call the kernel")
        if re.search(r"\bio_uring_\w+\s*\(", code):
            faults.append(f"{name}: calls io_uring outside of drives/uring_block_io.cpp")
        for literal in re.findall(r'"(/(?:sys|proc|dev)(?:/[^"]*)?)"', code):
            # A path literal is fine where it goes through SystemRoot or is only compared or shown.
            if re.search(r'(?:open|ifstream|read_file|read_line|opendir|directory_iterator)\s*\(\s*"' + re.escape(literal), code):
                faults.append(f"{name}: opens {literal} without SystemRoot")
    return faults


def shell_calls(root):
    faults = []
    for name, text in sources(root):
        code = without_comments(text)
        if re.search(r"\b(?:std::)?(?:system|popen)\s*\(\s*[\"a-z]", code) and not re.search(r"file_system\s*\(", code):
            faults.append(f"{name}: starts a shell")
        if name != "base/program.cpp" and name != "wiper/worker_process.cpp":
            if re.search(r"\b(?:execv\w*|execl\w*|posix_spawn\w*)\s*\(", code):
                faults.append(f"{name}: starts a program outside of base/program.cpp")
    return faults


def printing(root):
    faults = []
    for name, text in sources(root):
        if name.startswith("console/") or name == "base/hash.cpp":  # hash.cpp: its last words before abort
            continue
        if re.search(r"\b(?:std::cout|std::cerr|std::printf|printf\s*\(|std::puts|fmt::print)", without_comments(text)):
            faults.append(f"{name}: prints; only console/ does")
    return faults


def file_names(root):
    faults, seen = [], {}
    for name, _ in sources(root):
        base = name.split("/")[-1]
        if base in seen:
            faults.append(f"{name}: same name as {seen[base]}")
        seen[base] = name
        if re.search(r"(^|_)(utils?|manager|helpers?|info|data|tmp)(_|\.)", base):
            faults.append(f"{name}: a name that says nothing")
    return faults


def extracted_ids(root):
    files = [str(root / name) for name, _ in sources(root)] + [str(root / "po" / "os_errors.h")]
    with tempfile.NamedTemporaryFile(suffix=".pot") as pot:
        subprocess.run(
            ["xgettext", "--language=C++", "--from-code=UTF-8", "--keyword", "--keyword=message:1", "--keyword=N_:1",
             "--keyword=translate:1", "-o", pot.name, *files], check=True, stderr=subprocess.DEVNULL)
        text = pathlib.Path(pot.name).read_text(encoding="utf-8")
    return set(parse_po(text))


def parse_po(text):
    """msgid → (msgstr, fuzzy) of a .po file."""
    entries = {}
    for block in re.split(r"\n\s*\n", text):
        fuzzy = bool(re.search(r"^#,.*\bfuzzy\b", block, flags=re.M))
        fields = {}
        current = None
        for line in block.splitlines():
            if line.startswith("#~"):
                current = None
                continue
            match = re.match(r'^(msgid|msgstr|msgctxt)\s+"(.*)"$', line)
            if match:
                current = match.group(1)
                fields[current] = match.group(2)
            elif line.startswith('"') and current:
                fields[current] += line[1:-1]
        if fields.get("msgid"):
            entries[fields["msgid"]] = (fields.get("msgstr", ""), fuzzy)
    return entries


def catalogues_complete(root):
    ids = extracted_ids(root)
    if len(ids) < 20:
        return [f"only {len(ids)} messages were extracted: the extraction is broken"]
    faults = []
    for language in (root / "po" / "LINGUAS").read_text().split():
        entries = parse_po((root / "po" / f"{language}.po").read_text(encoding="utf-8"))
        for identifier in sorted(ids):
            text, fuzzy = entries.get(identifier, ("", False))
            if not text or fuzzy:
                faults.append(f"po/{language}.po: no translation of \"{identifier}\"")
                continue
            wanted = sorted(re.findall(r"\{[0-9]\}", identifier))
            if sorted(set(re.findall(r"\{[0-9]\}", text))) != sorted(set(wanted)):
                faults.append(f"po/{language}.po: other placeholders in \"{identifier}\"")
    return faults


BROKEN = {
    "room_arrows": ("certifier/x.cpp", '#include "drives/block_io.h"\n'),
    "kernel_doors": ("drives/some_ioctl.cpp", "int f(int d) { return ioctl(d, 0); }\n"),
    "tests_stay_outside": ("drives/x.cpp", '#include "tests/simulator/simulated_bridge.h"\n'),
    "shell_calls": ("imager/x.cpp", 'int f() { return system("ls"); }\n'),
    "printing": ("imager/x.cpp", "#include <iostream>\nvoid f() { std::cout << 1; }\n"),
    "file_names": ("imager/x_utils.cpp", "\n"),
}


def proves_that_it_can_fail(rule):
    if rule not in BROKEN:
        return
    name, text = BROKEN[rule]
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        (root / name).parent.mkdir(parents=True)
        (root / name).write_text(text)
        assert globals()[rule](root), f"the rule {rule} does not notice {text!r}"


def main():
    root, rule = pathlib.Path(sys.argv[1]), sys.argv[2]
    proves_that_it_can_fail(rule)
    faults = globals()[rule](root)
    for fault in faults:
        print(fault)
    print(f"{rule}: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
