#include "certifier/certifier.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "certifier/certificate_pdf.h"
#include "certifier/certificate_text.h"
#include "certifier/logo_store.h"
#include "certifier/payload_reader.h"
#include "certifier/pdf_signer.h"
#include "trust/jws.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

constexpr const char* intent_schema = "regain.intent/1";
constexpr size_t max_logo_bytes = 4U << 20;

// The identifier that is most likely to name the machine for good.
std::string machine_name(const MachineRecord* machine) {
    return machine == nullptr || machine->identifiers.empty() ? std::string()
                                                              : to_utf8(machine->identifiers.front());
}

std::string read_logo(const std::string& path) {
    if (path.empty()) return {};
    auto content = read_file(path, max_logo_bytes);
    return content.ok() ? std::move(content).value() : std::string();
}

Json intended(const IntendedDrive& drive) {
    Json json{{"model", to_utf8(drive.drive.model)},
              {"serial", to_utf8(drive.drive.serial)},
              {"size_bytes", drive.drive.size_bytes},
              {"bus", bus_name(drive.drive.bus)}};
    if (drive.drive.serial.empty()) json["path"] = to_utf8(drive.drive.path);
    if (drive.plan)
        json["erase"] = {{"method", drive.plan->method},
                         {"level", verdict_name(drive.plan->level)},
                         {"standard", drive.plan->standard}};
    if (drive.image) json["deploy"] = {{"image", drive.image->name}, {"root_hash", drive.image->root_hash}};
    return json;
}

}  // namespace

Certifier::Certifier(Station station, Registry registry, const Clock& clock)
    : station_(std::move(station)), registry_(std::move(registry)), clock_(&clock) {}

Result<Certifier> Certifier::open(Station station, const Clock& clock, SystemRoot root, std::string language,
                                  std::string tool_version) {
    REGAIN_ASSIGN(auto registry, Registry::open(station, read_clock(clock, root)));
    Certifier certifier(std::move(station), std::move(registry), clock);
    certifier.root_ = std::move(root);
    certifier.language_ = std::move(language);
    certifier.tool_version_ = std::move(tool_version);
    // Only the last records can lack their files; what can't be written now is no reason not to work.
    constexpr uint64_t recent = 16;
    const auto size = certifier.registry_.reader().size();
    if (size.ok()) static_cast<void>(certifier.restore_missing_files(*size - std::min(*size, recent)));
    return certifier;
}

CertificateContext Certifier::context(const JobContext& job, const std::string& intent_id,
                                      const std::string& logo) const {
    CertificateContext context;
    context.id = new_document_id();
    context.job = job;
    context.station = station_.identity();
    context.key_fingerprint = station_.key().certificate().key_fingerprint();
    context.clock = read_clock(*clock_, root_);
    context.tool_version = tool_version_;
    context.intent_id = intent_id;
    if (!logo.empty()) context.logo_sha256 = sha256_hex(as_bytes(logo));
    return context;
}

Result<std::string> Certifier::record_intent(const JobContext& job, const MachineRecord* machine,
                                             const std::vector<IntendedDrive>& drives) {
    const std::string id = new_document_id();
    const ClockReading clock = read_clock(*clock_, root_);
    Json list = Json::array();
    for (const auto& drive : drives) list.push_back(intended(drive));
    Json payload{{"schema", intent_schema},
                 {"id", id},
                 {"issued", to_json(clock)},
                 {"station", {{"id", station_.identity().id}, {"name", station_.identity().name}}},
                 {"tool", {{"name", "Regain"}, {"version", tool_version_}}},
                 {"machine", machine_name(machine)},
                 {"job", to_json(job)},
                 {"drives", list}};
    const NewRecord record{.kind = "intent",
                           .event = {},
                           .id = id,
                           .machine = machine_name(machine),
                           .lot = to_utf8(job.lot),
                           .refers_to = {},
                           .document_type = intent_type,
                           .clock = clock};
    const auto stored = registry_.append(record, [&](const TreeReference& before) {
        payload["registry"] = to_json(before);
        return sign_jws(payload, intent_type, station_.key());
    });
    if (!stored.ok()) return stored.error();
    return id;
}

Result<IssuedCertificate> Certifier::issue_drive_certificate(const JobContext& job, const WipeRecord& wipe,
                                                             const InspectionReport* inspection,
                                                             const DeployRecord* deployment,
                                                             const std::string& intent_id) {
    return issue(
        [&](const CertificateContext& context) {
            return drive_certificate_payload(wipe, inspection, deployment, context);
        },
        job, machine_name(inspection == nullptr ? nullptr : &inspection->machine), intent_id);
}

Result<IssuedCertificate> Certifier::issue_machine_sheet(const JobContext& job,
                                                         const InspectionReport* inspection,
                                                         const std::vector<SheetDrive>& drives,
                                                         const std::string& intent_id) {
    return issue(
        [&](const CertificateContext& context) { return machine_sheet_payload(inspection, drives, context); },
        job, machine_name(inspection == nullptr ? nullptr : &inspection->machine), intent_id);
}

Result<IssuedCertificate> Certifier::issue(const PayloadMaker& make_payload, const JobContext& job,
                                           const std::string& machine, const std::string& intent_id) {
    const std::string logo = read_logo(job.logo_path);
    // Before the record that names it; without it a page that is made again says that it lacks it.
    static_cast<void>(keep_logo(station_.state_directory(), logo));
    CertificateContext facts = context(job, intent_id, logo);
    const NewRecord record{.kind = "outcome",
                           .event = {},
                           .id = facts.id,
                           .machine = machine,
                           .lot = to_utf8(job.lot),
                           .refers_to = intent_id,
                           .document_type = certificate_type,
                           .clock = facts.clock};
    Json payload;
    std::string jws;
    const auto stored = registry_.append(record, [&](const TreeReference& before) -> Result<std::string> {
        facts.registry_before = before;
        payload = make_payload(facts);
        REGAIN_ASSIGN(jws, sign_jws(payload, certificate_type, station_.key()));
        return jws;
    });
    if (!stored.ok()) return stored.error();

    IssuedCertificate issued;
    issued.id = facts.id;
    issued.kind = payload.at("kind").get<std::string>();
    issued.is_specimen = payload.at("specimen").get<bool>();
    issued.registry_index = stored->index;
    issued.jws_path = jws_path(facts.id);
    issued.pdf_path = pdf_path(facts.id);
    Status written = write_files(payload, jws, logo);
    if (!written.ok()) issued.file_error = std::move(written).error();
    return issued;
}

fs::path Certifier::jws_path(const std::string& id) const {
    return station_.state_directory() / "certificates" / (id + ".jws");
}
fs::path Certifier::pdf_path(const std::string& id) const {
    return station_.state_directory() / "certificates" / (id + ".pdf");
}

Status Certifier::write_files(const Json& payload, const std::string& jws, const std::string& logo) const {
    const std::string id = payload.at("id").get<std::string>();
    REGAIN_TRY(make_directories(station_.state_directory() / "certificates"));
    REGAIN_TRY(write_file(jws_path(id), jws));
    REGAIN_ASSIGN(const std::string pdf,
                  render_certificate_pdf(payload, jws, logo, Translator(language_), station_.key()));
    return write_file(pdf_path(id), pdf);
}

Result<uint64_t> Certifier::restore_missing_files(uint64_t first_index) {
    uint64_t restored = 0;
    RegistryFilter filter;
    filter.kind = "outcome";
    filter.first_index = first_index;
    REGAIN_TRY(registry_.reader().for_each(filter, [&](const RegistryEntry& entry) -> Status {
        const std::string& id = entry.record.id;
        if (!entry.document || entry.record.document_type != certificate_type) return done();
        if (path_exists(jws_path(id)) && path_exists(pdf_path(id))) return done();
        REGAIN_ASSIGN(const VerifiedJws verified, verify_jws(*entry.document, certificate_type));
        ++restored;
        const std::string logo =
            kept_logo(station_.state_directory(),
                      PayloadReader(verified.payload).text({"organisation", "logo_sha256"}));
        return write_files(verified.payload, *entry.document, logo);
    }));
    return restored;
}

Result<std::string> render_certificate_pdf(const Json& payload, const std::string& jws,
                                           const std::string& logo, const Translator& translate,
                                           const SigningKey& key) {
    const CertificateText text = certificate_text(payload, translate);
    REGAIN_ASSIGN(const std::string summary, sign_jws_bare(summary_payload(payload, jws), summary_type, key));
    const std::string issued = payload.at("issued").at("time").get<std::string>();
    REGAIN_ASSIGN(const PaintedCertificate painted, paint_certificate(text, {summary, logo, issued}));
    const std::string id = payload.at("id").get<std::string>();
    return sign_pdf(painted.pdf, {id + ".jws", jws, text.title},
                    {translate.language(), text.title, issued, text.title}, key);
}

}  // namespace regain
