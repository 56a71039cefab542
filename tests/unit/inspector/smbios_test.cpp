#include "inspector/smbios.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>

#include "base/file.h"
#include "base/program.h"
#include "dmidecode_text.h"
#include "smbios_builder.h"

namespace regain {
namespace {

constexpr uint64_t gibibyte = uint64_t{1} << 30;
const std::filesystem::path recorded = std::filesystem::path(REGAIN_SHARED_FIXTURES) / "dmidecode";

SmbiosTables a_machine() {
    SmbiosTables tables;
    tables.firmware = SmbiosFirmware{"LENOVO", "G1ETC2WW (2.82 )", "08/07/2019"};
    tables.system = SmbiosSystem{
        "LENOVO",         "2349OB6",      "ThinkPad T430", "PK0ABCD", "4c4c4544-0042-3010-8052-c4c04f4d3732",
        "LENOVO_MT_2349", "ThinkPad T430"};
    tables.board = SmbiosBoard{"LENOVO", "2349OB6", "Not Defined", "1ZABC"};
    tables.chassis = SmbiosChassis{"LENOVO", "Not Available", "PK0ABCD", "Asset", 10};
    tables.processors = {{"Intel(R) Corporation", "Intel(R) Core(TM) i5", true, 2, 4},
                         {"AMD", "EPYC", true, 300, 600}};
    tables.arrays = {
        {0x29, 3, 16 * gibibyte, 2}, {0x30, 5, uint64_t{1} << 20, 1}, {0x31, 3, 4096 * gibibyte, 8}};
    tables.modules = {{0x29, 8 * gibibyte, 24, "ChannelA-DIMM0", "059B", "CT102464"},
                      {0x29, 0, 2, "ChannelB-DIMM0", "", ""},
                      {0x30, uint64_t{1} << 20, 9, "SYSTEM ROM", "", ""},
                      {0x29, 64 * gibibyte, 26, "BIG", "X", "Y"},
                      {0x29, std::nullopt, 26, "UNKNOWN", "", ""}};
    tables.security = SmbiosSecurity{SmbiosLock::enabled, SmbiosLock::not_implemented, SmbiosLock::disabled};
    return tables;
}

TEST(Smbios, decodes_every_field_of_a_constructed_table) {
    EXPECT_EQ(decode_smbios(build_smbios(a_machine()), 0x0302), a_machine());
}

TEST(Smbios, agrees_with_dmidecode_on_the_same_table) {
    if (find_program("dmidecode").empty()) GTEST_SKIP() << "dmidecode is not installed.";
    const Bytes table = build_smbios(a_machine());
    const auto path = std::filesystem::path(::testing::TempDir()) / "regain-smbios-dump.bin";
    ASSERT_TRUE(write_file(path, as_text(smbios_dump(table))).ok());
    const auto outcome =
        run_program({"dmidecode", {"--from-dump", path.string()}, "dmidecode", {}, {}, {}, {}, {}});
    ASSERT_TRUE(outcome.ok());
    ASSERT_EQ(outcome->exit_status, 0) << outcome->errors;
    EXPECT_EQ(parse_dmidecode_text(outcome->output), decode_smbios(table, 0x0302)) << outcome->output;
    std::filesystem::remove(path);
}

TEST(Smbios, gives_what_it_could_read_of_a_table_cut_anywhere) {
    const Bytes table = build_smbios(a_machine());
    for (size_t length = 0; length < table.size(); ++length) {
        const Bytes cut(table.begin(),
                        table.begin() + static_cast<std::ptrdiff_t>(length));  // ASan sees any byte too many
        const auto tables = decode_smbios(cut, 0x0302);
        EXPECT_LE(tables.modules.size(), a_machine().modules.size());
    }
    const Bytes half(table.begin(), table.begin() + static_cast<std::ptrdiff_t>(table.size() / 2));
    EXPECT_TRUE(decode_smbios(half, 0x0302).damaged);
    EXPECT_EQ(decode_smbios(half, 0x0302).system->product, "2349OB6");
}

TEST(Smbios, survives_random_bytes_anywhere) {
    std::mt19937 random(7);
    const Bytes table = build_smbios(a_machine());
    for (int round = 0; round < 3000; ++round) {
        Bytes changed = table;
        for (int i = 0; i < 4; ++i) changed[random() % changed.size()] = static_cast<uint8_t>(random());
        decode_smbios(changed, 0);
        Bytes noise(random() % 300);
        for (auto& byte : noise) byte = static_cast<uint8_t>(random());
        decode_smbios(noise, 0);
    }
}

TEST(Smbios, stops_at_a_structure_that_is_shorter_than_its_header) {
    const Bytes table{1, 3, 0, 0, 0, 0};
    EXPECT_TRUE(decode_smbios(table, 0).damaged);
}

TEST(Smbios, ignores_string_numbers_without_a_string_and_fields_that_are_left_out) {
    const Bytes table = SmbiosBuilder().structure(1, 8, 1).text(4, "Maker").u8(5, 9).table();
    const auto tables = decode_smbios(table, 0x0203);
    EXPECT_EQ(tables.system->manufacturer, "Maker");
    EXPECT_EQ(tables.system->product, "");
    EXPECT_EQ(tables.system->uuid, "");
    EXPECT_FALSE(tables.damaged);
}

TEST(Smbios, reads_the_uuid_in_the_byte_order_of_the_version) {
    SmbiosBuilder builder;
    builder.structure(1, 0x1B, 1);
    for (uint8_t i = 0; i < 16; ++i) builder.u8(8U + i, i);
    EXPECT_EQ(decode_smbios(builder.table(), 0x0205).system->uuid, "00010203-0405-0607-0809-0a0b0c0d0e0f");
    EXPECT_EQ(decode_smbios(builder.table(), 0x0206).system->uuid, "03020100-0504-0706-0809-0a0b0c0d0e0f");
    EXPECT_EQ(decode_smbios(builder.table(), 0).system->uuid, "03020100-0504-0706-0809-0a0b0c0d0e0f");
}

TEST(Smbios, knows_its_version_from_both_entry_points) {
    EXPECT_EQ(smbios_version(smbios_entry_point({})), 0x0302U);
    EXPECT_EQ(smbios_version(as_bytes(std::string("_SM_\x01\x1f\x02\x07", 8))), 0x0207U);
    EXPECT_EQ(smbios_version(as_bytes("_DMI_")), 0U);
    EXPECT_EQ(smbios_version({}), 0U);
}

TEST(Smbios, does_not_sum_up_modules_of_unknown_size_or_flash) {
    SmbiosTables tables = a_machine();
    EXPECT_EQ(installed_memory_bytes(tables), std::nullopt);
    tables.modules.pop_back();
    EXPECT_EQ(installed_memory_bytes(tables), 72 * gibibyte);
    EXPECT_EQ(installed_memory_bytes(SmbiosTables{}), std::nullopt);
}

struct RecordedMachine {
    const char* file;
    uint64_t installed_mebibytes;
    bool power_on_password, administrator_password;
};

constexpr RecordedMachine recorded_machines[] = {
    {"all_in_one/Hewlett-Packard_24-b015a_97CDF363BFB8.txt", 8192, false, false},
    {"desktop/ASRock_H61M-HP4_F1F1CD28A1A3.txt", 8192, false, false},
    {"desktop/ASUSTek_Computer_K8N-DRE_ABAAA6305EB2.txt", 16384, false, false},
    {"desktop/ASUSTek_Computer_P4S533-X_17E69658EA01.txt", 512, false, false},
    {"desktop/Dell_OptiPlex_745_9C9AABF9AF2F.txt", 4096, true, true},
    {"desktop/Hewlett-Packard_rp5700_Business_System_CCC61C5183CC.txt", 4096, false,
     false},  // and 1 MB of flash
    {"desktop/Intel_SKYBAY_9179ADEFDE46.txt", 8192, false, false},
    {"desktop/Others_Others_33B96022EAAC.txt", 16384, false, false},
    {"mini_pc/Intel_NUC7i5BNB_J31144-304_17172630B556.txt", 16384, false, false},
    {"notebook/Dell_Latitude_X1_8EC2A768E1C0.txt", 1280, false, false},
    {"notebook/Hewlett-Packard_ProBook_455_G4_1F8D70612C58.txt", 8192, false, true},
    {"notebook/IBM_ThinkPad_T43_26686ZG_CD3CD8C0CA3A.txt", 2048, false,
     false},  // more than its maximum capacity
    {"notebook/Lenovo_ThinkPad_T430_2349OB6_E41DAA6A1A9D.txt", 16384, false, false},
    {"notebook/Lenovo_ThinkPad_X260_20F5S1G12P_FF483C5AEB2B.txt", 8192, false, true},
    {"notebook/System76_Gazelle_365957DB7361.txt", 16384, false, false},
};

TEST(Smbios, decodes_recorded_machines_and_sums_up_their_memory) {
    if (!std::filesystem::exists(recorded)) GTEST_SKIP() << "The shared hardware fixtures are not here.";
    for (const auto& machine : recorded_machines) {
        const auto text = read_file(recorded / machine.file);
        ASSERT_TRUE(text.ok()) << machine.file;
        const SmbiosTables told = parse_dmidecode_text(*text);
        SmbiosTables decoded = decode_smbios(build_smbios(told), 0x0302);
        // The recordings hide the UUID behind dashes; a raw table always has sixteen bytes of it.
        decoded.system->uuid = told.system->uuid;
        EXPECT_EQ(decoded, told) << machine.file;
        EXPECT_EQ(installed_memory_bytes(decoded), machine.installed_mebibytes << 20) << machine.file;
        const SmbiosSecurity security = decoded.security.value_or(SmbiosSecurity{});
        EXPECT_EQ(security.power_on == SmbiosLock::enabled, machine.power_on_password) << machine.file;
        EXPECT_EQ(security.administrator == SmbiosLock::enabled, machine.administrator_password)
            << machine.file;
    }
}

}  // namespace
}  // namespace regain
