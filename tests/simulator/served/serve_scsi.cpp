// serve_scsi: gives simulated drives to the running kernel, as disks whose every command is answered here.
// For tests in a virtual machine, as root; never part of the product.
//
//   serve_scsi serve SOCKET NAME=MODEL[:MEBIBYTES] ...   serves until SIGTERM; writes one line when it is
//   ready serve_scsi ask SOCKET NAME WORDS...                  gives a served drive an order, and writes its
//   answer
//
// Models are in served_models.cpp, orders in served_drive.h.

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "tests/simulator/served/served_drive.h"

namespace {

using regain::FileDescriptor;
using regain::simulator::ServedDrive;
using regain::simulator::ServedOptions;
using Drives = std::vector<std::unique_ptr<ServedDrive>>;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
}

std::string read_to_end(int descriptor) {
    std::string text;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(descriptor, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<size_t>(got));
    return text;
}

void write_all(int descriptor, const std::string& text) {
    for (size_t at = 0; at < text.size();) {
        const ssize_t put = ::write(descriptor, text.data() + at, text.size() - at);
        if (put <= 0) return;
        at += static_cast<size_t>(put);
    }
}

int ask(int count, char** words) {
    FileDescriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(words[0]);
    if (::connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        std::perror("connect");
        return 1;
    }
    std::string line;
    for (int i = 1; i < count; ++i) line += (line.empty() ? "" : " ") + std::string(words[i]);
    write_all(connection.get(), line);
    ::shutdown(connection.get(), SHUT_WR);
    const std::string answer = read_to_end(connection.get());
    std::puts(answer.c_str());
    return answer.starts_with("error") || answer.empty() ? 1 : 0;
}

std::string obey(const Drives& drives, const std::string& line) {
    const size_t space = line.find(' ');
    if (space == std::string::npos) return "error: which drive, and what?";
    for (const auto& drive : drives)
        if (drive->name() == line.substr(0, space)) return drive->obey(line.substr(space + 1));
    return "error: no such drive";
}

bool add_drive(const std::string& argument, Drives& drives) {
    const size_t equals = argument.find('=');
    const size_t colon = argument.find(':');
    if (equals == std::string::npos) return false;
    ServedOptions options;
    options.name = argument.substr(0, equals);
    options.model = argument.substr(equals + 1, colon == std::string::npos ? colon : colon - equals - 1);
    options.number = static_cast<unsigned>(drives.size() + 1);
    if (colon != std::string::npos) options.mebibytes = std::stoull(argument.substr(colon + 1));
    auto served = ServedDrive::serve(options);
    if (!served.ok()) {
        std::fprintf(stderr, "%s\n", regain::in_english(served.error()).c_str());
        return false;
    }
    drives.push_back(std::move(*served));
    return true;
}

int serve(int count, char** words) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int each : {SIGTERM, SIGINT}) sigaddset(&signals, each);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    FileDescriptor ends(::signalfd(-1, &signals, SFD_CLOEXEC));
    FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = address_of(words[0]);
    ::unlink(words[0]);
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener.get(), 8) != 0) {
        std::perror("listen");
        return 1;
    }
    Drives drives;
    for (int i = 1; i < count; ++i)
        if (!add_drive(words[i], drives)) return 1;
    std::puts("serving");
    std::fflush(stdout);
    for (;;) {
        pollfd waiting[] = {{ends.get(), POLLIN, 0}, {listener.get(), POLLIN, 0}};
        if (::poll(waiting, 2, -1) < 0) continue;
        if (waiting[0].revents != 0) return 0;
        FileDescriptor connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection.is_open()) write_all(connection.get(), obey(drives, read_to_end(connection.get())));
    }
}

}  // namespace

int main(int count, char** words) {
    const std::string what = count > 2 ? words[1] : "";
    if (what == "serve" && count > 3) return serve(count - 2, words + 2);
    if (what == "ask" && count > 4) return ask(count - 2, words + 2);
    std::fputs("usage: serve_scsi serve SOCKET NAME=MODEL[:MEBIBYTES]... | ask SOCKET NAME WORDS...\n",
               stderr);
    return 2;
}
