#include "console/drive_choice.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>

#include "certifier/values_in_words.h"
#include "console/progress_display.h"
#include "console/terminal.h"
#include "drives/discovery.h"
#include "drives/identity_proof.h"

namespace regain {
namespace {

Status check_not_twice(const std::vector<DriveRecord>& drives) {
    std::set<std::string> seen;
    for (const auto& drive : drives)
        if (!seen.insert(drive.path).second)
            return error(ErrorKind::usage, message("choose the drives"),
                         message("{0} is named twice", drive.path));
    return done();
}

Message medium_words(const DriveRecord& drive) {
    if (drive.is_virtual()) return message("virtual drive");
    switch (drive.medium) {
        case Medium::hdd:
            return message("hard disk");
        case Medium::ssd:
            return message("SSD");
        case Medium::emmc:
            return message("eMMC");
        case Medium::flash:
            return message("flash memory");
        case Medium::unknown:
            break;
    }
    return message("unknown kind of drive");
}

}  // namespace

// A drive without a serial is confirmed by its path; so is one whose serial another drive has too (docks
// repeat the serial of their bridge).
std::string confirmation_of(const DriveRecord& drive, const std::vector<DriveRecord>& all) {
    if (drive.serial.empty()) return drive.path;
    for (const auto& other : all)
        if (other.path != drive.path && other.serial == drive.serial) return drive.path;
    return drive.serial;
}

Status check_same_drives(const std::vector<DriveRecord>& chosen, const std::vector<DriveRecord>& present) {
    for (const auto& drive : chosen) {
        const auto found = std::find_if(present.begin(), present.end(),
                                        [&](const DriveRecord& other) { return other.path == drive.path; });
        const auto differences = compare_identity(drive, found == present.end() ? DriveRecord{} : *found);
        if (!differences.empty()) return not_the_same_drive(drive, differences);
    }
    return done();
}

std::string network_words(const DriveRecord& drive, const Translator& translate) {
    constexpr std::array<std::string_view, 4> networks{"iscsi", "fc", "tcp", "rdma"};
    const bool is_remote = std::find(networks.begin(), networks.end(), drive.attachment) != networks.end();
    return is_remote ? attachment_in_words(drive.attachment, translate) : std::string();
}

std::string describe_drive(const DriveRecord& drive, const Translator& translate) {
    std::string text = drive.path;
    for (const auto& part : {model_in_words(drive.model, translate), drive.serial})
        if (!part.empty()) text += "  " + part;
    std::string kind = translate(medium_words(drive));
    if (const std::string network = network_words(drive, translate); !network.empty()) kind += ", " + network;
    return text + "  " + human_size(drive.size_bytes, translate) + "  (" + kind + ")";
}

Result<DriveChoice> choose_drives(const Session& session, const std::vector<std::string>& names,
                                  const char* doing) {
    if (names.empty())
        return error(ErrorKind::usage, message("understand the command line"), message("no drive is named"),
                     message("\"regain drives\" lists them."));
    REGAIN_ASSIGN(const auto all, discover_drives(session.root()));
    const auto files = session.arguments().has("virtual") ? VirtualFiles::accepted : VirtualFiles::refused;
    DriveChoice chosen;
    for (const auto& name : names) {
        REGAIN_ASSIGN(auto drive, find_drive(session.root(), all, name, files));
        chosen.confirmations.push_back(confirmation_of(drive, all));
        chosen.drives.push_back(std::move(drive));
    }
    REGAIN_TRY(check_not_twice(chosen.drives));
    for (const auto& drive : chosen.drives)
        REGAIN_TRY(check_unprotected(drive, Message{doing, {drive.path}}));
    return chosen;
}

Status check_rights(const std::vector<DriveRecord>& drives) {
    if (::geteuid() == 0) return done();
    for (const auto& drive : drives)
        if (drive.protocol != "file")
            return error(ErrorKind::environment, message("open {0}", drive.path), message("this needs root"),
                         message("Start the command as root (sudo)."));
    return done();
}

static Status ask_for_confirmation(const Session& session, const DriveRecord& drive,
                                   const std::string& wanted) {
    if (!is_terminal(STDIN_FILENO) || session.json())
        return error(ErrorKind::refused, message("confirm {0}", drive.path),
                     message("no confirmation was given"),
                     message("Give --confirm {0}; nothing was written.", wanted));
    const Message question =
        wanted == drive.serial
            ? message("Everything on it will be erased. Type its serial number to confirm: ")
            : message("Everything on it will be erased. Type its path to confirm: ");
    std::fputs((describe_drive(drive, session.translate()) + "\n" + session.text(question)).c_str(), stderr);
    const auto typed = read_line_from_terminal(session.stop());
    if (!typed && session.stop().stop_requested())
        return error(ErrorKind::interrupted, message("confirm {0}", drive.path),
                     message("interrupted by the operator"), message("Nothing was written."));
    if (!typed || *typed != wanted)
        return error(ErrorKind::refused, message("confirm {0}", drive.path),
                     message("the confirmation is wrong"), message("Nothing was written."));
    return done();
}

Status confirm_drives(const Session& session, const DriveChoice& choice) {
    std::multiset<std::string> given;
    for (const auto& text : session.arguments().values("confirm")) given.insert(text);
    std::vector<size_t> unconfirmed;
    for (size_t i = 0; i < choice.drives.size(); ++i) {
        const auto found = given.find(choice.confirmations[i]);
        if (found == given.end())
            unconfirmed.push_back(i);
        else
            given.erase(found);
    }
    if (!given.empty())
        return error(ErrorKind::refused, message("confirm the drives"),
                     message("the confirmation {0} belongs to none of them", *given.begin()),
                     message("Give --confirm once for each drive with its serial; nothing was written."));
    for (const size_t i : unconfirmed)
        REGAIN_TRY(ask_for_confirmation(session, choice.drives[i], choice.confirmations[i]));
    return done();
}

}  // namespace regain
