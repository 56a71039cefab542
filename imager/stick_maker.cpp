#include "imager/stick_maker.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "imager/ext_programs.h"
#include "imager/stick_content.h"
#include "imager/stick_file_systems.h"
#include "imager/stick_iso_writer.h"
#include "imager/stick_layout.h"
#include "imager/stick_table.h"
#include "imager/work_directory.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;

StickIsoRecord record_of(const StickIso& iso) {
    return {iso.path.filename().string(), iso.size_bytes, "", iso.description.volume_id,
            iso.description.release};
}

/// Never zero: a table without a signature gets one from Windows.
uint32_t new_disk_signature() {
    const uint32_t value = read_le32(random_bytes(4), 0);
    return value == 0 ? 1 : value;
}

Status write_zeros(BlockIo& io, uint64_t first, uint64_t end) {
    const AlignedBuffer zeros(mebibyte);
    for (uint64_t offset = first; offset < end; offset += mebibyte) {
        // A write does not change its buffer; the request's type serves reads as well.
        const ByteView piece = zeros.bytes().first(std::min(mebibyte, end - offset));
        REGAIN_TRY(write_blocks(io, offset, {const_cast<uint8_t*>(piece.data()), piece.size()}));
    }
    return done();
}

/// Steps, progress and the report, common to both commands.
class StickJob {
  public:
    StickJob(const char* command, const DriveRecord& drive, const StickIso& iso, const Clock& clock,
             const ImageProgressFunction& progress)
        : clock_(clock), progress_(progress) {
        report_.started = to_rfc3339(clock.now());
        report_.command = command;
        report_.drive = drive;
        report_.iso = record_of(iso);
    }

    void expect_steps(const std::vector<const char*>& steps) {
        for (const char* step : steps) report_.steps.push_back({step, "not-done"});
    }

    Status step(const char* name, const std::function<Status()>& work) {
        const auto found = std::find_if(report_.steps.begin(), report_.steps.end(),
                                        [&](const StickStep& each) { return each.step == name; });
        Status status = work();
        found->result = status.ok() ? "done" : "failed";
        return status;
    }

    void expect_bytes(ImagePhase phase, uint64_t bytes) {
        now_ = {};
        now_.phase = phase;
        now_.total_bytes = bytes;
        now_.drive = report_.drive.path;
        before_ = 0;
    }
    /// How far the current part is; parts add up.
    void tell(uint64_t bytes) {
        now_.done_bytes = before_ + bytes;
        if (progress_) progress_(now_);
    }
    void end_part(uint64_t bytes) { before_ += bytes; }

    StickReport finish(Status status) {
        report_.is_complete = status.ok();
        if (!status.ok()) report_.errors.push_back(std::move(status).error());
        report_.finished = to_rfc3339(clock_.now());
        return std::move(report_);
    }

    StickReport& report() { return report_; }

  private:
    const Clock& clock_;
    const ImageProgressFunction& progress_;
    StickReport report_;
    ImageProgress now_;
    uint64_t before_ = 0;
};

class Creation {
  public:
    Creation(DeployTarget& target, const DriveRecord& drive, const StickPlan& plan, const Clock& clock,
             const ImageProgressFunction& progress, std::stop_token stop)
        : target_(target),
          io_(target.io()),
          plan_(plan),
          job_("create", drive, plan.iso, clock, progress),
          writer_(target.io(), plan.iso.bytes(), stop),
          stop_(std::move(stop)),
          data_bytes_(stick_data_bytes_on(target.io().size_bytes())) {
        job_.expect_steps({"empty", "records", "data", "copy", "iso", "read-back", "table"});
        if (!io_.reads_medium()) job_.report().remarks.push_back({"read-back-through-cache", {}});
        for (const auto& file : plan.files)
            job_.report().files.push_back({file.target, file.size_bytes, "", false, file.signer});
    }

    StickReport run() { return job_.finish(make()); }

  private:
    Status make() {
        job_.expect_bytes(ImagePhase::write, plan_.copied_bytes() + plan_.iso.size_bytes);
        REGAIN_TRY(target_.prove_identity());
        // Beyond this point what was on the drive is lost.
        REGAIN_TRY(job_.step("empty", [&] { return empty(); }));
        REGAIN_TRY(job_.step("records", [&] { return make_records(); }));
        REGAIN_TRY(job_.step("data", [&] { return make_data(); }));
        REGAIN_TRY(job_.step("copy", [&] { return copy_files(); }));
        REGAIN_TRY(job_.step("iso", [&] { return write_iso(); }));
        job_.expect_bytes(ImagePhase::read_back, plan_.copied_bytes() + plan_.iso.size_bytes);
        REGAIN_TRY(job_.step("read-back", [&] { return read_back(); }));
        return job_.step("table", [&] { return write_table(); });
    }

    /// Nothing old is found beyond the new table: superblocks lie near the beginning or the end of what they
    /// describe.
    Status empty() {
        REGAIN_TRY(writer_.begin(Bytes(mbr_sector_bytes, 0)));
        const uint64_t end = io_.size_bytes();
        const std::array<std::pair<uint64_t, uint64_t>, 4> edges{
            {{stick_head_bytes, 4 * mebibyte},
             {stick_records_offset - 2 * mebibyte, stick_records_offset + 2 * mebibyte},
             {stick_data_offset - 2 * mebibyte, stick_data_offset + 4 * mebibyte},
             {(end - 4 * mebibyte) / mebibyte * mebibyte, end}}};
        for (const auto& [first, last] : edges) REGAIN_TRY(write_zeros(io_, first, last));
        return flush_blocks(io_);
    }

    /// Works on a range as a device of its own; it is given up on every path.
    Status with_range(uint64_t offset, uint64_t size, const std::function<Status(const std::string&)>& work) {
        REGAIN_ASSIGN(const auto range, target_.open_range(offset, size));
        Status status = work(range->path());
        const Status released = range->release();
        return status.ok() ? released : std::move(status);
    }
    Status on_records(const std::function<Status(const std::string&)>& work) {
        return with_range(stick_records_offset, stick_records_bytes, work);
    }
    Status on_data(const std::function<Status(const std::string&)>& work) {
        return with_range(stick_data_offset, data_bytes_, work);
    }

    Status make_records() {
        REGAIN_ASSIGN(const auto content, WorkDirectory::create(std::filesystem::temp_directory_path()));
        const auto root = content / "records";
        const auto trust = root / "trust";
        REGAIN_TRY(make_directories(trust, 0755));
        for (const auto& signer : plan_.signers)
            REGAIN_TRY(write_file(trust / ("image-" + signer.key_fingerprint().substr(0, 16) + ".pem"),
                                  signer.pem()));
        return on_records(
            [&](const std::string& device) { return make_records_file_system(device, root, stop_); });
    }

    Status make_data() {
        return on_data([&](const std::string& device) {
            return make_data_file_system(device, exfat_cluster_bytes(data_bytes_), stop_);
        });
    }

    Status on_mounted_data(MountedData::Access access,
                           const std::function<Status(const std::filesystem::path&)>& work) {
        return on_data([&](const std::string& device) -> Status {
            REGAIN_ASSIGN(const auto mounted, MountedData::mount(device, access));
            Status status = work(mounted->path());
            const Status unmounted = mounted->unmount();
            return status.ok() ? unmounted : std::move(status);
        });
    }

    Status copy_files() {
        return on_mounted_data(MountedData::Access::write, [&](const std::filesystem::path& top) -> Status {
            for (const char* name : {"images", "profiles", "jobs", "certificates"})
                REGAIN_TRY(make_directories(top / name));
            for (size_t i = 0; i < plan_.files.size(); ++i) {
                const StickFile& file = plan_.files[i];
                REGAIN_ASSIGN(job_.report().files[i].sha256,
                              put_stick_file(
                                  file, top, [&](uint64_t bytes) { job_.tell(bytes); }, stop_));
                job_.end_part(file.size_bytes);
            }
            return done();
        });
    }

    Status write_iso() {
        REGAIN_TRY(target_.prove_identity());
        const Status written = writer_.write_body([&](uint64_t bytes) { job_.tell(bytes); });
        job_.report().iso.sha256 = writer_.iso_sha256();
        return written;
    }

    Status read_back() {
        REGAIN_TRY(writer_.read_body_back([&](uint64_t bytes) { job_.tell(bytes); }));
        job_.end_part(plan_.iso.size_bytes);
        REGAIN_TRY(on_records([&](const std::string& device) { return check_file_system(device, stop_); }));
        REGAIN_TRY(on_data([&](const std::string& device) { return check_data_file_system(device, stop_); }));
        return on_mounted_data(MountedData::Access::read, [&](const std::filesystem::path& top) -> Status {
            for (auto& file : job_.report().files) {
                REGAIN_TRY(prove_stick_file(
                    file, top, [&](uint64_t bytes) { job_.tell(bytes); }, stop_));
                job_.end_part(file.size_bytes);
                file.is_read_back = true;
            }
            return done();
        });
    }

    Status write_table() {
        REGAIN_TRY(target_.prove_identity());
        REGAIN_ASSIGN(const Bytes sector, plan_.iso.bytes().read(0, mbr_sector_bytes));
        return writer_.complete(stick_first_sector(sector, new_disk_signature(), data_bytes_));
    }

    DeployTarget& target_;
    BlockIo& io_;
    const StickPlan& plan_;
    StickJob job_;
    StickIsoWriter writer_;
    std::stop_token stop_;
    uint64_t data_bytes_;
};

}  // namespace

StickReport create_stick(DeployTarget& target, const DriveRecord& drive, const StickPlan& plan,
                         const Clock& clock, const ImageProgressFunction& progress, std::stop_token stop) {
    return Creation(target, drive, plan, clock, progress, std::move(stop)).run();
}

Result<StickReport> update_stick(BlockIo& io, const DriveRecord& drive, const StickIso& iso,
                                 const Clock& clock, const ImageProgressFunction& progress,
                                 std::stop_token stop) {
    REGAIN_ASSIGN(const StickContents found, look_at_stick(block_byte_reader(io)));
    REGAIN_TRY(check_stick_for_update(found));
    REGAIN_ASSIGN(const Bytes sector, iso.bytes().read(0, mbr_sector_bytes));
    const uint32_t signature =
        found.table && found.table->disk_signature != 0 ? found.table->disk_signature : new_disk_signature();
    const uint64_t data_bytes = data_bytes_of(found);

    StickJob job("update", drive, iso, clock, progress);
    job.expect_steps({"empty", "iso", "read-back", "table"});
    if (!io.reads_medium()) job.report().remarks.push_back({"read-back-through-cache", {}});
    StickIsoWriter writer(io, iso.bytes(), std::move(stop));
    const auto tell = [&](uint64_t bytes) { job.tell(bytes); };
    const auto write = [&]() -> Status {
        job.expect_bytes(ImagePhase::write, iso.size_bytes);
        REGAIN_TRY(
            job.step("empty", [&] { return writer.begin(unfinished_first_sector(signature, data_bytes)); }));
        REGAIN_TRY(job.step("iso", [&] { return writer.write_body(tell); }));
        job.report().iso.sha256 = writer.iso_sha256();
        job.expect_bytes(ImagePhase::read_back, iso.size_bytes);
        REGAIN_TRY(job.step("read-back", [&] { return writer.read_body_back(tell); }));
        return job.step("table",
                        [&] { return writer.complete(stick_first_sector(sector, signature, data_bytes)); });
    };
    return job.finish(write());
}

}  // namespace regain
