#include "tests/simulator/served/nvme_drive_control.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

namespace regain::simulator {
namespace {

std::optional<std::vector<uint8_t>> bytes_of(const std::string& hex) {
    if (hex.empty() || hex.size() % 2 != 0 ||
        hex.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return std::nullopt;
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

bool is_shown(const SimulatedMedium& medium, const std::vector<uint8_t>& bytes) {
    for (uint64_t lba = 0; lba < medium.sectors(); ++lba) {
        const Sector content = medium.read(lba);
        if (std::search(content.begin(), content.end(), bytes.begin(), bytes.end()) != content.end())
            return true;
    }
    return false;
}

bool has_namespace(const SimulatedNvmeDrive& drive, uint32_t nsid) {
    const auto& all = drive.model().namespaces;
    return std::any_of(all.begin(), all.end(),
                       [&](const NvmeNamespaceModel& each) { return each.nsid == nsid; });
}

int open_socket(const std::string& path, sockaddr_un& address) {
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return -1;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

std::string read_line(int socket) {
    std::string line;
    char byte = 0;
    while (line.size() < 65536 && ::read(socket, &byte, 1) == 1 && byte != '\n') line += byte;
    return line;
}

void write_line(int socket, std::string line) {
    line += '\n';
    for (size_t at = 0; at < line.size();) {
        const ssize_t put = ::send(socket, line.data() + at, line.size() - at, MSG_NOSIGNAL);
        if (put <= 0) return;
        at += static_cast<size_t>(put);
    }
}

}  // namespace

std::string NvmeDriveControl::answer(const std::string& line) {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, space);
    const std::string rest = line.substr(std::min(space + 1, line.size()));
    if (word == "misbehave") {
        const bool can =
            controller_.with_drive([&](SimulatedNvmeDrive& drive) { return drive.misbehave(rest); });
        return can ? "ok" : "error: it can't misbehave like that";
    }
    if (word == "holds" || word == "shows") return look_for(rest, word == "holds");
    if (word == "state") return state();
    if (word == "power-cycle") {
        power_cycle_();
        return "ok";
    }
    if (word == "advance" && !rest.empty() && rest.find_first_not_of("0123456789") == std::string::npos &&
        rest.size() < 9) {
        controller_.advance(static_cast<unsigned>(std::stoul(rest)));
        return "ok";
    }
    return "error: unknown: " + word;
}

std::string NvmeDriveControl::look_for(const std::string& line, bool in_every_cell) {
    std::istringstream words(line);
    uint32_t nsid = 0;
    std::string hex;
    words >> nsid >> hex;
    const auto bytes = bytes_of(hex);
    if (!bytes) return "error: NSID HEX";
    return controller_.with_drive([&](SimulatedNvmeDrive& drive) -> std::string {
        if (!has_namespace(drive, nsid)) return "error: no such namespace";
        SimulatedMedium& medium = drive.medium(nsid);
        return (in_every_cell ? medium.holds(*bytes) : is_shown(medium, *bytes)) ? "yes" : "no";
    });
}

std::string NvmeDriveControl::state() {
    std::ostringstream json;
    controller_.with_drive([&](SimulatedNvmeDrive& drive) {
        json << "{\"sanitize_state\":" << +drive.sanitize_state() << ",\"percent\":" << drive.percent()
             << ",\"namespaces\":[";
        const char* comma = "";
        for (const NvmeNamespaceModel& each : drive.model().namespaces) {
            json << comma << "{\"nsid\":" << each.nsid << ",\"cells\":" << drive.medium(each.nsid).cells()
                 << "}";
            comma = ",";
        }
    });
    json << "],\"changing_commands\":[";
    const char* comma = "";
    for (const auto& [opcode, dword] : controller_.changing_commands()) {
        char text[32];
        std::snprintf(text, sizeof text, "%s\"%02x %08x\"", comma, opcode, dword);
        json << text;
        comma = ",";
    }
    json << "]}";
    return json.str();
}

bool serve_control(const std::string& path, NvmeDriveControl& control) {
    sockaddr_un address{};
    const int listening = open_socket(path, address);
    ::unlink(path.c_str());
    if (listening < 0 || ::bind(listening, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listening, 8) != 0)
        return false;
    for (;;) {
        const int socket = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) continue;
        write_line(socket, control.answer(read_line(socket)));
        ::close(socket);
    }
}

std::string ask_control(const std::string& path, const std::string& line) {
    sockaddr_un address{};
    const int socket = open_socket(path, address);
    if (socket < 0 || ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        if (socket >= 0) ::close(socket);
        return "error: nobody listens there";
    }
    write_line(socket, line);
    std::string answer = read_line(socket);
    ::close(socket);
    return answer.empty() ? "error: no answer" : answer;
}

}  // namespace regain::simulator
