#pragma once
// The files of a stick's data partition: put there, and read back after it was unmounted in between. Used by
// stick_maker.cpp; knows nothing of the drive beneath.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "imager/stick_plan.h"
#include "reports/stick_report.h"

namespace regain {

/// Writes one file below `top`, durably, and gives the SHA-256 of what was written. Directories are made.
/// ErrorKind::failed when the source changed its length since it was planned for; environment; interrupted.
Result<std::string> put_stick_file(const StickFile& file, const std::filesystem::path& top,
                                   const std::function<void(uint64_t bytes)>& on_bytes, std::stop_token stop);

/// Reads one file whole and compares. ErrorKind::failed when it differs from what was written.
Status prove_stick_file(const StickFileRecord& file, const std::filesystem::path& top,
                        const std::function<void(uint64_t bytes)>& on_bytes, std::stop_token stop);

}  // namespace regain
