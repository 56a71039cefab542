#include "drives/linux_device_gone.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/file.h"

namespace regain {
namespace {

TEST(DeviceGone, is_not_said_of_files_and_other_devices) {
    const FileDescriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (const int descriptor : {file.get(), null.get(), -1})
        for (const int os_errno : {0, EIO, ENOSPC}) EXPECT_EQ(errno_if_gone(descriptor, os_errno), os_errno);
}

TEST(DeviceGone, is_said_of_a_block_device_without_a_size) {
    const FileDescriptor control(::open("/dev/loop-control", O_RDWR | O_CLOEXEC));
    const int number = control.is_open() ? ::ioctl(control.get(), LOOP_CTL_GET_FREE) : -1;
    const FileDescriptor loop(::open(("/dev/loop" + std::to_string(number)).c_str(), O_RDONLY | O_CLOEXEC));
    if (number < 0 || !loop.is_open()) GTEST_SKIP() << "no loop device for this user";
    uint64_t size_bytes = 0;
    if (::ioctl(loop.get(), BLKGETSIZE64, &size_bytes) != 0 || size_bytes != 0)
        GTEST_SKIP() << "another one took it";
    EXPECT_EQ(errno_if_gone(loop.get(), ENOSPC), ENODEV);
    EXPECT_EQ(errno_if_gone(loop.get(), EIO), ENODEV);
    EXPECT_EQ(errno_if_gone(loop.get(), 0), 0);
}

}  // namespace
}  // namespace regain
