#pragma once
// Drives in memory and their records, for the tests of wiper/.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tests/fakes/faulty_block_io.h"
#include "tests/fakes/memory_block_io.h"
#include "wiper/wipe_planner.h"
#include "wiper/wipe_run.h"

namespace regain {

constexpr uint64_t mebibyte = uint64_t{1} << 20;

inline DriveRecord hard_disk(uint64_t size_bytes) {
    DriveRecord drive;
    drive.path = "/dev/sda";
    drive.model = "WDC WD5000AAKX-00ERMA0";
    drive.serial = "WD-WCC2E0123456";
    drive.serial_source = "drive";
    drive.wwn = "0x50014ee2b1234567";
    drive.firmware = "15.01H15";
    drive.bus = Bus::ata;
    drive.protocol = "ata";
    drive.medium = Medium::hdd;
    drive.rotational = true;
    drive.size_bytes = size_bytes;
    drive.diskseq = 7;
    drive.device_number = 0x800;
    drive.nodes = {{"/dev/sda", "main", size_bytes, 7}};
    return drive;
}

inline WipePlan plan_for(const DriveRecord& drive, const WipePolicy& policy = {}) {
    auto plan = plan_wipe(capabilities_of(drive), policy);
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : in_english(plan.error()));
    return plan.ok() ? *plan : WipePlan{};
}

/// A node in memory that counts as the block layer does.
class MemoryTarget final : public WipeTarget {
  public:
    explicit MemoryTarget(uint64_t size_bytes, uint8_t fill = 0xA5, MemoryBlockIoOptions options = {})
        : medium_(std::make_shared<MemoryMedium>(size_bytes, fill)),
          memory_(medium_, options),
          faulty_(memory_) {}

    BlockIo& io() override { return faulty_; }
    Status prove_identity() override {
        ++proofs_;
        if (proofs_ < identity_fails_from_) return done();
        return error(ErrorKind::refused, message("erase the drive"), message("it is another drive now"));
    }
    std::optional<BlockCounters> counters() override {
        if (!counts_) return std::nullopt;
        return BlockCounters{memory_.bytes_read() / 512, memory_.bytes_written() / divisor_ / 512, 0};
    }

    FaultyBlockIo& faults() { return faulty_; }
    MemoryBlockIo& memory() { return memory_; }
    MemoryMedium& medium() { return *medium_; }
    void fail_identity_from(int proof) { identity_fails_from_ = proof; }
    void count_nothing() { counts_ = false; }
    void count_only_half() { divisor_ = 2; }
    int proofs() const { return proofs_; }

  private:
    std::shared_ptr<MemoryMedium> medium_;
    MemoryBlockIo memory_;
    FaultyBlockIo faulty_;
    int proofs_ = 0;
    int identity_fails_from_ = 1000;
    bool counts_ = true;
    uint64_t divisor_ = 1;
};

inline const Json* evidence_of(const WipeRecord& record, const std::string& kind) {
    for (const EvidenceItem& item : record.evidence)
        if (item.kind == kind) return &item.facts;
    return nullptr;
}

inline bool has_remark(const std::vector<Remark>& remarks, const std::string& code) {
    for (const Remark& remark : remarks)
        if (remark.code == code) return true;
    return false;
}

inline std::string codes(const std::vector<Remark>& remarks) {
    std::string text;
    for (const Remark& remark : remarks) text += remark.code + " ";
    return text;
}

inline std::string errors_of(const WipeRecord& record) {
    std::string text;
    for (const Error& fault : record.errors) text += in_english(fault) + "; ";
    return text;
}

inline std::string result_of(const WipeRecord& record, const std::string& step) {
    for (const StepResult& result : record.steps)
        if (result.step == step) return result.result;
    return "none";
}

}  // namespace regain
