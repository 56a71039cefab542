#include "console/interruption.h"

#include <pthread.h>
#include <signal.h>

#include <thread>

namespace regain {

std::stop_token watch_for_interruption() {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    ::signal(SIGPIPE, SIG_IGN);

    std::stop_source source;
    std::thread([source, signals]() mutable {
        for (;;) {
            int number = 0;
            if (sigwait(&signals, &number) == 0) source.request_stop();
        }
    }).detach();
    return source.get_token();
}

}  // namespace regain
