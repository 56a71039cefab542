// `regain batch`: drives that are plugged in are recognised, shown and wiped, each after a confirmation of
// its own, while others are at work. What is decided stands in batch_desk.cpp; here is the loop that feeds
// it.

#include <poll.h>
#include <unistd.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "console/batch_desk.h"
#include "console/batch_work.h"
#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/job_options.h"
#include "console/plan_display.h"
#include "console/terminal.h"
#include "console/typed_lines.h"
#include "drives/discovery.h"
#include "drives/linux_hotplug.h"
#include "drives/tcg_packets.h"

namespace regain {
namespace {

constexpr int tick_milliseconds = 500;
constexpr size_t max_psid_bytes = 1U << 20;
// A dock that is switched on brings many events; one look does for all of them.
constexpr std::chrono::milliseconds until_quiet{300};
// A drive that does not answer to being powered down does not hold up the end for ever.
constexpr std::chrono::seconds longest_power_down{150};
constexpr std::chrono::seconds long_look{60};
constexpr std::chrono::seconds until_next_try{5};
constexpr std::chrono::seconds longest_farewell{3};

Error wrong_usage(Message reason, Message advice = message("See --help.")) {
    return error(ErrorKind::usage, message("understand the command line"), std::move(reason),
                 std::move(advice));
}

Status check_usage(const Session& session) {
    const Arguments& arguments = session.arguments();
    if (arguments.has("auto") && !arguments.has("allow"))
        return wrong_usage(message("--auto needs a list of what may be erased without a question"),
                           message("Give --allow PORT or --allow SERIAL, as often as needed."));
    if (arguments.has("allow") && !arguments.has("auto"))
        return wrong_usage(message("--allow does nothing without --auto"));
    for (const std::string& allowed : arguments.values("allow"))
        if (allowed.empty()) return wrong_usage(message("--{0} can't be \"{1}\"", "allow", ""));
    if (!arguments.operands().empty() && !arguments.has("virtual"))
        return wrong_usage(message("\"{0}\" is too much", arguments.operands().front()),
                           message("Drives are recognised, not named; with --virtual files can be given."));
    if (arguments.value("psid") == "-")
        return wrong_usage(message("--{0} can't be \"{1}\"", "psid", "-"),
                           message("Standard input is for serial numbers; give a file."));
    if (arguments.value("method") == "tcg-psid-revert" && !arguments.has("psid"))
        return wrong_usage(message("tcg-psid-revert needs --psid FILE here"));
    if (::geteuid() != 0 && arguments.operands().empty())
        return error(ErrorKind::environment, message("erase drives"), message("this needs root"),
                     message("Start the command as root (sudo)."));
    return done();
}

/// A number that no drive is named before would be for no drive, and nobody would be told.
Status check_psids(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || line.front() == '#') continue;
        if (line.find(' ') == std::string::npos || !psid_from_label(line).empty())
            return error(ErrorKind::usage, message("read the PSID"),
                         message("with several drives each line needs the drive's serial before its number"));
    }
    return done();
}

BatchRules rules_of(const Session& session) {
    constexpr std::string_view links = "/dev/disk/by-path/";
    BatchRules rules;
    rules.holds_early_lines = !is_terminal(STDIN_FILENO);
    rules.is_automatic = session.arguments().has("auto");
    for (const std::string& allowed : session.arguments().values("allow"))
        rules.allowed.insert(allowed.starts_with(links) ? allowed.substr(links.size()) : allowed);
    return rules;
}

/// Files that can't be drives are refused before anything begins.
Result<std::vector<std::string>> files_of(const Session& session) {
    std::vector<std::string> files;
    std::set<std::string> seen;
    for (const std::string& name : session.arguments().operands()) {
        REGAIN_ASSIGN(const auto drive, virtual_drive_from_file(session.root(), name));
        if (!seen.insert(drive.path).second) return wrong_usage(message("{0} is named twice", drive.path));
        files.push_back(drive.path);
    }
    return files;
}

class BatchLoop {
  public:
    BatchLoop(std::shared_ptr<BatchWork> work, Records records, std::unique_ptr<Hotplug> hotplug,
              std::vector<std::string> files)
        : work_(std::move(work)),
          session_(work_->session()),
          records_(std::move(records)),
          hotplug_(std::move(hotplug)),
          files_(std::move(files)),
          desk_(rules_of(session_)),
          has_own_echo_(session_.progress() == ProgressMode::bar && is_terminal(STDIN_FILENO)) {}

    int run() {
        report_.started = to_rfc3339(session_.clock().now());
        session_.say(message(
            "Drives that are here, and those that are plugged in, are shown with what to type to erase "
            "them. A line with q ends this."));
        const std::stop_callback on_stop(session_.stop(), [this] { work_->mailbox().wake(); });
        look();
        {
            TypedLines lines(has_own_echo_ ? TypedLines::Echo::own : TypedLines::Echo::terminal);
            while (!is_over()) turn(lines);
            work_->display().finish();
        }
        work_->wait_for_threads(longest_farewell);
        return conclude();
    }

  private:
    MonotonicTime now() const { return session_.clock().monotonic(); }

    void turn(TypedLines& lines) {
        wait(lines);
        for (const auto& letter : work_->mailbox().take()) letter();
        if (session_.stop().stop_requested()) desk_.close();
        end_input();
        if (look_at_ && now() >= *look_at_ && !looking_since_) look();
        if (looking_since_ && !has_warned_ && now() - *looking_since_ > long_look) {
            has_warned_ = true;
            session_.warn(
                message("Looking for drives takes very long: a drive seems to hang. Those at work go on."));
        }
        show(lines.unfinished());
    }

    void wait(TypedLines& lines) {
        std::array<pollfd, 3> waiting{pollfd{work_->mailbox().descriptor(), POLLIN, 0},
                                      pollfd{hotplug_->descriptor(), POLLIN, 0},
                                      pollfd{desk_.is_closing() ? -1 : lines.descriptor(), POLLIN, 0}};
        ::poll(waiting.data(), waiting.size(),
               look_at_ ? static_cast<int>(until_quiet.count()) : tick_milliseconds);
        if (waiting[1].revents != 0 && hotplug_->take()) look_at_ = now() + until_quiet;
        if (waiting[2].revents != 0) read(lines);
    }

    void read(TypedLines& lines) {
        const bool is_at_terminal = is_terminal(STDIN_FILENO);
        for (const std::string& line : lines.take()) {
            // What was protected may be free by now. Who types sees what happens; else the order is kept.
            const bool is_behind_another =
                !is_at_terminal && !(to_answer_.empty() && being_answered_.empty());
            if (is_behind_another || desk_.is_about_kept(line)) {
                to_answer_.push_back(line);
                look_at_ = now();
            } else {
                obey(desk_.typed(line));
            }
        }
        if (lines.has_ended() && is_at_terminal) desk_.close();
        has_input_ended_ = lines.has_ended();
    }

    void answer() {
        for (const std::string& line : std::exchange(being_answered_, {})) obey(desk_.typed(line));
    }

    // What was typed before its end is answered first.
    void end_input() {
        if (!has_input_ended_ || !to_answer_.empty() || !being_answered_.empty()) return;
        desk_.input_ended();
    }

    void look() {
        look_at_.reset();
        looking_since_ = now();
        being_answered_ = std::exchange(to_answer_, {});
        work_->look(session_.arguments().has("virtual"), files_,
                    [this](const Result<std::vector<PluggedDrive>>& found) {
                        looking_since_.reset();
                        has_warned_ = false;
                        // What was unplugged while it was looked at can make a look fail: the next one sees.
                        if (!found.ok()) {
                            if (!desk_.has_looked()) {
                                could_not_look_ = session_.report(found.error());
                                return desk_.close();
                            }
                            answer();
                            look_at_ = now() + until_next_try;
                            if (!std::exchange(has_failed_to_look_, true)) session_.report(found.error());
                            return;
                        }
                        has_failed_to_look_ = false;
                        obey(desk_.present(*found));
                        note_unplugged();
                        answer();
                    });
    }

    // A worker whose drive is gone sees nothing but errors.
    void note_unplugged() {
        for (const BatchDrive& drive : desk_.drives())
            if (const auto found = unplugged_.find(drive.number);
                drive.is_unplugged && found != unplugged_.end())
                *found->second = true;
    }

    void obey(const BatchOrders& orders) {
        for (const BatchOrder& order : orders)
            order.kind == BatchOrder::Kind::ask ? ask(order.number) : start(order.number);
    }

    void ask(size_t number) {
        work_->ask(desk_.find(number)->drive, [this, number](const Result<PlannedDrive>& planned) {
            if (!planned.ok()) return obey(desk_.planned(number, planned.error()));
            planned_[number] = *planned;
            const BatchOrders orders = desk_.planned(number, planned->plan);
            show_plan(number);
            obey(orders);
        });
    }

    void show_plan(size_t number) {
        const BatchDrive* drive = desk_.find(number);
        if (drive == nullptr || !drive->plan) return;
        std::string text = plan_text(*drive->plan, PlanDetail::brief, session_.translate());
        if (!drive->port.empty() && !drive->drive.is_virtual())
            text += "  " + session_.text(message("port: {0}", drive->port)) + "\n";
        if (drive->state == BatchState::waiting)
            text +=
                "  " + session_.text(message("to erase it, type {0}", desk_.confirmation_of(*drive))) + "\n";
        session_.say_raw(text);
    }

    void start(size_t number) {
        auto& is_unplugged = unplugged_[number] = std::make_shared<std::atomic<bool>>(false);
        work_->wipe(number, planned_[number], is_unplugged,
                    {[this, number] { desk_.record_is_final(number); },
                     [this, number](const Result<WipedDrive>& wiped) {
                         if (!wiped.ok()) return desk_.refused(number, wiped.error());
                         desk_.ended(number, wiped->record, wiped->status, wiped->is_powered_down_next);
                         report_.wipes.push_back(wiped->record);
                     },
                     [this, number](const Status& status) { desk_.powered_down(number, status); }});
    }

    void show(const std::string& typed) {
        for (const BatchDesk::Word& word : desk_.take_words()) {
            if (word.error)
                session_.report(*word.error);
            else
                session_.say(word.message);
        }
        work_->display().show(desk_);
        work_->display().typing(typed, desk_.is_closing());
    }

    bool is_over() {
        if (desk_.is_over()) return true;
        if (!desk_.is_closing() || desk_.is_at_work()) {
            only_powering_down_since_.reset();
            return false;
        }
        if (!only_powering_down_since_) only_powering_down_since_ = now();
        if (now() - *only_powering_down_since_ <= longest_power_down) return false;
        for (const BatchDrive& drive : desk_.drives())
            if (drive.rest == BatchRest::powering_down)
                session_.warn(
                    message("{0} does not answer to being powered down: switch the dock or the "
                            "computer off before you take it out.",
                            BatchDesk::full_name_of(drive)));
        return true;
    }

    int conclude() {
        report_.finished = to_rfc3339(session_.clock().now());
        const bool was_interrupted = session_.stop().stop_requested();
        const int status = could_not_look_ != 0 ? could_not_look_ : desk_.exit_status();
        return records_.conclude(was_interrupted ? exit_status(ErrorKind::interrupted) : status,
                                 to_json(report_));
    }

    std::shared_ptr<BatchWork> work_;
    const Session& session_;
    Records records_;
    std::unique_ptr<Hotplug> hotplug_;
    std::vector<std::string> files_;
    BatchDesk desk_;
    bool has_own_echo_;
    WipeReport report_;
    std::map<size_t, PlannedDrive> planned_;
    std::map<size_t, std::shared_ptr<std::atomic<bool>>> unplugged_;
    std::optional<MonotonicTime> look_at_;
    std::optional<MonotonicTime> looking_since_;
    std::optional<MonotonicTime> only_powering_down_since_;
    std::vector<std::string> to_answer_;       ///< by the next look at what is there
    std::vector<std::string> being_answered_;  ///< by the look that is under way
    bool has_input_ended_ = false;
    bool has_warned_ = false;
    bool has_failed_to_look_ = false;
    int could_not_look_ = 0;  ///< the exit status, where nothing could be found at all
};

Result<int> run(const Session& session) {
    REGAIN_TRY(check_usage(session));
    REGAIN_TRY(session.check_report_file());
    REGAIN_ASSIGN(const auto policy, policy_from_options(session, {}));
    REGAIN_ASSIGN(auto job, job_from_options(session));
    REGAIN_ASSIGN(auto files, files_of(session));
    std::string psids;
    if (session.arguments().has("psid")) {
        REGAIN_ASSIGN(psids, read_file(session.arguments().value("psid"), max_psid_bytes));
        REGAIN_TRY(check_psids(psids));
    }
    REGAIN_ASSIGN(auto hotplug, open_hotplug(session.root()));
    const auto work = std::make_shared<BatchWork>(session, policy, job, std::move(psids));
    // That records can be stored is proven before anybody confirms anything.
    REGAIN_ASSIGN(auto records, Records::open(work->session(), job, 1));
    return BatchLoop(work, std::move(records), std::move(hotplug), std::move(files)).run();
}

}  // namespace

int run_batch(const Session& session) {
    const auto status = run(session);
    return status.ok() ? *status : session.report(status.error());
}

}  // namespace regain
