#include "wiper/wipe_protocol.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace regain {
namespace {

constexpr size_t max_line_bytes = 64U << 20;
constexpr const char* job_schema = "regain.wipe-job/1";

struct EventName {
    WorkerEvent::Kind kind;
    const char* name;
};
constexpr std::array event_names{
    EventName{WorkerEvent::Kind::ready, "ready"},         EventName{WorkerEvent::Kind::refused, "refused"},
    EventName{WorkerEvent::Kind::heartbeat, "heartbeat"}, EventName{WorkerEvent::Kind::progress, "progress"},
    EventName{WorkerEvent::Kind::step, "step"},           EventName{WorkerEvent::Kind::report, "report"},
};

Json progress_to_json(const WipeProgress& progress) {
    Json json{{"step", progress.step},
              {"node", progress.node},
              {"step_number", progress.step_number},
              {"step_count", progress.step_count},
              {"bytes_done", progress.bytes_done},
              {"bytes_total", progress.bytes_total},
              {"bytes_per_second", progress.bytes_per_second},
              {"plan_bytes_done", progress.plan_bytes_done},
              {"plan_bytes_total", progress.plan_bytes_total},
              {"failed_requests", progress.failed_requests}};
    if (progress.seconds_left) json["seconds_left"] = *progress.seconds_left;
    if (progress.plan_seconds_left) json["plan_seconds_left"] = *progress.plan_seconds_left;
    if (progress.expected_minutes) json["expected_minutes"] = *progress.expected_minutes;
    if (progress.is_cooling) json["is_cooling"] = true;
    return json;
}

Result<WipeProgress> progress_from_json(const Json& json) {
    JsonReader reader(json, "the progress of a wipe");
    WipeProgress progress;
    progress.step = reader.text("step");
    progress.node = reader.text_or("node");
    progress.step_number = reader.number("step_number");
    progress.step_count = reader.number("step_count");
    progress.bytes_done = reader.number("bytes_done");
    progress.bytes_total = reader.number("bytes_total");
    progress.bytes_per_second = reader.number("bytes_per_second");
    progress.plan_bytes_done = reader.number("plan_bytes_done");
    progress.plan_bytes_total = reader.number("plan_bytes_total");
    progress.failed_requests = reader.number("failed_requests");
    progress.seconds_left = reader.optional_number("seconds_left");
    progress.plan_seconds_left = reader.optional_number("plan_seconds_left");
    progress.expected_minutes = reader.optional_number("expected_minutes");
    progress.is_cooling = reader.boolean_or("is_cooling");
    REGAIN_TRY(reader.status());
    return progress;
}

Json pending_to_json(const PendingRequest& request) {
    return Json{{"node", request.node},
                {"operation", request.operation},
                {"offset", request.offset},
                {"length", request.length},
                {"milliseconds", request.milliseconds}};
}

Result<PendingRequest> pending_from_json(const Json& json) {
    JsonReader reader(json, "a request that is under way");
    const PendingRequest request{reader.text("node"), reader.text("operation"), reader.number("offset"),
                                 reader.number("length"), reader.number("milliseconds")};
    REGAIN_TRY(reader.status());
    return request;
}

}  // namespace

Json to_json(const WipeJob& job) {
    return Json{{"schema", job_schema},
                {"plan", to_json(job.plan)},
                {"system_root", job.system_root},
                {"password_directory", job.password_directory},
                {"psid", job.psid},
                {"journal_file", job.journal_file},
                {"is_resumed", job.is_resumed}};
}

Result<WipeJob> wipe_job_from_json(const Json& json) {
    JsonReader reader(json, "a wipe job");
    WipeJob job;
    if (reader.text("schema") != job_schema) reader.fail(message("its schema is not {0}", job_schema));
    REGAIN_TRY(reader.status());
    job.system_root = reader.text_or("system_root");
    job.password_directory = reader.text_or("password_directory");
    job.psid = reader.text_or("psid");
    job.journal_file = reader.text_or("journal_file");
    job.is_resumed = reader.boolean_or("is_resumed");
    REGAIN_ASSIGN(job.plan, wipe_plan_from_json(reader.object("plan")));
    REGAIN_TRY(reader.status());
    return job;
}

Json to_json(const LinkShare& share) {
    return Json{
        {"order", "share"}, {"requests", share.requests}, {"bytes_per_second", share.bytes_per_second}};
}

Result<LinkShare> link_share_from_json(const Json& json) {
    JsonReader reader(json, "an order");
    if (reader.text("order") != "share") reader.fail(message("it is not about the drive's link"));
    const LinkShare share{reader.number("requests"), reader.number("bytes_per_second")};
    REGAIN_TRY(reader.status());
    return share;
}

Json to_json(const WorkerEvent& event) {
    Json json = Json::object();
    for (const EventName& entry : event_names)
        if (entry.kind == event.kind) json["event"] = entry.name;
    if (event.error) json["error"] = to_json(*event.error);
    if (event.pending) json["pending"] = pending_to_json(*event.pending);
    if (event.progress) json["progress"] = progress_to_json(*event.progress);
    if (event.step) json["step"] = to_json(*event.step);
    if (event.record) json["record"] = to_json(*event.record);
    return json;
}

Result<WorkerEvent> worker_event_from_json(const Json& json) {
    JsonReader reader(json, "a worker's event");
    WorkerEvent event;
    const std::string name = reader.text("event");
    bool known = false;
    for (const EventName& entry : event_names) {
        if (name != entry.name) continue;
        event.kind = entry.kind;
        known = true;
    }
    if (!known) reader.fail(message("there is no event called {0}", name));
    REGAIN_TRY(reader.status());
    if (event.kind == WorkerEvent::Kind::heartbeat && json.contains("pending")) {
        REGAIN_ASSIGN(event.pending, pending_from_json(reader.object("pending")));
    } else if (event.kind == WorkerEvent::Kind::refused) {
        REGAIN_TRY(error_from_json(reader.object("error"), event.error.emplace()));
    } else if (event.kind == WorkerEvent::Kind::progress) {
        REGAIN_ASSIGN(event.progress, progress_from_json(reader.object("progress")));
    } else if (event.kind == WorkerEvent::Kind::step) {
        REGAIN_ASSIGN(event.step, step_result_from_json(reader.object("step")));
    } else if (event.kind == WorkerEvent::Kind::report) {
        REGAIN_ASSIGN(event.record, wipe_record_from_json(reader.object("record")));
    }
    REGAIN_TRY(reader.status());
    return event;
}

LineReader::State LineReader::read_from(int descriptor, std::vector<std::string>& lines) {
    std::array<char, 65536> buffer{};
    ssize_t count = 0;
    do {
        count = ::read(descriptor, buffer.data(), buffer.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0 && errno == EAGAIN) return State::open;
    if (count <= 0) return State::ended;
    std::string_view text(buffer.data(), static_cast<size_t>(count));
    for (size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        rest_ += text.substr(0, end);
        lines.push_back(std::exchange(rest_, {}));
        text.remove_prefix(end + 1);
    }
    rest_ += text;
    return rest_.size() > max_line_bytes ? State::ended : State::open;
}

Status write_line(int descriptor, std::string_view line) {
    std::string text(line);
    text += '\n';
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t count = ::write(descriptor, rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error(message("speak to the other process"), errno);
        rest.remove_prefix(static_cast<size_t>(count));
    }
    return done();
}

}  // namespace regain
