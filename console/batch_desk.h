#pragma once
// What `regain batch` decides: which drive is taken, when, and on whose word. Fed with what happens (drives
// that are there, plans, typed lines, wipes that ended), it gives orders and sentences. Pure: the threads,
// the terminal and the drives are command_batch.cpp's.

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "reports/drive_record.h"
#include "reports/wipe_report.h"

namespace regain {

/// A drive as discovery sees it now.
struct PluggedDrive {
    DriveRecord drive;
    std::string port;  ///< empty: it has no name
};

enum class BatchState {
    asked,    ///< what it can do, for its plan
    waiting,  ///< for its confirmation
    kept,     ///< protected, or no plan: it stays as it is
    working,
    ended,
    gone  ///< unplugged, and nothing of it is open
};

/// What becomes of a drive that has ended.
enum class BatchRest { none, powering_down, can_be_pulled, stays_on };

struct BatchDrive {
    size_t number = 0;  ///< 1, 2, 3 ... as they came
    DriveRecord drive;
    std::string port;
    BatchState state = BatchState::asked;
    std::optional<WipePlan> plan;
    std::optional<Error> refusal;    ///< kept
    bool is_unplugged = false;       ///< while it was at work, or after it
    bool is_record_final = false;    ///< its worker has ended; its certificate may not be there yet
    std::optional<Verdict> verdict;  ///< ended; nothing: it was refused before anything was written
    BatchRest rest = BatchRest::none;
};

struct BatchOrder {
    enum class Kind { ask, start };
    Kind kind;
    size_t number;
    bool operator==(const BatchOrder&) const = default;
};
using BatchOrders = std::vector<BatchOrder>;

struct BatchRules {
    bool is_automatic = false;
    std::set<std::string> allowed;  ///< ports and serials
    bool holds_early_lines =
        false;  ///< nobody sees what to type: lines wait until the first drives are planned
};

class BatchDesk {
  public:
    explicit BatchDesk(BatchRules rules) : rules_(std::move(rules)) {}

    /// All that is there now: what is new is asked, what is missing is gone.
    BatchOrders present(const std::vector<PluggedDrive>& plugged);
    /// The answer to BatchOrder::ask: its plan, or why there is none.
    BatchOrders planned(size_t number, Result<WipePlan> plan);
    /// A line of the operator or of a barcode scanner. "q" ends the batch; an empty one too, or a second one
    /// in a row while drives are at work or wait.
    BatchOrders typed(std::string_view line);
    /// Whether the line is the name of a drive that is kept: look again at what is there, then answer.
    bool is_about_kept(std::string_view line) const;
    /// Nobody types any more: it ends when the drives that are there have been planned.
    void input_ended();
    /// No further drive is taken.
    void close() { is_closing_ = true; }

    /// A wipe that was begun has ended, or was refused before anything was written. `is_powered_down_next`:
    /// powered_down() will follow.
    void ended(size_t number, const WipeRecord& record, int status, bool is_powered_down_next);
    void refused(size_t number, Error why);
    /// Its worker has ended, before ended(): what it reached is known, and its certificate is being made.
    void record_is_final(size_t number);
    void powered_down(size_t number, const Status& status);

    bool has_looked() const { return has_looked_; }
    bool is_closing() const { return is_closing_; }
    /// Nothing is at work, and nothing will be.
    bool is_over() const;
    /// Only powering down goes on.
    bool is_at_work() const;
    /// 0: what was begun reached what was asked for; 1: not all of it; 3: all that was confirmed was refused
    /// before anything was written.
    int exit_status() const;

    const std::vector<BatchDrive>& drives() const { return drives_; }
    const BatchDrive* find(size_t number) const;
    /// What confirms it, and what to type: its serial, or its path where that proves nothing.
    std::string confirmation_of(const BatchDrive& drive) const;
    /// Path, serial and port: a path alone may be that of the next drive soon.
    static std::string full_name_of(const BatchDrive& drive);
    /// What the operator is to be told, in order; errors are refusals.
    struct Word {
        std::optional<Error> error;
        Message message;
        bool operator==(const Word&) const = default;
    };
    std::vector<Word> take_words();

  private:
    enum class Leave { no, by_port, by_serial };
    BatchDrive* find_mutable(size_t number);
    bool is_here(const BatchDrive& drive) const;
    /// The drive's own serial, then that of its bridge; without empty ones.
    std::vector<std::string> names_of(const BatchDrive& drive) const;
    std::vector<const BatchDrive*> called(const std::string& name) const;
    bool is_ambiguous(const std::string& name) const { return called(name).size() > 1; }
    enum class Place { port, path };
    /// Another drive is in its port by now, or under its path.
    bool is_replaced(const BatchDrive& drive, Place place) const;
    void put_away_those_before(const BatchDrive& newcomer);
    bool is_asking() const;
    bool is_waiting_for_something() const;
    BatchOrders take_held();
    Leave leave_of(const BatchDrive& drive);
    bool was_begun_before(const BatchDrive& drive) const;
    BatchOrders start(BatchDrive& drive);
    BatchOrders start_by_itself(BatchDrive& drive);
    BatchOrders take_up(BatchDrive& drive);
    void unplug(BatchDrive& drive);
    void explain_refusal(const std::string& line);
    void explain_state(const BatchDrive& drive, const std::string& line);
    void settle();
    void say(Message words) { words_.push_back({std::nullopt, std::move(words)}); }
    void refuse(Error why);

    BatchRules rules_;
    std::vector<BatchDrive> drives_;
    struct Begun {
        DriveRecord drive;
        std::string spoken_serial;
    };
    std::vector<Begun> begun_;  ///< in this run, whatever came of it
    std::vector<Word> words_;
    bool has_looked_ = false;
    bool has_input_ended_ = false;
    bool is_closing_ = false;
    bool is_ready_ = false;   ///< the drives of the first look have their plans
    bool was_empty_ = false;  ///< the line before
    std::vector<std::string> held_;
    size_t refused_ = 0;             ///< of those that were confirmed or allowed
    std::set<size_t> not_taken_up_;  ///< the same, of those that were not begun; none that was begun later
    size_t begun_wipes_ = 0;
    bool has_failed_ = false;
};

}  // namespace regain
