#include "console/screen_dialog.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace regain {
namespace {

constexpr std::chrono::milliseconds for_ever = std::chrono::hours(1);

// What the keys of the digits give on a French keyboard without the shift key.
constexpr std::array<std::string_view, 9> french_digits{"&", "é", "\"", "'", "(", "-", "è", "_", "ç"};

// The digit's choice, or nothing.
std::optional<size_t> choice_of_digit(const Key& key, size_t count) {
    if (key.kind != KeyKind::text) return std::nullopt;
    for (size_t index = 0; index < count && index < french_digits.size(); ++index)
        if (key.text == std::to_string(index + 1) || key.text == french_digits[index]) return index;
    return std::nullopt;
}

void move(size_t& selected, const Key& key, size_t count) {
    if (key.kind == KeyKind::down && selected + 1 < count) ++selected;
    if (key.kind == KeyKind::up && selected > 0) --selected;
}

std::string without_last_character(std::string text) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    if (!text.empty()) text.pop_back();
    return text;
}

}  // namespace

void ScreenDialog::show(const Page& page, size_t selected) {
    const ScreenSize size = terminal_.size();
    terminal_.write(draw(lay_out(page, selected, size), size));
}

Key ScreenDialog::next_key(std::chrono::milliseconds longest) {
    Key key = terminal_.read_key(longest);
    if (key.kind == KeyKind::end_of_input) is_over_ = true;
    if (key.kind == KeyKind::interrupt) key.kind = KeyKind::escape;
    return key;
}

bool ScreenDialog::is_language_key(const Key& key) {
    if (key.kind != KeyKind::text || (key.text != "l" && key.text != "L")) return false;
    const auto languages = Translator::languages();
    const auto now = std::find(languages.begin(), languages.end(), translate_.language());
    const bool is_last = now == languages.end() || now + 1 == languages.end();
    translate_ = Translator(is_last ? languages.front() : *(now + 1));
    return true;
}

std::optional<size_t> ScreenDialog::choose(const Compose& compose, size_t selected) {
    while (!is_over_) {
        const Page page = compose(translate_);
        show(page, selected);
        const Key key = next_key(for_ever);
        if (is_language_key(key)) continue;
        if (key.kind == KeyKind::escape) return std::nullopt;
        move(selected, key, page.choices.size());
        const auto digit = choice_of_digit(key, page.choices.size());
        if (digit) selected = *digit;
        if (!digit && key.kind != KeyKind::enter) continue;
        if (selected < page.choices.size() && page.choices[selected].refusal.empty()) return selected;
    }
    return std::nullopt;
}

std::optional<std::vector<size_t>> ScreenDialog::choose_several(const Compose& compose,
                                                                std::vector<size_t> ticked) {
    size_t selected = ticked.empty() ? 0 : ticked.front();
    while (!is_over_) {
        Page page = compose(translate_);
        for (size_t i = 0; i < page.choices.size(); ++i)
            page.choices[i].ticked = std::find(ticked.begin(), ticked.end(), i) != ticked.end();
        show(page, selected);
        const Key key = next_key(for_ever);
        if (is_language_key(key)) continue;
        if (key.kind == KeyKind::escape) return std::nullopt;
        if (key.kind == KeyKind::enter) {
            std::sort(ticked.begin(), ticked.end());
            return ticked;
        }
        move(selected, key, page.choices.size());
        const auto digit = choice_of_digit(key, page.choices.size());
        if (digit) selected = *digit;
        if (!digit && !(key.kind == KeyKind::text && key.text == " ")) continue;
        if (selected >= page.choices.size() || !page.choices[selected].refusal.empty()) continue;
        const auto found = std::find(ticked.begin(), ticked.end(), selected);
        if (found == ticked.end())
            ticked.push_back(selected);
        else
            ticked.erase(found);
    }
    return std::nullopt;
}

std::optional<std::string> ScreenDialog::type(const Compose& compose) {
    std::string typed;
    while (!is_over_) {
        Page page = compose(translate_);
        page.typed = typed;
        show(page, 0);
        const Key key = next_key(for_ever);
        if (key.kind == KeyKind::escape) return std::nullopt;
        if (key.kind == KeyKind::enter) return typed;
        if (key.kind == KeyKind::backspace) typed = without_last_character(typed);
        if (key.kind == KeyKind::text && typed.size() < 200) typed += key.text;
    }
    return std::nullopt;
}

void ScreenDialog::tell(const Compose& compose) {
    size_t first = 0;
    while (!is_over_) {
        const Page page = compose(translate_);
        show(page, first);
        const Key key = next_key(for_ever);
        if (is_language_key(key)) continue;
        move(first, key, scroll_positions(page, terminal_.size()));
        if (key.kind == KeyKind::enter || key.kind == KeyKind::escape) return;
    }
}

bool ScreenDialog::count_down(
    std::chrono::seconds seconds,
    const std::function<Page(const Translator& translate, size_t seconds_left)>& compose) {
    // What was pressed before there was anything to read begins nothing; Escape stops all the same.
    for (Key key = next_key({}); key.kind != KeyKind::none; key = next_key({}))
        if (is_over_ || key.kind == KeyKind::escape) return false;
    auto left = seconds;
    size_t first = 0;
    while (!is_over_ && left.count() > 0) {
        const Page page = compose(translate_, static_cast<size_t>(left.count()));
        show(page, first);
        const Key key = next_key(std::chrono::seconds(1));
        if (key.kind == KeyKind::none) left -= std::chrono::seconds(1);
        move(first, key, scroll_positions(page, terminal_.size()));
        if (is_language_key(key)) continue;
        if (key.kind == KeyKind::enter) return true;
        if (key.kind == KeyKind::escape) return false;
    }
    return !is_over_;
}

}  // namespace regain
