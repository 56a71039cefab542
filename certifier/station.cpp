#include "certifier/station.h"

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "certifier/document_id.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* station_schema = "regain.station/1";

fs::path key_base(const fs::path& state) {
    return state / "keys" / "station";
}
fs::path identity_path(const fs::path& state) {
    return state / "keys" / "station.json";
}

Status move_if_there(const fs::path& from, const fs::path& to) {
    if (!path_exists(from)) return done();
    std::error_code failure;
    fs::rename(from, to, failure);
    if (failure)
        return os_error(message("move {0} to {1}", from.string(), to.string()), failure.value(),
                        ErrorKind::environment);
    return done();
}

Result<StationIdentity> read_identity(const fs::path& state) {
    REGAIN_ASSIGN(const std::string text, read_file(identity_path(state), 1U << 16));
    REGAIN_ASSIGN(const Json json, parse_json(text, identity_path(state).string()));
    return station_identity_from_json(json);
}

// Everything that belongs to the station before goes out of the way and stays whole. Its identity goes last:
// until then, a power cut makes the next start do this again.
Status set_aside(const fs::path& state, const StationIdentity& before) {
    const fs::path destination = state / "keys" / "before" / before.id;
    REGAIN_TRY(make_directories(destination, 0700));
    REGAIN_TRY(make_directories(state / "trust"));
    const fs::path certificate = key_base(state).string() + ".crt";
    if (path_exists(certificate)) {
        REGAIN_ASSIGN(const std::string pem, read_file(certificate, 1U << 20));
        REGAIN_TRY(write_file(state / "trust" / ("station-" + before.id + ".crt"), pem));
    }
    for (const char* suffix : {".db", ".db-journal", ".head"})
        REGAIN_TRY(move_if_there(state / (std::string("registry") + suffix),
                                 state / ("registry-" + before.id + suffix)));
    for (const char* suffix : {".key", ".crt", ".chain.pem", ".json"})
        REGAIN_TRY(move_if_there(key_base(state).string() + suffix,
                                 destination / (std::string("station") + suffix)));
    return done();
}

bool lies_on_another_medium(const StationIdentity& identity, const StationHost& host) {
    return !identity.medium.empty() && !host.medium.empty() && identity.medium != host.medium;
}

}  // namespace

std::string station_id_of(const SignerCertificate& certificate) {
    Bytes fingerprint;
    from_hex(certificate.key_fingerprint(), fingerprint);
    return "ST-" + eighty_bits_as_text(fingerprint);
}

Json to_json(const StationIdentity& identity) {
    return Json{{"schema", station_schema},  {"id", identity.id},
                {"name", identity.name},     {"created", identity.created},
                {"medium", identity.medium}, {"predecessor", identity.predecessor}};
}

Result<StationIdentity> station_identity_from_json(const Json& json) {
    JsonReader reader(json, "the identity of the station");
    StationIdentity identity;
    if (reader.text("schema") != station_schema)
        reader.fail(message("its schema is not {0}", station_schema));
    identity.id = reader.text("id");
    identity.name = reader.text("name");
    identity.created = reader.text("created");
    identity.medium = reader.text_or("medium");
    identity.predecessor = reader.text_or("predecessor");
    REGAIN_TRY(reader.status());
    return identity;
}

Result<Station> Station::open(const fs::path& state_directory) {
    if (!path_exists(identity_path(state_directory)))
        return error(ErrorKind::environment, message("open the station in {0}", state_directory.string()),
                     message("there is none yet"), message("Make it with `regain station init`."));
    Station station;
    station.state_directory_ = state_directory;
    REGAIN_ASSIGN(station.identity_, read_identity(state_directory));
    REGAIN_ASSIGN(station.key_, SigningKey::load(key_base(state_directory)));
    if (station.identity_.id != station_id_of(station.key_.certificate()))
        return error(ErrorKind::untrusted, message("open the station in {0}", state_directory.string()),
                     message("its key and its identity do not belong together"),
                     message("Put back the files of keys/ that belong together."));
    return station;
}

Result<Station> Station::open_or_create(const fs::path& state_directory, const StationHost& host,
                                        const Clock& clock) {
    std::string predecessor;
    if (path_exists(identity_path(state_directory))) {
        REGAIN_ASSIGN(const StationIdentity identity, read_identity(state_directory));
        if (!lies_on_another_medium(identity, host)) return open(state_directory);
        REGAIN_TRY(set_aside(state_directory, identity));
        predecessor = identity.id;
    }
    REGAIN_TRY(make_directories(state_directory, 0755));
    Station station;
    station.state_directory_ = state_directory;
    const std::string name = to_utf8(host.name.empty() ? "regain" : host.name);
    REGAIN_ASSIGN(station.key_, SigningKey::load_or_create(key_base(state_directory), name, "station"));
    station.identity_ = {station_id_of(station.key_.certificate()), name, to_rfc3339(clock.now()),
                         to_utf8(host.medium), predecessor};
    REGAIN_TRY(write_file(identity_path(state_directory), pretty_json(to_json(station.identity_)), 0644));
    station.was_created_ = true;
    return station;
}

Result<TrustAnchors> trust_of(const fs::path& state_directory, const std::vector<fs::path>& extra) {
    TrustAnchors anchors;
    const fs::path own = key_base(state_directory).string() + ".crt";
    if (path_exists(own)) REGAIN_TRY(anchors.add_file(own));
    REGAIN_TRY(anchors.add_directory(state_directory / "trust"));
    for (const auto& file : extra) REGAIN_TRY(anchors.add_file(file));
    return anchors;
}

}  // namespace regain
