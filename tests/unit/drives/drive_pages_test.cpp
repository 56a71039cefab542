// Decoders of what drives say of themselves: words, pages and logs built here byte by byte from the sources
// that the headers cite, and the simulated drives, which build theirs independently.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "drives/ata_commands.h"
#include "drives/ata_identify.h"
#include "drives/ext_csd.h"
#include "drives/nvme_pages.h"
#include "drives/scsi_pages.h"
#include "drives/tcg_discovery.h"
#include "tests/simulator/simulated_ata_drive.h"
#include "tests/simulator/simulated_emmc.h"
#include "tests/unit/drives/recording_transport.h"

namespace regain {
namespace {

class IdentifyWords {
  public:
    IdentifyWords() : bytes_(512, 0) {
        set(0, 0x0040);
        set(49, 0x0F00);
    }
    IdentifyWords& set(size_t word, uint16_t value) {
        write_little_endian<uint16_t>(bytes_, word * 2, value);
        return *this;
    }
    AtaIdentify identify() const {
        const auto parsed = AtaIdentify::from(bytes_);
        EXPECT_TRUE(parsed);
        return *parsed;
    }
    const Bytes& bytes() const { return bytes_; }

  private:
    Bytes bytes_;
};

TEST(AtaIdentify, is_nothing_when_the_data_is_no_ata_drives) {
    EXPECT_FALSE(AtaIdentify::from({}));
    EXPECT_FALSE(AtaIdentify::from(Bytes(512, 0)));
    EXPECT_FALSE(AtaIdentify::from(Bytes(512, 0xFF)));
    EXPECT_FALSE(AtaIdentify::from(Bytes(511, 1)));
    EXPECT_FALSE(AtaIdentify::from(IdentifyWords().set(0, 0x85C0).bytes())) << "a packet device";
    EXPECT_TRUE(AtaIdentify::from(IdentifyWords().set(0, 0x848A).bytes())) << "CompactFlash";
}

TEST(AtaIdentify, reads_the_security_word_bit_by_bit) {
    const AtaSecurity frozen = IdentifyWords().set(128, 0x0029).identify().security();
    EXPECT_TRUE(frozen.supported);
    EXPECT_TRUE(frozen.frozen);
    EXPECT_TRUE(frozen.enhanced_erase);
    EXPECT_FALSE(frozen.enabled);
    EXPECT_FALSE(frozen.locked);
    EXPECT_FALSE(frozen.count_expired);
    const AtaSecurity locked = IdentifyWords().set(128, 0x0117).set(92, 0xFFFE).identify().security();
    EXPECT_TRUE(locked.enabled);
    EXPECT_TRUE(locked.locked);
    EXPECT_TRUE(locked.count_expired);
    EXPECT_TRUE(locked.level_maximum);
    EXPECT_EQ(locked.master_identifier, 0xFFFE);
    for (const uint16_t nothing : {uint16_t{0x0000}, uint16_t{0xFFFF}, uint16_t{0x0028}})
        EXPECT_FALSE(IdentifyWords().set(128, nothing).identify().security().supported) << nothing;
}

TEST(AtaIdentify, tells_erase_times_in_the_drives_own_terms) {
    const auto time = [](unsigned word) {
        return IdentifyWords().set(89, static_cast<uint16_t>(word)).identify().erase_time();
    };
    EXPECT_FALSE(time(0).is_reported);
    EXPECT_EQ(time(1).minutes, 2U);
    EXPECT_EQ(time(0x00FE).minutes, 508U);
    EXPECT_TRUE(time(0x00FF).is_lower_bound);
    EXPECT_EQ(time(0x00FF).minutes, 508U);
    EXPECT_EQ(time(0x8000 | 240).minutes, 480U) << "extended format";
    EXPECT_EQ(time(0x81F4).minutes, 1000U);
    EXPECT_TRUE(time(0xFFFF).is_lower_bound);
    EXPECT_EQ(time(0xFFFF).minutes, 65532U);
    EXPECT_FALSE(time(0x8000).is_reported);
}

TEST(AtaIdentify, believes_feature_words_only_where_they_are_valid) {
    const AtaIdentify all = IdentifyWords()
                                .set(59, 0xF400)
                                .set(82, 0x0402)
                                .set(83, 0x4C00)
                                .set(119, 0x4100)
                                .set(48, 0x4001)
                                .identify();
    EXPECT_TRUE(all.sanitize().supported && all.sanitize().crypto_scramble && all.sanitize().overwrite &&
                all.sanitize().block_erase && all.sanitize().antifreeze_lock);
    EXPECT_TRUE(all.has_host_protected_area());
    EXPECT_TRUE(all.has_configuration_overlay());
    EXPECT_TRUE(all.has_accessible_max_address());
    EXPECT_TRUE(all.has_trusted_computing());
    const AtaIdentify invalid = IdentifyWords()
                                    .set(59, 0xFFFF)
                                    .set(82, 0xFFFF)
                                    .set(83, 0xFFFF)
                                    .set(119, 0xFFFF)
                                    .set(48, 0xFFFF)
                                    .identify();
    EXPECT_FALSE(invalid.sanitize().supported);
    EXPECT_FALSE(invalid.has_host_protected_area());
    EXPECT_FALSE(invalid.has_configuration_overlay());
    EXPECT_FALSE(invalid.has_accessible_max_address());
    EXPECT_FALSE(invalid.has_trusted_computing());
    EXPECT_FALSE(IdentifyWords().set(59, 0xE000).identify().sanitize().block_erase)
        << "methods without the feature set are none";
}

TEST(AtaIdentify, counts_sectors_in_28_and_48_bits_and_in_long_sectors) {
    EXPECT_EQ(IdentifyWords().set(60, 0x5678).set(61, 0x0123).identify().addressable_sectors(), 0x01235678U);
    const AtaIdentify large = IdentifyWords()
                                  .set(83, 0x4400)
                                  .set(60, 0xFFFF)
                                  .set(61, 0x0FFF)
                                  .set(100, 0x6DB0)
                                  .set(101, 0x7470)
                                  .identify();
    EXPECT_EQ(large.addressable_sectors(), 0x74706DB0U);
    EXPECT_EQ(large.logical_sector_bytes(), 512U);
    EXPECT_EQ(IdentifyWords().set(106, 0x5000).set(117, 2048).identify().logical_sector_bytes(), 4096U);
}

TEST(AtaIdentify, agrees_with_a_simulated_drive_and_notices_damage) {
    simulator::AtaDriveModel model;
    model.model = "ST500DM002-1BD142";
    model.serial = "W2A12345";
    model.native_sectors = 976773168;
    model.medium = simulator::MediumKind::flash;
    simulator::SimulatedAtaDrive drive(model);
    const auto identify = AtaIdentify::from(drive.identify());
    ASSERT_TRUE(identify);
    EXPECT_EQ(identify->model(), "ST500DM002-1BD142");
    EXPECT_EQ(identify->serial(), "W2A12345");
    EXPECT_EQ(identify->wwn(), "0x5000c500a0000001");
    EXPECT_EQ(identify->addressable_sectors(), 976773168U);
    EXPECT_EQ(identify->rotation_rate(), 1);
    EXPECT_EQ(identify->checksum(), AtaIdentify::Checksum::good);
    drive.misbehaviour().has_bad_identify_checksum = true;
    EXPECT_EQ(AtaIdentify::from(drive.identify())->checksum(), AtaIdentify::Checksum::bad);
    EXPECT_EQ(IdentifyWords().identify().checksum(), AtaIdentify::Checksum::absent);
}

TEST(AtaConfiguration, holds_the_highest_lba_and_its_checksum) {
    simulator::AtaDriveModel model;
    model.native_sectors = 0x123456789;
    simulator::SimulatedAtaDrive drive(model);
    drive.set_configured_sectors(1000);
    const auto reply = drive.send(ata_device_configuration_identify());
    ASSERT_TRUE(reply.ok());
    const auto configuration = parse_configuration(reply->data);
    ASSERT_TRUE(configuration);
    EXPECT_EQ(configuration->max_lba, 0x123456788U);
    EXPECT_TRUE(configuration->checksum_good);
    Bytes damaged = reply->data;
    damaged[6] ^= 1;
    EXPECT_FALSE(parse_configuration(damaged)->checksum_good);
    EXPECT_FALSE(parse_configuration(Bytes(512, 0)));
    EXPECT_FALSE(parse_configuration(Bytes(10, 1)));
}

TEST(AtaSanitizeStatus, needs_all_registers) {
    AtaReply reply;
    reply.registers = AtaRegisters::all;
    reply.outcome = AtaOutcome::succeeded;
    reply.count = 0x4000;
    reply.lba = 0x8000;
    const auto running = sanitize_status_in(reply);
    ASSERT_TRUE(running);
    EXPECT_TRUE(running->in_progress);
    EXPECT_FALSE(running->completed);
    EXPECT_EQ(running->progress, 0x8000);
    reply.registers = AtaRegisters::low_bytes;
    EXPECT_FALSE(sanitize_status_in(reply)) << "a naive reader would see an idle drive here";
    reply.registers = AtaRegisters::none;
    reply.outcome = AtaOutcome::unknown;
    EXPECT_FALSE(sanitize_status_in(reply));
    reply.registers = AtaRegisters::all;
    reply.outcome = AtaOutcome::failed;
    reply.lba = 3;
    EXPECT_EQ(sanitize_status_in(reply)->failure_reason, 3);
}

Bytes controller_page() {
    Bytes page(4096, 0);
    const std::string serial = "S466NX0K123456      ";
    std::copy(serial.begin(), serial.end(), page.begin() + 4);
    write_little_endian<uint32_t>(page, 80, 0x00010300);
    write_little_endian<uint16_t>(page, 256, 0x000B);
    write_little_endian<uint64_t>(page, 280, 500107862016);
    write_little_endian<uint64_t>(page, 296, 4096);
    write_little_endian<uint32_t>(page, 328, 0x00000003);
    write_little_endian<uint32_t>(page, 516, 32);
    page[524] = 0x05;
    return page;
}

TEST(NvmePages, tell_what_the_controller_can_do) {
    const auto controller = parse_nvme_controller(controller_page());
    ASSERT_TRUE(controller);
    EXPECT_EQ(controller->serial, "S466NX0K123456");
    EXPECT_TRUE(controller->has_security_commands && controller->has_format &&
                controller->has_namespace_management);
    EXPECT_TRUE(controller->sanitize_crypto && controller->sanitize_block);
    EXPECT_FALSE(controller->sanitize_overwrite);
    EXPECT_TRUE(controller->format_all_namespaces && controller->format_crypto);
    EXPECT_FALSE(controller->erase_all_namespaces);
    EXPECT_EQ(controller->namespace_count, 32U);
    EXPECT_EQ(controller->total_bytes, 500107862016U);
    EXPECT_EQ(controller->unallocated_bytes, 4096U);
    EXPECT_FALSE(parse_nvme_controller(Bytes(4096, 0)));
    EXPECT_FALSE(parse_nvme_controller(Bytes(4095, 1)));
}

TEST(NvmePages, tell_a_namespaces_size_format_and_lock) {
    Bytes page(4096, 0);
    write_little_endian<uint64_t>(page, 0, 1000);
    page[26] = 0x32;  // FLBAS: index 2 + 16, extended metadata
    page[29] = 0x09;  // DPS: type 1, first bytes
    page[99] = 0x01;  // NSATTR: write protected
    write_little_endian<uint16_t>(page, 128 + 18 * 4, 8);
    page[128 + 18 * 4 + 2] = 12;
    const auto space = parse_nvme_namespace(page);
    ASSERT_TRUE(space);
    EXPECT_EQ(space->format_index, 18);
    EXPECT_EQ(space->block_bytes, 4096U);
    EXPECT_EQ(space->metadata_bytes, 8);
    EXPECT_TRUE(space->extended_metadata && space->protection_first && space->is_write_protected);
    EXPECT_EQ(space->protection_type, 1);
}

TEST(NvmePages, list_namespaces_until_the_first_zero) {
    Bytes page(4096, 0);
    write_little_endian<uint32_t>(page, 0, 1);
    write_little_endian<uint32_t>(page, 4, 5);
    write_little_endian<uint32_t>(page, 12, 9);
    EXPECT_EQ(parse_nvme_namespace_list(page), (std::vector<uint32_t>{1, 5}));
    write_little_endian<uint32_t>(page, 8, 4);
    EXPECT_EQ(parse_nvme_namespace_list(page), (std::vector<uint32_t>{1, 5})) << "not ascending: damaged";
    EXPECT_TRUE(parse_nvme_namespace_list({}).empty());
}

TEST(NvmePages, read_the_sanitize_log_and_its_estimates) {
    Bytes page(512, 0);
    write_little_endian<uint16_t>(page, 0, 0xFFFF);
    write_little_endian<uint16_t>(page, 2, 0x0101);
    write_little_endian<uint32_t>(page, 8, 0xFFFFFFFF);
    write_little_endian<uint32_t>(page, 12, 90);
    const auto log = parse_nvme_sanitize_log(page);
    ASSERT_TRUE(log);
    EXPECT_EQ(log->state, NvmeSanitizeState::completed);
    EXPECT_TRUE(log->global_data_erased);
    EXPECT_FALSE(log->overwrite_seconds);
    EXPECT_EQ(log->block_erase_seconds, 90U);
    const NvmeSanitizeState states[] = {NvmeSanitizeState::never,
                                        NvmeSanitizeState::completed,
                                        NvmeSanitizeState::in_progress,
                                        NvmeSanitizeState::failed,
                                        NvmeSanitizeState::completed_no_deallocate,
                                        NvmeSanitizeState::unknown};
    for (uint8_t i = 0; i < 6; ++i) {
        page[2] = i;
        EXPECT_EQ(parse_nvme_sanitize_log(page)->state, states[i]) << int{i};
    }
    EXPECT_FALSE(parse_nvme_sanitize_log(Bytes(31, 0)));
}

TEST(ExtCsd, tells_areas_methods_and_times) {
    simulator::EmmcModel model;
    model.general_purpose_units = 2;
    const auto csd = parse_ext_csd(simulator::SimulatedEmmc(model).ext_csd());
    ASSERT_TRUE(csd);
    EXPECT_TRUE(csd->has_secure_erase && csd->has_trim && csd->has_sanitize);
    EXPECT_EQ(csd->security_features, 0x51);
    EXPECT_EQ(csd->sectors, 30535680U);
    EXPECT_EQ(csd->boot_area_bytes, 4U << 20);
    EXPECT_EQ(csd->rpmb_bytes, 4U << 20);
    EXPECT_EQ(csd->erase_group_bytes, 512U << 10);
    EXPECT_EQ(csd->general_purpose_bytes[0], 2U * 16 * (512U << 10));
    EXPECT_EQ(csd->general_purpose_bytes[1], 0U);
    EXPECT_EQ(csd->erase_timeout_ms, 300U);
    EXPECT_FALSE(parse_ext_csd(Bytes(512, 0)));
    EXPECT_FALSE(parse_ext_csd(Bytes(100, 1)));
}

Bytes discovery(const std::string& descriptors) {
    Bytes page(48, 0);
    const Bytes body = bytes_of(descriptors);
    page.insert(page.end(), body.begin(), body.end());
    write_big_endian<uint32_t>(page, 0, static_cast<uint32_t>(page.size() - 4));
    write_big_endian<uint32_t>(page, 4, 1);
    page.resize(2048, 0);
    return page;
}

TEST(TcgDiscovery, names_the_subsystem_and_its_locks) {
    const auto tcg =
        parse_tcg_discovery(discovery("0001 10 0c 110000000000000000000000"
                                      "0002 10 0c 0f0000000000000000000000"
                                      "0203 10 10 1000000100000400080000000000 0000"
                                      "0402 10 0c 020000000000000000000000"));
    ASSERT_TRUE(tcg);
    EXPECT_EQ(tcg->features.size(), 4U);
    EXPECT_EQ(tcg->subsystem(), "opal-2");
    EXPECT_EQ(tcg->base_com_id, 0x1000);
    ASSERT_TRUE(tcg->locking);
    EXPECT_TRUE(tcg->locking->supported && tcg->locking->enabled && tcg->locking->locked &&
                tcg->locking->media_encryption);
    EXPECT_FALSE(tcg->locking->shadow_mbr_enabled);
    ASSERT_TRUE(tcg->block_sid);
    EXPECT_TRUE(tcg->block_sid->is_blocked);
    EXPECT_FALSE(tcg->block_sid->is_owned);
    EXPECT_EQ(parse_tcg_discovery(discovery("0303 10 02 07fe"))->subsystem(), "pyrite-2");
    EXPECT_EQ(parse_tcg_discovery(discovery("0001 10 01 11"))->subsystem(), "");
}

TEST(TcgDiscovery, survives_damage) {
    EXPECT_FALSE(parse_tcg_discovery({}));
    EXPECT_FALSE(parse_tcg_discovery(Bytes(2048, 0)));
    EXPECT_FALSE(parse_tcg_discovery(discovery(""))) << "no feature";
    Bytes cut = discovery("0001 10 0c 110000000000000000000000 0002 10 0c 0f0000000000000000000000");
    cut.resize(70);
    const auto rest = parse_tcg_discovery(cut);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->features.size(), 1U) << "a descriptor that is cut does not count";
    Bytes endless = discovery("0001 10 0c 110000000000000000000000");
    write_big_endian<uint32_t>(endless, 0, 0xFFFFFFFF);
    EXPECT_TRUE(parse_tcg_discovery(endless)) << "a length beyond the data is cut, not followed";
}

TEST(ScsiPages, tell_size_and_support) {
    Bytes capacity(32, 0);
    write_big_endian<uint64_t>(capacity, 0, 1172123567);
    write_big_endian<uint32_t>(capacity, 8, 520);
    capacity[14] = 0x80;
    EXPECT_EQ(parse_capacity_16(capacity)->blocks, 1172123568U);
    EXPECT_EQ(parse_capacity_16(capacity)->block_bytes, 520U);
    EXPECT_TRUE(parse_capacity_16(capacity)->has_provisioning);
    EXPECT_FALSE(parse_capacity_16(Bytes(32, 0)));
    EXPECT_FALSE(parse_capacity_16(Bytes(32, 0xFF)));
    EXPECT_EQ(parse_operation_support(bytes_of("00 03 00 0a")), ScsiSupport::yes);
    EXPECT_EQ(parse_operation_support(bytes_of("00 01 00 00")), ScsiSupport::no);
    EXPECT_EQ(parse_operation_support(bytes_of("00 05 00 0a")), ScsiSupport::vendor_specific);
    EXPECT_EQ(parse_operation_support(bytes_of("00 00 00 00")), ScsiSupport::unknown);
    EXPECT_EQ(parse_operation_support({}), ScsiSupport::unknown);
}

}  // namespace
}  // namespace regain
