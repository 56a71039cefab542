#include "imager/stick_plan.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <map>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "imager/image_format.h"
#include "imager/image_verifier.h"
#include "imager/stick_file_systems.h"
#include "imager/stick_layout.h"
#include "imager/stick_read_me.h"
#include "profiles/answer_file.h"
#include "profiles/job_reader.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

// For certificates that come later, and for what the file system itself takes beside its clusters.
constexpr uint64_t spare_bytes = uint64_t{24} << 20;

Error wrong_name(const std::string& name, Message reason) {
    return error(ErrorKind::usage, message("put {0} onto the stick", name), std::move(reason));
}

std::string without_case(std::string name) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return name;
}

Result<StickFile> regular_file(std::string target, const fs::path& source) {
    struct stat status {};
    if (::stat(source.c_str(), &status) != 0)
        return os_error(message("open {0}", source.string()), errno, ErrorKind::environment);
    if (!S_ISREG(status.st_mode)) return wrong_name(source.string(), message("it is not a regular file"));
    StickFile file;
    file.target = std::move(target);
    file.source = source;
    file.size_bytes = static_cast<uint64_t>(status.st_size);
    return file;
}

StickFile text_file(std::string target, std::string text) {
    StickFile file;
    file.target = std::move(target);
    file.size_bytes = text.size();
    file.text = std::move(text);
    return file;
}

class Planner {
  public:
    explicit Planner(StickPlan& plan) : plan_(plan) {}

    Status add_image(const fs::path& path, const TrustAnchors& anchors) {
        REGAIN_ASSIGN(auto image, ImageReader::open(path));
        REGAIN_TRY(check_image_signer(*image, anchors));
        REGAIN_ASSIGN(StickFile file, regular_file("images/" + path.filename().string(), path));
        file.signer = image->signer_fingerprint();
        const SignerCertificate& signer = image->signer().front();
        if (std::find(plan_.signers.begin(), plan_.signers.end(), signer) == plan_.signers.end())
            plan_.signers.push_back(signer);
        plan_.images.push_back(std::move(image));
        return add(std::move(file));
    }

    /// A profile is several files; two profiles may share some of them.
    Status add_profile(const fs::path& path) {
        REGAIN_ASSIGN(const Profile profile, read_profile(path));
        REGAIN_ASSIGN(const auto files, list_profile_files(profile));
        std::vector<fs::path> paths;
        for (const auto& file : files) paths.emplace_back(file.path);
        if (!profile.organisation.logo.empty())
            paths.push_back(profile.organisation.logo.lexically_relative(profile.directory));
        for (const auto& relative : paths) {
            const fs::path source = profile.directory / relative;
            if (fs::is_symlink(source))
                return wrong_name(source.string(), message("it is a link, and exFAT has none"));
            REGAIN_ASSIGN(StickFile file, regular_file("profiles/" + relative.generic_string(), source));
            REGAIN_TRY(add(std::move(file)));
        }
        return done();
    }

    Status add_job(const fs::path& path) {
        REGAIN_ASSIGN(const JobFile job, read_job_file(path));
        REGAIN_ASSIGN(StickFile file, regular_file("jobs/job.toml", path));
        REGAIN_TRY(add(std::move(file)));
        return job.line.answers.empty() ? done() : add_answers(path.parent_path() / job.line.answers);
    }

    /// The job names it; which languages the image offers is checked when it is deployed.
    Status add_answers(const fs::path& path) {
        REGAIN_ASSIGN(const std::string content, read_file(path, max_answers_bytes));
        REGAIN_TRY(check_answers(path.string(), content, {}));
        REGAIN_ASSIGN(StickFile file, regular_file("jobs/" + path.filename().string(), path));
        return add(std::move(file));
    }

    Status add(StickFile file) {
        for (const auto& part : fs::path(file.target))
            if (!is_exfat_name(part.string()))
                return wrong_name(file.target, message("exFAT and Windows can't have a file of the name {0}",
                                                       part.string()));
        const auto [known, is_new] = targets_.emplace(without_case(file.target), file.source);
        if (is_new) {
            plan_.files.push_back(std::move(file));
            return done();
        }
        std::error_code ignored;
        if (fs::equivalent(known->second, file.source, ignored)) return done();
        return wrong_name(file.target, message("two different files would have this name"));
    }

  private:
    StickPlan& plan_;
    std::map<std::string, fs::path> targets_;
};

}  // namespace

ByteReader StickIso::bytes() const {
    return file_byte_reader(file.get(), size_bytes, message("read {0}", path.string()));
}

uint64_t StickPlan::copied_bytes() const {
    uint64_t sum = 0;
    for (const auto& each : files) sum += each.size_bytes;
    return sum;
}

bool is_exfat_name(const std::string& name) {
    // Ref: exFAT specification 1.00, section 7.7.3 (invalid characters, at most 255 UTF-16 units); bytes of
    // UTF-8 are never fewer than those. Windows drops a dot or a space at the end.
    if (name.empty() || name.size() > 255 || to_utf8(name) != name) return false;
    if (name.find_first_of("\"*/:<>?\\|") != std::string::npos) return false;
    return name.back() != '.' && name.back() != ' ';
}

Result<StickIso> open_stick_iso(const fs::path& path) {
    StickIso iso;
    iso.path = path;
    iso.file = FileDescriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    struct stat status {};
    if (!iso.file.is_open() || ::fstat(iso.file.get(), &status) != 0)
        return os_error(message("open {0}", path.string()), errno, ErrorKind::environment);
    if (!S_ISREG(status.st_mode)) return wrong_name(path.string(), message("it is not a regular file"));
    iso.size_bytes = static_cast<uint64_t>(status.st_size);
    REGAIN_ASSIGN(iso.description, check_iso_for_stick(iso.bytes()));
    return iso;
}

Result<StickPlan> plan_stick(const StickRequest& request, const TrustAnchors& anchors) {
    StickPlan plan;
    REGAIN_ASSIGN(plan.iso, open_stick_iso(request.iso));
    Planner planner(plan);
    REGAIN_TRY(planner.add(text_file("LISEZMOI.txt", stick_read_me_in_french())));
    REGAIN_TRY(planner.add(text_file("README.txt", stick_read_me_in_english())));
    for (const auto& image : request.images) REGAIN_TRY(planner.add_image(image, anchors));
    for (const auto& profile : request.profiles) REGAIN_TRY(planner.add_profile(profile));
    if (!request.job.empty()) REGAIN_TRY(planner.add_job(request.job));
    return plan;
}

Status check_stick_drive(const StickPlan& plan, const DriveRecord& drive) {
    const Message doing = message("make a stick of {0}", drive.path);
    if (drive.logical_sector_bytes != stick_sector_bytes)
        return error(
            ErrorKind::refused, doing,
            message("its sectors have {0} bytes, and a stick's have 512", drive.logical_sector_bytes));
    const uint64_t room = stick_data_bytes_on(drive.size_bytes);
    const uint64_t cluster = exfat_cluster_bytes(room);
    uint64_t needed = spare_bytes + room / cluster * 5;  // the table of clusters and their bitmap
    for (const auto& file : plan.files) needed += align_up(file.size_bytes, cluster) + cluster;
    if (room == 0 || needed > room)
        return error(ErrorKind::refused, doing,
                     message("it has {0} MiB, and {1} MiB are needed", drive.size_bytes >> 20,
                             (stick_data_offset + std::max(needed, stick_least_data_bytes) +
                              stick_alignment_bytes - 1) >>
                                 20),
                     message("Take a larger stick, or fewer images."));
    return done();
}

Status verify_stick_images(const StickPlan& plan, const ImageProgressFunction& progress,
                           std::stop_token stop) {
    for (const auto& image : plan.images) REGAIN_TRY(verify_image(image, progress, stop));
    return done();
}

}  // namespace regain
