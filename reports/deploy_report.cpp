#include "reports/deploy_report.h"

#include <utility>

#include "reports/json_lists.h"

namespace regain {
// Not in the anonymous namespace: list_to_json finds these by their argument's namespace.
static Json to_json(const ImageReference& image) {
    return Json{{"name", image.name},           {"version", image.version},
                {"root_hash", image.root_hash}, {"hash_algorithm", image.hash_algorithm},
                {"profile", image.profile},     {"signer", image.signer},
                {"languages", image.languages}};
}

static Result<ImageReference> image_reference_from_json(const Json& json) {
    JsonReader reader(json, "the reference of an image");
    ImageReference image;
    image.name = reader.text("name");
    image.version = reader.text_or("version");
    image.root_hash = reader.text("root_hash");
    image.hash_algorithm = reader.text_or("hash_algorithm");
    image.profile = reader.text_or("profile");
    image.signer = reader.text_or("signer");
    texts_from_json(reader, "languages", image.languages);
    REGAIN_TRY(reader.status());
    return image;
}

Json to_json(const DeployRecord& record) {
    return Json{{"drive", to_json(record.drive)},
                {"image", to_json(record.image)},
                {"bytes_written", record.bytes_written},
                {"bytes_skipped", record.bytes_skipped},
                {"read_back",
                 {{"bytes", record.read_back_bytes},
                  {"mismatches", record.read_back_mismatches},
                  {"rewritten_chunks", record.rewritten_chunks}}},
                {"boot", {{"bios", record.boot_bios}, {"uefi", record.boot_uefi}}},
                {"identity",
                 {{"disk_uuid", record.disk_uuid},
                  {"root_uuid", record.root_uuid},
                  {"host_name", record.host_name},
                  {"machine_id_sha256", record.machine_id_sha256}}},
                {"grown_to_bytes", record.grown_to_bytes},
                {"file_system_check", record.file_system_check},
                {"result", record.deployed ? "deployed" : "failed"},
                {"remarks", to_json(record.remarks)},
                {"errors", to_json(record.errors)},
                {"started", record.started},
                {"finished", record.finished},
                {"duration_ms", record.duration_ms}};
}

Result<DeployRecord> deploy_record_from_json(const Json& json) {
    JsonReader reader(json, "the record of a deployment");
    DeployRecord record;
    REGAIN_ASSIGN(record.drive, drive_record_from_json(reader.object("drive")));
    REGAIN_ASSIGN(record.image, image_reference_from_json(reader.object("image")));
    record.bytes_written = reader.number("bytes_written");
    record.bytes_skipped = reader.number("bytes_skipped");
    JsonReader read_back(reader.object("read_back"), "the read-back of a deployment");
    record.read_back_bytes = read_back.number("bytes");
    record.read_back_mismatches = read_back.number("mismatches");
    record.rewritten_chunks = read_back.number_or("rewritten_chunks");
    REGAIN_TRY(read_back.status());
    JsonReader boot(reader.object("boot"), "the boot check of a deployment");
    record.boot_bios = boot.boolean_or("bios");
    record.boot_uefi = boot.boolean_or("uefi");
    REGAIN_TRY(boot.status());
    JsonReader identity(reader.object("identity"), "the identity of a deployment");
    record.disk_uuid = identity.text_or("disk_uuid");
    record.root_uuid = identity.text_or("root_uuid");
    record.host_name = identity.text_or("host_name");
    record.machine_id_sha256 = identity.text_or("machine_id_sha256");
    REGAIN_TRY(identity.status());
    record.grown_to_bytes = reader.number_or("grown_to_bytes");
    record.file_system_check = reader.text_or("file_system_check");
    const std::string result = reader.text("result");
    record.deployed = result == "deployed";
    if (result != "deployed" && result != "failed")
        reader.fail(message("the member {0} has the unknown value {1}", "result", result));
    REGAIN_ASSIGN(record.remarks, remarks_from_json(reader.array("remarks")));
    REGAIN_TRY(errors_from_json(reader.array("errors"), record.errors));
    record.started = reader.text_or("started");
    record.finished = reader.text_or("finished");
    record.duration_ms = reader.number_or("duration_ms");
    REGAIN_TRY(reader.status());
    return record;
}

Json to_json(const DeployReport& report) {
    return Json{{"schema", "regain.deploy-report/1"},
                {"started", report.started},
                {"finished", report.finished},
                {"deployments", list_to_json(report.deployments)}};
}

Result<DeployReport> deploy_report_from_json(const Json& json) {
    JsonReader reader(json, "a deploy report");
    DeployReport report;
    if (reader.text("schema") != "regain.deploy-report/1")
        reader.fail(message("its schema is not {0}", "regain.deploy-report/1"));
    report.started = reader.text_or("started");
    report.finished = reader.text_or("finished");
    REGAIN_TRY(list_from_json(reader.array("deployments"), report.deployments, deploy_record_from_json));
    REGAIN_TRY(reader.status());
    return report;
}

}  // namespace regain
