#include "console/records_mirror.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/curl_transport.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/waiting.h"
#include "certifier/registry.h"
#include "certifier/station.h"
#include "console/records_place.h"
#include "console/state_directory.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* schema = "regain.sent-records/1";
constexpr size_t max_record_bytes = 64U << 20;
constexpr size_t max_list_bytes = 16U << 20;
constexpr std::chrono::milliseconds longest_pause{10'000};
// A drive's worker waits while its certificate is sent: what takes longer is tried again at the end.
constexpr HttpLimits limits{std::chrono::milliseconds(5'000), std::chrono::milliseconds(15'000)};

fs::path list_path(const fs::path& state_directory) {
    return state_directory / "sent-records.json";
}

// A list that can't be read means that everything is sent again: the server knows what it has.
std::map<std::string, std::string> read_list(const fs::path& state_directory, const std::string& server) {
    std::map<std::string, std::string> sent;
    const auto text = read_file(list_path(state_directory), max_list_bytes);
    if (!text.ok()) return sent;
    const auto json = parse_json(*text, list_path(state_directory).string());
    if (!json.ok()) return sent;
    JsonReader reader(*json, "the list of sent records");
    if (reader.text("schema") != schema || reader.text("server") != server) return sent;
    for (const auto& [path, digest] : reader.object("files").items())
        if (digest.is_string()) sent[path] = digest.get<std::string>();
    return sent;
}

std::vector<std::string> file_names(const fs::path& directory, const std::vector<std::string>& extensions) {
    std::vector<std::string> names;
    std::error_code failure;
    for (fs::directory_iterator entry(directory, failure), end; !failure && entry != end;
         entry.increment(failure)) {
        std::error_code ignored;
        const std::string extension = entry->path().extension().string();
        if (entry->is_regular_file(ignored) &&
            std::find(extensions.begin(), extensions.end(), extension) != extensions.end())
            names.push_back(entry->path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

RecordsMirror::RecordsMirror(fs::path state_directory, std::string server, MakeHttpTransport make_transport)
    : state_directory_(std::move(state_directory)),
      server_(std::move(server)),
      make_transport_(std::move(make_transport)) {
    while (server_.ends_with('/')) server_.pop_back();
}

// False when there is none yet: then there is nothing to send either.
bool RecordsMirror::open_station() {
    if (folder_) return true;
    const auto station = Station::open(state_directory_);
    if (!station.ok()) return false;
    station_pem_ = station->key().certificate().pem();
    folder_.emplace(server_, station->identity().id, make_transport_());
    return true;
}

// In the order in which they are sent: the certificates before the registry that names them.
std::vector<RecordsMirror::Record> RecordsMirror::records() {
    std::vector<Record> list;
    sent_ = read_list(state_directory_, server_);  // a command that the screen started has written it too
    if (!open_station()) return list;
    const StateDirectory state(state_directory_);
    const auto add = [&](const std::string& folder, const fs::path& from, const std::string& name,
                         bool may_change) {
        const fs::path path = from / name;
        list.push_back({folder + name, [path] { return read_file(path, max_record_bytes); }, may_change});
    };
    list.push_back({"station.pem", [this] { return Result<std::string>(station_pem_); }, false});
    for (const auto& name : file_names(state.journals(), {".json"}))
        add("journals/", state.journals(), name, true);
    for (const auto& name : file_names(state.certificates(), {".jws", ".pdf"}))
        add("certificates/", state.certificates(), name, false);
    if (!path_exists(state.registry())) return list;
    list.push_back({"registry.db",
                    [path = state.registry()]() -> Result<std::string> {
                        REGAIN_ASSIGN(const auto registry, RegistryReader::open(path));
                        return registry.copy();
                    },
                    true});
    const fs::path head = registry_head_path(state_directory_);
    if (path_exists(head))
        list.push_back({"registry-head", [head] { return read_file(head, max_record_bytes); }, true});
    return list;
}

Result<std::optional<RecordsMirror::Lacking>> RecordsMirror::lacking(const Record& record) const {
    const auto known = sent_.find(record.path);
    if (known != sent_.end() && !record.may_change) return std::optional<Lacking>();
    REGAIN_ASSIGN(std::string content, record.read());
    std::string digest = sha256_hex(as_bytes(content));
    if (known != sent_.end() && known->second == digest) return std::optional<Lacking>();
    return std::optional<Lacking>({record.path, std::move(content), std::move(digest)});
}

UnsentRecords RecordsMirror::unsent() {
    UnsentRecords left{server_, {}, std::nullopt};
    for (const auto& record : records()) {
        const auto found = lacking(record);
        if (!found.ok() || found->has_value()) left.files.push_back(record.path);
    }
    return left;
}

UnsentRecords RecordsMirror::send(const std::stop_token& stop) {
    return send(stop, Asking::when_lacking);
}

UnsentRecords RecordsMirror::send_and_ask(const std::stop_token& stop) {
    return send(stop, Asking::always);
}

UnsentRecords RecordsMirror::send(const std::stop_token& stop, Asking asking) {
    UnsentRecords left{server_, {}, std::nullopt};
    bool is_reachable = true;
    bool is_changed = false;
    const auto list = records();
    if (asking == Asking::always && !list.empty()) sent_.erase(list.front().path);
    for (const auto& record : list) {
        const auto found = lacking(record);
        if (found.ok() && !found->has_value()) continue;
        if (found.ok() && is_reachable) {
            const Status put = folder_->put(record.path, (*found)->content, stop);
            if (put.ok()) {
                sent_[record.path] = (*found)->sha256;
                is_changed = true;
                continue;
            }
            if (!left.reason) left.reason = put.error();
            is_reachable = put.error().kind == ErrorKind::failed;
        }
        if (!found.ok() && !left.reason) left.reason = found.error();
        left.files.push_back(record.path);
    }
    if (left.empty() && folder_) is_changed = remove_ended_journals(stop) || is_changed;
    if (is_changed) save();
    return left;
}

UnsentRecords RecordsMirror::send_patiently(const std::stop_token& stop, std::chrono::milliseconds patience,
                                            std::chrono::milliseconds first_pause) {
    const auto end = std::chrono::steady_clock::now() + patience;
    UnsentRecords left = send({});
    for (auto pause = first_pause; !left.empty(); pause = std::min(2 * pause, longest_pause)) {
        const bool may_help = left.reason && left.reason->kind == ErrorKind::environment;
        if (!may_help || std::chrono::steady_clock::now() + pause > end) break;
        if (!wait_unless_stopped(pause, stop)) break;
        left = send({});
    }
    return left;
}

// Only when the server has everything else: until then the journal there is what tells of the job. One that
// stays costs nothing but a look.
bool RecordsMirror::remove_ended_journals(const std::stop_token& stop) {
    const StateDirectory state(state_directory_);
    const size_t before = sent_.size();
    for (auto entry = sent_.begin(); entry != sent_.end();) {
        const std::string& path = entry->first;
        const bool has_ended =
            path.starts_with("journals/") && !path_exists(state.journals() / path.substr(path.find('/') + 1));
        if (has_ended && folder_->remove(path, stop).ok())
            entry = sent_.erase(entry);
        else
            ++entry;
    }
    return sent_.size() != before;
}

void RecordsMirror::save() const {
    const Json list{{"schema", schema}, {"server", server_}, {"files", sent_}};
    // Without it everything is sent again, which does no harm.
    static_cast<void>(write_file(list_path(state_directory_), pretty_json(list)));
}

std::unique_ptr<RecordsMirror> records_mirror_of(const Session& session) {
    const RecordsPlace place = read_records_place(session.root());
    if (place.kind != RecordsPlace::Kind::network) return nullptr;
    return std::make_unique<RecordsMirror>(session.state_directory(), place.detail,
                                           [] { return make_curl_transport(limits); });
}

Error unsent_error(const UnsentRecords& unsent) {
    Error failure = unsent.reason.value_or(Error{});
    failure.kind = ErrorKind::failed;
    failure.doing = message("send all records to {0}", unsent.server);
    failure.advice =
        message("{0} files are only in this computer's memory: do NOT switch it off before they are sent.",
                unsent.files.size());
    return failure;
}

}  // namespace regain
