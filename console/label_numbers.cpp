#include "console/label_numbers.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <sstream>
#include <utility>

#include "base/file.h"
#include "console/terminal.h"
#include "drives/tcg_packets.h"

namespace regain {
namespace {

constexpr size_t max_file_bytes = 1U << 20;
constexpr unsigned typing_tries = 3;

Error mistyped(const std::string& drive) {
    return error(ErrorKind::usage, message("understand the PSID of {0}", drive),
                 message("it is not 32 letters and digits"),
                 message("Take it from the drive's label; nothing was sent to the drive."));
}

Error ends_early() {
    return error(ErrorKind::interrupted, message("read the PSID"), message("interrupted by the operator"),
                 message("Nothing was written."));
}

Result<std::string> standard_input(const Session& session) {
    std::string text;
    while (text.size() < max_file_bytes) {
        const auto line = read_line_from_terminal(session.stop());
        if (!line && session.stop().stop_requested()) return ends_early();
        if (!line) break;
        text += *line + "\n";
    }
    return text;
}

Result<std::string> ask(const Session& session, const DriveRecord& drive) {
    for (unsigned i = 0; i < typing_tries; ++i) {
        const std::string question =
            describe_drive(drive, session.translate()) + "\n" +
            session.text(message("Type the number on its label, PSID (it is not shown): "));
        std::fputs(question.c_str(), stderr);
        const auto typed = read_secret_from_terminal(session.stop());
        std::fputs("\n", stderr);
        if (!typed) return ends_early();
        if (std::string number = psid_from_label(*typed); !number.empty()) return number;
        session.warn(message("That is not 32 letters and digits; nothing was sent to the drive."));
    }
    return mistyped(drive.path);
}

/// "SERIAL NUMBER": where the drive's confirmation ends; a serial may hold spaces.
std::optional<size_t> drive_in(const std::string& line, const DriveChoice& choice) {
    std::optional<size_t> found;
    for (size_t i = 0; i < choice.drives.size(); ++i) {
        const std::string& name = choice.confirmations[i];
        const bool is_named = line.size() > name.size() && line.starts_with(name) && line[name.size()] == ' ';
        if (is_named && (!found || name.size() > choice.confirmations[*found].size())) found = i;
    }
    return found;
}

}  // namespace

Result<LabelNumbers> parse_label_numbers(std::string_view text, const DriveChoice& choice) {
    LabelNumbers numbers;
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || line.front() == '#') continue;
        std::optional<size_t> which = drive_in(line, choice);
        std::string number = line.substr(which ? choice.confirmations[*which].size() + 1 : 0);
        if (!which && choice.drives.size() == 1) which = 0;
        if (!which)
            return error(ErrorKind::usage, message("read the PSID"),
                         message("with several drives each line needs the drive's serial before its number"));
        const std::string& path = choice.drives[*which].path;
        number = psid_from_label(number);
        if (number.empty()) return mistyped(path);
        if (!numbers.emplace(path, std::move(number)).second)
            return error(ErrorKind::usage, message("read the PSID"), message("{0} has two numbers", path));
    }
    if (numbers.empty())
        return error(ErrorKind::usage, message("read the PSID"), message("no number was given"),
                     message("Take it from the drive's label."));
    return numbers;
}

Result<LabelNumbers> label_numbers(const Session& session, const DriveChoice& choice,
                                   const std::string& method) {
    const Arguments& arguments = session.arguments();
    LabelNumbers numbers;
    if (arguments.has("psid") && arguments.value("psid") != "-") {
        REGAIN_ASSIGN(const std::string text, read_file(arguments.value("psid"), max_file_bytes));
        return parse_label_numbers(text, choice);
    }
    if (!arguments.has("psid") && method != "tcg-psid-revert") return numbers;
    if (!arguments.has("psid") && arguments.has("plan")) {
        for (const DriveRecord& drive : choice.drives) numbers[drive.path];
        return numbers;
    }
    if (arguments.has("psid") || !is_terminal(STDIN_FILENO)) {
        REGAIN_ASSIGN(const std::string text, standard_input(session));
        return parse_label_numbers(text, choice);
    }
    for (const DriveRecord& drive : choice.drives) {
        REGAIN_ASSIGN(numbers[drive.path], ask(session, drive));
    }
    return numbers;
}

}  // namespace regain
