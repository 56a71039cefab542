// The JSON forms of the registry: records (leaves), tree references, tree heads.

#include <utility>

#include "certifier/registry.h"
#include "trust/jws.h"

namespace regain {
namespace {

constexpr const char* record_schema = "regain.registry-record/1";
constexpr const char* head_schema = "regain.tree-head/1";

}  // namespace

Json to_json(const TreeReference& tree) {
    return Json{{"size", tree.size}, {"root", tree.root}};
}

Result<TreeReference> tree_reference_from_json(const Json& json) {
    JsonReader reader(json, "a reference to the registry");
    TreeReference tree{reader.number("size"), reader.text("root")};
    REGAIN_TRY(reader.status());
    return tree;
}

Json to_json(const RegistryRecord& record) {
    return Json{{"schema", record_schema},
                {"index", record.index},
                {"kind", record.kind},
                {"event", record.event},
                {"id", record.id},
                {"machine", record.machine},
                {"lot", record.lot},
                {"refers_to", record.refers_to},
                {"document_type", record.document_type},
                {"document_sha256", record.document_sha256},
                {"station", record.station},
                {"clock", to_json(record.clock)}};
}

Result<RegistryRecord> registry_record_from_json(const Json& json) {
    JsonReader reader(json, "a record of the registry");
    RegistryRecord record;
    if (reader.text("schema") != record_schema) reader.fail(message("its schema is not {0}", record_schema));
    record.index = reader.number("index");
    record.kind = reader.text("kind");
    record.event = reader.text("event");
    record.id = reader.text("id");
    record.machine = reader.text("machine");
    record.lot = reader.text("lot");
    record.refers_to = reader.text("refers_to");
    record.document_type = reader.text("document_type");
    record.document_sha256 = reader.text("document_sha256");
    record.station = reader.text("station");
    REGAIN_ASSIGN(record.clock, clock_reading_from_json(reader.object("clock")));
    // What is not read here must not hide in a record.
    if (reader.status().ok() && to_json(record) != json)
        reader.fail(message("it has members that are not known"));
    REGAIN_TRY(reader.status());
    return record;
}

Json tree_head_payload(const TreeReference& tree, const std::string& station, const ClockReading& clock) {
    return Json{{"schema", head_schema},
                {"size", tree.size},
                {"root", tree.root},
                {"station", station},
                {"clock", to_json(clock)}};
}

Result<TreeHead> verify_tree_head(const std::string& jws) {
    REGAIN_ASSIGN(VerifiedJws verified, verify_jws(jws, tree_head_type));
    JsonReader reader(verified.payload, "a tree head");
    TreeHead head;
    if (reader.text("schema") != head_schema) reader.fail(message("its schema is not {0}", head_schema));
    head.tree = {reader.number("size"), reader.text("root")};
    head.station = reader.text("station");
    REGAIN_ASSIGN(head.clock, clock_reading_from_json(reader.object("clock")));
    REGAIN_TRY(reader.status());
    head.signer = std::move(verified.signer);
    return head;
}

}  // namespace regain
