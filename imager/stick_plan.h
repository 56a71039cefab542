#pragma once
// What is going to be on a new stick, with everything checked that can be before the first write: the ISO,
// the images and who signed them, profiles, the job file, names, room. Used by `stick create`; reads only.

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "imager/image_progress.h"
#include "imager/image_reader.h"
#include "imager/stick_iso.h"
#include "reports/drive_record.h"
#include "trust/keys.h"

namespace regain {

struct StickRequest {
    std::filesystem::path iso;
    std::vector<std::filesystem::path> images, profiles;
    std::filesystem::path job;  ///< empty: none
};

/// One file for the data partition: copied from `source`, or `text` when that is empty.
struct StickFile {
    std::string target;  ///< "images/essentiel.img.zst", '/' between the parts
    std::filesystem::path source;
    std::string text;
    uint64_t size_bytes = 0;
    std::string signer;  ///< of an image: the fingerprint of its key
};

/// An ISO file that was checked and stays open.
struct StickIso {
    std::filesystem::path path;
    FileDescriptor file;
    uint64_t size_bytes = 0;
    IsoDescription description;

    ByteReader bytes() const;
};

struct StickPlan {
    StickIso iso;
    std::vector<StickFile> files;
    std::vector<std::shared_ptr<const ImageReader>> images;
    std::vector<SignerCertificate> signers;  ///< whom the stick is to believe: those of its images

    uint64_t copied_bytes() const;
};

/// ErrorKind::environment when it can't be read, untrusted when it is damaged or not Regain's, refused when
/// it is larger than a stick's place for it.
Result<StickIso> open_stick_iso(const std::filesystem::path& path);

/// ErrorKind::untrusted for an image that is damaged (in front of its frames) or whose signer is not
/// believed, and for a faulty profile or job file; usage for names that exFAT can't hold or that would meet;
/// environment.
Result<StickPlan> plan_stick(const StickRequest& request, const TrustAnchors& anchors);

/// ErrorKind::refused when the drive is too small for the plan, or has sectors other than of 512 bytes.
Status check_stick_drive(const StickPlan& plan, const DriveRecord& drive);

/// Reads every image whole. ErrorKind::untrusted for one that is damaged; interrupted.
Status verify_stick_images(const StickPlan& plan, const ImageProgressFunction& progress,
                           std::stop_token stop);

/// True when exFAT (and Windows) can have a file of this name.
bool is_exfat_name(const std::string& name);

}  // namespace regain
