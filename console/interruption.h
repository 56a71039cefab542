#pragma once
// Ctrl-C, SIGTERM and SIGHUP as a stop token: the jobs end by themselves, with a record of how far they came.
// Made once by main(). The technician's screen renews it, because a job that is interrupted does not end the
// screen.

#include <memory>
#include <stop_token>

namespace regain {

class InterruptionWatch {
  public:
    /// Blocks these signals in this thread and all later ones, and waits for them in one of its own.
    InterruptionWatch();

    std::stop_token token() const;
    /// A token that is not stopped yet. After SIGTERM or SIGHUP it is stopped at once: the program is to end.
    std::stop_token renew() const;
    /// Whether the program is to end (not only what it is doing).
    bool is_to_end() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace regain
