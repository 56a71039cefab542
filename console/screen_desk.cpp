#include "console/screen_desk.h"

#include <algorithm>
#include <utility>

#include "base/curl_transport.h"
#include "base/file.h"
#include "base/program.h"
#include "console/certificate_copies.h"
#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/finished_drives.h"
#include "console/screen_questions.h"
#include "console/state_directory.h"
#include "console/station_desk.h"
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
      records_(read_records_place(session.root())),
      mirror_(records_mirror_of(session)) {
    if (mirror_) unsent_ = mirror_->unsent();
}

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
            job_.fault ? std::string() : job_.path.string(), session_.arguments().has("virtual"),
            records_stay_here_};
}

Result<std::vector<ImageOffer>> ScreenDesk::images(const Profile& profile) {
    auto images = images_here(profile, images_directory());
    if (!mirror_) return images;
    show_waiting(message("Asking the server for its images ..."));
    const auto there = images_on_server(profile, *make_curl_transport(), mirror_->server(), stop());
    if (!there.ok() && images.empty()) return there.error();
    if (there.ok()) images.insert(images.end(), there->begin(), there->end());
    return images;
}

std::string ScreenDesk::location_of_image(const std::string& named) const {
    const std::filesystem::path path = named;
    if (path.is_absolute() || is_http_url(named)) return named;
    const auto here = images_directory() / path;
    const bool is_there = mirror_ != nullptr && !path_exists(here) && !path.has_parent_path();
    return is_there ? address_of_image(mirror_->server(), named) : here.string();
}

std::string ScreenDesk::image_places() const {
    return images_directory().string() + (mirror_ ? ", " + mirror_->server() + "/images" : "");
}

// With records on a server it lies in memory only: copies there would be copies of nothing.
std::filesystem::path ScreenDesk::copies_directory() const {
    if (mirror_) return {};
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

void ScreenDesk::show_waiting(Message sentence) {
    Page page;
    page.title = "Regain";
    page.lines.push_back({dialog_.translate()(sentence)});
    dialog_.show(page);
}

bool ScreenDesk::accepts_silent_server() {
    show_waiting(message("Asking the server whether it takes records ..."));
    // The station is made now, so that there is something to send: a server that only seems to take records
    // is found out before anything is erased.
    const auto station = open_station(session_);
    unsent_ = station.ok() ? mirror_->send_and_ask(stop())
                           : UnsentRecords{mirror_->server(), {"station.pem"}, station.error()};
    records_stay_here_ = !unsent_->empty();
    if (unsent_->empty()) return true;
    return ask_yes(dialog_, [&](const Translator& translate) {
        Page page;
        page.title = translate(message("The records would be lost"));
        page.title_tone = Tone::bad;
        page.lines.push_back({describe(unsent_error(*unsent_), translate), Tone::bad});
        page.lines.push_back({translate(
            message("The records would stay in this computer's memory, and are lost when it is switched off "
                    "before the server takes them. Check the network cable and the server first."))});
        page.lines.push_back({""});
        page.lines.push_back({translate(message("Go on all the same?")), Tone::strong});
        return page;
    });
}

void ScreenDesk::send_records_again() {
    if (!mirror_) return;
    show_waiting(message("Sending the records to the server ..."));
    unsent_ = mirror_->send(stop());
    if (!unsent_->empty()) return tell(unsent_error(*unsent_));
    dialog_.tell([&](const Translator& translate) {
        Page page;
        page.title = "Regain";
        page.title_tone = Tone::good;
        page.lines.push_back(
            {translate(message("The server {0} has all records.", mirror_->server())), Tone::good});
        page.keys = translate(message("Enter: go on"));
        return page;
    });
}

bool ScreenDesk::accepts_lost_records() {
    records_stay_here_ = false;
    if (mirror_) return accepts_silent_server();
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
    return conclude(start(command, words));
}

bool ScreenDesk::run_on(const std::vector<DriveRecord>& chosen, bool remembers, const std::string& command,
                        const std::vector<std::string>& words) {
    const auto present = drives();
    const Status same = present.ok() ? check_same_drives(chosen, *present) : Status(present.error());
    if (!same.ok()) {
        tell(same.error());
        return false;
    }
    JobResult result = start(command, words);
    // Before the result is shown: then the stick is taken out, or the machine switches itself off.
    if (const auto finished = drives_done_by(result, chosen); remembers && !finished.empty())
        if (const Status added = add_finished(session_.state_directory(), finished); !added.ok())
            result.copy_error = added.error();
    return conclude(std::move(result));
}

bool ScreenDesk::conclude(JobResult result) {
    if (const Status copied = copy_certificates_again(); !copied.ok()) result.copy_error = copied.error();
    if (result.outcome.unsent) unsent_ = result.outcome.unsent;
    show_result(result);
    return is_good(result);
}

// A machine that leaves the screen by itself would take a failure with it: only a good end does.
void ScreenDesk::show_result(const JobResult& result) {
    const bool good = is_good(result);
    const size_t columns = dialog_.terminal().size().columns;
    const bool leaves = may_leave(result) && (job_.then == "poweroff" || job_.then == "boot");
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
