#include "console/stick_display.h"

#include "certifier/wording.h"
#include "console/drive_choice.h"
#include "console/progress_display.h"
#include "imager/stick_layout.h"
#include "imager/stick_table.h"

namespace regain {
namespace {

bool has_entry(const StickContents& found, unsigned index, uint64_t offset_bytes) {
    return found.table && !found.table->entries[index].is_empty() &&
           found.table->entries[index].offset_bytes() == offset_bytes;
}

/// "complete", "entries-missing" (restore puts them back), "no-system" (update writes one), "none".
const char* state_of(const StickContents& found) {
    if (!found.is_stick()) return "none";
    if (!found.iso || !found.table) return "no-system";
    return has_entry(found, stick_records_entry, stick_records_offset) &&
                   has_entry(found, stick_data_entry, stick_data_offset)
               ? "complete"
               : "entries-missing";
}

Message word_stick_state(const std::string& state) {
    if (state == "complete") return message("a Regain stick");
    if (state == "entries-missing")
        return message(
            "a Regain stick whose table has lost its entries; \"regain stick restore\" puts them back");
    if (state == "no-system")
        return message("a Regain stick without a live system; \"regain stick update\" writes one");
    return message("not a Regain stick");
}

Message word_stick_step(const std::string& step) {
    if (step == "empty") return message("removing what was there before");
    if (step == "records") return message("the partition for the records");
    if (step == "data") return message("the partition for the data");
    if (step == "copy") return message("copying the files");
    if (step == "iso") return message("writing the live system");
    if (step == "read-back") return message("reading everything back");
    return message("the partition table, which makes it start");
}

Message word_stick_result(const std::string& result) {
    if (result == "done") return message("done");
    if (result == "failed") return message("FAILED");
    return message("not done");
}

Json file_system_json(const std::optional<StickFileSystem>& found, uint64_t offset, bool has_table_entry) {
    Json document{{"found", found.has_value()}, {"offset_bytes", offset}, {"entry", has_table_entry}};
    if (found) document.update({{"size_bytes", found->size_bytes}, {"uuid", found->uuid}});
    return document;
}

}  // namespace

Json stick_document(const DriveRecord& drive, const StickContents& found) {
    Json iso{{"found", found.iso.has_value()}};
    if (found.iso)
        iso.update({{"volume_bytes", found.iso->volume_bytes},
                    {"volume_id", found.iso->volume_id},
                    {"uuid", found.iso->uuid},
                    {"release", found.iso->release}});
    return Json{{"schema", "regain.stick/1"},
                {"drive", to_json(drive)},
                {"state", state_of(found)},
                {"iso", std::move(iso)},
                {"records", file_system_json(found.records, stick_records_offset,
                                             has_entry(found, stick_records_entry, stick_records_offset))},
                {"data", file_system_json(found.data, stick_data_offset,
                                          has_entry(found, stick_data_entry, stick_data_offset))}};
}

void say_stick(const Session& session, const DriveRecord& drive, const StickContents& found) {
    const Translator& translate = session.translate();
    const std::string state = state_of(found);
    session.say_raw(describe_drive(drive, translate) + "\n");
    session.say_raw("  " + session.text(word_stick_state(state)) + "\n");
    if (found.iso) session.say(message("  live system: {0}", found.iso->release));
    if (found.records)
        session.say(message("  records: {0} ({1})", human_size(found.records->size_bytes, translate),
                            found.records->uuid));
    if (found.data)
        session.say(
            message("  data: {0} ({1})", human_size(found.data->size_bytes, translate), found.data->uuid));
}

void say_stick_report(const Session& session, const StickReport& report) {
    const Translator& translate = session.translate();
    for (const auto& step : report.steps)
        session.say(message("  {0}: {1}", session.text(word_stick_step(step.step)),
                            session.text(word_stick_result(step.result))));
    for (const auto& file : report.files)
        if (file.is_read_back)
            session.say_raw("  " + file.path + "  " + human_size(file.size_bytes, translate) + "  SHA-256 " +
                            file.sha256 + "\n");
    for (const auto& remark : report.remarks)
        session.say_raw("  * " + session.text(word_remark(remark)) + "\n");
    for (const auto& failure : report.errors) session.report(failure);
    if (report.is_complete)
        session.say(message("{0} is ready: {1}", report.drive.path, report.iso.release));
    else
        session.say(message("{0} is NOT a complete stick; do it again.", report.drive.path));
}

int stick_exit_status(const StickReport& report) {
    if (report.is_complete) return 0;
    for (const auto& failure : report.errors)
        if (failure.kind == ErrorKind::interrupted) return exit_status(ErrorKind::interrupted);
    return exit_status(ErrorKind::failed);
}

}  // namespace regain
