#include "tests/unit/wiper/qemu_recordings.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "tests/simulator/simulated_channels.h"
#include "wiper/capability_reader.h"

namespace regain {
namespace {

const std::filesystem::path recordings = std::filesystem::path(REGAIN_SOURCE_DIR) / "tests/fixtures/qemu";

struct RecordedReply {
    std::string words;  ///< status and sense, or status and dword 0, in hexadecimal
    Bytes data;
};

uint32_t hexadecimal(std::string_view text) {
    uint32_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size())
        throw std::runtime_error("not a hexadecimal number: " + std::string(text));
    return value;
}

Bytes bytes_of(std::string_view text) {
    Bytes bytes;
    if (!from_hex(text, bytes)) throw std::runtime_error("not hexadecimal: " + std::string(text));
    return bytes;
}

/// What was answered, by the channel and the bytes of the command; the same question got its answers in
/// order.
class Recording {
  public:
    explicit Recording(const Json& commands) {
        for (const Json& command : commands) {
            RecordedReply reply{command.at("reply").get<std::string>(), {}};
            if (command.contains("data_in")) {
                reply.data = bytes_of(command.at("data_in").get<std::string>());
                reply.data.resize(command.at("data_in_bytes").get<size_t>());
            }
            replies_[command.at("channel").get<std::string>() + " " +
                     command.at("request").get<std::string>()]
                .push_back(std::move(reply));
        }
    }

    Result<RecordedReply> answer(const std::string& request, std::string_view name) {
        const auto found = replies_.find(request);
        if (found == replies_.end() || found->second.empty()) {
            ++not_recorded_;
            return error(ErrorKind::environment, message("send {0}", name),
                         message("its answer was not recorded"));
        }
        RecordedReply reply = found->second.front();
        found->second.erase(found->second.begin());
        return reply;
    }
    size_t not_recorded() const { return not_recorded_; }

  private:
    std::map<std::string, std::vector<RecordedReply>> replies_;
    size_t not_recorded_ = 0;
};

class RecordedScsiDrive final : public ScsiTransport {
  public:
    explicit RecordedScsiDrive(Recording& recording) : recording_(recording) {}
    Result<ScsiReply> send(const ScsiCommand& command) override {
        auto answer = recording_.answer("scsi " + to_hex(command.cdb), command.name);
        if (!answer.ok()) return answer.error();
        ScsiReply reply;
        reply.status = static_cast<uint8_t>(hexadecimal(answer->words.substr(0, 2)));
        if (answer->words.size() > 3) reply.sense = bytes_of(answer->words.substr(3));
        reply.data = std::move(answer->data);
        return reply;
    }

  private:
    Recording& recording_;
};

class RecordedNvmeDrive final : public NvmeTransport {
  public:
    explicit RecordedNvmeDrive(Recording& recording) : recording_(recording) {}
    Result<NvmeReply> send(const NvmeCommand& command) override {
        auto answer =
            recording_.answer(fmt::format("nvme {:02x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x} {:08x}",
                                          command.opcode, command.nsid, command.cdw10, command.cdw11,
                                          command.cdw12, command.cdw13, command.cdw14, command.cdw15),
                              command.name);
        if (!answer.ok()) return answer.error();
        NvmeReply reply;
        reply.status = static_cast<uint16_t>(hexadecimal(answer->words.substr(0, 4)));
        reply.result = hexadecimal(answer->words.substr(5));
        reply.data = std::move(answer->data);
        return reply;
    }

  private:
    Recording& recording_;
};

}  // namespace

QemuRecording qemu_recording(const std::string& name) {
    const auto text = read_file(recordings / (name + ".json"));
    if (!text.ok()) throw std::runtime_error(in_english(text.error()));
    const Json json = Json::parse(*text);
    const auto drive = drive_record_from_json(json.at("drive"));
    if (!drive.ok()) throw std::runtime_error(in_english(drive.error()));
    Recording recording(json.at("commands"));
    RecordedScsiDrive scsi(recording);
    RecordedNvmeDrive nvme(recording);
    simulator::SimulatedChannels channels;
    channels.put(drive->path, scsi);
    channels.put(drive->path, nvme);
    BridgeMemory bridges;
    ManualClock clock{WallTime(std::chrono::milliseconds(1795000000000))};
    DriveCapabilities capabilities = read_capabilities(*drive, {channels, bridges, clock});
    return {json.at("provenance").get<std::string>(), std::move(capabilities), recording.not_recorded()};
}

}  // namespace regain
