#include "imager/deployer.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "imager/chunk_pipeline.h"
#include "imager/deployment_finish.h"
#include "imager/drive_writer.h"
#include "imager/host_identity.h"
#include "imager/image_read_back.h"

namespace regain {
namespace {

// Chunks that differ: a few can be a bad moment, many are a bad drive, and are not worth the rewriting.
constexpr uint64_t max_rewritten_chunks = 64;

// One drive from the first write to the last check.
struct Deployment {
    const DeployDrive* wanted = nullptr;
    std::unique_ptr<DeployTarget> target;
    std::unique_ptr<DriveWriter> writer;
    DeployRecord record;
    MonotonicTime started{};

    void fail(Error failure) { record.errors.push_back(std::move(failure)); }
    bool is_failed() const { return !record.errors.empty(); }
};

// Hands the caller's progress function one call at a time, from whichever thread.
class ProgressGate {
  public:
    explicit ProgressGate(const ImageProgressFunction& progress) : progress_(progress) {}
    void tell(const ImageProgress& now) {
        if (!progress_) return;
        const std::lock_guard lock(mutex_);
        progress_(now);
    }

  private:
    const ImageProgressFunction& progress_;
    std::mutex mutex_;
};

class Deployer {
  public:
    Deployer(std::shared_ptr<const ImageReader> reader, const DeployOptions& options, const Clock& clock,
             const ImageProgressFunction& progress, std::stop_token stop)
        : reader_(std::move(reader)),
          manifest_(reader_->manifest()),
          options_(options),
          clock_(clock),
          progress_(progress),
          stop_(std::move(stop)),
          zeros_(manifest_.chunk_bytes) {}

    Status open(const std::vector<DeployDrive>& drives, const OpenDeployTarget& open_target) {
        report_.started = to_rfc3339(clock_.now());
        for (const auto& drive : drives) {
            Deployment deployment;
            deployment.wanted = &drive;
            REGAIN_ASSIGN(deployment.target, open_target(drive.drive));
            REGAIN_TRY(check_blocks(drive.drive, deployment.target->io()));
            deployment.record.drive = drive.drive;
            deployment.record.image = reader_->reference();
            deployments_.push_back(std::move(deployment));
        }
        return done();
    }

    DeployReport run() {
        // Beyond this point data is overwritten; every path leads into the report.
        start_writers();
        write_chunks();
        {
            std::vector<std::jthread> threads;
            for (auto& deployment : deployments_)
                threads.emplace_back([this, &deployment] { complete(deployment); });
        }
        report_.finished = to_rfc3339(clock_.now());
        for (auto& deployment : deployments_) report_.deployments.push_back(std::move(deployment.record));
        return std::move(report_);
    }

  private:
    Status check_blocks(const DriveRecord& drive, const BlockIo& io) const {
        const Message doing = message("deploy onto {0}", drive.path);
        if (io.size_bytes() < manifest_.minimum_disk_bytes)
            return error(ErrorKind::refused, doing,
                         message("it has {0} bytes, the image needs {1}", io.size_bytes(),
                                 manifest_.minimum_disk_bytes));
        if (manifest_.disk_bytes % io.alignment() != 0 || manifest_.chunk_bytes % io.alignment() != 0)
            return error(ErrorKind::refused, doing,
                         message("it wants blocks of {0} bytes, which the image's size is no multiple of",
                                 io.alignment()));
        return done();
    }

    void start_writers() {
        for (auto& deployment : deployments_) {
            deployment.started = clock_.monotonic();
            deployment.record.started = to_rfc3339(clock_.now());
            if (Status status = deployment.target->prove_identity(); !status.ok()) {
                deployment.fail(std::move(status).error());
                continue;
            }
            const auto zeros =
                deployment.wanted->content == DriveContent::zero ? ZeroWrites::skip : ZeroWrites::write;
            deployment.writer = std::make_unique<DriveWriter>(deployment.target->io(), zeros_, zeros);
        }
    }

    bool is_any_writing() const {
        return std::any_of(deployments_.begin(), deployments_.end(), [](const Deployment& entry) {
            return entry.writer && !entry.writer->has_failed();
        });
    }

    void write_chunks() {
        ChunkPipeline::Options options;
        options.memory_bytes = options_.memory_bytes;
        ChunkPipeline pipeline(reader_, options, stop_);
        while (is_any_writing()) {
            auto chunk = pipeline.next();
            if (!chunk.ok()) return give_up(chunk.error());
            if (!chunk->has_value()) return;
            for (auto& deployment : deployments_) {
                if (!deployment.writer) continue;
                deployment.writer->put(**chunk);
                tell(deployment, ImagePhase::write,
                     deployment.writer->bytes_written() + deployment.writer->bytes_skipped());
            }
        }
    }

    // The image cannot be read on, or the operator interrupts: no drive can be completed.
    void give_up(const Error& failure) {
        for (auto& deployment : deployments_) {
            if (!deployment.writer) continue;
            deployment.writer->give_up();
            note_written(deployment);
            deployment.writer.reset();
            deployment.fail(failure);
        }
    }

    static void note_written(Deployment& deployment) {
        deployment.record.bytes_written = deployment.writer->bytes_written();
        deployment.record.bytes_skipped = deployment.writer->bytes_skipped();
    }

    void tell(const Deployment& deployment, ImagePhase phase, uint64_t bytes, const Message& step = {}) {
        ImageProgress now;
        now.phase = phase;
        now.done_bytes = bytes;
        now.total_bytes = phase == ImagePhase::finish ? 0 : manifest_.disk_bytes;
        now.drive = deployment.record.drive.path;
        now.step = step;
        progress_.tell(now);
    }

    void complete(Deployment& deployment) {
        if (Status status = complete_or_fail(deployment); !status.ok())
            deployment.fail(std::move(status).error());
        deployment.record.deployed = !deployment.is_failed();
        deployment.target.reset();  // the drive is let go
        deployment.record.finished = to_rfc3339(clock_.now());
        deployment.record.duration_ms = static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - deployment.started)
                .count());
    }

    Status complete_or_fail(Deployment& deployment) {
        if (deployment.is_failed()) return done();  // it is in the record already
        const Status written = deployment.writer->finish();
        note_written(deployment);
        deployment.writer.reset();
        REGAIN_TRY(written);
        tell(deployment, ImagePhase::write, manifest_.disk_bytes);
        REGAIN_TRY(prove_content(deployment));
        FinishOptions options;
        options.host_name = make_host_name(
            options_.host_name_prefix.empty() ? manifest_.host_name_prefix : options_.host_name_prefix,
            deployment.wanted->asset_tag);
        options.answer_file = options_.answer_file;
        const auto on_step = [&](const Message& step) { tell(deployment, ImagePhase::finish, 0, step); };
        return finish_deployment(*deployment.target, manifest_, options, deployment.record, on_step, stop_);
    }

    Status prove_content(Deployment& deployment) {
        BlockIo& io = deployment.target->io();
        DeployRecord& record = deployment.record;
        if (!io.reads_medium()) record.remarks.push_back({"read-back-through-cache", {}});
        const auto on_bytes = [&](uint64_t bytes) { tell(deployment, ImagePhase::read_back, bytes); };
        REGAIN_ASSIGN(const auto first, read_back_image(io, reader_, std::nullopt, on_bytes, stop_));
        record.read_back_bytes = first.bytes_read;
        record.read_back_mismatches = first.bad_count;
        if (first.bad_count == 0) return done();
        record.remarks.push_back({"read-back-mismatch", {{"chunks", std::to_string(first.bad_count)}}});
        const Message doing = message("deploy onto {0}", record.drive.path);
        if (first.bad_count > max_rewritten_chunks)
            return error(ErrorKind::failed, doing,
                         message("{0} parts of the image read back differently from what was written",
                                 first.bad_count),
                         message("Do not use this drive."));
        for (const uint64_t chunk : first.bad_chunks) REGAIN_TRY(rewrite_chunk(io, chunk));
        record.rewritten_chunks = first.bad_chunks.size();
        REGAIN_TRY(flush_blocks(io));
        REGAIN_ASSIGN(const auto second, read_back_image(io, reader_, first.bad_chunks, {}, stop_));
        record.read_back_bytes += second.bytes_read;
        if (second.bad_count == 0) return done();
        return error(
            ErrorKind::failed, doing,
            message("{0} parts of the image read back differently, also after they were written again",
                    second.bad_count),
            message("Do not use this drive."));
    }

    Status rewrite_chunk(BlockIo& io, uint64_t chunk) {
        ChunkCursor cursor(reader_);
        REGAIN_ASSIGN(const ChunkRow row, cursor.row(chunk, stop_));
        FrameDecompressor decompressor;
        Bytes frame(row.entry.frame_bytes);
        REGAIN_TRY(reader_->read_frame(row, frame, stop_));
        AlignedBuffer buffer(manifest_.chunk_bytes);
        const MutableByteView content = buffer.bytes().first(manifest_.content_bytes(chunk));
        REGAIN_TRY(unpack_chunk(*reader_, row, chunk, decompressor, frame, content));
        return write_blocks(io, chunk * manifest_.chunk_bytes, content);
    }

    std::shared_ptr<const ImageReader> reader_;
    const ImageManifest& manifest_;
    const DeployOptions& options_;
    const Clock& clock_;
    ProgressGate progress_;
    std::stop_token stop_;
    AlignedBuffer zeros_;
    std::vector<Deployment> deployments_;
    DeployReport report_;
};

}  // namespace

Status check_deployment(const ImageReader& reader, const TrustAnchors& anchors,
                        const std::vector<DeployDrive>& drives) {
    REGAIN_TRY(check_image_signer(reader, anchors));
    REGAIN_TRY(check_finish_programs());
    const ImageManifest& manifest = reader.manifest();
    for (const auto& wanted : drives) {
        const Message doing = message("deploy onto {0}", wanted.drive.path);
        if (wanted.drive.logical_sector_bytes != manifest.logical_sector_bytes)
            return error(
                ErrorKind::refused, doing,
                message("its sectors have {0} bytes and the image is made for sectors of {1}",
                        wanted.drive.logical_sector_bytes, manifest.logical_sector_bytes),
                message("Many drives can be switched to sectors of 512 bytes (nvme format, sg_format)."));
        if (wanted.drive.size_bytes < manifest.minimum_disk_bytes)
            return error(ErrorKind::refused, doing,
                         message("it has {0} bytes, the image needs {1}", wanted.drive.size_bytes,
                                 manifest.minimum_disk_bytes),
                         message("Take a larger drive."));
    }
    return done();
}

Result<DeployReport> deploy_image(std::shared_ptr<const ImageReader> reader, const TrustAnchors& anchors,
                                  const std::vector<DeployDrive>& drives, const DeployOptions& options,
                                  const OpenDeployTarget& open_target, const Clock& clock,
                                  const ImageProgressFunction& progress, std::stop_token stop) {
    REGAIN_TRY(check_deployment(*reader, anchors, drives));
    Deployer deployer(std::move(reader), options, clock, progress, std::move(stop));
    REGAIN_TRY(deployer.open(drives, open_target));
    if (options.before_first_write) REGAIN_TRY(options.before_first_write());
    return deployer.run();
}

}  // namespace regain
