#pragma once
// Asking: shows a page, takes keys, gives the answer. One thing to decide on each page; `l` changes the
// language wherever nothing is typed. Used by the steps of the technician's screen; decides nothing itself.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/translation.h"
#include "console/screen_page.h"
#include "console/screen_terminal.h"

namespace regain {

class ScreenDialog {
  public:
    /// Makes the page anew in the language in force.
    using Compose = std::function<Page(const Translator& translate)>;

    ScreenDialog(ScreenTerminal& terminal, Translator translate)
        : terminal_(terminal), translate_(std::move(translate)) {}

    const Translator& translate() const { return translate_; }
    ScreenTerminal& terminal() { return terminal_; }
    /// The terminal is gone or the program is to end: no more questions.
    bool is_over() const { return is_over_; }

    /// The index of what was chosen; nothing when the technician went back (Escape). Choices with a refusal
    /// can't be chosen.
    std::optional<size_t> choose(const Compose& compose, size_t selected = 0);
    /// Any number of choices, none included; digits and the space bar tick, Enter ends.
    std::optional<std::vector<size_t>> choose_several(const Compose& compose, std::vector<size_t> ticked);
    /// A line of text.
    std::optional<std::string> type(const Compose& compose);
    /// Shows a page and asks nothing.
    void show(const Page& page, size_t selected = 0);
    /// Shows a page until Enter (or Escape) is pressed; up and down show what did not fit.
    void tell(const Compose& compose);
    /// Counts down: true at the end or on Enter, false on Escape. `compose` is given the seconds that are
    /// left.
    bool count_down(std::chrono::seconds seconds,
                    const std::function<Page(const Translator& translate, size_t seconds_left)>& compose);

  private:
    Key next_key(std::chrono::milliseconds longest);
    bool is_language_key(const Key& key);

    ScreenTerminal& terminal_;
    Translator translate_;
    bool is_over_ = false;
};

}  // namespace regain
