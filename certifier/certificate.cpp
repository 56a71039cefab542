#include "certifier/certificate.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/hash.h"
#include "certifier/report_contradiction.h"
#include "trust/jws.h"

namespace regain {
namespace {

// Writes members and keeps the list of those that nobody knows: what is not known is said, never invented.
class FieldWriter {
  public:
    FieldWriter(Json& object, std::string path, Json& not_known)
        : object_(object), path_(std::move(path)), not_known_(not_known) {
        if (!object_.is_object()) object_ = Json::object();
    }
    void text(const char* key, const std::string& value) {
        const std::string clean = to_utf8(value);
        if (clean.empty())
            not_known_.push_back(path_ + "." + key);
        else
            object_[key] = clean;
    }
    /// Zero stands for "not known" in the reports.
    void number(const char* key, uint64_t value) {
        if (value == 0)
            not_known_.push_back(path_ + "." + key);
        else
            object_[key] = value;
    }

  private:
    Json& object_;
    std::string path_;
    Json& not_known_;
};

// The maker, where the drive says it itself as the first word of its model; else nobody knows.
std::string manufacturer_in(const std::string& model) {
    static constexpr std::array<std::string_view, 27> makers{
        "ADATA",    "Apacer",   "Corsair", "Crucial", "FUJITSU", "Hitachi", "HGST",      "HP",  "INTEL",
        "Kingston", "KINGSTON", "KIOXIA",  "LITEON",  "Lexar",   "MAXTOR",  "Micron",    "PNY", "Patriot",
        "SAMSUNG",  "Samsung",  "SanDisk", "Seagate", "SK",      "TOSHIBA", "Transcend", "WDC", "Western"};
    const std::string first = model.substr(0, model.find_first_of(" _"));
    if (std::find(makers.begin(), makers.end(), first) == makers.end()) return {};
    if (first == "SK") return model.starts_with("SK hynix") ? "SK hynix" : std::string();
    if (first == "WDC" || first == "Western") return "Western Digital";
    return first;
}

Json drive_fields(const DriveRecord& drive, const std::string& path, Json& not_known) {
    Json json;
    FieldWriter fields(json, path, not_known);
    fields.text("manufacturer", manufacturer_in(drive.model));
    fields.text("model", drive.model);
    fields.text("serial", drive.serial);
    if (!drive.serial.empty()) fields.text("serial_source", drive.serial_source);
    // A path names a drive only where nothing better does.
    if (drive.serial.empty()) json["path"] = to_utf8(drive.path);
    fields.text("wwn", drive.wwn);
    fields.text("firmware", drive.firmware);
    json["bus"] = bus_name(drive.bus);
    fields.text("attachment", drive.attachment);
    fields.text("protocol", drive.protocol);
    json["medium"] = medium_name(drive.medium);
    json["size_bytes"] = drive.size_bytes;
    fields.number("native_size_bytes", drive.native_size_bytes);
    json["logical_sector_bytes"] = drive.logical_sector_bytes;
    json["physical_sector_bytes"] = drive.physical_sector_bytes;
    return json;
}

Json job_fields(const JobContext& job, Json& not_known) {
    Json json;
    FieldWriter fields(json, "job", not_known);
    fields.text("donor", job.donor);
    fields.text("donor_contact", job.donor_contact);
    fields.text("lot", job.lot);
    fields.text("asset_tag", job.asset_tag);
    fields.text("operator", job.operator_name);
    fields.text("operator_title", job.operator_title);
    fields.text("checker", job.checker);
    fields.text("place", job.place);
    fields.text("origin", job.origin);
    fields.text("destination", job.destination);
    fields.text("confidentiality_before", job.confidentiality_before);
    fields.text("confidentiality_after", job.confidentiality_after);
    json["retention_days"] = job.retention_days;
    return json;
}

Json machine_fields(const InspectionReport* inspection, Json& not_known) {
    Json json = Json::object();
    if (inspection == nullptr) {
        not_known.push_back("machine");
        return json;
    }
    const MachineRecord& machine = inspection->machine;
    FieldWriter fields(json, "machine", not_known);
    fields.text("manufacturer", machine.manufacturer);
    fields.text("product", machine.product);
    fields.text("serial", machine.serial);
    fields.text("chassis", machine.chassis);
    fields.text("boot_mode", machine.boot_mode);
    json["identifiers"] = Json::array();
    for (const auto& identifier : machine.identifiers) json["identifiers"].push_back(to_utf8(identifier));
    return json;
}

Json check_fields(const Check& check) {
    return Json{{"check", check.check},
                {"component", to_utf8(check.component)},
                {"result", check_result_name(check.result)},
                {"measured", to_utf8(check.measured)},
                {"limit", to_utf8(check.limit)},
                {"reason", to_json(check.reason)}};
}

/// The judgement of its health, and what was learned when it was read back.
bool says_something_of(const Check& check) {
    const bool is_reading = check.check == "disk-speed" || check.check == "disk-surface";
    return check.check == "drive-health" || (is_reading && check.result != CheckResult::not_tested);
}

// What the drive said of its health when it was inspected.
Json health_fields(const InspectionReport* inspection, const DriveRecord& drive, Json& not_known) {
    Json json{{"numbers", Json::object()}, {"texts", Json::object()}, {"checks", Json::array()}};
    bool is_known = false;
    if (inspection != nullptr) {
        for (const auto& health : inspection->drive_health) {
            if (health.path != drive.path || health.serial != drive.serial) continue;
            for (const auto& [name, number] : health.numbers) json["numbers"][name] = number;
            for (const auto& [name, text] : health.texts) json["texts"][name] = to_utf8(text);
            is_known = true;
        }
        for (const auto& check : inspection->checks)
            if (says_something_of(check) && check.component.starts_with(drive.path + " "))
                json["checks"].push_back(check_fields(check));
    }
    if (!is_known) not_known.push_back("health");
    return json;
}

// The wipe report without what stands elsewhere on the certificate. A verdict that its own report contradicts
// is not repeated.
Json erasure_fields(const WipeRecord& wipe) {
    Json json = to_json(wipe);
    if (contradicts_itself(wipe)) {
        json["verdict"] = verdict_name(Verdict::not_erased);
        json["remarks"].push_back(to_json(
            Remark{"report-contradicts-itself", {{"verdict", std::string(verdict_name(wipe.verdict))}}}));
    }
    const Json plan = json.at("plan");
    json.erase("drive");
    json.erase("plan");
    json["policy"] = plan.at("policy");
    json["planned_steps"] = plan.at("steps");
    json["planned_level"] = plan.at("level");
    json["rejected"] = plan.at("rejected");
    json["plan_remarks"] = plan.at("remarks");
    return json;
}

Json short_erasure_fields(const WipeRecord& wipe) {
    const Json whole = erasure_fields(wipe);
    Json json;
    for (const char* key : {"verdict", "standard", "method", "verification", "remarks", "errors"})
        json[key] = whole.at(key);
    return json;
}

// What was deployed; the new system's identity is its future user's business.
Json deployment_fields(const DeployRecord& deployment) {
    Json json = to_json(deployment);
    json.erase("drive");
    json.erase("identity");
    return json;
}

Json frame(const CertificateContext& context, const char* kind, Json& not_known) {
    Json organisation;
    FieldWriter fields(organisation, "organisation", not_known);
    fields.text("name", context.job.organisation);
    fields.text("contact", context.job.organisation_contact);
    if (!context.logo_sha256.empty()) organisation["logo_sha256"] = context.logo_sha256;
    return Json{{"schema", certificate_schema},
                {"kind", kind},
                {"id", context.id},
                {"issued", to_json(context.clock)},
                {"station",
                 {{"id", context.station.id},
                  {"name", context.station.name},
                  {"key_fingerprint", context.key_fingerprint}}},
                {"tool", {{"name", "Regain"}, {"version", context.tool_version}}},
                {"registry", to_json(context.registry_before)},
                {"intent", context.intent_id},
                {"organisation", organisation},
                {"job", job_fields(context.job, not_known)}};
}

Json not_tested_in(const InspectionReport* inspection) {
    Json json = Json::array();
    if (inspection == nullptr) return json;
    for (const auto& check : inspection->checks)
        if (check.result == CheckResult::not_tested) json.push_back(check_fields(check));
    return json;
}

std::string shortened(const std::string& text, size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    size_t length = max_bytes;
    while (length > 0 && (static_cast<uint8_t>(text[length]) & 0xC0) == 0x80) --length;
    return text.substr(0, length);
}

std::string text_at(const Json& json, const char* object, const char* key) {
    const auto found = json.find(object);
    if (found == json.end() || !found->is_object()) return {};
    const auto value = found->find(key);
    return value != found->end() && value->is_string() ? value->get<std::string>() : std::string();
}

}  // namespace

Json drive_certificate_payload(const WipeRecord& wipe, const InspectionReport* inspection,
                               const DeployRecord* deployment, const CertificateContext& context) {
    Json not_known = Json::array();
    const bool is_erased = wipe.verdict != Verdict::not_erased && !contradicts_itself(wipe);
    Json payload = frame(context, is_erased ? "drive-erasure" : "drive-failure", not_known);
    payload["specimen"] = wipe.drive.is_virtual();
    payload["drive"] = drive_fields(wipe.drive, "drive", not_known);
    payload["machine"] = machine_fields(inspection, not_known);
    payload["health"] = health_fields(inspection, wipe.drive, not_known);
    payload["erasure"] = erasure_fields(wipe);
    if (deployment != nullptr) payload["deployment"] = deployment_fields(*deployment);
    payload["not_known"] = std::move(not_known);
    return payload;
}

Json machine_sheet_payload(const InspectionReport* inspection, const std::vector<SheetDrive>& drives,
                           const CertificateContext& context) {
    Json not_known = Json::array();
    Json payload = frame(context, "machine-sheet", not_known);
    payload["machine"] = machine_fields(inspection, not_known);
    bool is_specimen = false;
    Json list = Json::array();
    for (const auto& drive : drives) {
        const DriveRecord* record = drive.wipe != nullptr         ? &drive.wipe->drive
                                    : drive.deployment != nullptr ? &drive.deployment->drive
                                                                  : nullptr;
        if (record == nullptr) continue;
        is_specimen = is_specimen || record->is_virtual();
        Json json{{"drive", drive_fields(*record, "drives[" + std::to_string(list.size()) + "]", not_known)},
                  {"certificate", drive.certificate_id}};
        if (drive.wipe != nullptr) json["erasure"] = short_erasure_fields(*drive.wipe);
        if (drive.deployment != nullptr) json["deployment"] = deployment_fields(*drive.deployment);
        list.push_back(std::move(json));
    }
    payload["specimen"] = is_specimen;
    payload["drives"] = std::move(list);
    if (inspection != nullptr) {
        Json details = to_json(*inspection).at("machine");
        payload["inspection"] = {{"started", inspection->started},
                                 {"finished", inspection->finished},
                                 {"grade", inspection->grade},
                                 {"processor", to_utf8(inspection->machine.processor)},
                                 {"processor_cores", inspection->machine.processor_cores},
                                 {"memory_bytes", inspection->machine.memory_bytes},
                                 {"memory_installed_bytes", inspection->machine.memory_installed_bytes},
                                 {"batteries", details.at("batteries")},
                                 {"checks", Json::array()}};
        for (const auto& check : inspection->checks)
            payload["inspection"]["checks"].push_back(check_fields(check));
    } else {
        not_known.push_back("inspection");
    }
    payload["not_tested"] = not_tested_in(inspection);
    payload["not_known"] = std::move(not_known);
    return payload;
}

Json summary_payload(const Json& certificate, std::string_view jws) {
    constexpr size_t max_text_bytes = 40;
    const bool is_sheet = certificate.at("kind") == "machine-sheet";
    const std::string level =
        is_sheet ? text_at(certificate, "inspection", "grade") : text_at(certificate, "erasure", "verdict");
    const std::string model =
        is_sheet ? text_at(certificate, "machine", "product") : text_at(certificate, "drive", "model");
    const std::string serial = text_at(certificate, is_sheet ? "machine" : "drive", "serial");
    Json summary{{"id", certificate.at("id")},
                 {"level", level},
                 {"model", shortened(model, max_text_bytes)},
                 {"serial", shortened(serial, max_text_bytes)},
                 {"date", text_at(certificate, "issued", "time")},
                 {"sha256", to_base64url(sha256(as_bytes(jws)))}};
    if (certificate.at("specimen") == true) summary["specimen"] = true;
    return summary;
}

}  // namespace regain
