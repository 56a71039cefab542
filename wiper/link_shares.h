#pragma once
// Divides a link that several drives share (a USB hub, a host controller) among those that are being wiped:
// equal shares of what may be in flight, and when one starves all the same, a limit on the speed of the
// others. A drive that stays slow although the others gave way is slow by itself: then they get everything
// back. Pure: it is told bytes and times. Used by LinkBoard, for the supervisors.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace regain {

/// What a worker may do on its link.
struct LinkShare {
    size_t requests = 0;            ///< in flight at once; 0: as many as it likes
    uint64_t bytes_per_second = 0;  ///< at most; 0: as many as it can
    bool operator==(const LinkShare&) const = default;
};

class LinkShares {
  public:
    static constexpr size_t requests_on_a_link = 32;
    static constexpr size_t least_requests = 2;
    static constexpr size_t most_requests = 8;
    /// Speeds are measured over this long, and after a change of the limits anew.
    static constexpr std::chrono::seconds window{10};
    /// A drive below this part of the others' median starves, when it stays so for `patience`.
    static constexpr uint64_t starving_part = 4;
    static constexpr std::chrono::seconds patience{20};
    /// How long a drive that gained nothing from the others' giving way is left as it is.
    static constexpr std::chrono::minutes rest{15};

    /// A drive begins; `link` empty: it shares with nobody.
    void join(const std::string& drive, const std::string& link, MonotonicTime now);
    /// So many bytes since it joined. `is_moving_data`: it overwrites or reads, as opposed to a command of
    /// its own, flushes and waiting; then its speed says nothing.
    void moved(const std::string& drive, uint64_t bytes, bool is_moving_data, MonotonicTime now);
    void leave(const std::string& drive, MonotonicTime now);

    LinkShare share_of(const std::string& drive) const;
    /// What the operator should know, once.
    std::vector<Message> take_words();

  private:
    enum class State { even, trial, giving_way };
    struct Rider {
        std::string link;
        uint64_t bytes = 0;
        bool is_moving_data = false;
        uint64_t bytes_at_mark = 0;
        std::optional<uint64_t> speed;  ///< of the last whole window
        std::optional<MonotonicTime> slow_since;
        std::optional<MonotonicTime> left_alone_until;
        uint64_t limit = 0;
    };
    struct Link {
        State state = State::even;
        MonotonicTime mark;         ///< when the window began
        std::string starving;       ///< trial, giving_way
        uint64_t speed_before = 0;  ///< of the starving one
        int windows = 0;            ///< since the state was entered
    };

    void restart(const std::string& link, MonotonicTime now);
    void close_window(const std::string& name, Link& link, MonotonicTime now);
    void look_for_starvation(const std::string& name, Link& link, MonotonicTime now);
    void look_at_trial(const std::string& name, Link& link, MonotonicTime now);
    void look_at_limits(const std::string& name, Link& link);
    void limit_others(const std::string& name, const Link& link, uint64_t numerator, uint64_t denominator);
    void lift_limits(const std::string& name, Link& link);
    /// Of those that move data on this link, `but` left out; 0: nobody else does.
    uint64_t median_of_others(const std::string& name, const std::string& but) const;
    size_t count_on(const std::string& link) const;

    std::map<std::string, Rider> riders_;
    std::map<std::string, Link> links_;
    std::vector<Message> words_;
};

}  // namespace regain
