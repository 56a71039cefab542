#pragma once
// The journal of the password that a SECURITY ERASE sets, one file for each drive in STATE/drive-passwords:
// written before the password is set, removed when the drive carries none of ours any more. After a power cut
// the next start finds it. Used by the worker (writes) and the console (looks for what was left).

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "drives/ata_identify.h"
#include "reports/drive_record.h"
#include "wiper/firmware_erase.h"

namespace regain {

/// What a file says: which drive may carry the password, and how far it had come.
struct PasswordNote {
    std::filesystem::path file;
    std::string model, serial, wwn;
    std::string stage;    ///< "about-to-set", "set", "erasing"
    std::string written;  ///< RFC 3339
};

/// The file of a drive, by what it calls itself: the path of its node may be another drive's next time.
std::filesystem::path password_file_of(const std::filesystem::path& directory, const DriveRecord& drive);

class FilePasswordJournal final : public PasswordJournal {
  public:
    FilePasswordJournal(std::filesystem::path file, DriveRecord drive, const Clock& clock)
        : file_(std::move(file)), drive_(std::move(drive)), clock_(clock) {}
    /// ErrorKind::environment, with the password not set then.
    Status write(std::string_view stage) override;
    Status close() override;

  private:
    std::filesystem::path file_;
    DriveRecord drive_;
    const Clock& clock_;
};

struct LeftPasswords {
    std::vector<PasswordNote> notes;  ///< in no order
    std::vector<Error> unreadable;    ///< a drive may be locked, and these files do not say which
};
/// Every note that was left. ErrorKind::environment when the directory can't be read.
Result<LeftPasswords> left_passwords(const std::filesystem::path& directory);

/// The drive behind whatever adapter: a dock gives its own name to each drive that is put into it.
DriveRecord as_it_calls_itself(DriveRecord drive, const AtaIdentify& identify);

/// The place of the note's drive among these, as they call themselves; nothing where it is not there.
/// ErrorKind::refused where two are called so: the password is sent to neither.
Result<std::optional<size_t>> find_drive_of(const PasswordNote& note, const std::vector<DriveRecord>& drives);

}  // namespace regain
