#include "tests/simulator/simulated_machine.h"

#include <utility>

namespace regain::simulator {
namespace {

constexpr uint64_t small_sectors = 16384;  // 8 MiB: read wholly in no time

DriveRecord record_of(const std::string& path, const std::string& protocol, Bus bus, Medium medium,
                      uint64_t size_bytes, uint32_t sector_bytes = 512) {
    DriveRecord drive;
    drive.path = path;
    drive.protocol = protocol;
    drive.bus = bus;
    drive.medium = medium;
    drive.rotational = medium == Medium::hdd;
    drive.size_bytes = size_bytes;
    drive.logical_sector_bytes = drive.physical_sector_bytes = sector_bytes;
    drive.diskseq = 7;
    drive.device_number = 0x800;
    DriveNode node;
    node.path = path;
    node.kind = "main";
    node.size_bytes = size_bytes;
    node.diskseq = 7;
    node.logical_sector_bytes = sector_bytes;
    drive.nodes = {node};
    return drive;
}

Medium medium_of(MediumKind kind) {
    return kind == MediumKind::flash ? Medium::ssd : Medium::hdd;
}

/// The middle of the medium stays as it is when the rest is erased.
void spare_the_middle(SimulatedMedium& medium) {
    const uint64_t middle = medium.sectors() / 2;
    medium.spare(middle, middle + 2047);
}

bool damage(SimulatedMedium& medium) {
    medium.damage(medium.sectors() / 2, medium.sectors() / 2 + 255);
    return true;
}

/// False: not a way in which a security processor misbehaves.
bool misbehave_as_tper(SimulatedTper& tper, const std::string& how) {
    TperMisbehaviour& does = tper.misbehaviour();
    if (how == "none") return true;
    if (how == "success without erasing") return does.reverts_without_new_key = true;
    if (how == "stays locked afterwards") {
        tper.lock_by_stranger();
        return does.stays_locked = true;
    }
    if (how == "says nothing afterwards") return does.says_nothing_after_revert = true;
    if (how == "refuses the command") return does.revert_status.emplace(0x01) != 0;
    if (how == "another number on the label") return !(tper.model().psid = std::string(32, 'A')).empty();
    if (how == "no tries left") {
        tper.model().tries = 0;
        tper.power_cycle();
        return true;
    }
    if (how == "locked by a stranger") {
        tper.lock_by_stranger();
        return true;
    }
    return false;
}

class AtaMachine final : public SimulatedMachine {
  public:
    explicit AtaMachine(AtaDriveModel model, BridgeModel bridge = {}, bool has_tper = false)
        : drive_(std::move(model)),
          tper_(has_tper ? &drive_.add_tper() : nullptr),
          bridge_(drive_, std::move(bridge)),
          kind_(medium_of(drive_.model().medium)),
          io_(
              drive_.medium(), [this] { return drive_.addressable_sectors(); },
              [this] { return !drive_.is_locked() && !drive_.is_sanitizing(); }) {}

    DriveRecord record() const override {
        DriveRecord drive = record_of("/dev/sda", "ata", Bus::ata, kind_, io_.size_bytes());
        drive.model = "SIMULATED DISK";
        drive.native_size_bytes = drive.size_bytes;  // examined: nothing hidden
        drive.serial = "SIM00001";
        drive.serial_source = "drive";
        return drive;
    }
    SimulatedMedium& medium() override { return drive_.medium(); }
    BlockIo& io() override { return io_; }
    void advance(unsigned seconds) override { drive_.advance(seconds); }
    bool is_locked() const override { return drive_.is_locked() || drive_.is_security_enabled(); }
    ScsiTransport* scsi() override { return &bridge_; }
    void power_cycle() override { drive_.power_cycle(); }
    void suspend_and_wake() override { drive_.suspend_and_wake(); }
    void set_operation_seconds(unsigned seconds) override { drive_.sanitize_seconds = seconds; }
    std::string state() const override {
        if (drive_.is_sanitizing()) return "sanitizing";
        if (drive_.is_locked()) return "locked";
        return drive_.is_security_enabled() ? "security-enabled" : "ready";
    }

    bool misbehave(const std::string& how) override {
        if (tper_ != nullptr) return misbehave_as_tper(*tper_, how);
        AtaMisbehaviour& does = drive_.misbehaviour();
        if (how == "none") return true;
        if (how == "success without erasing") return does.reports_success_without_erasing = true;
        if (how == "completed without running") return does.reports_completed_without_running = true;
        if (how == "fails at 40 %") return does.sanitize_fails_at_percent.emplace(40) != 0;
        if (how == "progress sticks at 40 %") return does.progress_sticks_at_percent.emplace(40) != 0;
        if (how == "stays locked with our password") return does.keeps_enabled_after_erase = true;
        if (how == "fixed pattern afterwards") return does.pattern_afterwards.emplace(0x33CC55AA) != 0;
        if (how == "another serial afterwards") return !(does.serial_after_erase = "OTHER").empty();
        if (how == "refuses the command") return refuse_everything();
        if (how == "frozen by the firmware") return freeze();
        if (how == "locked by a stranger") return lock();
        if (how == "erased but for one region") return spare();
        if (how == "another capacity afterwards")
            return does.sectors_after_erase.emplace(drive_.addressable_sectors() / 2) != 0;
        if (how == "bad sectors") return damage(drive_.medium());
        if (how == "bridge rejects pass-through")
            return !(bridge_.model().accepts_16 = bridge_.model().accepts_12 = false);
        if (how == "bridge tells a serial of its own") return !(bridge_.model().serial = "BRIDGE-1").empty();
        if (how == "adapter drops the registers")
            return bridge_.model().registers = BridgeModel::Registers::dropped, true;
        return false;
    }

  private:
    bool refuse_everything() {
        drive_.misbehaviour().aborted_commands = {0xB4, 0xF1, 0xF3, 0xF4};
        return true;
    }
    bool freeze() {
        drive_.model().firmware_freezes_security = true;
        drive_.power_cycle();
        AtaCommand command;  // SANITIZE FREEZE LOCK
        command.command = 0xB4;
        command.feature = 0x0020;
        command.lba = 0x46724C6B;
        command.addressing = AtaAddressing::bits_48;
        drive_.execute(command);
        return true;
    }
    bool lock() {
        drive_.lock_by_stranger("nobody knows");
        return true;
    }
    bool spare() {
        spare_the_middle(drive_.medium());
        return true;
    }

    SimulatedAtaDrive drive_;
    SimulatedTper* tper_;
    SimulatedBridge bridge_;
    Medium kind_;
    SimulatedBlockIo io_;
};

class NvmeMachine final : public SimulatedMachine {
  public:
    explicit NvmeMachine(NvmeDriveModel model, bool has_tper = false)
        : drive_(std::move(model)),
          tper_(has_tper ? &drive_.add_tper() : nullptr),
          io_(
              drive_.medium(1), [this] { return drive_.medium(1).sectors(); },
              [this] { return !drive_.is_sanitizing() && !drive_.is_locked(); }) {}

    DriveRecord record() const override {
        DriveRecord drive = record_of("/dev/nvme0n1", "nvme", Bus::nvme, Medium::ssd, io_.size_bytes(),
                                      static_cast<uint32_t>(io_.alignment()));
        drive.model = "SIMULATED NVME";
        drive.serial = "NVM00001";
        drive.serial_source = "drive";
        return drive;
    }
    SimulatedMedium& medium() override { return drive_.medium(1); }
    BlockIo& io() override { return io_; }
    void advance(unsigned seconds) override { drive_.advance(seconds); }
    void power_cycle() override { drive_.power_cycle(); }
    NvmeTransport* nvme() override { return &drive_; }

    bool misbehave(const std::string& how) override {
        return tper_ != nullptr ? misbehave_as_tper(*tper_, how) : drive_.misbehave(how);
    }

  private:
    SimulatedNvmeDrive drive_;
    SimulatedTper* tper_;
    SimulatedBlockIo io_;
};

class ScsiMachine final : public SimulatedMachine {
  public:
    explicit ScsiMachine(ScsiDiskModel model)
        : kind_(medium_of(model.medium)),
          drive_(std::move(model)),
          io_(
              drive_.medium(), [this] { return drive_.medium().sectors(); },
              [this] { return !drive_.is_sanitizing(); }) {}

    DriveRecord record() const override {
        DriveRecord drive = record_of("/dev/sda", "scsi", Bus::scsi, kind_, io_.size_bytes());
        drive.model = "SAS DISK";
        drive.serial = "SAS00001";
        drive.serial_source = "drive";
        return drive;
    }
    SimulatedMedium& medium() override { return drive_.medium(); }
    BlockIo& io() override { return io_; }
    void advance(unsigned seconds) override { drive_.advance(seconds); }
    void power_cycle() override { drive_.power_cycle(); }
    ScsiTransport* scsi() override { return &drive_; }
    void set_operation_seconds(unsigned seconds) override { drive_.sanitize_seconds = seconds; }
    std::string state() const override { return drive_.is_sanitizing() ? "sanitizing" : "ready"; }

    bool misbehave(const std::string& how) override {
        ScsiMisbehaviour& does = drive_.misbehaviour();
        if (how == "none") return true;
        if (how == "success without erasing") return does.reports_success_without_erasing = true;
        if (how == "completed without running") return does.reports_completed_without_running = true;
        if (how == "fails at 40 %") return does.fails_at_percent.emplace(40) != 0;
        if (how == "progress sticks at 40 %") return does.progress_sticks_at_percent.emplace(40) != 0;
        if (how == "refuses the command") return does.refuses_to_erase = true;
        if (how == "fixed pattern afterwards") return does.pattern_afterwards.emplace(0x33CC55AA) != 0;
        if (how == "another serial afterwards") return !(does.serial_after_erase = "OTHER").empty();
        if (how == "another capacity afterwards")
            return does.blocks_after_erase.emplace(small_sectors / 2) != 0;
        if (how == "bad sectors") return damage(drive_.medium());
        if (how == "erased but for one region") {
            spare_the_middle(drive_.medium());
            return true;
        }
        return false;
    }

  private:
    Medium kind_;
    SimulatedScsiDisk drive_;
    SimulatedBlockIo io_;
};

class EmmcMachine final : public SimulatedMachine {
  public:
    explicit EmmcMachine(EmmcModel model)
        : drive_(model),
          io_(
              drive_.medium(), [this] { return drive_.medium().sectors(); }, [] { return true; }) {}

    DriveRecord record() const override {
        DriveRecord drive = record_of("/dev/mmcblk0", "mmc", Bus::mmc, Medium::emmc, io_.size_bytes());
        drive.model = "SIMEMMC";
        drive.serial = "0x00000001";
        drive.serial_source = "drive";
        return drive;
    }
    SimulatedMedium& medium() override { return drive_.medium(); }
    BlockIo& io() override { return io_; }
    void advance(unsigned) override {}
    void power_cycle() override {}
    MmcTransport* mmc() override { return &drive_; }

    bool misbehave(const std::string& how) override {
        if (how == "none") return true;
        if (how == "refuses the command") return drive_.misbehaviour().refuses_to_erase = true;
        if (how == "bad sectors") return damage(drive_.medium());
        if (how == "erased but for one region") {
            drive_.medium().spare(small_sectors / 2, small_sectors / 2 + 2047);
            return true;
        }
        if (how == "fixed pattern afterwards") {
            drive_.medium().set_erased_pattern(0x33CC55AA);
            return true;
        }
        if (how == "success without erasing")
            return drive_.misbehaviour().sanitize_does_nothing =
                       drive_.misbehaviour().secure_erase_does_nothing = true;
        return false;
    }

  private:
    SimulatedEmmc drive_;
    SimulatedBlockIo io_;
};

}  // namespace

std::unique_ptr<SimulatedMachine> simulated_ata(AtaDriveModel model, BridgeModel bridge) {
    return std::make_unique<AtaMachine>(std::move(model), std::move(bridge));
}

std::unique_ptr<SimulatedMachine> simulated_scsi(ScsiDiskModel model) {
    return std::make_unique<ScsiMachine>(std::move(model));
}

std::unique_ptr<SimulatedMachine> simulated_ata_disk() {
    AtaDriveModel model;
    model.native_sectors = small_sectors;
    model.sanitize_overwrite = true;
    return std::make_unique<AtaMachine>(model);
}

std::unique_ptr<SimulatedMachine> simulated_ata_ssd() {
    AtaDriveModel model;
    model.medium = MediumKind::flash;
    model.native_sectors = small_sectors;
    model.sanitize_block = model.sanitize_crypto = model.encrypts_always = true;
    return std::make_unique<AtaMachine>(model);
}

std::unique_ptr<SimulatedMachine> simulated_opal_ata_ssd() {
    AtaDriveModel model;
    model.medium = MediumKind::flash;
    model.native_sectors = small_sectors;
    BridgeModel bridge;
    bridge.translates_security_protocol = true;
    return std::make_unique<AtaMachine>(model, bridge, true);
}

std::unique_ptr<SimulatedMachine> simulated_opal_nvme() {
    NvmeDriveModel model;
    model.namespaces.front().blocks = 2048;
    return std::make_unique<NvmeMachine>(model, true);
}

std::unique_ptr<SimulatedMachine> simulated_nvme() {
    NvmeDriveModel model;
    model.sanitize_overwrite = true;
    model.namespaces.front().blocks = 2048;
    return std::make_unique<NvmeMachine>(model);
}

std::unique_ptr<SimulatedMachine> simulated_scsi_disk() {
    ScsiDiskModel model;
    model.blocks = small_sectors;
    return std::make_unique<ScsiMachine>(model);
}

std::unique_ptr<SimulatedMachine> simulated_scsi_ssd() {
    ScsiDiskModel model;
    model.medium = MediumKind::flash;
    model.blocks = small_sectors;
    model.sanitize_block = true;
    return std::make_unique<ScsiMachine>(model);
}

std::unique_ptr<SimulatedMachine> simulated_emmc() {
    EmmcModel model;
    model.sectors = small_sectors;
    return std::make_unique<EmmcMachine>(model);
}

}  // namespace regain::simulator
