#include "drives/command_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

constexpr size_t data_shown_bytes = 512;

class Stopwatch {
  public:
    uint64_t milliseconds() const {
        const auto passed = std::chrono::steady_clock::now() - start_;
        return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(passed).count());
    }

  private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void add_data(Json& json, const std::string& key, const Bytes& data) {
    if (data.empty()) return;
    json[key] = to_hex(ByteView(data).first(std::min(data.size(), data_shown_bytes)));
    if (data.size() <= data_shown_bytes) return;
    json[key + "_bytes"] = data.size();
    json[key + "_sha256"] = sha256_hex(data);
}

Bytes masked(Bytes data, const std::string& secret) {
    if (secret.empty()) return data;
    const ByteView wanted = as_bytes(secret);
    for (auto at = data.begin();; at += static_cast<std::ptrdiff_t>(wanted.size())) {
        at = std::search(at, data.end(), wanted.begin(), wanted.end());
        if (at == data.end()) return data;
        std::fill_n(at, wanted.size(), static_cast<uint8_t>('*'));
    }
}

CommandLogEntry entry_of(std::string_view channel, std::string_view name, std::string request) {
    CommandLogEntry entry;
    entry.channel = channel;
    entry.name = name;
    entry.request = std::move(request);
    return entry;
}

}  // namespace

Json to_json(const CommandLogEntry& entry) {
    Json json{{"channel", entry.channel},
              {"name", entry.name},
              {"request", entry.request},
              {"reply", entry.reply},
              {"duration_ms", entry.duration_ms}};
    if (!entry.fault.empty()) json["fault"] = entry.fault;
    add_data(json, "data_out", entry.data_out);
    add_data(json, "data_in", entry.data_in);
    return json;
}

Result<ScsiReply> LoggedScsiTransport::send(const ScsiCommand& command) {
    CommandLogEntry entry = entry_of("scsi", command.name, to_hex(command.cdb));
    entry.data_out = masked(command.data_out, secret_);
    const Stopwatch stopwatch;
    auto reply = inner_.send(command);
    entry.duration_ms = stopwatch.milliseconds();
    if (reply.ok()) {
        entry.reply = fmt::format("{:02x}", reply->status);
        if (!reply->sense.empty()) entry.reply += " " + to_hex(reply->sense);
        entry.data_in = masked(reply->data, secret_);
    } else {
        entry.fault = in_english(reply.error());
    }
    log_.push_back(std::move(entry));
    return reply;
}

Result<NvmeReply> LoggedNvmeTransport::send(const NvmeCommand& command) {
    CommandLogEntry entry = entry_of("nvme", command.name,
                                     fmt::format("{:02x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x}",
                                                 command.opcode, command.nsid, command.cdw10, command.cdw11,
                                                 command.cdw12, command.cdw13, command.cdw14, command.cdw15));
    entry.data_out = masked(command.data_out, secret_);
    const Stopwatch stopwatch;
    auto reply = inner_.send(command);
    entry.duration_ms = stopwatch.milliseconds();
    if (reply.ok()) {
        entry.reply = fmt::format("{:04x} {:08x}", reply->status, reply->result);
        entry.data_in = masked(reply->data, secret_);
    } else {
        entry.fault = in_english(reply.error());
    }
    log_.push_back(std::move(entry));
    return reply;
}

Result<std::vector<MmcReply>> LoggedMmcTransport::send(const std::vector<MmcCommand>& commands) {
    const Stopwatch stopwatch;
    auto replies = inner_.send(commands);
    const uint64_t duration = stopwatch.milliseconds();
    for (size_t i = 0; i < commands.size(); ++i) {
        CommandLogEntry entry = entry_of(
            "mmc", commands[i].name, fmt::format("{:02x} {:08x}", commands[i].index, commands[i].argument));
        entry.duration_ms = duration;
        if (!replies.ok()) {
            entry.fault = in_english(replies.error());
        } else if (i < replies->size()) {
            const MmcReply& reply = (*replies)[i];
            entry.reply = fmt::format("{:08x} {:08x} {:08x} {:08x}", reply.response[0], reply.response[1],
                                      reply.response[2], reply.response[3]);
            entry.data_in = reply.data;
        }
        log_.push_back(std::move(entry));
    }
    return replies;
}

}  // namespace regain
