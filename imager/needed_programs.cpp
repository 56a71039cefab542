#include "imager/needed_programs.h"

#include "base/program.h"

namespace regain {

Status check_programs(const std::vector<NeededProgram>& programs) {
    for (const auto& [program, package] : programs)
        if (find_program(program).empty())
            return error(ErrorKind::environment, message("start {0}", program),
                         message("it is not installed"), message("Install the package {0}.", package));
    return done();
}

}  // namespace regain
