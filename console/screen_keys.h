#pragma once
// What was pressed: bytes of a terminal turned into keys. Used by the technician's screen. Pure.

#include <string>
#include <vector>

namespace regain {

enum class KeyKind {
    none,  ///< nothing was pressed in time
    text,  ///< a character, whole, in UTF-8
    enter,
    escape,
    up,
    down,
    backspace,
    interrupt,    ///< Ctrl-C
    end_of_input  ///< the terminal is gone, or the program is asked to end
};

struct Key {
    KeyKind kind = KeyKind::none;
    std::string text = {};
    bool operator==(const Key&) const = default;
};

/// Takes whole keys from the front of `bytes`. An escape sequence that has only begun stays there, unless
/// `nothing_follows`: then a lone Escape is the key.
std::vector<Key> take_keys(std::string& bytes, bool nothing_follows);

}  // namespace regain
