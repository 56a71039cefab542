#include "tests/simulator/served/served_drive.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>

#include "tests/simulator/block_commands.h"
#include "tests/simulator/served/served_models.h"

namespace regain::simulator {
namespace {

using Clock = std::chrono::steady_clock;

bool is_pass_through(const std::vector<uint8_t>& cdb) {
    return cdb[0] == 0x85 || cdb[0] == 0xA1;
}

ScsiDirection direction_of(const std::vector<uint8_t>& cdb, size_t bytes) {
    if (bytes == 0) return ScsiDirection::none;
    if (is_pass_through(cdb)) return (cdb[2] & 0x08) != 0 ? ScsiDirection::in : ScsiDirection::out;
    const auto transfer = block_transfer_in(cdb);
    const bool is_write = transfer && transfer->kind == BlockTransfer::Kind::write;
    // SANITIZE, FORMAT UNIT, MODE SELECT, UNMAP, WRITE SAME, PERSISTENT RESERVE OUT, SECURITY PROTOCOL OUT
    constexpr uint8_t outgoing[] = {0x48, 0x04, 0x15, 0x55, 0x42, 0x41, 0x93, 0x5F, 0xB5};
    const bool is_outgoing =
        std::find(std::begin(outgoing), std::end(outgoing), cdb[0]) != std::end(outgoing);
    return is_write || is_outgoing ? ScsiDirection::out : ScsiDirection::in;
}

bool is_security_erase(const std::vector<uint8_t>& cdb) {
    constexpr uint8_t erase_unit = 0xF4;
    return (cdb[0] == 0x85 && cdb[14] == erase_unit) || (cdb[0] == 0xA1 && cdb[9] == erase_unit);
}

std::optional<std::vector<uint8_t>> bytes_of(const std::string& hex) {
    if (hex.empty() || hex.size() % 2 != 0 || hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        return std::nullopt;
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i < hex.size(); i += 2)
        bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

}  // namespace

ServedDrive::ServedDrive(ServedOptions options, KernelTarget target, TcmuRing ring)
    : options_(std::move(options)), target_(std::move(target)), ring_(std::move(ring)), last_(Clock::now()) {}

Result<std::unique_ptr<ServedDrive>> ServedDrive::serve(const ServedOptions& options) {
    const uint64_t bytes = options.mebibytes << 20;
    auto machine = served_model(options.model, options.number, bytes / 512);
    if (!machine)
        return error(ErrorKind::usage, message("serve {0}", options.name),
                     message("no such model: {0}", options.model));
    machine->set_operation_seconds(options.erase_seconds);
    REGAIN_ASSIGN(KernelTarget target, KernelTarget::make(options.name, options.number, bytes));
    REGAIN_ASSIGN(TcmuRing ring, TcmuRing::open(options.name));
    std::unique_ptr<ServedDrive> drive(new ServedDrive(options, std::move(target), std::move(ring)));
    drive->machine_ = std::move(machine);
    ServedDrive* self = drive.get();
    drive->thread_ = std::jthread([self](const std::stop_token& stop) { self->work(stop); });
    REGAIN_TRY(drive->target_.plug_in());
    return drive;
}

ServedDrive::~ServedDrive() {
    {
        const std::lock_guard lock(mutex_);
        lose_power();
    }
    target_.unplug();  // the kernel flushes first, and is answered
    thread_.request_stop();
}

void ServedDrive::work(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        pollfd waiting{ring_.descriptor(), POLLIN, 0};
        ::poll(&waiting, 1, 50);
        ring_.drain();
        const std::lock_guard lock(mutex_);
        pass_time();
        answer_what_waits();
    }
}

void ServedDrive::pass_time() {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - last_);
    if (seconds.count() == 0) return;
    last_ += seconds;
    machine_->advance(static_cast<unsigned>(seconds.count()));
}

void ServedDrive::answer_what_waits() {
    while (auto cdb = ring_.next()) {
        const bool takes_long = is_security_erase(*cdb) && options_.erase_seconds != 0;
        if (takes_long && !erase_ends_)
            erase_ends_ = Clock::now() + std::chrono::seconds(options_.erase_seconds);
        if (erase_ends_ && Clock::now() < *erase_ends_) return;  // the drive is busy
        erase_ends_.reset();
        ScsiCommand command;
        command.name = "from the kernel";
        const size_t bytes = ring_.transfer_bytes();
        command.direction = direction_of(*cdb, bytes);
        command.cdb = std::move(*cdb);
        if (command.direction == ScsiDirection::in) command.data_in_bytes = static_cast<uint32_t>(bytes);
        if (command.direction == ScsiDirection::out) command.data_out = ring_.data_out();
        ring_.answer(answer_to(command), command.direction == ScsiDirection::in);
    }
}

ScsiReply ServedDrive::answer_to(const ScsiCommand& command) {
    const uint8_t code = command.cdb[0];
    const bool always_answered = code == 0x12 || code == 0x03;
    if (was_reset_ && !always_answered) {
        was_reset_ = false;
        return refusal(0x06, 0x29, 0x00);  // power on, reset, or bus device reset occurred
    }
    if (!block_transfer_in(command.cdb)) {
        std::string words;
        for (const uint8_t byte : command.cdb) words += fmt::format("{:02x}", byte);
        commands_.push_back(std::move(words));
    }
    auto reply = machine_->scsi()->send(command);
    return reply.ok() ? *reply : refusal(0x04, 0x44, 0x00);
}

void ServedDrive::lose_power() {
    machine_->power_cycle();
    was_reset_ = true;
    if (!erase_ends_) return;
    erase_ends_.reset();
    // The command that was under way is never carried out.
    was_reset_ = false;
    ring_.answer(refusal(0x06, 0x29, 0x00), false);
}

std::string ServedDrive::change(const std::string& word, const std::string& rest) {
    if (word == "misbehave") return machine_->misbehave(rest) ? "ok" : "error: it can't misbehave so";
    if (word == "power-cycle") {
        lose_power();
    } else if (word == "suspend") {
        machine_->suspend_and_wake();
        was_reset_ = true;
    } else if (word == "erase-seconds" && !rest.empty() &&
               rest.find_first_not_of("0123456789") == std::string::npos) {
        options_.erase_seconds = static_cast<unsigned>(std::stoul(rest));
        machine_->set_operation_seconds(options_.erase_seconds);
    } else {
        return tell(word, rest);
    }
    return "ok";
}

std::string ServedDrive::tell(const std::string& word, const std::string& rest) {
    if (word == "holds") {
        const auto bytes = bytes_of(rest);
        if (!bytes) return "error: not hexadecimal";
        return machine_->medium().holds(*bytes) ? "yes" : "no";
    }
    if (word == "cells") return std::to_string(machine_->medium().cells());
    if (word == "state") return erase_ends_ ? "erasing" : machine_->state();
    if (word == "commands") {
        std::string all;
        for (const std::string& command : std::exchange(commands_, {}))
            all += (all.empty() ? "" : " ") + command;
        return all.empty() ? "none" : all;
    }
    return "error: not understood";
}

std::string ServedDrive::obey(const std::string& line) {
    const size_t space = line.find(' ');
    const std::string word = line.substr(0, space);
    const std::string rest = space == std::string::npos ? std::string() : line.substr(space + 1);
    // The kernel asks the drive while these two run.
    if (word == "node") return target_.node();
    if (word == "replug") {
        target_.unplug();
        {
            const std::lock_guard lock(mutex_);
            lose_power();
        }
        const Status plugged = target_.plug_in();
        return plugged.ok() ? "ok" : "error: " + in_english(plugged.error());
    }
    const std::lock_guard lock(mutex_);
    return change(word, rest);
}

}  // namespace regain::simulator
