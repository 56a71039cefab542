#include "wiper/drive_log.h"

#include <array>
#include <cstddef>

namespace regain {
namespace {

constexpr size_t commands_shown_at_each_end = 40;

bool starts_with(const std::string& text, std::string_view beginning) {
    return std::string_view(text).substr(0, beginning.size()) == beginning;
}

/// The drive answers when it has ended, so that it can't be asked while it runs.
bool is_answered_at_its_end(const std::string& method) {
    return starts_with(method, "nvme-format-") || starts_with(method, "mmc-") || method == "tcg-psid-revert";
}

const char* yes_or_no(bool value) {
    return value ? "yes" : "no";
}

}  // namespace

std::string_view answer_name(Answer answer) {
    constexpr std::array<std::string_view, 3> names{"no", "yes", "unknown"};
    return names[static_cast<size_t>(answer)];
}

bool DriveLog::shows_success() const {
    if (accepted != Answer::yes || completed != Answer::yes || stood_still || left_running) return false;
    if (is_answered_at_its_end(method)) return seen_running != Answer::no;
    if (seen_running != Answer::yes) return false;
    return !starts_with(method, "ata-security-") || security_released == Answer::yes;
}

Json to_json(const DriveLog& log) {
    Json json{{"method", log.method},
              {"state_before", log.state_before},
              {"accepted", answer_name(log.accepted)},
              {"seen_running", answer_name(log.seen_running)},
              {"completed", answer_name(log.completed)},
              {"samples", log.samples},
              {"stood_still", yes_or_no(log.stood_still)},
              {"left_running", yes_or_no(log.left_running)},
              {"shows_success", yes_or_no(log.shows_success())},
              {"remarks", to_json(log.remarks)},
              {"errors", to_json(log.errors)}};
    if (log.security_released) json["security_released"] = answer_name(*log.security_released);
    if (log.first_progress) json["first_progress"] = *log.first_progress;
    if (log.last_progress) json["last_progress"] = *log.last_progress;
    Json commands = Json::array();
    const size_t count = log.commands.size();
    const size_t left_out =
        count > 2 * commands_shown_at_each_end ? count - 2 * commands_shown_at_each_end : size_t{0};
    for (size_t i = 0; i < count; ++i) {
        const bool is_between = i >= commands_shown_at_each_end && i < commands_shown_at_each_end + left_out;
        if (!is_between) commands.push_back(to_json(log.commands[i]));
    }
    json["commands"] = std::move(commands);
    json["commands_left_out"] = left_out;
    return json;
}

}  // namespace regain
