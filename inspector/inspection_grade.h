#pragma once
// The grade of a machine: one pure function from its checks. Used by inspect_machine.cpp, and by the console
// when it adds checks (the disk speed that the wipe measured).

#include <string>
#include <vector>

#include "reports/inspection_report.h"

namespace regain {

/// "C" when any check failed. Otherwise "-" (too little was tested) unless the required checks ran:
/// memory-size, drive-health of every drive of the machine and at least one, battery-wear of every battery
/// that is there. Otherwise "B" when any check warned, else "A". What is "not-tested" beside the required
/// checks does not change the grade and is no part of it: the report lists it.
std::string grade_inspection(const std::vector<Check>& checks);

}  // namespace regain
