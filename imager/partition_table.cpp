#include "imager/partition_table.h"

#include <parted/parted.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>

#include "base/json.h"

namespace regain {
namespace {

// libparted has one exception handler and one list of devices for the whole program.
std::mutex& library_mutex() {
    static std::mutex mutex;
    return mutex;
}

// What libparted complained about last; it calls the handler synchronously, under library_mutex().
std::string& last_complaint() {
    static std::string complaint;
    return complaint;
}

// The two repairs that are our purpose (second table not at the end, space not used) are agreed to; to every
// other question the answer is no, and it becomes the error's reason.
PedExceptionOption answer(PedException* question) {
    if ((question->options & PED_EXCEPTION_FIX) != 0) return PED_EXCEPTION_FIX;
    last_complaint() = to_utf8(question->message != nullptr ? question->message : "");
    if ((question->options & PED_EXCEPTION_CANCEL) != 0) return PED_EXCEPTION_CANCEL;
    return PED_EXCEPTION_UNHANDLED;
}

class HandlerGuard {
  public:
    HandlerGuard() : lock_(library_mutex()), previous_(ped_exception_get_handler()) {
        last_complaint().clear();
        ped_exception_set_handler(answer);
    }
    ~HandlerGuard() { ped_exception_set_handler(previous_); }
    HandlerGuard(const HandlerGuard&) = delete;
    HandlerGuard& operator=(const HandlerGuard&) = delete;

  private:
    std::lock_guard<std::mutex> lock_;
    PedExceptionHandler* previous_;
};

struct Release {
    void operator()(PedDevice* device) const { ped_device_destroy(device); }
    void operator()(PedDisk* disk) const { ped_disk_destroy(disk); }
    void operator()(PedGeometry* geometry) const { ped_geometry_destroy(geometry); }
    void operator()(PedConstraint* constraint) const { ped_constraint_destroy(constraint); }
};
template <typename Thing>
using Owned = std::unique_ptr<Thing, Release>;

Error parted_error(Message fallback) {
    const std::string& complaint = last_complaint();
    return error(ErrorKind::failed, message("fit the partition table to the disk"),
                 complaint.empty() ? std::move(fallback) : message("{0}", complaint));
}

Status grow(PedDisk* disk, PedPartition* partition) {
    const PedSector sector_bytes = disk->dev->sector_size;
    const PedSector sectors_per_mib = (PedSector{1} << 20) / sector_bytes;
    const Owned<PedConstraint> anywhere(ped_constraint_any(disk->dev));
    const Owned<PedGeometry> largest(ped_disk_get_max_partition_geometry(disk, partition, anywhere.get()));
    if (!largest) return parted_error(message("the room behind the last partition is not known"));
    const PedSector end = (largest->end + 1) / sectors_per_mib * sectors_per_mib;
    const PedSector length = end - partition->geom.start;
    if (length <= partition->geom.length) return done();  // the disk is hardly larger than the image
    const Owned<PedGeometry> wanted(ped_geometry_new(disk->dev, partition->geom.start, length));
    if (!wanted) return parted_error(message("the new size does not fit"));
    const Owned<PedConstraint> exactly(ped_constraint_exact(wanted.get()));
    if (!exactly ||
        ped_disk_set_partition_geom(disk, partition, exactly.get(), wanted->start, wanted->end) == 0)
        return parted_error(message("the last partition does not grow"));
    return done();
}

}  // namespace

Result<FittedPartition> fit_partition_table(const std::string& path, uint32_t number) {
    const HandlerGuard guard;
    const Owned<PedDevice> device(ped_device_get(path.c_str()));
    if (!device) return parted_error(message("libparted does not know the device"));
    const PedDiskType* const type = ped_disk_probe(device.get());
    if (type == nullptr || std::string(type->name) != "gpt")
        return parted_error(message("there is no GUID partition table on it"));
    const Owned<PedDisk> disk(ped_disk_new(device.get()));
    if (!disk) return parted_error(message("its partition table cannot be read"));
    if (ped_disk_get_last_partition_num(disk.get()) != static_cast<int>(number))
        return parted_error(message("partition {0} is not the last one", number));
    PedPartition* const partition = ped_disk_get_partition(disk.get(), static_cast<int>(number));
    if (partition == nullptr) return parted_error(message("partition {0} is missing", number));
    REGAIN_TRY(grow(disk.get(), partition));
    // Only to the device: the kernel looks at the partitions of the real disk when everything is done.
    if (ped_disk_commit_to_dev(disk.get()) == 0)
        return parted_error(message("the partition table cannot be written"));
    const auto sector_bytes = static_cast<uint64_t>(device->sector_size);
    return FittedPartition{static_cast<uint64_t>(partition->geom.start) * sector_bytes,
                           static_cast<uint64_t>(partition->geom.length) * sector_bytes};
}

}  // namespace regain

#if defined(__SANITIZE_ADDRESS__)
// libparted 3.5 reads one byte too many of /proc/cmdline when it is loaded; without this every program that
// links it under AddressSanitizer ends before main(). Found with kernel command lines of 120 characters.
extern "C" const char* __asan_default_suppressions();   // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __asan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
    return "interceptor_via_lib:libparted\n";
}
#endif
