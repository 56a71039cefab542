#include "console/interrupted_jobs.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/file.h"
#include "certifier/certificate_text.h"
#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/state_directory.h"
#include "drives/discovery.h"
#include "drives/same_drive.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr size_t max_journal_bytes = 1U << 20;
constexpr size_t max_journals = 64;

Result<JournalContent> read_journal(const fs::path& path) {
    const auto doing = [&] { return message("read {0}", path.string()); };
    std::error_code failure;
    // A pipe would keep us waiting; a link could lead anywhere.
    if (!fs::is_regular_file(fs::symlink_status(path, failure)))
        return error(ErrorKind::untrusted, doing(), message("it is not a regular file"));
    REGAIN_ASSIGN(const auto text, read_file(path, max_journal_bytes));
    REGAIN_ASSIGN(const auto json, parse_json(text, path.string()));
    return journal_from_json(json);
}

Message what_was_interrupted(const JournalContent& journal, const Translator& translate) {
    const std::string when = time_in_words(journal.updated, translate);
    if (journal.command == "wipe" && journal.stage == "certify")
        return message("Erasing was interrupted ({0}) before its certificates were all written:", when);
    if (journal.command == "wipe")
        return message("Erasing was interrupted ({0}), while it was erasing:", when);
    if (journal.command == "deploy")
        return message("Installing a system was interrupted ({0}), while it was writing:", when);
    if (journal.stage == "wipe")
        return message("The whole line was interrupted ({0}), while it was erasing:", when);
    if (journal.stage == "deploy")
        return message("The whole line was interrupted ({0}), while it was installing the system:", when);
    return message("The whole line was interrupted ({0}) before its certificates were all written:", when);
}

// unrecorded-<id>.json lie there too: reports that no registry took.
bool is_journal(const fs::path& path) {
    return path.extension() == ".json" && !path.filename().string().starts_with("unrecorded-");
}

bool concerns(const JournalContent& journal, const std::vector<DriveRecord>& drives) {
    for (const auto& mine : journal.drives)
        for (const auto& drive : drives)
            if (is_same_drive(mine, drive)) return true;
    return false;
}

Result<DriveRecord> look_for(const DriveRecord& wanted, const std::vector<DriveRecord>& present) {
    const auto doing = message("choose drive {0}", wanted.serial.empty() ? wanted.path : wanted.serial);
    const FoundAgain found = find_again(wanted, present);
    if (!found.look_alikes.empty())
        return error(ErrorKind::refused, doing, message("it can't be told from another drive"),
                     message("Set this job aside and begin a new one."));
    if (found.drive == nullptr)
        return error(ErrorKind::refused, doing, message("it is not in this machine"),
                     message("Plug it in again, or set this job aside."));
    // Whatever is plugged into it has the same name.
    if (found.drive->serial_source == "bridge")
        return error(ErrorKind::refused, doing,
                     message("only its dock tells a serial number: another drive may be in it by now"),
                     message("Set this job aside and begin a new one."));
    REGAIN_TRY(check_unprotected(*found.drive, message("erase {0}", found.drive->path)));
    return *found.drive;
}

const Command* command_named(const std::string& name) {
    for (const auto& command : all_commands())
        if (name == command.name) return &command;
    return nullptr;
}

}  // namespace

std::vector<InterruptedJob> find_interrupted_jobs(const fs::path& state_directory, const SystemRoot& root) {
    std::vector<fs::path> paths;
    std::error_code failure;
    for (fs::directory_iterator entry(StateDirectory(state_directory).journals(), failure), end;
         !failure && entry != end && paths.size() < max_journals; entry.increment(failure))
        if (is_journal(entry->path())) paths.push_back(entry->path());
    std::sort(paths.begin(), paths.end());
    std::vector<InterruptedJob> jobs;
    for (const auto& path : paths) {
        auto content = read_journal(path);
        if (content.ok() && is_running(root, content->process)) continue;
        jobs.push_back({path, std::move(content)});
    }
    return jobs;
}

std::vector<std::string> describe_interrupted_job(const InterruptedJob& job, const Translator& translate) {
    if (!job.content.ok())
        return {translate(message("A job was interrupted, but its journal {0} can't be read.",
                                  job.path.filename().string())),
                describe(job.content.error(), translate)};
    std::vector<std::string> lines{translate(what_was_interrupted(*job.content, translate))};
    for (const auto& drive : job.content->drives) lines.push_back("  " + describe_drive(drive, translate));
    if (!job.content->deploy_to.empty())
        lines.push_back(translate(message("  The system was to go onto {0}.", job.content->deploy_to)));
    return lines;
}

void mention_interrupted_jobs(const Session& session, const std::vector<DriveRecord>& drives) {
    for (const auto& job : find_interrupted_jobs(session.state_directory(), session.root())) {
        if (!job.content.ok() || !concerns(*job.content, drives)) continue;
        std::string text;
        for (const auto& line : describe_interrupted_job(job, session.translate()))
            text += (text.empty() ? "" : "\n") + line;
        session.warn(message("{0}", text));
    }
}

std::vector<fs::path> journals_done_again(const Session& session, const std::string& command,
                                          const std::vector<DriveRecord>& drives) {
    std::vector<fs::path> paths;
    for (const auto& job : find_interrupted_jobs(session.state_directory(), session.root())) {
        if (!job.content.ok()) continue;
        if (command == "deploy" && job.content->command != "deploy") continue;
        const auto& mine = job.content->drives;
        const bool all = std::all_of(mine.begin(), mine.end(), [&](const DriveRecord& drive) {
            return std::any_of(drives.begin(), drives.end(),
                               [&](const DriveRecord& other) { return is_same_drive(drive, other); });
        });
        if (all) paths.push_back(job.path);
    }
    return paths;
}

Result<RestartedJob> restart_of(const JournalContent& journal, const std::vector<DriveRecord>& present) {
    const Command* const command = command_named(journal.command);
    if (command == nullptr)
        return error(ErrorKind::untrusted, message("start the job again"),
                     message("it tells of an unknown command"));
    REGAIN_ASSIGN(auto arguments, Arguments::parse(journal.arguments, command->options));
    RestartedJob restarted;
    restarted.command = journal.command;
    std::vector<std::string> operands;
    if (journal.command == "deploy") {
        if (arguments.operands().empty())
            return error(ErrorKind::untrusted, message("start the job again"),
                         message("it does not name its image"));
        operands.push_back(arguments.operands().front());
    }
    arguments.remove("deploy-to");
    for (const auto& drive : journal.drives) {
        REGAIN_ASSIGN(auto found, look_for(drive, present));
        operands.push_back(found.path);
        if (drive.path == journal.deploy_to) arguments.set("deploy-to", {found.path});
        restarted.drives.push_back(std::move(found));
    }
    if (!journal.deploy_to.empty() && !arguments.has("deploy-to"))
        return error(ErrorKind::untrusted, message("start the job again"),
                     message("it does not name the drive that gets the system"));
    // What concerned that run alone; the caller gives its own.
    for (const char* option : {"confirm", "lang", "state-dir", "progress", "quiet", "json", "output", "plan",
                               "resume", "records-here"})
        arguments.remove(option);
    arguments.set_operands(operands);
    restarted.words = arguments.words();
    return restarted;
}

Status set_aside(const InterruptedJob& job) {
    const fs::path directory = job.path.parent_path() / "set-aside";
    REGAIN_TRY(make_directories(directory));
    std::error_code failure;
    fs::rename(job.path, directory / job.path.filename(), failure);
    if (failure)
        return os_error(message("set {0} aside", job.path.string()), failure.value(), ErrorKind::environment);
    return sync_directory(directory);
}

}  // namespace regain
