#include "console/job_journal.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <sstream>
#include <utility>

#include "base/file.h"
#include "certifier/document_id.h"
#include "console/interrupted_jobs.h"
#include "console/state_directory.h"

namespace regain {
namespace {

constexpr const char* schema = "regain.journal/1";
constexpr size_t max_drives = 256;
constexpr size_t max_arguments = 1024;

bool is_one_of(const std::string& word, const std::set<std::string>& words) {
    return words.count(word) != 0;
}

Json to_json(const JobProcess& process) {
    return Json{{"boot_id", process.boot_id}, {"pid", process.pid}, {"started_ticks", process.started_ticks}};
}

// The words of the command, with paths that still mean the same file when the program starts elsewhere.
std::vector<std::string> lasting_words(const Arguments& arguments, const std::string& command) {
    Arguments lasting = arguments;
    const auto whole = [](const std::string& path) {
        std::error_code failure;
        const auto absolute = std::filesystem::absolute(path, failure);
        return failure || !path_exists(path) ? path : absolute.string();
    };
    for (const char* option : {"job", "image", "answers", "trust", "profile"}) {
        auto values = lasting.values(option);
        if (values.empty()) continue;
        for (auto& value : values)
            // "essentiel" is a name, not the directory of that name.
            if (std::string_view(option) != "profile" || value.find('/') != std::string::npos ||
                value.ends_with(".toml"))
                value = whole(value);
        lasting.set(option, values);
    }
    if (command == "deploy" && !lasting.operands().empty()) {
        auto operands = lasting.operands();
        operands.front() = whole(operands.front());
        lasting.set_operands(operands);
    }
    return lasting.words();
}

}  // namespace

Json to_json(const JournalContent& journal) {
    Json drives = Json::array();
    for (const auto& drive : journal.drives) drives.push_back(to_json(drive));
    return Json{{"schema", schema},
                {"id", journal.id},
                {"started", journal.started},
                {"updated", journal.updated},
                {"stage", journal.stage},
                {"command", journal.command},
                {"arguments", journal.arguments},
                {"drives", drives},
                {"deploy_to", journal.deploy_to},
                {"process", to_json(journal.process)}};
}

Result<JournalContent> journal_from_json(const Json& json) {
    JsonReader reader(json, "the journal of a job");
    JournalContent journal;
    if (reader.text("schema") != schema) reader.fail(message("its schema is not {0}", schema));
    journal.id = reader.text("id");
    journal.started = reader.text("started");
    journal.updated = reader.text("updated");
    journal.stage = reader.text("stage");
    journal.command = reader.text("command");
    journal.deploy_to = reader.text_or("deploy_to");
    if (!is_one_of(journal.stage, {"wipe", "deploy", "certify"}))
        reader.fail(message("it tells of an unknown stage"));
    if (!is_one_of(journal.command, {"wipe", "process", "deploy"}))
        reader.fail(message("it tells of an unknown command"));
    const Json& words = reader.array("arguments");
    const Json& drives = reader.array("drives");
    if (words.size() > max_arguments || drives.size() > max_drives || drives.empty())
        reader.fail(message("it names no drive, or too many"));
    REGAIN_TRY(reader.status());
    for (const auto& word : words) {
        if (!word.is_string()) reader.fail(message("its arguments are not texts"));
        if (word.is_string()) journal.arguments.push_back(word.get<std::string>());
    }
    for (const auto& drive : drives) {
        REGAIN_ASSIGN(auto record, drive_record_from_json(drive));
        journal.drives.push_back(std::move(record));
    }
    JsonReader process(reader.object("process"), "the journal of a job");
    journal.process = {process.text("boot_id"), process.number("pid"), process.text("started_ticks")};
    REGAIN_TRY(process.status());
    REGAIN_TRY(reader.status());
    return journal;
}

// The name of the program stands in brackets and may hold anything; the start time is the 22nd field.
static std::string started_ticks(const SystemRoot& root, uint64_t pid) {
    const std::string stat = read_line(root.path("/proc/" + std::to_string(pid) + "/stat"));
    const size_t bracket = stat.rfind(')');
    if (bracket == std::string::npos) return {};
    std::istringstream fields(stat.substr(bracket + 1));
    std::string field;
    for (int i = 3; i <= 22; ++i) fields >> field;
    return fields ? field : std::string();
}

static std::string boot_id(const SystemRoot& root) {
    return read_line(root.path("/proc/sys/kernel/random/boot_id"));
}

JobProcess this_process(const SystemRoot& root) {
    const auto pid = static_cast<uint64_t>(::getpid());
    return {boot_id(root), pid, started_ticks(root, pid)};
}

bool is_running(const SystemRoot& root, const JobProcess& process) {
    return !process.boot_id.empty() && !process.started_ticks.empty() && process.boot_id == boot_id(root) &&
           process.started_ticks == started_ticks(root, process.pid);
}

Result<JobJournal> JobJournal::begin(const Session& session, const std::string& command,
                                     const std::vector<DriveRecord>& drives, const std::string& deploy_to) {
    const std::filesystem::path directory = StateDirectory(session.state_directory()).journals();
    // Looked for before the new one is there; removed after it is.
    const auto done_again = journals_done_again(session, command, drives);
    JournalContent content;
    content.id = new_document_id();
    content.started = content.updated = to_rfc3339(session.clock().now());
    content.stage = command == "deploy" ? "deploy" : "wipe";
    content.command = command;
    content.arguments = lasting_words(session.arguments(), command);
    content.drives = drives;
    content.deploy_to = deploy_to;
    content.process = this_process(session.root());
    const auto path = directory / (content.id + ".json");
    Status written = make_directories(directory);
    if (written.ok()) written = write_file(path, pretty_json(to_json(content)));
    if (!written.ok() && !session.arguments().has("no-certificate")) return written.error();
    if (!written.ok()) session.report(written.error());
    if (!written.ok()) return JobJournal();
    for (const auto& old : done_again) ::unlink(old.c_str());
    return JobJournal(session, path, std::move(content));
}

void JobJournal::enter(const std::string& stage) {
    if (path_.empty()) return;
    content_.stage = stage;
    content_.updated = to_rfc3339(session_->clock().now());
    if (const Status written = write_file(path_, pretty_json(to_json(content_))); !written.ok())
        session_->report(written.error());
}

void JobJournal::finish() {
    if (path_.empty()) return;
    if (::unlink(path_.c_str()) != 0 && errno != ENOENT) {
        session_->report(os_error(message("remove {0}", path_.string()), errno, ErrorKind::environment));
        return;
    }
    // A journal that comes back after a power cut would ask to destroy again what is done.
    if (const Status synced = sync_directory(path_.parent_path()); !synced.ok())
        session_->report(synced.error());
}

}  // namespace regain
