#include "console/interruption.h"

#include <pthread.h>
#include <signal.h>

#include <mutex>
#include <thread>

namespace regain {

struct InterruptionWatch::State {
    std::mutex mutex;
    std::stop_source source;
    bool is_to_end = false;
};

InterruptionWatch::InterruptionWatch() : state_(std::make_shared<State>()) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);

    std::thread([state = state_, signals] {
        for (;;) {
            int number = 0;
            if (sigwait(&signals, &number) != 0) continue;
            std::stop_source source;
            {
                const std::lock_guard lock(state->mutex);
                if (number != SIGINT) state->is_to_end = true;
                source = state->source;
            }
            source.request_stop();
        }
    }).detach();
}

std::stop_token InterruptionWatch::token() const {
    const std::lock_guard lock(state_->mutex);
    return state_->source.get_token();
}

std::stop_token InterruptionWatch::renew() const {
    const std::lock_guard lock(state_->mutex);
    if (state_->source.stop_requested() && !state_->is_to_end) state_->source = std::stop_source();
    return state_->source.get_token();
}

bool InterruptionWatch::is_to_end() const {
    const std::lock_guard lock(state_->mutex);
    return state_->is_to_end;
}

}  // namespace regain
