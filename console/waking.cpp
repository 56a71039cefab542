#include "console/waking.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "console/busy_drives.h"
#include "console/terminal.h"
#include "drives/discovery.h"
#include "drives/same_drive.h"
#include "wiper/thawing.h"

namespace regain {
namespace {

// Long enough to be asleep before the alarm comes, on slow machines too.
constexpr std::chrono::seconds sleep_duration{15};
constexpr std::chrono::seconds reappearing{60};
constexpr std::chrono::milliseconds pause{500};

class Waking {
  public:
    Waking(DriveChoice& choice, const WipePolicy& policy, const WakingMeans& means)
        : choice_(choice), policy_(policy), means_(means) {}

    Result<std::vector<DriveCapabilities>> run() {
        std::vector<DriveCapabilities> found = ask_all();
        const std::vector<DriveRecord> frozen = gaining(found);
        if (frozen.empty()) return found;
        for (const DriveRecord& drive : frozen)
            means_.say(
                message("{0}: its firmware has frozen the drive's own erase commands; suspending the "
                        "machine and waking it may free them.",
                        drive.path));
        if (const auto obstacle = means_.machine.obstacle()) {
            means_.say(*obstacle);
            say_what_else();
            return found;
        }
        REGAIN_ASSIGN(const bool has_twins, has_look_alikes());
        if (has_twins) return found;
        REGAIN_ASSIGN(const bool may_sleep, means_.may_sleep(frozen));
        if (!may_sleep) return found;
        return sleep_and_ask();
    }

  private:
    std::vector<DriveCapabilities> ask_all() const {
        std::vector<DriveCapabilities> found;
        for (const DriveRecord& drive : choice_.drives) found.push_back(means_.ask_drive(drive));
        return found;
    }

    /// Which of two that look the same comes back under which name, nobody could tell.
    Result<bool> has_look_alikes() const {
        REGAIN_ASSIGN(const auto present, means_.discover());
        for (const DriveRecord& drive : choice_.drives) {
            if (find_again(drive, present).look_alikes.empty()) continue;
            means_.say(message("{0} can't be told from another drive of this machine: it does not sleep.",
                               drive.path));
            return true;
        }
        return false;
    }

    std::vector<DriveRecord> gaining(const std::vector<DriveCapabilities>& found) const {
        std::vector<DriveRecord> drives;
        for (const DriveCapabilities& each : found)
            if (would_gain_by_thawing(each, policy_)) drives.push_back(each.drive);
        return drives;
    }

    void say_what_else() const {
        means_.say(
            message("What else may help: switching the firmware's hard disk security off, or connecting the "
                    "drive's power only after the start."));
    }

    Result<std::vector<DriveCapabilities>> sleep_and_ask() {
        REGAIN_TRY(means_.note_sleep());
        means_.say(message("The machine sleeps for {0} seconds.", sleep_duration.count()));
        const Status slept = means_.machine.sleep(sleep_duration);
        means_.note_waking();
        if (!slept.ok()) {
            means_.say(message("The machine could not be put to sleep."));
            means_.say(slept.error().reason);
            say_what_else();
        }
        // Asked again in any case: whatever happened, the drives are not believed to be what they were.
        REGAIN_TRY(find_drives());
        std::vector<DriveCapabilities> found = ask_all();
        const std::vector<DriveRecord> frozen = gaining(found);
        for (const DriveRecord& drive : frozen)
            if (slept.ok()) means_.say(message("{0} is still frozen.", drive.path));
        if (slept.ok() && !frozen.empty()) say_what_else();
        if (slept.ok() && frozen.empty()) means_.say(message("The drive's own erase commands are free now."));
        return found;
    }

    /// Drives come back some seconds after the machine.
    Status find_drives() {
        for (auto waited = std::chrono::milliseconds(0);; waited += pause) {
            REGAIN_ASSIGN(const auto present, means_.discover());
            Status taken = take(present);
            if (taken.ok() || waited >= reappearing) return taken;
            means_.wait(pause);
        }
    }

    Status take(const std::vector<DriveRecord>& present) {
        DriveChoice again;
        for (const DriveRecord& drive : choice_.drives) {
            // A file is no drive of the machine, and is where it was.
            const DriveRecord* now = drive.is_virtual() ? &drive : find_again(drive, present).drive;
            if (now == nullptr)
                return error(ErrorKind::refused, message("find {0} again", drive.path),
                             message("after waking it is not there, or another one looks the same"),
                             message("Nothing was written. Start again."));
            REGAIN_TRY(check_unprotected(*now, message("erase {0}", now->path)));
            again.drives.push_back(*now);
            again.confirmations.push_back(drive.is_virtual() ? drive.path : confirmation_of(*now, present));
        }
        choice_ = std::move(again);
        return done();
    }

    DriveChoice& choice_;
    const WipePolicy& policy_;
    const WakingMeans& means_;
};

/// What is left of a machine that never woke: the next start does not put it to sleep again by itself.
class SleepNote {
  public:
    explicit SleepNote(const Session& session)
        : path_(session.state_directory() / "asleep.json"),
          machine_(read_line(session.root().path("/sys/class/dmi/id/product_uuid"))) {}

    /// The note is about this machine: it did not come back.
    bool is_left() const {
        const auto text = read_file(path_, 65536);
        const auto json = text.ok() ? parse_json(*text, "a note") : Result<Json>(text.error());
        return json.ok() && json->is_object() && json->value("machine", std::string("-")) == machine_;
    }
    Status write(const Clock& clock) const {
        std::error_code ignored;
        std::filesystem::create_directories(path_.parent_path(), ignored);
        const Json note{
            {"schema", "regain.asleep/1"}, {"machine", machine_}, {"when", to_rfc3339(clock.now())}};
        return write_file(path_, note.dump() + "\n");
    }
    void remove() const {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }

  private:
    std::filesystem::path path_;
    std::string machine_;
};

Result<bool> ask_operator(const Session& session) {
    const std::string question = session.text(
        message("Put the machine to sleep for {0} seconds and wake it, before anything is erased? (yes/no) ",
                sleep_duration.count()));
    std::fputs(question.c_str(), stderr);
    const auto typed = read_line_from_terminal(session.stop());
    if (!typed && session.stop().stop_requested())
        return error(ErrorKind::interrupted, message("put the machine to sleep"),
                     message("interrupted by the operator"), message("Nothing was written."));
    constexpr std::string_view agreeing[] = {"y", "yes", "o", "oui", "Y", "Yes", "YES", "O", "Oui", "OUI"};
    return typed && std::find(std::begin(agreeing), std::end(agreeing), *typed) != std::end(agreeing);
}

Result<bool> may_sleep(const Session& session, SuspendAnswer answer, const SleepNote& note) {
    const bool can_ask = is_terminal(STDIN_FILENO) && !session.json();
    if (answer == SuspendAnswer::yes && note.is_left()) {
        session.say(message("This machine did not wake the last time: it is not put to sleep again."));
        return false;
    }
    if (answer == SuspendAnswer::yes) return true;
    if (answer == SuspendAnswer::ask && can_ask) return ask_operator(session);
    session.say(message("It is not put to sleep without --suspend yes."));
    return false;
}

}  // namespace

Result<SuspendAnswer> suspend_answer(const Session& session, SuspendAnswer fallback) {
    if (!session.arguments().has("suspend")) return fallback;
    const std::string value = session.arguments().value("suspend");
    if (value == "yes") return SuspendAnswer::yes;
    if (value == "no") return SuspendAnswer::no;
    if (value == "ask") return SuspendAnswer::ask;
    return error(ErrorKind::usage, message("understand the command line"),
                 message("--{0} can't be \"{1}\"", "suspend", value), message("See --help."));
}

Result<std::vector<DriveCapabilities>> ask_and_wake(DriveChoice& choice, const WipePolicy& policy,
                                                    const WakingMeans& means) {
    return Waking(choice, policy, means).run();
}

Result<std::vector<DriveCapabilities>> ask_and_wake(const Session& session, DriveChoice& choice,
                                                    const WipePolicy& policy, const LabelNumbers& numbers,
                                                    SuspendAnswer fallback) {
    REGAIN_ASSIGN(const SuspendAnswer answer, suspend_answer(session, fallback));
    const CapabilitySource ask_drive = source_for_plans(session, numbers);
    if (session.arguments().has("plan")) {
        std::vector<DriveCapabilities> found;
        for (const DriveRecord& drive : choice.drives) found.push_back(ask_drive(drive));
        return found;
    }
    LinuxMachineSleep machine(session.root());
    const SleepNote note(session);
    WakingMeans means{machine,
                      [&] { return discover_drives(session.root()); },
                      ask_drive,
                      [&](const std::vector<DriveRecord>&) { return may_sleep(session, answer, note); },
                      [&](const Message& text) { session.say(text); },
                      [&] { return note.write(session.clock()); },
                      [&] { note.remove(); },
                      [](std::chrono::milliseconds duration) { std::this_thread::sleep_for(duration); }};
    return ask_and_wake(choice, policy, means);
}

}  // namespace regain
