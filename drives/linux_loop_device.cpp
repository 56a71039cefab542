#include "drives/linux_loop_device.h"

#include <fcntl.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace regain {
namespace {

// Between asking for a free number and taking it another program may have taken it.
constexpr int max_attempts = 64;

Error attach_error(int os_errno) {
    Error failure = os_error(message("set up a loop device"), os_errno, ErrorKind::environment);
    if (os_errno == ENOENT || os_errno == ENODEV || os_errno == ENXIO)
        failure.advice = message("Load the kernel module: modprobe loop.");
    return failure;
}

int configure(int device, int descriptor, uint64_t offset, uint64_t length) {
    loop_config config{};
    config.fd = static_cast<uint32_t>(descriptor);
    config.block_size = 512;
    config.info.lo_offset = offset;
    config.info.lo_sizelimit = length;
    // The device disappears with this process' descriptor, also when the process is killed.
    config.info.lo_flags = LO_FLAGS_AUTOCLEAR;
    return ::ioctl(device, LOOP_CONFIGURE, &config) == 0 ? 0 : errno;
}

}  // namespace

Result<LoopDevice> LoopDevice::attach(const SystemRoot& root, int descriptor, uint64_t offset,
                                      uint64_t length) {
    const FileDescriptor control(::open(root.path("/dev/loop-control").c_str(), O_RDWR | O_CLOEXEC));
    if (!control.is_open()) return attach_error(errno);
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        const int number = ::ioctl(control.get(), LOOP_CTL_GET_FREE);
        if (number < 0) return attach_error(errno);
        std::string path = root.path("/dev/loop" + std::to_string(number)).string();
        FileDescriptor device(::open(path.c_str(), O_RDWR | O_CLOEXEC));
        if (!device.is_open()) return attach_error(errno);
        const int problem = configure(device.get(), descriptor, offset, length);
        if (problem == 0) return LoopDevice(std::move(device), std::move(path));
        if (problem != EBUSY) return attach_error(problem);
    }
    return attach_error(EBUSY);
}

Status LoopDevice::detach() {
    if (!device_.is_open()) return done();
    const bool is_synced = ::fsync(device_.get()) == 0;
    const int problem = errno;
    ::ioctl(device_.get(), LOOP_CLR_FD);
    device_.close();
    if (is_synced) return done();
    return os_error(message("write to {0}", path_), problem);
}

LoopDevice::~LoopDevice() {
    if (!device_.is_open()) return;
    ::fsync(device_.get());
    ::ioctl(device_.get(), LOOP_CLR_FD);
}

}  // namespace regain
