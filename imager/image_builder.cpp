#include "imager/image_builder.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "base/file.h"
#include "imager/disk_assembly.h"
#include "imager/image_source.h"
#include "imager/image_writer.h"
#include "imager/root_directory.h"
#include "imager/work_directory.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = 1U << 20;

std::string environment_or(const char* name, const std::string& fallback) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : fallback;
}

// Time stamps inside the image: the build's, or what a reproducible build asks for.
uint64_t source_date(const Clock& clock) {
    const std::string given = environment_or("SOURCE_DATE_EPOCH", "");
    uint64_t seconds = 0;
    const auto [end, problem] = std::from_chars(given.data(), given.data() + given.size(), seconds);
    if (!given.empty() && problem == std::errc() && end == given.data() + given.size()) return seconds;
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count());
}

class ImageBuild {
  public:
    ImageBuild(const Profile& profile, const ImageBuildOptions& options, const Clock& clock,
               const ImageProgressFunction& progress, std::stop_token stop)
        : profile_(profile), options_(options), clock_(clock), progress_(progress), stop_(std::move(stop)) {}

    // Everything that can be known before the first download.
    Status check(const std::filesystem::path& output) const {
        if (::geteuid() != 0)
            return error(ErrorKind::environment, message("build an image"),
                         message("only root can make a root directory"), message("Run it as root."));
        REGAIN_TRY(check_root_directory_programs());
        REGAIN_TRY(check_assembly_programs());
        if (!path_exists(boot_config()))
            return error(ErrorKind::untrusted, message("use the profile {0}", profile_.name),
                         message("base/boot/efi-grub.cfg is missing beside it"));
        const uint64_t root_bytes = profile_.disk.root_size_mib * mebibyte;
        const auto directory = output.has_parent_path() ? output.parent_path() : std::filesystem::path(".");
        REGAIN_TRY(check_room(directory, root_bytes / 4));
        return check_room(options_.work_directory, root_bytes + root_bytes / 4);
    }

    Result<ImageManifest> run(const std::filesystem::path& output, const SigningKey& key) {
        REGAIN_ASSIGN(const WorkDirectory work, WorkDirectory::create(options_.work_directory));
        REGAIN_ASSIGN(const std::string fingerprint, profile_sha256(profile_));
        REGAIN_ASSIGN(RootDirectory root, make_root(work));
        const auto raw_disk = work / "disk.raw";
        REGAIN_TRY(assemble(root, fingerprint, raw_disk));
        const ImageManifest draft = draft_manifest(fingerprint, std::move(root.packages));
        REGAIN_ASSIGN(const auto source, RawFileSource::open(raw_disk));
        ImageWriteOptions options;
        options.compression_level = options_.compression_level;
        return write_image(*source, draft, output, key, options, progress_, stop_);
    }

  private:
    std::filesystem::path boot_config() const { return profile_.directory / "base/boot/efi-grub.cfg"; }

    void tell(ImagePhase phase, const Message& step, std::string_view line = {}) const {
        if (!progress_) return;
        ImageProgress now;
        now.phase = phase;
        now.step = step;
        now.line = line;
        progress_(now);
    }

    Result<RootDirectory> make_root(const WorkDirectory& work) {
        RootDirectoryPlan plan;
        plan.work_directory = work.path();
        plan.package_cache = options_.package_cache;
        plan.mirror = options_.mirror.empty()
                          ? environment_or("REGAIN_DEBIAN_MIRROR", "http://deb.debian.org/debian")
                          : options_.mirror;
        plan.security_mirror =
            environment_or("REGAIN_DEBIAN_SECURITY_MIRROR", "http://deb.debian.org/debian-security");
        plan.source_date = source_date(clock_);
        const Message step = message("installing packages");
        tell(ImagePhase::packages, step);
        const auto on_line = [&](std::string_view line) { tell(ImagePhase::packages, step, line); };
        return make_root_directory(profile_, plan, on_line, stop_);
    }

    Status assemble(const RootDirectory& root, const std::string& fingerprint,
                    const std::filesystem::path& raw_disk) {
        DiskAssembly assembly;
        assembly.root_directory = root.path;
        assembly.efi_grub_config = boot_config();
        assembly.core_image = root.core_image;
        assembly.disk = profile_.disk;
        assembly.seed = fingerprint;
        assembly.source_date = source_date(clock_);
        return assemble_disk(
            assembly, raw_disk, [&](const Message& step) { tell(ImagePhase::file_system, step); }, stop_);
    }

    ImageManifest draft_manifest(const std::string& fingerprint, std::vector<ImagePackage> packages) const {
        ImageManifest draft;
        draft.name = profile_.name;
        draft.created = to_rfc3339(clock_.now());
        draft.version = draft.created;
        std::erase_if(draft.version, [](char c) { return c == '-' || c == ':'; });
        draft.origin = "build";
        draft.profile = profile_.name;
        draft.profile_sha256 = fingerprint;
        draft.architecture = profile_.system.architecture;
        draft.suite = profile_.system.suite;
        draft.languages = profile_.languages();
        draft.host_name_prefix = profile_.system.hostname_prefix;
        draft.packages = std::move(packages);
        draft.partitions = plan_disk_layout(profile_.disk).partitions();
        draft.minimum_disk_bytes = profile_.disk.minimum_disk_mib * mebibyte;
        return draft;
    }

    const Profile& profile_;
    const ImageBuildOptions& options_;
    const Clock& clock_;
    const ImageProgressFunction& progress_;
    std::stop_token stop_;
};

}  // namespace

Result<ImageManifest> build_image(const Profile& profile, const std::filesystem::path& output,
                                  const SigningKey& key, const ImageBuildOptions& options, const Clock& clock,
                                  const ImageProgressFunction& progress, std::stop_token stop) {
    ImageBuild build(profile, options, clock, progress, std::move(stop));
    REGAIN_TRY(build.check(output));
    return build.run(output, key);
}

}  // namespace regain
