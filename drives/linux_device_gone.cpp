#include "drives/linux_device_gone.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace regain {

int errno_if_gone(int descriptor, int os_errno) {
    struct stat status {};
    if (os_errno == 0 || ::fstat(descriptor, &status) != 0 || !S_ISBLK(status.st_mode)) return os_errno;
    uint64_t size_bytes = 0;
    const bool has_size = ::ioctl(descriptor, BLKGETSIZE64, &size_bytes) == 0 && size_bytes != 0;
    return has_size ? os_errno : ENODEV;
}

}  // namespace regain
