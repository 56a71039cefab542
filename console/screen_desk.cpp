#include "console/screen_desk.h"

#include <algorithm>

#include "base/file.h"
#include "base/program.h"
#include "console/certificate_copies.h"
#include "console/commands.h"
#include "console/screen_questions.h"
#include "console/state_directory.h"
#include "drives/discovery.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

constexpr std::chrono::seconds before_leaving{10};
constexpr std::chrono::minutes for_the_system_to_stop{5};

const Command* command_named(const std::string& name) {
    for (const auto& command : all_commands())
        if (name == command.name) return &command;
    return nullptr;
}

Message word_work(const std::string& command) {
    if (command == "wipe") return message("Erasing");
    if (command == "inspect") return message("Checking");
    if (command == "deploy") return message("Installing the system");
    return message("Checking, erasing, installing");
}

}  // namespace

ScreenDesk::ScreenDesk(const Session& session, const InterruptionWatch& watch, ScreenTerminal& terminal)
    : session_(session),
      watch_(watch),
      dialog_(terminal, session.translate()),
      job_(find_screen_job(session.root(), session.arguments().value("job"))),
      records_(read_records_place(session.root())) {}

Result<std::vector<DriveRecord>> ScreenDesk::drives() const {
    REGAIN_ASSIGN(auto drives, discover_drives(session_.root()));
    if (!session_.arguments().has("virtual"))
        drives.erase(std::remove_if(drives.begin(), drives.end(),
                                    [](const DriveRecord& drive) { return drive.is_virtual(); }),
                     drives.end());
    return drives;
}

std::vector<std::filesystem::path> ScreenDesk::profile_directories() const {
    return regain::profile_directories(session_.root().path("/run/regain/data/profiles"));
}

ScreenSurroundings ScreenDesk::surroundings() const {
    return {session_.state_directory().string(), dialog_.translate().language(),
            job_.fault ? std::string() : job_.path.string(), session_.arguments().has("virtual")};
}

std::filesystem::path ScreenDesk::copies_directory() const {
    const auto data = session_.root().path("/run/regain/data");
    std::error_code ignored;
    return std::filesystem::is_directory(data, ignored) ? data / "certificates" : std::filesystem::path();
}

Status ScreenDesk::copy_certificates_again() const {
    const auto to = copies_directory();
    if (to.empty()) return done();
    const auto copied = copy_certificates(StateDirectory(session_.state_directory()).certificates(), to);
    if (!copied.ok()) return copied.error();
    std::error_code ignored;
    return std::filesystem::exists(to, ignored) ? copy_station_certificate(session_.state_directory(), to)
                                                : done();
}

void ScreenDesk::tell(const Error& error) {
    dialog_.tell([&](const Translator& translate) {
        Page page;
        page.title = "Regain";
        page.title_tone = Tone::bad;
        page.lines.push_back({describe(error, translate), Tone::bad});
        page.lines.push_back({translate(error.advice)});
        page.keys = translate(message("Enter: go on"));
        return page;
    });
}

bool ScreenDesk::accepts_lost_records() {
    if (records_.kind != RecordsPlace::Kind::none) return true;
    return ask_yes(dialog_, [&](const Translator& translate) {
        Page page;
        page.title = translate(message("The records would be lost"));
        page.title_tone = Tone::bad;
        page.lines.push_back({describe_records_place(records_, "", translate), Tone::bad});
        page.lines.push_back({translate(message(
            "Nobody could prove afterwards that these drives were erased. Plug in a stick of Regain and "
            "restart, or go on without records."))});
        page.lines.push_back({""});
        page.lines.push_back({translate(message("Go on all the same?")), Tone::strong});
        return page;
    });
}

JobResult ScreenDesk::start(const std::string& command, const std::vector<std::string>& words) {
    JobResult result;
    result.command = command;
    result.certificates_directory = StateDirectory(session_.state_directory()).certificates().string();
    result.copies_directory = copies_directory().string();
    result.records_are_lost = records_.kind == RecordsPlace::Kind::none;
    const Command* const found = command_named(command);
    auto arguments = Arguments::parse(words, found->options);
    if (!arguments.ok()) {
        result.outcome.errors.push_back(arguments.error());
        result.exit_status = exit_status(arguments.error().kind);
        return result;
    }
    // The machine that the screen looked at is the machine that is worked on.
    if (session_.root().is_recorded()) arguments->set("sysroot", {session_.arguments().value("sysroot")});
    const Translator& translate = dialog_.translate();
    Page page;
    page.title = translate(word_work(command));
    page.keys = "";
    ScreenTerminal& terminal = dialog_.terminal();
    terminal.begin_job();
    terminal.write("\x1b[0m\x1b[H\x1b[J\x1b[7m  " + page.title + "  \x1b[0m\n\n" +
                   translate(message("Do not switch off. Ctrl-C interrupts.")) + "\n\n");
    Session job(*arguments, translate, watch_.renew());
    job.watch(result.outcome);
    result.exit_status = found->run(job);
    terminal.end_job();
    watch_.renew();
    return result;
}

bool ScreenDesk::run(const std::string& command, const std::vector<std::string>& words) {
    JobResult result = start(command, words);
    if (const Status copied = copy_certificates_again(); !copied.ok()) result.copy_error = copied.error();
    show_result(result);
    return is_good(result);
}

// A machine that leaves the screen by itself would take a failure with it: only a good end does.
void ScreenDesk::show_result(const JobResult& result) {
    const bool good = is_good(result);
    const size_t columns = dialog_.terminal().size().columns;
    const bool leaves =
        good && result.command != "inspect" && (job_.then == "poweroff" || job_.then == "boot");
    const auto page = [&](const Translator& translate, size_t seconds_left) {
        return result_page(result, translate, columns, leaves && seconds_left > 0 ? job_.then : "",
                           seconds_left);
    };
    dialog_.show(page(dialog_.translate(), leaves ? static_cast<size_t>(before_leaving.count()) : 0));
    dialog_.terminal().sound(good);
    if (leaves && dialog_.count_down(before_leaving, page)) return leave_machine();
    dialog_.tell([&](const Translator& translate) { return page(translate, 0); });
}

void ScreenDesk::leave_machine() {
    const bool boots = job_.then == "boot";
    ProgramRequest request;
    request.program = "systemctl";
    request.arguments = {boots ? "reboot" : "poweroff"};
    request.package = "systemd";
    const auto left = run_program_or_fail(
        request, boots ? message("restart the computer") : message("switch the computer off"));
    if (!left.ok()) return tell(left.error());
    dialog_.count_down(for_the_system_to_stop, [&](const Translator& translate, size_t) {
        Page page;
        page.title = "Regain";
        page.lines.push_back({boots ? translate(message("The computer is restarting ..."))
                                    : translate(message("The computer is being switched off ..."))});
        return page;
    });
}

}  // namespace regain
