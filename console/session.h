#pragma once
// What every command is given: its arguments, the language, where output goes, the state directory, the
// machine, the clock, and the stop token. The only place where console/ prints from.

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/system_root.h"
#include "base/translation.h"
#include "console/command_line.h"

namespace regain {

enum class ProgressMode { bar, json, none };
/// Sentences for people, and warnings and errors.
enum class Voice { words, warning };

/// Records of a machine that was started from the network, which its server does not have.
struct UnsentRecords {
    std::string server;
    std::vector<std::string> files;  ///< "certificates/RG-....jws"
    std::optional<Error> reason;     ///< why the first one is not there
    bool empty() const { return files.empty(); }
};

/// What a command reported, for the technician's screen that started it.
struct JobOutcome {
    Json document;              ///< as --json would print it; null when there is none
    std::vector<Error> errors;  ///< as they were printed
    std::vector<std::filesystem::path> certificates;
    std::optional<UnsentRecords> unsent;  ///< nothing where records go to no server
};

class Session {
  public:
    Session(Arguments arguments, Translator translator, std::stop_token stop);

    const Arguments& arguments() const { return arguments_; }
    const Translator& translate() const { return translator_; }
    const std::stop_token& stop() const { return stop_; }
    const SystemRoot& root() const { return root_; }
    const Clock& clock() const { return clock_; }
    ProgressMode progress() const { return progress_; }
    bool json() const { return arguments_.has("json"); }
    bool quiet() const { return arguments_.has("quiet"); }
    /// --state-dir, else $REGAIN_STATE_DIR, else /var/lib/regain for root, else the user's own data
    /// directory.
    std::filesystem::path state_directory() const;

    std::string text(const Message& message) const { return translator_(message); }

    /// A sentence for people: standard output, or standard error with --json; nothing with --quiet.
    void say(const Message& message) const;
    void say_raw(const std::string& text) const;
    /// A warning on standard error, also with --quiet.
    void warn(const Message& message) const;
    /// `regain: cannot <doing>: <reason>` and what to do, on standard error; gives the exit status.
    int report(const Error& error) const;
    /// The one JSON document of a command: to standard output with --json.
    void put_json(const Json& document) const;
    /// What is reported from now on is kept in `outcome` too, which must live longer than this.
    void watch(JobOutcome& outcome) { outcome_ = &outcome; }
    /// What is said from now on goes to `speak` instead of the standard streams, from whatever thread;
    /// --quiet holds words back all the same. For commands that share one screen.
    void speak_through(std::function<void(Voice, const std::string&)> speak) { speak_ = std::move(speak); }
    void note_certificate(const std::filesystem::path& path) const;
    /// What came of sending records to a server; an error is printed as report() does.
    void report_unsent(const UnsentRecords& unsent, const std::optional<Error>& failure) const;
    /// Writes the report to the -o FILE, if one was given. done() without one.
    Status write_report_file(const Json& document) const;
    /// Fails early when -o names a file that cannot be written.
    Status check_report_file() const;

  private:
    void print(const Error& error) const;
    void put(Voice voice, const std::string& text) const;

    Arguments arguments_;
    Translator translator_;
    std::stop_token stop_;
    SystemRoot root_;
    SystemClock clock_;
    ProgressMode progress_ = ProgressMode::none;
    JobOutcome* outcome_ = nullptr;
    std::function<void(Voice, const std::string&)> speak_;
};

int exit_status(ErrorKind kind);

}  // namespace regain
