#pragma once
// `regain image build`: from a profile to a signed image. Packages into a root directory (mmdebstrap), the
// root directory into a file system that was never mounted (mke2fs -d), boot loaders and partition table
// around it, and the whole into an image file. Needs root for mmdebstrap and chroot; mounts nothing itself.

#include <filesystem>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "imager/image_manifest.h"
#include "imager/image_progress.h"
#include "profiles/profile.h"
#include "trust/keys.h"

namespace regain {

struct ImageBuildOptions {
    /// Where the root directory and the raw disk are made (several GiB, on a file system with owners and
    /// devices); a directory of its own is made in it and removed at the end, whatever happens.
    std::filesystem::path work_directory = "/var/tmp";
    /// Where downloaded packages are kept between builds; empty: nowhere.
    std::filesystem::path package_cache;
    int compression_level = 19;
    /// Base URL of a Debian mirror ("http://mirror.example/debian"); empty: $REGAIN_DEBIAN_MIRROR, else
    /// http://deb.debian.org/debian. Only the build uses it: the image keeps the public one.
    std::string mirror;
};

/// Builds the image of a profile as `output`. Errors: ErrorKind::environment (no root, a missing program, no
/// room: found before anything is downloaded), interrupted, failed (a program's last line is the reason).
Result<ImageManifest> build_image(const Profile& profile, const std::filesystem::path& output,
                                  const SigningKey& key, const ImageBuildOptions& options, const Clock& clock,
                                  const ImageProgressFunction& progress, std::stop_token stop);

}  // namespace regain
