// What operators and barcode scanners type to `regain batch`: which drive a line means, and why it starts
// nothing. The rest of batch_desk.h is in batch_desk.cpp.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "console/batch_desk.h"

namespace regain {
namespace {

std::string trimmed(std::string_view line) {
    const size_t first = line.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(line.substr(first, line.find_last_not_of(" \t\r\n") - first + 1));
}

bool is_empty_or_quit(std::string_view line) {
    return line.empty() || line == "q";
}

std::string paths_of(const std::vector<const BatchDrive*>& drives) {
    std::string text;
    for (const BatchDrive* drive : drives) text += (text.empty() ? "" : ", ") + drive->drive.path;
    return text;
}

Error not_taken(const std::string& line, Message reason, Message advice = {}) {
    return error(ErrorKind::refused, message("erase {0}", line), std::move(reason), std::move(advice));
}

}  // namespace

std::vector<std::string> BatchDesk::names_of(const BatchDrive& drive) const {
    std::vector<std::string> names;
    if (drive.plan && !drive.plan->spoken_serial.empty()) names.push_back(drive.plan->spoken_serial);
    const std::string& serial = drive.drive.serial;
    if (!serial.empty() && std::find(names.begin(), names.end(), serial) == names.end())
        names.push_back(serial);
    return names;
}

std::vector<const BatchDrive*> BatchDesk::called(const std::string& name) const {
    std::vector<const BatchDrive*> found;
    for (const BatchDrive& drive : drives_) {
        const auto names = names_of(drive);
        if (is_here(drive) && std::find(names.begin(), names.end(), name) != names.end())
            found.push_back(&drive);
    }
    return found;
}

std::string BatchDesk::confirmation_of(const BatchDrive& drive) const {
    for (const std::string& name : names_of(drive))
        if (!is_ambiguous(name)) return name;
    return drive.drive.path;
}

BatchOrders BatchDesk::typed(std::string_view text) {
    const std::string line = trimmed(text);
    if (rules_.holds_early_lines && !is_ready_) {
        held_.push_back(line);
        return {};
    }
    const bool is_second = std::exchange(was_empty_, line.empty());
    if (line.empty() && !is_second && !is_closing_ && is_waiting_for_something()) {
        say(message("Drives are at work or wait: type q, or an empty line once more, to end this."));
        return {};
    }
    if (is_empty_or_quit(line)) {
        is_closing_ = true;
        return {};
    }
    if (is_closing_) {
        refuse(not_taken(line, message("no further drive is taken")));
        return {};
    }
    std::vector<BatchDrive*> matches;
    for (BatchDrive& drive : drives_) {
        const auto names = names_of(drive);
        const bool is_its_name = std::find(names.begin(), names.end(), line) != names.end();
        const bool is_its_path = drive.drive.path == line && confirmation_of(drive) == line;
        if (is_here(drive) && drive.state == BatchState::waiting &&
            (is_its_path || (is_its_name && !is_ambiguous(line))))
            matches.push_back(&drive);
    }
    if (matches.size() == 1) return start(*matches.front());
    explain_refusal(line);
    return {};
}

bool BatchDesk::is_about_kept(std::string_view text) const {
    if (is_closing_ || (rules_.holds_early_lines && !is_ready_)) return false;
    const std::string line = trimmed(text);
    return std::any_of(drives_.begin(), drives_.end(), [&](const BatchDrive& drive) {
        const auto names = names_of(drive);
        return drive.state == BatchState::kept &&
               (drive.drive.path == line || std::find(names.begin(), names.end(), line) != names.end());
    });
}

bool BatchDesk::is_waiting_for_something() const {
    return std::any_of(drives_.begin(), drives_.end(), [](const BatchDrive& drive) {
        return drive.state == BatchState::asked || drive.state == BatchState::waiting ||
               drive.state == BatchState::working;
    });
}

BatchOrders BatchDesk::take_held() {
    is_ready_ = is_ready_ || (has_looked_ && !is_asking());
    BatchOrders orders;
    if (!is_ready_) return orders;
    for (const std::string& line : std::exchange(held_, {})) {
        const BatchOrders more = typed(line);
        orders.insert(orders.end(), more.begin(), more.end());
    }
    return orders;
}

void BatchDesk::explain_refusal(const std::string& line) {
    const auto same = called(line);
    if (same.size() > 1)
        return refuse(not_taken(line, message("several drives have this serial: {0}", paths_of(same)),
                                message("Type the path of the one that is meant; nothing was written.")));
    if (same.size() == 1) return explain_state(*same.front(), line);
    for (const BatchDrive& drive : drives_) {
        if (!is_here(drive) || drive.drive.path != line) continue;
        const std::string wanted = confirmation_of(drive);
        if (drive.state != BatchState::waiting || wanted == line) return explain_state(drive, line);
        return refuse(not_taken(line, message("a path says nothing of which drive it is"),
                                message("Type its serial number: {0}", wanted)));
    }
    refuse(not_taken(line, message("no drive that is here has this serial"),
                     message("Nothing was written. The list shows what to type for each drive.")));
}

void BatchDesk::explain_state(const BatchDrive& drive, const std::string& line) {
    const std::string& path = drive.drive.path;
    switch (drive.state) {
        case BatchState::asked:
            return refuse(not_taken(line, message("{0} is still being asked what it can do", path),
                                    message("Type it again when its plan is shown.")));
        case BatchState::working:
            return refuse(not_taken(line, message("{0} is being erased already", path)));
        case BatchState::ended:
            return refuse(not_taken(line, message("{0} had its turn in this run already", path),
                                    message("Unplug it, plug it in and type it again to erase it again.")));
        case BatchState::kept:
            not_taken_up_.insert(drive.number);
            if (drive.refusal) return refuse(*drive.refusal);
            break;
        case BatchState::waiting:
        case BatchState::gone:
            break;
    }
    refuse(not_taken(line, message("it is not waiting for a confirmation")));
}

}  // namespace regain
