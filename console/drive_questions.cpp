#include "console/drive_questions.h"

#include "console/state_directory.h"
#include "wiper/capability_reader.h"

namespace regain {
namespace {

/// A damaged memory is begun anew: then every bridge is asked once more.
BridgeMemory load_bridges(const Session& session) {
    const auto file = StateDirectory(session.state_directory()).bridges();
    auto memory = BridgeMemory::load(file);
    if (memory.ok()) return *memory;
    session.warn(
        message("What was remembered of USB bridges cannot be read and is begun anew: {0}", file.string()));
    return BridgeMemory::empty(file);
}

}  // namespace

DriveQuestions::DriveQuestions(const Session& session)
    : session_(session), channels_(session.root()), bridges_(load_bridges(session)) {}

DriveCapabilities DriveQuestions::ask(const DriveRecord& drive) {
    return read_capabilities(drive, {channels_, bridges_, session_.clock()});
}

}  // namespace regain
