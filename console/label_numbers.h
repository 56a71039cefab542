#pragma once
// The numbers on the drives' labels (PSID) that the operator gives: typed without echo, from standard input
// or from a file. Checked before anything is sent; kept in memory only, and never part of a report. Used by
// wipe and process before they plan.

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "console/drive_choice.h"
#include "console/session.h"

namespace regain {

/// By the drive's path.
using LabelNumbers = std::map<std::string, std::string>;

/// From `--psid FILE` ("-" is standard input). Without it, when `method` is tcg-psid-revert: asked on the
/// terminal for each drive, or read from standard input when that is none; with --plan nothing is asked, and
/// the numbers are taken for known. Otherwise none. ErrorKind::usage for one that was mistyped or belongs to
/// no drive, environment, interrupted.
Result<LabelNumbers> label_numbers(const Session& session, const DriveChoice& choice,
                                   const std::string& method);

/// One number for a single drive; for several a line for each: what confirms the drive (its serial), a space,
/// its number. Empty lines and lines that begin with # are left out. ErrorKind::usage.
Result<LabelNumbers> parse_label_numbers(std::string_view text, const DriveChoice& choice);

}  // namespace regain
