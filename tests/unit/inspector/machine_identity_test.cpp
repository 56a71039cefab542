#include "inspector/machine_identity.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/file.h"
#include "dmidecode_text.h"

namespace regain {
namespace {

TEST(MachineIdentity, recognises_what_makers_forgot_to_replace) {
    for (const char* text : {"",
                             " ",
                             "                ",
                             "To be filled by O.E.M.",
                             "To Be Filled By O.E.M.",
                             "Default string",
                             "System Product Name",
                             "System Name",
                             "System manufacturer",
                             "Chassis Manufacture",
                             "None",
                             "N/A",
                             "Not Applicable                  ",
                             "Not Specified",
                             "Not Available",
                             "Not Defined",
                             "00000000",
                             "0",
                             "XXXXXXXX",
                             "....................",
                             "--",
                             "0123456789",
                             "123456789",
                             "System Serial Number",
                             "INVALID",
                             "Unknown",
                             "O.E.M.",
                             "$(DEFAULT_STRING)",
                             "All Series",
                             "Type2 - Board Serial Number",
                             "ffffffff"})
        EXPECT_TRUE(is_dummy_identity(text)) << '"' << text << '"';
}

TEST(MachineIdentity, keeps_names_and_serials_that_only_look_short) {
    for (const char* text : {"OptiPlex 745", "0A80h", "26686ZG", "ThinkPad T43", "R90ABCDE", "Gazelle", "HP",
                             "P4S533-X", "PF0A1B2C", "NUC7i5BNB", "20F5S1G12P", "Latitude X1"})
        EXPECT_FALSE(is_dummy_identity(text)) << text;
}

TEST(MachineIdentity, recognises_uuids_that_identify_nothing) {
    for (const char* uuid :
         {"", "--", "00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
          "03000200-0400-0500-0006-000700080009", "12345678-1234-5678-90AB-CDDEEFAABBCC", "short"})
        EXPECT_TRUE(is_dummy_uuid(uuid)) << uuid;
    EXPECT_FALSE(is_dummy_uuid("4c4c4544-0042-3010-8052-c4c04f4d3732"));
}

TEST(MachineIdentity, gives_several_identifiers_and_no_dummy_among_them) {
    MachineReadings readings;
    readings.dmi = {{"sys_vendor", "LENOVO"},
                    {"product_name", "Default string"},
                    {"product_serial", "To be filled by O.E.M."},
                    {"board_serial", "L1HF123"},
                    {"product_uuid", "4C4C4544-0042-3010-8052-C4C04F4D3732"},
                    {"chassis_type", "10"},
                    {"chassis_serial", "None"},
                    {"bios_date", "08/07/2019"}};
    readings.smbios.system = SmbiosSystem{"", "20F5S1G12P", "", "PF0A1B2C", "", "", ""};
    readings.mac_addresses = {"54:ee:75:00:11:22"};
    const MachineRecord machine = identify_machine(readings);
    EXPECT_EQ(machine.manufacturer, "LENOVO");
    EXPECT_EQ(machine.product, "20F5S1G12P") << "the second source stands in for a dummy";
    EXPECT_EQ(machine.serial, "PF0A1B2C");
    EXPECT_EQ(machine.chassis, "notebook");
    EXPECT_EQ(machine.firmware_date, "08/07/2019");
    EXPECT_EQ(machine.identifiers, (std::vector<std::string>{"dmi-serial:PF0A1B2C", "board-serial:L1HF123",
                                                             "dmi-uuid:4c4c4544-0042-3010-8052-c4c04f4d3732",
                                                             "mac:54:ee:75:00:11:22"}));
    EXPECT_EQ(judge_machine_identity(machine).result, CheckResult::pass);
}

TEST(MachineIdentity, warns_when_nothing_tells_the_machine_from_others) {
    MachineReadings readings;
    readings.dmi = {{"product_serial", "Default string"},
                    {"product_uuid", "03000200-0400-0500-0006-000700080009"}};
    const MachineRecord machine = identify_machine(readings);
    EXPECT_TRUE(machine.identifiers.empty());
    EXPECT_EQ(machine.uuid, "");
    EXPECT_EQ(judge_machine_identity(machine).result, CheckResult::warn);
}

TEST(MachineIdentity, finds_a_genuine_name_or_none_on_recorded_machines) {
    const auto recorded = std::filesystem::path(REGAIN_SHARED_FIXTURES) / "dmidecode";
    if (!std::filesystem::exists(recorded)) GTEST_SKIP() << "The shared hardware fixtures are not here.";
    const std::map<std::string, std::string> names = {
        // product|board as a person reads them
        {"all_in_one/Hewlett-Packard_24-b015a_97CDF363BFB8.txt", "24-b015a|81B7"},
        {"desktop/ASRock_H61M-HP4_F1F1CD28A1A3.txt", "|H61M-HP4"},
        {"desktop/ASUSTek_Computer_K8N-DRE_ABAAA6305EB2.txt", "|K8N-DRE"},
        {"desktop/ASUSTek_Computer_P4S533-X_17E69658EA01.txt", "|P4S533-X"},
        {"desktop/Dell_OptiPlex_745_9C9AABF9AF2F.txt", "OptiPlex 745|0RF703"},
        {"desktop/Hewlett-Packard_rp5700_Business_System_CCC61C5183CC.txt",
         "HP rp5700 Business System|0A80h"},
        {"desktop/Intel_SKYBAY_9179ADEFDE46.txt", "|SKYBAY"},
        {"desktop/Others_Others_33B96022EAAC.txt", "|"},
        {"mini_pc/Intel_NUC7i5BNB_J31144-304_17172630B556.txt", "|NUC7i5BNB"},
        {"notebook/Dell_Latitude_X1_8EC2A768E1C0.txt", "Latitude X1|0G6951"},
        {"notebook/Hewlett-Packard_ProBook_455_G4_1F8D70612C58.txt", "HP ProBook 455 G4|823E"},
        {"notebook/IBM_ThinkPad_T43_26686ZG_CD3CD8C0CA3A.txt", "26686ZG|26686ZG"},
        {"notebook/Lenovo_ThinkPad_T430_2349OB6_E41DAA6A1A9D.txt", "2349OB6|2349OB6"},
        {"notebook/Lenovo_ThinkPad_X260_20F5S1G12P_FF483C5AEB2B.txt", "20F5S1G12P|20F5S1G12P"},
        {"notebook/System76_Gazelle_365957DB7361.txt", "Gazelle|Gazelle"},
    };
    for (const auto& [file, name] : names) {
        const auto text = read_file(recorded / file);
        ASSERT_TRUE(text.ok()) << file;
        MachineReadings readings;
        readings.smbios = parse_dmidecode_text(*text);
        const MachineRecord machine = identify_machine(readings);
        EXPECT_EQ(machine.product + "|" + machine.board_product, name) << file;
        EXPECT_TRUE(machine.identifiers.empty()) << "serials are hidden in the recordings: " << file;
    }
}

}  // namespace
}  // namespace regain
