#include <string>

#include "certifier/station.h"
#include "console/commands.h"
#include "console/state_directory.h"
#include "console/station_desk.h"

namespace regain {
namespace {

int show(const Session& session, const Station& station) {
    Json document = to_json(station.identity());
    document["key_fingerprint"] = station.key().certificate().key_fingerprint();
    document["jwk"] = Json::parse(station.key().certificate().jwk_json());
    document["certificate_pem"] = station.key().certificate().pem();
    session.put_json(document);
    if (session.json()) return 0;
    session.say(message("Station {0}: {1}", station.identity().id, station.identity().name));
    session.say(message("Key (SHA-256): {0}", station.key().certificate().key_fingerprint()));
    session.say(message("Certificate to give to those who verify: {0}",
                        (station.state_directory() / "keys" / "station.crt").string()));
    return 0;
}

}  // namespace

int run_station_init(const Session& session) {
    const auto state = StateDirectory::open_for_records(session.state_directory(), 1);
    if (!state.ok()) return session.report(state.error());
    const auto station = open_station(session);
    if (!station.ok()) return session.report(station.error());
    if (!station->was_created()) session.say(message("This station existed already; nothing was changed."));
    return show(session, *station);
}

int run_station_show(const Session& session) {
    const auto station = Station::open(session.state_directory());
    if (!station.ok()) return session.report(station.error());
    return show(session, *station);
}

}  // namespace regain
