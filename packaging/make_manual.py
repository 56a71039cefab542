#!/usr/bin/env python3
"""make_manual.py LISTING FRAME VERSION OUTPUT: the manual page of one language.

The frame (manual/regain.LANGUAGE.man) is written by people; the line @COMMANDS@ is replaced by every command with its
own options, the line @COMMON_OPTIONS@ by the options that every command takes. Both come from the command table, so
that no command and no option can be missing.
"""

import gzip
import json
import sys


def escaped(text):
    """Plain text as roff: no character is taken for a request, hyphens can be copied from the page."""
    text = text.replace("\\", "\\(rs").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def option_lines(option):
    left = f"\\fB\\-\\-{escaped(option['name'])}\\fR"
    if "letter" in option:
        left = f"\\fB\\-{option['letter']}\\fR, " + left
    if "value" in option:
        left += f" \\fI{escaped(option['value'])}\\fR"
    return [".TP", left, escaped(option["help"])]


def common_options(commands):
    """The options that every command has, in the words that all of them use."""
    shared = [option for option in commands[0]["options"] if all(option in command["options"] for command in commands)]
    return shared


def command_lines(command, shared):
    own = [option for option in command["options"] if option not in shared]
    usage = f".SS \"regain {escaped(command['name'])} {escaped(command['synopsis'])}".rstrip() + "\""
    lines = [usage, escaped(command["summary"])]
    for option in own:
        lines += option_lines(option)
    return lines


def manual_page(commands, frame, version):
    shared = common_options(commands)
    generated = {"@COMMANDS@": [line for command in commands for line in command_lines(command, shared)],
                 "@COMMON_OPTIONS@": [line for option in shared for line in option_lines(option)]}
    lines = []
    for line in frame.replace("@VERSION@", version).splitlines():
        lines += generated.pop(line) if line in generated else [line]
    if generated:
        raise SystemExit(f"the frame has no line {', '.join(generated)}")
    return "\n".join(lines) + "\n"


def main():
    listing, frame, version, output = sys.argv[1:]
    with open(listing, encoding="utf-8") as file:
        commands = json.load(file)
    with open(frame, encoding="utf-8") as file:
        page = manual_page(commands, file.read(), version)
    with open(output, "wb") as file:  # no name and no time in it: the same bytes every time
        file.write(gzip.compress(page.encode("utf-8"), 9, mtime=0))


if __name__ == "__main__":
    main()
