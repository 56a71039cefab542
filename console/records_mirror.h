#pragma once
// The records of a machine that was started from the network, on the workshop's server: what of the state
// directory the server does not have yet, and sending it. A file counts as sent when the server has answered
// that it is durable; what was sent stands in STATE/sent-records.json. Used by records.h (before the first
// write, after each certificate, at the end) and by the technician's screen (to try again).

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "console/records_server.h"
#include "console/session.h"

namespace regain {

class RecordsMirror {
  public:
    /// `server`: its address, as in /run/regain/records.
    RecordsMirror(std::filesystem::path state_directory, std::string server,
                  MakeHttpTransport make_transport);

    const std::string& server() const { return server_; }
    /// What the server lacks, as far as it is known here; asks nobody.
    UnsentRecords unsent();
    /// Tries everything once: the station's certificate, journals, certificates, the registry; then takes
    /// journals of jobs that have ended off the server. Gives what is left, with the first reason.
    UnsentRecords send(const std::stop_token& stop);
    /// send(), which asks the server also when it lacks nothing: does it still take records?
    UnsentRecords send_and_ask(const std::stop_token& stop);
    /// send(), again and again while that may help: with growing pauses, for `patience`. A stop ends the
    /// waiting, not the first try.
    UnsentRecords send_patiently(const std::stop_token& stop, std::chrono::milliseconds patience,
                                 std::chrono::milliseconds first_pause = std::chrono::milliseconds(1'000));

  private:
    struct Record {
        std::string path;  ///< on the server, and the name for people
        std::function<Result<std::string>()> read;
        bool may_change = false;
    };
    struct Lacking {
        std::string path, content, sha256;
    };
    enum class Asking { when_lacking, always };
    UnsentRecords send(const std::stop_token& stop, Asking asking);
    std::vector<Record> records();
    Result<std::optional<Lacking>> lacking(const Record& record) const;
    bool open_station();
    bool remove_ended_journals(const std::stop_token& stop);
    void save() const;

    std::filesystem::path state_directory_;
    std::string server_;
    MakeHttpTransport make_transport_;
    std::string station_pem_;
    std::optional<RecordsServer> folder_;
    std::map<std::string, std::string> sent_;  ///< path → SHA-256
};

/// Nothing where the records go elsewhere (/run/regain/records).
std::unique_ptr<RecordsMirror> records_mirror_of(const Session& session);

/// "cannot send the records to ...: ..." and that they are only here; ErrorKind::failed.
Error unsent_error(const UnsentRecords& unsent);

}  // namespace regain
