#include "imager/host_identity.h"

#include <gtest/gtest.h>

#include "base/program.h"
#include "imager/ext_file_system.h"
#include "imager/ext_programs.h"
#include "tests/unit/imager/file_target.h"
#include "tests/unit/imager/sample_image.h"
#include "tests/unit/imager/sample_root.h"

namespace regain {
namespace {

TEST(HostName, is_made_of_prefix_and_asset_tag) {
    EXPECT_EQ(make_host_name("regain", "A-17"), "regain-a-17");
    EXPECT_EQ(make_host_name("regain", " Étage 3 / n° 12 "), "regain-tage-3-n-12");
    EXPECT_EQ(make_host_name("regain", "--x--"), "regain-x");
    EXPECT_EQ(make_host_name("", "x"), "x");
    EXPECT_EQ(make_host_name("regain", std::string(200, 'a')).size(), 63U);
}

TEST(HostName, is_random_without_an_asset_tag) {
    const std::string first = make_host_name("regain", "");
    EXPECT_EQ(first.size(), std::string("regain-abcdef").size());
    EXPECT_NE(first, make_host_name("regain", "é/"));
}

TEST(MachineId, is_a_random_uuid) {
    const std::string id = make_machine_id();
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id[12], '4');
    EXPECT_NE(id, make_machine_id());
}

TEST(HostsFile, gets_the_name_on_its_line) {
    EXPECT_EQ(hosts_with_name("127.0.0.1\tlocalhost\n127.0.1.1\told\n::1\tx\n", "new"),
              "127.0.0.1\tlocalhost\n127.0.1.1\tnew\n::1\tx\n");
    EXPECT_EQ(hosts_with_name("127.0.0.1\tlocalhost", "new"), "127.0.0.1\tlocalhost\n127.0.1.1\tnew\n");
}

class RootFileSystem : public testing::Test {
  protected:
    void SetUp() override {
        if (!has_disk_programs()) GTEST_SKIP() << "e2fsprogs, dosfstools or mtools are not installed";
        const DiskAssembly assembly = make_sample_assembly(directory.path());
        make_disk_file(path, 32U << 20);
        ProgramRequest request;
        request.program = "mke2fs";
        request.arguments = {"-q", "-F", "-t", "ext4", "-b", "4096", "-d", assembly.root_directory.string(),
                             path};
        ASSERT_EQ(run_program(request)->exit_status, 0);
    }
    Status check() { return check_file_system(path, {}); }

    ScratchDirectory directory;
    std::string path = directory / "root.ext4";
};

TEST_F(RootFileSystem, takes_a_machines_identity_and_stays_clean) {
    HostIdentity identity;
    identity.host_name = "regain-a17";
    identity.machine_id = make_machine_id();
    identity.answer_file = "LANGUAGE=fr\n" + std::string(10000, '#') + "\n";
    const Status written = write_host_identity(path, identity);
    ASSERT_TRUE(written.ok()) << in_english(written.error());
    EXPECT_TRUE(check().ok()) << in_english(check().error());
    const auto root = ExtFileSystem::open(path, ExtFileSystem::Access::read);
    ASSERT_TRUE(root.ok());
    EXPECT_EQ(root->read_file("/etc/machine-id").value(), identity.machine_id + "\n");
    EXPECT_EQ(root->read_file("/etc/hostname").value(), "regain-a17\n");
    EXPECT_EQ(root->read_file("/etc/regain/first-start.conf").value(), *identity.answer_file);
    EXPECT_NE(root->read_file("/etc/hosts").value().find("127.0.1.1\tregain-a17\n"), std::string::npos);
    identity.answer_file = "LANGUAGE=fr\n";
    ASSERT_TRUE(write_host_identity(path, identity).ok()) << "shorter than before";
    EXPECT_TRUE(check().ok());
}

TEST_F(RootFileSystem, takes_new_files_in_large_directories) {
    auto root = ExtFileSystem::open(path, ExtFileSystem::Access::write);
    ASSERT_TRUE(root.ok());
    for (int i = 0; i < 20; ++i) {
        const Status put =
            root->put_file("/etc/many/new-file-with-a-name-that-fills-blocks-" + std::to_string(i),
                           std::string(5000, 'x'), 0600);
        ASSERT_TRUE(put.ok()) << in_english(put.error());
    }
    ASSERT_TRUE(root->close().ok());
    EXPECT_TRUE(check().ok()) << in_english(check().error());
}

TEST_F(RootFileSystem, refuses_what_cannot_be_written) {
    auto root = ExtFileSystem::open(path, ExtFileSystem::Access::write);
    ASSERT_TRUE(root.ok());
    EXPECT_FALSE(root->put_file("/no/such/directory/file", "x", 0600).ok());
    EXPECT_FALSE(root->replace_file("/etc/missing", "x").ok());
    EXPECT_FALSE(root->put_file("/etc", "x", 0600).ok()) << "a directory";
    EXPECT_FALSE(root->put_file("/etc/huge", std::string(40U << 20, 'x'), 0600).ok())
        << "larger than the disk";
    EXPECT_FALSE(root->read_file("/etc/missing").ok());
    EXPECT_FALSE(
        ExtFileSystem::open((directory / "efi-grub.cfg").string(), ExtFileSystem::Access::read).ok());
}

TEST_F(RootFileSystem, gets_a_new_uuid_and_grows) {
    ASSERT_TRUE(repair_file_system(path, {}).ok());
    const DiskUuid uuid = random_uuid();
    ASSERT_TRUE(set_file_system_uuid(path, uuid, {}).ok());
    std::filesystem::resize_file(path, 96U << 20);
    const Status grown = grow_file_system(path, {});
    ASSERT_TRUE(grown.ok()) << in_english(grown.error());
    EXPECT_TRUE(check().ok());
    const auto root = ExtFileSystem::open(path, ExtFileSystem::Access::read);
    EXPECT_EQ(root->uuid(), to_text(uuid));
    EXPECT_EQ(root->size_bytes(), 96U << 20);
}

}  // namespace
}  // namespace regain
