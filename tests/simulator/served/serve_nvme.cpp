// Serves a simulated NVMe controller to the kernel by NVMe/TCP on 127.0.0.1, inside a virtual machine of the
// tests: `nvme connect -t tcp -a 127.0.0.1 -s PORT -n NAME`, and the drive is there, with its admin ioctl,
// its namespaces in sysfs and the block layer in front of it. Its time is real time, or a multiple of it.
// What a test says to it: nvme_drive_control.h.
//
//     serve_nvme --control SOCKET [--port N] [--name NQN] [--serial S] [--model M]
//                [--namespace NSID:BLOCKS:POWER[:unattached]]... [--sanitize crypto,block,overwrite]
//                [--sanitize-seconds N] [--time-factor N] [--format-concerns-all] [--no-format-crypto]
//                [--shared]
//     serve_nvme --ask SOCKET LINE
//
// Shares no code with the product: only the struct that carries a command.

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <thread>

#include "tests/simulator/served/nvme_drive_control.h"
#include "tests/simulator/served/nvme_tcp_server.h"

namespace regain::simulator {
namespace {

struct Options {
    NvmeDriveModel model;
    std::string control;
    std::string name = "nqn.2026-11.org.regain:simulated";
    uint16_t port = 4420;
    unsigned sanitize_seconds = 20;
    unsigned time_factor = 1;
};

/// "2:8192:12:unattached"
bool add_namespace(const std::string& text, NvmeDriveModel& model) {
    NvmeNamespaceModel space;
    char word[16] = "";
    unsigned power = 0;
    unsigned long long blocks = 0;
    const int found = std::sscanf(text.c_str(), "%u:%llu:%u:%15s", &space.nsid, &blocks, &power, word);
    if (found < 3 || space.nsid == 0 || blocks == 0 || power < 9 || power > 16) return false;
    space.blocks = blocks;
    space.block_power = static_cast<uint8_t>(power);
    space.is_attached = std::strcmp(word, "unattached") != 0;
    model.namespaces.push_back(space);
    return true;
}

bool set_sanitize(const std::string& text, NvmeDriveModel& model) {
    model.sanitize_crypto = model.sanitize_block = model.sanitize_overwrite = false;
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ',');) {
        if (word == "crypto")
            model.sanitize_crypto = true;
        else if (word == "block")
            model.sanitize_block = true;
        else if (word == "overwrite")
            model.sanitize_overwrite = true;
        else if (word != "none")
            return false;
    }
    return true;
}

using Setter = std::function<bool(const std::string&)>;

std::map<std::string, Setter> options_with_value(Options& options) {
    const auto text = [](std::string& into) {
        return [&into](const std::string& value) { return !(into = value).empty(); };
    };
    const auto number = [](unsigned& into) {
        return [&into](const std::string& value) {
            return (into = static_cast<unsigned>(std::strtoul(value.c_str(), nullptr, 10))) != 0;
        };
    };
    return {{"--control", text(options.control)},
            {"--name", text(options.name)},
            {"--serial", text(options.model.serial)},
            {"--model", text(options.model.model)},
            {"--sanitize-seconds", number(options.sanitize_seconds)},
            {"--time-factor", number(options.time_factor)},
            {"--port",
             [&](const std::string& value) {
                 options.port = static_cast<uint16_t>(std::strtoul(value.c_str(), nullptr, 10));
                 return options.port != 0;
             }},
            {"--namespace", [&](const std::string& value) { return add_namespace(value, options.model); }},
            {"--sanitize", [&](const std::string& value) { return set_sanitize(value, options.model); }}};
}

bool read_options(int count, char** words, Options& options) {
    options.model.namespaces.clear();
    auto known = options_with_value(options);
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--format-concerns-all") {
            options.model.format_concerns_all = true;
        } else if (word == "--shared") {
            options.model.is_shared = true;
        } else if (word == "--no-format-crypto") {
            options.model.format_crypto = false;
        } else if (const auto found = known.find(word);
                   found == known.end() || i + 1 == count || !found->second(words[++i])) {
            std::cerr << "serve_nvme: " << word << "?\n";
            return false;
        }
    }
    if (options.model.namespaces.empty()) options.model.namespaces.push_back({1, 8192, 12, true, false});
    return !options.control.empty();
}

[[noreturn]] void let_time_pass(NvmeFabricsController& controller, unsigned factor) {
    using std::chrono::steady_clock;
    const auto begun = steady_clock::now();
    unsigned passed = 0;
    for (;;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        const auto elapsed =
            std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begun);
        const auto now = static_cast<unsigned>(elapsed.count() * factor / 1000);
        if (now > passed) controller.advance(now - passed);
        passed = now;
    }
}

int serve(const Options& options) {
    SimulatedNvmeDrive drive(options.model);
    drive.sanitize_seconds = options.sanitize_seconds;
    NvmeFabricsController controller(drive, options.name);
    NvmeTcpServer server(controller);
    NvmeDriveControl control(controller, [&] { server.power_cycle(); });
    if (!server.listen(options.port)) {
        std::perror("serve_nvme: the port can't be had");
        return 1;
    }
    std::thread clock([&] { let_time_pass(controller, options.time_factor); });
    std::thread connections([&] { server.run(); });
    std::cout << "ready" << std::endl;
    const bool has_control = serve_control(options.control, control);
    if (!has_control) std::perror("serve_nvme: the control socket can't be made");
    std::_Exit(has_control ? 0 : 1);
}

}  // namespace
}  // namespace regain::simulator

int main(int count, char** words) {
    using namespace regain::simulator;
    std::signal(SIGPIPE, SIG_IGN);
    if (count == 4 && std::string(words[1]) == "--ask") {
        const std::string answer = ask_control(words[2], words[3]);
        std::cout << answer << "\n";
        return answer.rfind("error", 0) == 0 ? 1 : 0;
    }
    Options options;
    if (!read_options(count, words, options)) return 2;
    return serve(options);
}
