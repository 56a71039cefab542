#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "certifier/clock_reading.h"
#include "certifier/registry.h"
#include "certifier/registry_export.h"
#include "certifier/registry_verification.h"
#include "console/commands.h"
#include "console/station_desk.h"
#include "console/terminal.h"
#include "console/text_table.h"

namespace regain {
namespace {

constexpr size_t max_reason_bytes = 400;

Result<RegistryReader> open_registry(const Session& session) {
    return RegistryReader::open(registry_path(session.state_directory()));
}

Json entry_json(const RegistryEntry& entry) {
    Json json{{"record", to_json(entry.record)}, {"document", nullptr}};
    if (entry.document) json["document"] = *entry.document;
    return json;
}

void say_counts(const Session& session, const RegistryVerification& found) {
    session.say(message("{0} records: {1} intents, {2} outcomes, {3} corrections, {4} events", found.records,
                        found.intents, found.outcomes, found.corrections, found.events));
    session.say(message("Tree: size {0}, root {1}", found.tree.size, found.tree.root));
    if (found.intents_without_outcome > 0)
        session.say(
            message("{0} jobs began and have no outcome on record: they were interrupted, or still run",
                    found.intents_without_outcome));
    for (const auto& remark : found.remarks) session.say(remark);
}

Json verification_json(const RegistryVerification& found) {
    Json json{{"schema", "regain.registry-verification/1"},
              {"intact", found.intact},
              {"signer_known", found.signer_known},
              {"station", found.station_id},
              {"station_name", found.station_name},
              {"key_fingerprint", found.key_fingerprint},
              {"tree", to_json(found.tree)},
              {"records", found.records},
              {"intents", found.intents},
              {"outcomes", found.outcomes},
              {"corrections", found.corrections},
              {"events", found.events},
              {"bodies_erased", found.bodies_erased},
              {"intents_without_outcome", found.intents_without_outcome},
              {"certificates_checked", found.certificates_checked}};
    if (found.first_fault) json["fault"] = in_english(*found.first_fault);
    return json;
}

// Where `registry export` writes: a file that appears only when it is complete, or standard output.
Status write_to_descriptor(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return os_error(message("write the export"), errno, ErrorKind::environment);
        text.remove_prefix(static_cast<size_t>(count));
    }
    return done();
}

Status export_to(const Session& session, const RegistryReader& registry, int descriptor) {
    std::string buffer;
    const LineSink sink = [&](std::string_view line) -> Status {
        buffer += line;
        if (buffer.size() < (1U << 16)) return done();
        Status status = write_to_descriptor(descriptor, buffer);
        buffer.clear();
        return status;
    };
    const bool csv = session.arguments().value("format") == "csv";
    REGAIN_TRY(csv ? export_csv(registry, {}, sink) : export_json_lines(registry, {}, sink));
    return write_to_descriptor(descriptor, buffer);
}

Status export_to_file(const Session& session, const RegistryReader& registry, const std::string& path) {
    const std::string partial = path + ".partial";
    const FileDescriptor file(::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file.is_open()) return os_error(message("write {0}", path), errno, ErrorKind::environment);
    Status status = export_to(session, registry, file.get());
    if (status.ok() && (::fsync(file.get()) != 0 || ::rename(partial.c_str(), path.c_str()) != 0))
        status = os_error(message("write {0}", path), errno, ErrorKind::environment);
    if (!status.ok()) ::unlink(partial.c_str());
    return status;
}

Status confirm_erasure(const Session& session, const std::string& id) {
    const Message doing = message("erase the body of {0}", id);
    std::optional<std::string> given;
    if (session.arguments().has("confirm")) {
        given = session.arguments().value("confirm");
    } else if (is_terminal(STDIN_FILENO)) {
        std::fputs(session.text(message("This can't be undone. Type the ID to confirm: ")).c_str(), stderr);
        given = read_line_from_terminal(session.stop());
        if (!given && session.stop().stop_requested())
            return error(ErrorKind::interrupted, doing, message("interrupted by the operator"),
                         message("Nothing was erased."));
    } else {
        return error(ErrorKind::refused, doing, message("no confirmation was given"),
                     message("Give --confirm {0}.", id));
    }
    if (given == id) return done();
    return error(ErrorKind::refused, doing, message("the confirmation is wrong"),
                 message("Nothing was erased."));
}

Status erase_document(const Session& session, const std::string& id) {
    REGAIN_ASSIGN(const auto known, open_registry(session));
    REGAIN_TRY(known.show(id));
    REGAIN_TRY(confirm_erasure(session, id));
    REGAIN_ASSIGN(const auto station, open_station(session));
    const ClockReading now = read_clock(session.clock(), session.root());
    REGAIN_ASSIGN(auto registry, Registry::open(station, now));
    REGAIN_TRY(registry.erase_body(id, session.arguments().value("reason"), now));
    return done();
}

}  // namespace

int run_registry_list(const Session& session) {
    const auto registry = open_registry(session);
    if (!registry.ok()) return session.report(registry.error());
    RegistryFilter filter;
    filter.kind = session.arguments().value("kind");
    const auto records = registry->list(filter);
    if (!records.ok()) return session.report(records.error());
    if (session.json()) {
        Json list = Json::array();
        for (const auto& record : *records) list.push_back(to_json(record));
        session.put_json(Json{{"schema", "regain.registry-list/1"}, {"records", list}});
        return 0;
    }
    const Translator& translate = session.translate();
    TextTable table({{translate("INDEX"), TextTable::Align::right},
                     {translate("KIND")},
                     {translate("DATE")},
                     {translate("ID")},
                     {translate("MACHINE")},
                     {translate("LOT")}});
    for (const auto& record : *records)
        table.add_row({std::to_string(record.index), record.kind, record.clock.time, record.id,
                       record.machine, record.lot});
    session.say_raw(table.text());
    return 0;
}

int run_registry_show(const Session& session) {
    if (session.arguments().operands().size() != 1)
        return session.report(error(ErrorKind::usage, message("understand the command line"),
                                    message("one ID is needed"), message("See --help.")));
    const auto registry = open_registry(session);
    if (!registry.ok()) return session.report(registry.error());
    const auto entry = registry->show(session.arguments().operands()[0]);
    if (!entry.ok()) return session.report(entry.error());
    session.put_json(entry_json(*entry));
    if (!session.json()) session.say_raw(pretty_json(entry_json(*entry)));
    return 0;
}

int run_registry_verify(const Session& session) {
    const auto anchors = anchors_of(session);
    if (!anchors.ok()) return session.report(anchors.error());
    const bool by_itself = !session.arguments().operands().empty();
    const std::filesystem::path database = by_itself
                                               ? std::filesystem::path(session.arguments().operands()[0])
                                               : registry_path(session.state_directory());
    const auto found = verify_registry(
        database, by_itself ? std::nullopt : std::optional(session.state_directory()), *anchors);
    if (!found.ok()) return session.report(found.error());
    session.put_json(verification_json(*found));
    say_counts(session, *found);
    session.say(found->intact ? message("Intact: yes") : message("Intact: NO"));
    if (!found->intact) return session.report(*found->first_fault);
    if (found->signer_known) {
        session.say(message("Signed by: {0}, whose key is trusted here ({1})", found->station_name,
                            found->key_fingerprint));
        return 0;
    }
    session.say(message("Signed by: an unknown key that calls itself {0} ({1})", found->station_name,
                        found->key_fingerprint));
    return session.report(error(ErrorKind::untrusted, message("trust {0}", database.string()),
                                message("its signer is not known here"),
                                message("Ask the workshop for its certificate over a channel that you trust, "
                                        "and give it with --trust.")));
}

int run_registry_export(const Session& session) {
    const std::string format = session.arguments().value("format");
    if (session.arguments().has("format") && format != "csv" && format != "jsonl")
        return session.report(error(ErrorKind::usage, message("understand the command line"),
                                    message("--{0} can't be \"{1}\"", "format", format),
                                    message("See --help.")));
    const auto registry = open_registry(session);
    if (!registry.ok()) return session.report(registry.error());
    const std::string path = session.arguments().value("output");
    const Status status = path.empty() ? export_to(session, *registry, STDOUT_FILENO)
                                       : export_to_file(session, *registry, path);
    return status.ok() ? 0 : session.report(status.error());
}

int run_registry_erase(const Session& session) {
    if (session.arguments().operands().size() != 1 || session.arguments().value("reason").empty())
        return session.report(error(ErrorKind::usage, message("understand the command line"),
                                    message("one ID and a --reason are needed"), message("See --help.")));
    if (const std::string reason = session.arguments().value("reason");
        to_utf8(reason) != reason || reason.size() > max_reason_bytes)
        return session.report(error(ErrorKind::usage, message("understand the command line"),
                                    message("--{0} can't be \"{1}\"", "reason", to_utf8(reason)),
                                    message("See --help.")));
    const std::string& id = session.arguments().operands()[0];
    const Status erased = erase_document(session, id);
    if (!erased.ok()) return session.report(erased.error());
    session.say(
        message("{0} is erased here: its content, its .jws and its .pdf. The registry keeps its hash, "
                "and the reason.",
                id));
    session.say(message("Copies elsewhere (on paper, on a stick, at the donor's) are not reached by this."));
    return 0;
}

}  // namespace regain
