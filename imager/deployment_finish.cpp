#include "imager/deployment_finish.h"

#include <utility>
#include <vector>

#include "base/hash.h"
#include "imager/boot_check.h"
#include "imager/ext_file_system.h"
#include "imager/ext_programs.h"
#include "imager/fat_volume_id.h"
#include "imager/gpt.h"
#include "imager/host_identity.h"
#include "imager/needed_programs.h"
#include "imager/partition_table.h"

namespace regain {
namespace {

class Finish {
  public:
    Finish(DeployTarget& target, const ImageManifest& manifest, const FinishOptions& options,
           DeployRecord& record, const std::function<void(const Message&)>& on_step, std::stop_token stop)
        : target_(target),
          manifest_(manifest),
          options_(options),
          record_(record),
          on_step_(on_step),
          stop_(std::move(stop)) {}

    Status run() {
        record_.file_system_check = "not-done";
        const ImagePartition* const root = manifest_.partition(PartitionRole::root);
        if (root == nullptr) {  // nothing to grow, nothing to renew: as zstd and dd would leave it
            record_.remarks.push_back({"no-root-partition", {}});
            return flush_blocks(target_.io());
        }
        REGAIN_TRY(begin(message("fitting the partition table to the disk")));
        REGAIN_TRY(fit_partitions(*root));
        REGAIN_TRY(begin(message("giving the disk a new identity")));
        REGAIN_TRY(renew_disk_identity(*root));
        REGAIN_TRY(work_on_root());
        REGAIN_TRY(begin(message("looking for everything that booting needs")));
        REGAIN_TRY(check_boot());
        return flush_blocks(target_.io());
    }

  private:
    Status begin(const Message& step) {
        if (stop_.stop_requested())
            return error(ErrorKind::interrupted, message("finish the deployment"),
                         message("interrupted by the operator"));
        if (on_step_) on_step_(step);
        return target_.prove_identity();
    }

    Status fit_partitions(const ImagePartition& root) {
        REGAIN_ASSIGN(const auto whole, target_.open_range(0, target_.io().size_bytes()));
        auto fitted = fit_partition_table(whole->path(), root.number);
        REGAIN_TRY(whole->release());
        if (!fitted.ok()) return std::move(fitted).error();
        root_ = *fitted;
        if (root_.offset_bytes != root.offset_bytes || root_.size_bytes < root.size_bytes)
            return error(ErrorKind::failed, message("fit the partition table to the disk"),
                         message("the root partition is not where the image has it"));
        return done();
    }

    Status renew_disk_identity(const ImagePartition& root) {
        BlockIo& io = target_.io();
        REGAIN_TRY(mark_protective_mbr_active(io));
        REGAIN_ASSIGN(const Gpt gpt, renew_gpt_identity(io));
        record_.disk_uuid = to_text(gpt.disk_uuid);
        for (const auto& partition : gpt.partitions)
            if (partition.number == root.number &&
                (partition.first_sector * gpt_sector_bytes != root_.offset_bytes ||
                 (partition.last_sector + 1 - partition.first_sector) * gpt_sector_bytes != root_.size_bytes))
                return error(ErrorKind::failed, message("fit the partition table to the disk"),
                             message("the table on the disk is not the one that was written"));
        if (const ImagePartition* const esp = manifest_.partition(PartitionRole::esp)) {
            const Bytes id = random_bytes(4);
            REGAIN_TRY(set_fat_volume_id(io, esp->offset_bytes, read_le32(id, 0)));
        }
        return flush_blocks(io);
    }

    // All of it on one device over the root partition; it is given up on every path.
    Status work_on_root() {
        REGAIN_ASSIGN(const auto range, target_.open_range(root_.offset_bytes, root_.size_bytes));
        Status status = renew_root(range->path());
        const Status released = range->release();
        return status.ok() ? released : std::move(status);
    }

    Status renew_root(const std::string& path) {
        REGAIN_TRY(begin(message("checking the file system")));
        REGAIN_TRY(repair_file_system(path, stop_));
        const DiskUuid uuid = random_uuid();
        REGAIN_TRY(begin(message("giving the file system a new UUID")));
        REGAIN_TRY(set_file_system_uuid(path, uuid, stop_));
        REGAIN_TRY(begin(message("growing the file system to the disk's size")));
        REGAIN_TRY(grow_file_system(path, stop_));
        REGAIN_TRY(begin(message("giving the machine its name")));
        HostIdentity identity;
        identity.host_name = options_.host_name;
        identity.machine_id = make_machine_id();
        identity.answer_file = options_.answer_file;
        REGAIN_TRY(write_host_identity(path, identity));
        record_.host_name = identity.host_name;
        record_.machine_id_sha256 = sha256_hex(as_bytes(identity.machine_id));

        REGAIN_TRY(begin(message("checking the file system")));
        record_.file_system_check = "failed";
        REGAIN_TRY(check_file_system(path, stop_));
        record_.file_system_check = "clean";
        REGAIN_ASSIGN(const auto root, ExtFileSystem::open(path, ExtFileSystem::Access::read));
        record_.root_uuid = root.uuid();
        record_.grown_to_bytes = root.size_bytes();
        if (record_.root_uuid != to_text(uuid))
            return error(ErrorKind::failed, message("give the file system a new UUID"),
                         message("it has another one"));
        return check_kernel(root);
    }

    Status check_boot() {
        const ImagePartition* const bios = manifest_.partition(PartitionRole::bios);
        const ImagePartition* const esp = manifest_.partition(PartitionRole::esp);
        if (bios != nullptr) {
            REGAIN_TRY(check_bios_boot(target_.io(), bios->offset_bytes, bios->size_bytes));
            record_.boot_bios = true;
        }
        if (esp != nullptr) {
            REGAIN_ASSIGN(const auto range, target_.open_range(esp->offset_bytes, esp->size_bytes));
            Status status = check_uefi_boot(range->path(), stop_);
            const Status released = range->release();
            REGAIN_TRY(std::move(status));
            REGAIN_TRY(released);
            record_.boot_uefi = true;
        }
        return done();
    }

    DeployTarget& target_;
    const ImageManifest& manifest_;
    const FinishOptions& options_;
    DeployRecord& record_;
    const std::function<void(const Message&)>& on_step_;
    std::stop_token stop_;
    FittedPartition root_;
};

}  // namespace

Status check_finish_programs() {
    return check_programs(
        {{"e2fsck", "e2fsprogs"}, {"tune2fs", "e2fsprogs"}, {"resize2fs", "e2fsprogs"}, {"mtype", "mtools"}});
}

Status finish_deployment(DeployTarget& target, const ImageManifest& manifest, const FinishOptions& options,
                         DeployRecord& record, const std::function<void(const Message&)>& on_step,
                         std::stop_token stop) {
    return Finish(target, manifest, options, record, on_step, std::move(stop)).run();
}

}  // namespace regain
