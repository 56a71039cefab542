#pragma once
// Missing programs are found before a long job begins, not in the middle of it.

#include <vector>

#include "base/result.h"

namespace regain {

struct NeededProgram {
    const char* program;
    const char* package;  ///< of Debian
};

/// ErrorKind::environment that names the package of the first one that is not installed.
Status check_programs(const std::vector<NeededProgram>& programs);

}  // namespace regain
