#pragma once
// `--release`: lets go of a donor's RAID or LVM set that this system assembled by itself, so that its drives
// can be erased. Never without the option.

#include <string>
#include <vector>

#include "console/session.h"

namespace regain {

Status release_if_asked(const Session& session, const std::vector<std::string>& names);

}  // namespace regain
