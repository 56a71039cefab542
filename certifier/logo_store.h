#pragma once
// The logos that records name by their hash, kept in STATE/logos/<sha256>, so that a PDF that is made again
// from the registry looks like the first one. Used by certifier.cpp. Never part of a record: a logo that is
// lost is said to be missing on the page.

#include <filesystem>
#include <string>

#include "base/result.h"

namespace regain {

/// Keeps the content of a logo's file under its hash; does nothing when it is kept already or empty.
Status keep_logo(const std::filesystem::path& state_directory, const std::string& content);

/// The logo that has this hash (64 hexadecimal digits); empty when it is not there, or is another by now.
std::string kept_logo(const std::filesystem::path& state_directory, const std::string& sha256);

}  // namespace regain
