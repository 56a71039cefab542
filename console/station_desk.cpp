#include "console/station_desk.h"

#include <unistd.h>

#include <utility>

#include "base/file.h"
#include "drives/medium_identity.h"

#ifndef REGAIN_VERSION
#error "REGAIN_VERSION is set by console/CMakeLists.txt"
#endif

namespace regain {

Result<Station> open_station(const Session& session) {
    const auto directory = session.state_directory();
    StationHost host;
    host.name = session.arguments().value("name");
    if (host.name.empty()) host.name = to_utf8(read_line(session.root().path("/proc/sys/kernel/hostname")));
    host.medium = medium_identity(session.root(), directory);
    return Station::open_or_create(directory, host, session.clock());
}

Result<Certifier> open_certifier(const Session& session, size_t record_count) {
    REGAIN_ASSIGN(const auto state,
                  StateDirectory::open_for_records(session.state_directory(), record_count));
    REGAIN_ASSIGN(auto station, open_station(session));
    return Certifier::open(std::move(station), session.clock(), session.root(),
                           session.translate().language(), REGAIN_VERSION);
}

Result<TrustAnchors> anchors_of(const Session& session) {
    std::vector<std::filesystem::path> extra;
    for (const auto& file : session.arguments().values("trust")) extra.emplace_back(file);
    return trust_of(session.state_directory(), extra);
}

}  // namespace regain
