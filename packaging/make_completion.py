#!/usr/bin/env python3
"""make_completion.py LISTING OUTPUT: the bash completion, made from the command table.

Commands, options, the words that an option's value may be ("best|purge|clear"), files, directories, drives. It starts
nothing but `regain profile list`, and only where a profile is expected.
"""

import json
import re
import sys

TEMPLATE = r"""# bash completion for regain. Generated from the command table by packaging/make_completion.py.

_regain_drives() {
    COMPREPLY=($(compgen -W "$(printf '%s\n' /dev/sd? /dev/nvme*n? /dev/mmcblk? /dev/vd? /dev/loop? | grep -v '[?*]')" -- "$1"))
}

_regain_profiles() {
    COMPREPLY=($(compgen -W "$(regain profile list --json 2>/dev/null | sed -n 's/^ *"name": "\([^"]*\)".*/\1/p')" -- "$1")
        $(compgen -f -X '!*.toml' -- "$1"))
}

# What may stand after an option.
_regain_value() {
    case $1 in
@VALUES@
    *) return 1 ;;
    esac
}

_regain_operands() {
    case $1 in
@OPERANDS@
    esac
}

_regain() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' options=''
    # "--option=value" comes as three words.
    if [ "$current" = = ]; then
        current=''
    elif [ "$previous" = = ]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "@FIRST_WORDS@ --help --version --lang" -- "$current"))
        return
    fi
    case ${COMP_WORDS[1]} in
@SECOND_WORDS@
    *) command=${COMP_WORDS[1]} ;;
    esac
    case $command in
@OPTIONS@
    *) return ;;
    esac
    case $previous in
    -*) ! _regain_value "$previous" "$current" "$command" || return ;;
    esac
    case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) _regain_operands "$command" "$current" ;;
    esac
}

complete -F _regain regain
"""

# What the table's value names mean to a shell.
BY_VALUE_NAME = {"FILE": "files", "IMAGE": "files", "I": "files", "PEM": "files", "ISO": "files", "DIR": "directories",
                 "DRIVE": "drives", "P": "profiles"}
REPLIES = {"files": 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$2"))',
           "directories": 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$2"))',
           "drives": '_regain_drives "$2"',
           "profiles": '_regain_profiles "$2"',
           "nothing": ":"}
BY_OPERAND = {"DRIVE": "drives", "PROFILE": "profiles", "IMAGE": "files", "FILE": "files"}


def value_case(option):
    names = f"--{option['name']}" + (f" | -{option['letter']}" if "letter" in option else "")
    value = option["value"]
    if re.fullmatch(r"[\w.-]+(\|[\w.-]+)+", value):
        reply = f'COMPREPLY=($(compgen -W "{value.replace("|", " ")}" -- "$2"))'
    else:
        reply = REPLIES[BY_VALUE_NAME.get(value, "nothing")]
    return f"    {names}) {reply} ;;"


def value_cases(commands):
    """One line for each option; -o means a file wherever it stands."""
    cases = {}
    for command in commands:
        for option in command["options"]:
            if "value" in option:
                cases.setdefault(option["name"], value_case(option))
    return sorted(cases.values())


def operand_case(command):
    kinds = [BY_OPERAND[word] for word in re.findall(r"[A-Z]{2,}", command["synopsis"].split(" -")[0]) if word in BY_OPERAND]
    if "DRIVE" in command["synopsis"] and "drives" not in kinds:
        kinds.append("drives")
    if not kinds:
        return []
    if kinds == ["files", "drives"]:  # deploy IMAGE DRIVE...
        reply = 'case $2 in /dev/*) _regain_drives "$2" ;; *) ' + REPLIES["files"] + " ;; esac"
    else:
        reply = REPLIES[kinds[0]]
    return [f"    '{command['name']}') {reply} ;;"]


def option_words(command):
    words = []
    for option in command["options"]:
        words.append("--" + option["name"])
        if "letter" in option:
            words.append("-" + option["letter"])
    return " ".join(words)


def second_word_cases(commands):
    groups = {}
    for command in commands:
        first, _, second = command["name"].partition(" ")
        if second:
            groups.setdefault(first, []).append(second)
    lines = []
    for first, seconds in groups.items():
        lines += [f"    {first})",
                  "        if [ \"$COMP_CWORD\" -eq 2 ]; then",
                  f"            COMPREPLY=($(compgen -W \"{' '.join(seconds)}\" -- \"$current\"))",
                  "            return",
                  "        fi",
                  "        command=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"",
                  "        ;;"]
    return lines


def completion(commands):
    parts = {
        "@VALUES@": value_cases(commands),
        "@OPERANDS@": [line for command in commands for line in operand_case(command)],
        "@SECOND_WORDS@": second_word_cases(commands),
        "@OPTIONS@": [f"    '{command['name']}') options=\"{option_words(command)}\" ;;" for command in commands],
    }
    text = TEMPLATE
    for mark, lines in parts.items():
        text = text.replace(mark, "\n".join(lines))
    first_words = dict.fromkeys(command["name"].split(" ")[0] for command in commands)
    return text.replace("@FIRST_WORDS@", " ".join(first_words))


def main():
    listing, output = sys.argv[1:]
    with open(listing, encoding="utf-8") as file:
        commands = json.load(file)
    with open(output, "w", encoding="utf-8") as file:
        file.write(completion(commands))


if __name__ == "__main__":
    main()
