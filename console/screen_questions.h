#pragma once
// The questions of the technician's screen, each on a page of its own: what to do, which drives, which
// profile and image, onto which drive, and the serial that confirms a drive. Each gives the answer, or
// nothing when the technician went back. Decides and starts nothing.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "console/image_offers.h"
#include "console/screen_dialog.h"
#include "profiles/profile.h"
#include "reports/drive_record.h"

namespace regain {

/// "/dev/sda   500 GB  SSD   SAMSUNG 870  S6PT..."
std::string drive_in_words(const DriveRecord& drive, const Translator& translate);

/// The drives, none chosen but those of `ticked`; a protected one shows why and can't be chosen. At least one
/// is chosen.
std::optional<std::vector<DriveRecord>> ask_drives(ScreenDialog& dialog,
                                                   const std::vector<DriveRecord>& drives,
                                                   const std::vector<DriveRecord>& ticked);

struct ProfileChoice {
    std::filesystem::path path;
    Profile profile;
};
/// The profiles of these directories. Nothing too when there is none: the page says so.
std::optional<ProfileChoice> ask_profile(ScreenDialog& dialog,
                                         const std::vector<std::filesystem::path>& directories);

/// Which image: not a question when there is one only. `places`: where was looked for them.
std::optional<ImageOffer> ask_image(ScreenDialog& dialog, const Profile& profile,
                                    const std::vector<ImageOffer>& images, const std::string& places);

/// Which of these drives gets the system; one that is too small can't be chosen.
std::optional<DriveRecord> ask_target(ScreenDialog& dialog, const std::vector<DriveRecord>& drives,
                                      uint64_t minimum_bytes);

/// True when each drive was confirmed by what stands in `confirmations`, typed.
bool ask_confirmations(ScreenDialog& dialog, const std::vector<DriveRecord>& drives,
                       const std::vector<std::string>& confirmations);

/// "No" is the first choice and the one that Enter takes.
bool ask_yes(ScreenDialog& dialog, const std::function<Page(const Translator& translate)>& question);

/// The usual bottom lines.
std::string keys_for_choosing(const Translator& translate);

}  // namespace regain
