#include "drives/usb_bridge.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "drives/ata_commands.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view schema = "regain.bridges/1";

constexpr std::array<std::pair<BridgeAnswer, std::string_view>, 5> answers{
    {{BridgeAnswer::unfinished, "unfinished"},
     {BridgeAnswer::carries_16, "16"},
     {BridgeAnswer::carries_12, "12"},
     {BridgeAnswer::refuses, "refused"},
     {BridgeAnswer::lost, "lost"}}};
constexpr std::array<std::pair<AtaRegisters, std::string_view>, 3> register_names{
    {{AtaRegisters::none, "none"}, {AtaRegisters::low_bytes, "low-bytes"}, {AtaRegisters::all, "all"}}};

template <typename Value, size_t count>
std::string_view name_of(const std::array<std::pair<Value, std::string_view>, count>& table, Value value) {
    for (const auto& [each, name] : table)
        if (each == value) return name;
    return {};
}

template <typename Value, size_t count>
bool value_of(const std::array<std::pair<Value, std::string_view>, count>& table, std::string_view name,
              Value& value) {
    for (const auto& [each, its_name] : table)
        if (its_name == name) {
            value = each;
            return true;
        }
    return false;
}

Json knowledge_to_json(const BridgeKnowledge& knowledge) {
    return Json{{"vendor", knowledge.bridge.vendor},
                {"product", knowledge.bridge.product},
                {"release", knowledge.bridge.release},
                {"serial", knowledge.bridge.serial},
                {"pass_through", name_of(answers, knowledge.answer)},
                {"registers", name_of(register_names, knowledge.registers)},
                {"probed", knowledge.probed}};
}

Result<BridgeKnowledge> knowledge_from_json(const Json& json) {
    JsonReader reader(json, "a USB bridge");
    BridgeKnowledge knowledge;
    knowledge.bridge = {reader.text("vendor"), reader.text("product"), reader.text_or("release"),
                        reader.text_or("serial")};
    if (!value_of(answers, reader.text("pass_through"), knowledge.answer) ||
        !value_of(register_names, reader.text("registers"), knowledge.registers))
        reader.fail(message("it holds a word that is not known"));
    knowledge.probed = reader.text_or("probed");
    REGAIN_TRY(reader.status());
    return knowledge;
}

/// What one IDENTIFY DEVICE brought.
struct Attempt {
    bool is_lost = false;
    AtaReply reply;
    std::optional<AtaIdentify> identify;
};

Attempt identify_through(ScsiTransport& scsi, PassThroughSize size, RegistersWanted registers) {
    Attempt attempt;
    const AtaCommand command = ata_identify_device();
    auto reply = scsi.send(*ata_pass_through(command, size, registers));
    if (!reply.ok()) {
        attempt.is_lost = true;
        return attempt;
    }
    attempt.reply = ata_reply_of(command, std::move(reply).value());
    if (attempt.reply.outcome != AtaOutcome::failed) attempt.identify = AtaIdentify::from(attempt.reply.data);
    if (attempt.identify && attempt.identify->checksum() == AtaIdentify::Checksum::bad)
        attempt.identify.reset();
    return attempt;
}

/// A bridge that gives fixed-format sense data loses the upper bytes of 48-bit commands.
AtaRegisters registers_through(const AtaReply& reply, PassThroughSize size) {
    if (reply.registers == AtaRegisters::none || reply.outcome != AtaOutcome::succeeded)
        return AtaRegisters::none;
    const bool is_descriptor = !reply.sense.empty() && (reply.sense[0] & 0x7F) >= 0x72;
    return is_descriptor && size == PassThroughSize::bytes_16 ? AtaRegisters::all : AtaRegisters::low_bytes;
}

}  // namespace

std::string_view bridge_answer_name(BridgeAnswer answer) {
    return name_of(answers, answer);
}

std::optional<UsbBridge> usb_bridge_of(const SystemRoot& root, const DriveRecord& drive) {
    if (drive.bus != Bus::usb || drive.device_number == 0) return std::nullopt;
    const std::string number =
        std::to_string(major(drive.device_number)) + ":" + std::to_string(minor(drive.device_number));
    std::error_code failed;
    fs::path directory = fs::canonical(root.path("/sys/dev/block/" + number), failed);
    if (failed) return std::nullopt;
    for (; directory.has_relative_path(); directory = directory.parent_path())
        if (path_exists(directory / "idVendor"))
            return UsbBridge{read_line(directory / "idVendor"), read_line(directory / "idProduct"),
                             read_line(directory / "bcdDevice"), to_utf8(read_line(directory / "serial"))};
    return std::nullopt;
}

PassThrough probe_pass_through(ScsiTransport& scsi, PassThroughSize first) {
    const PassThroughSize second =
        first == PassThroughSize::bytes_16 ? PassThroughSize::bytes_12 : PassThroughSize::bytes_16;
    PassThrough found;
    for (const PassThroughSize size : {first, second}) {
        Attempt attempt = identify_through(scsi, size, RegistersWanted::no);
        if (attempt.is_lost) {
            found.answer = BridgeAnswer::lost;
            return found;
        }
        if (!attempt.identify) continue;
        found.answer =
            size == PassThroughSize::bytes_16 ? BridgeAnswer::carries_16 : BridgeAnswer::carries_12;
        found.identify = attempt.identify;
        found.identify_sector = std::move(attempt.reply.data);
        const Attempt with_registers = identify_through(scsi, size, RegistersWanted::yes);
        if (with_registers.is_lost)
            found.answer = BridgeAnswer::lost;
        else
            found.registers = registers_through(with_registers.reply, size);
        return found;
    }
    return found;
}

Result<BridgeMemory> BridgeMemory::load(const fs::path& file) {
    BridgeMemory memory = empty(file);
    if (!path_exists(file)) return memory;
    REGAIN_ASSIGN(const std::string text, read_file(file, 1U << 20));
    REGAIN_ASSIGN(const Json json, parse_json(text, file.string()));
    JsonReader reader(json, file.string());
    if (reader.text("schema") != schema) reader.fail(message("it is of another kind"));
    for (const Json& each : reader.array("bridges")) {
        REGAIN_ASSIGN(BridgeKnowledge knowledge, knowledge_from_json(each));
        memory.entries_.push_back(std::move(knowledge));
    }
    REGAIN_TRY(reader.status());
    return memory;
}

BridgeMemory BridgeMemory::empty(const fs::path& file) {
    BridgeMemory memory;
    memory.file_ = file;
    return memory;
}

std::optional<BridgeKnowledge> BridgeMemory::find(const UsbBridge& bridge) const {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const BridgeKnowledge& each) { return each.bridge == bridge; });
    if (found == entries_.end()) return std::nullopt;
    return *found;
}

Status BridgeMemory::remember(const BridgeKnowledge& knowledge) {
    std::erase_if(entries_, [&](const BridgeKnowledge& each) { return each.bridge == knowledge.bridge; });
    entries_.push_back(knowledge);
    if (file_.empty()) return done();
    Json bridges = Json::array();
    for (const BridgeKnowledge& each : entries_) bridges.push_back(knowledge_to_json(each));
    REGAIN_TRY(make_directories(file_.parent_path()));
    return write_file(file_, pretty_json(Json{{"schema", schema}, {"bridges", bridges}}));
}

}  // namespace regain
