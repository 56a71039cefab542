#pragma once
// Which drives this station has already taken through a job without questions (STATE/finished-drives.json),
// so that a machine that is started again with the stick still in it is asked about before it loses its new
// system. Only the technician's screen reads and writes it; it is no record and proves nothing.

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "reports/drive_record.h"

namespace regain {

/// The drives among `drives` that the list names; those without a serial can't be told apart and never are. A
/// list that can't be read names all of them: unknown is never success.
std::vector<DriveRecord> already_finished(const std::filesystem::path& state_directory,
                                          const std::vector<DriveRecord>& drives);

/// Adds drives, durably; the oldest of very many are forgotten.
Status add_finished(const std::filesystem::path& state_directory, const std::vector<DriveRecord>& drives);

}  // namespace regain
