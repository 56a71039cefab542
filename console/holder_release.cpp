#include "console/holder_release.h"

#include <algorithm>

#include "drives/discovery.h"
#include "drives/drive_hold.h"

namespace regain {

Status release_if_asked(const Session& session, const std::vector<std::string>& names) {
    if (!session.arguments().has("release")) return done();
    for (const auto& name : names) {
        // Read again each time: releasing one set may free several drives.
        REGAIN_ASSIGN(const auto drives, discover_drives(session.root()));
        const auto files =
            session.arguments().has("virtual") ? VirtualFiles::accepted : VirtualFiles::refused;
        REGAIN_ASSIGN(const auto drive, find_drive(session.root(), drives, name, files));
        const bool has_releasable =
            std::any_of(drive.protection.begin(), drive.protection.end(),
                        [](const Protection& protection) { return protection.releasable; });
        if (!has_releasable) continue;
        REGAIN_TRY(release_holders(session.root(), drive));
        session.say(message("{0}: the set that it belonged to was released", drive.path));
    }
    return done();
}

}  // namespace regain
