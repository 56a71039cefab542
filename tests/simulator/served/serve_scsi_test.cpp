// What a kernel asks of a served drive besides erasing: the simulated bridge and the simulated SCSI disk
// answer it alike, and transfers of every size reach the same sectors.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "drives/scsi_commands.h"
#include "tests/simulator/block_commands.h"
#include "tests/simulator/served/served_models.h"

namespace regain::simulator {
namespace {

ScsiReply sent(SimulatedMachine& machine, Bytes cdb, uint32_t bytes, Bytes data_out = {}) {
    ScsiCommand command;
    command.cdb = std::move(cdb);
    command.data_in_bytes = bytes;
    command.data_out = std::move(data_out);
    auto reply = machine.scsi()->send(command);
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? *reply : ScsiReply{};
}

class ServedModel : public testing::TestWithParam<std::string> {
  protected:
    std::unique_ptr<SimulatedMachine> machine = served_model(GetParam(), 7, 16384);
};

TEST_P(ServedModel, gives_back_by_16_bytes_what_was_written_by_10) {
    const Bytes written(1024, 0x5A);
    EXPECT_EQ(sent(*machine, {0x2A, 0, 0, 0, 0x30, 0x39, 0, 0, 2, 0}, 0, written).status, scsi_good);
    const Bytes read_16{0x88, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x38, 0, 0, 0, 4, 0, 0};
    const ScsiReply reply = sent(*machine, read_16, 2048);
    ASSERT_EQ(reply.data.size(), 2048U);
    EXPECT_TRUE(std::equal(written.begin(), written.end(), reply.data.begin() + 512));
    EXPECT_EQ(std::count(reply.data.begin(), reply.data.end(), 0x5A), 1024);
}

TEST_P(ServedModel, refuses_sectors_behind_its_end_and_data_that_is_too_short) {
    EXPECT_EQ(sent(*machine, {0x28, 0, 0, 0, 0x40, 0, 0, 0, 1, 0}, 512).sense.at(12), 0x21);
    EXPECT_EQ(sent(*machine, {0x2A, 0, 0, 0, 0, 0, 0, 0, 2, 0}, 0, Bytes(512)).status, scsi_check_condition);
}

TEST_P(ServedModel, tells_one_size_in_both_ways) {
    const ScsiReply small = sent(*machine, {0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 8);
    const ScsiReply large = sent(*machine, scsi_read_capacity_16().cdb, 32);
    EXPECT_EQ(read_be32(small.data, 0), 16383U);
    EXPECT_EQ(read_be64(large.data, 0), 16383U);
    EXPECT_EQ(read_be32(small.data, 4), read_be32(large.data, 8));
}

TEST_P(ServedModel, has_the_pages_that_it_lists_and_a_name_of_its_own) {
    const ScsiReply list = sent(*machine, scsi_inquiry_page(0x00).cdb, 1024);
    ASSERT_GT(list.data.size(), 4U);
    for (size_t i = 4; i < list.data.size(); ++i)
        EXPECT_EQ(sent(*machine, scsi_inquiry_page(list.data[i]).cdb, 1024).data.at(1), list.data[i]);
    const auto other = served_model(GetParam(), 8, 16384);
    const Bytes names = scsi_inquiry_page(0x83).cdb;
    EXPECT_NE(sent(*machine, names, 1024).data, sent(*other, names, 1024).data);
}

TEST_P(ServedModel, has_a_write_cache_that_the_kernel_empties) {
    const ScsiReply mode = sent(*machine, {0x1A, 0, 0x08, 0, 64, 0}, 64);
    ASSERT_EQ(mode.data.size(), 24U);
    EXPECT_EQ(mode.data[0], 23);
    EXPECT_EQ(mode.data[6] & 0x04, 0x04);
    EXPECT_EQ(sent(*machine, {0x35, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0).status, scsi_good);
}

INSTANTIATE_TEST_SUITE_P(all, ServedModel,
                         testing::Values("ata-hdd", "ata-ssd", "ata-ssd-dropped", "sas-hdd", "sas-ssd"),
                         [](const auto& model) {
                             std::string name = model.param;
                             std::replace(name.begin(), name.end(), '-', '_');
                             return name;
                         });

TEST(ServedModels, are_known_by_name_alone) {
    for (const char* name : {"ata-hdd-hpa", "ata-hdd-dco", "ata-ssd-frozen", "sas-hdd-old"})
        EXPECT_NE(served_model(name, 1, 16384), nullptr) << name;
    for (const char* name : {"ata", "ata-hdd-other", "sas", "nvme", ""})
        EXPECT_EQ(served_model(name, 1, 16384), nullptr) << name;
}

}  // namespace
}  // namespace regain::simulator
