#include "drives/linux_blkid_probe.h"

#include <blkid/blkid.h>
#include <fcntl.h>

#include <memory>

#include "base/file.h"
#include "base/json.h"

namespace regain {
namespace {

struct FreeProbe {
    void operator()(blkid_probe probe) const { blkid_free_probe(probe); }
};

std::string value_of(blkid_probe probe, const char* name) {
    const char* data = nullptr;
    size_t length = 0;
    if (blkid_probe_lookup_value(probe, name, &data, &length) != 0 || data == nullptr) return {};
    if (length > 0 && data[length - 1] == '\0') --length;
    return to_utf8(std::string_view(data, length));
}

}  // namespace

ContentNames probe_contents(const std::string& device_path) {
    const FileDescriptor device(::open(device_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!device.is_open()) return {};
    const std::unique_ptr<blkid_struct_probe, FreeProbe> probe(blkid_new_probe());
    if (probe == nullptr || blkid_probe_set_device(probe.get(), device.get(), 0, 0) != 0) return {};
    blkid_probe_enable_superblocks(probe.get(), 1);
    blkid_probe_set_superblocks_flags(probe.get(),
                                      BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL);
    blkid_probe_enable_partitions(probe.get(), 1);
    blkid_probe_set_partitions_flags(probe.get(), BLKID_PARTS_ENTRY_DETAILS);
    // Full, not safe, probing stops at the first of several signatures; any of them is worth telling here.
    if (blkid_do_fullprobe(probe.get()) != 0) return {};
    return {value_of(probe.get(), "PTTYPE"), value_of(probe.get(), "TYPE"), value_of(probe.get(), "UUID"),
            value_of(probe.get(), "LABEL"), value_of(probe.get(), "PART_ENTRY_UUID")};
}

}  // namespace regain
