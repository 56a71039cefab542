#pragma once
// A root directory that looks to the disk assembly like Debian's, without any package: enough for file
// systems, boot code and boot check.

#include <filesystem>

#include "imager/disk_assembly.h"

namespace regain {

/// Makes the directory and gives an assembly of it (32 MiB root, 36 MiB ESP).
DiskAssembly make_sample_assembly(const std::filesystem::path& directory);
/// The programs that assembling and finishing need are installed.
bool has_disk_programs();

}  // namespace regain
