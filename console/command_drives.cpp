#include <string>
#include <vector>

#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "console/capabilities_display.h"
#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/drive_questions.h"
#include "console/progress_display.h"
#include "console/text_table.h"
#include "drives/discovery.h"
#include "reports/drive_record.h"

namespace regain {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator) {
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
    return text;
}

std::string protection_cell(const DriveRecord& drive, const Translator& translate) {
    std::vector<std::string> reasons;
    for (const auto& protection : drive.protection) reasons.push_back(translate(word_protection(protection)));
    return joined(reasons, ", ");
}

std::string bus_cell(const DriveRecord& drive, const Translator& translate) {
    const std::string network = network_words(drive, translate);
    return std::string(bus_name(drive.bus)) + (network.empty() ? "" : ", " + network);
}

std::string table_of(const std::vector<DriveRecord>& drives, const Translator& translate) {
    using Align = TextTable::Align;
    TextTable table({{translate("DRIVE")},
                     {translate("SIZE"), Align::right},
                     {translate("BUS")},
                     {translate("MEDIUM")},
                     {translate("MODEL")},
                     {translate("SERIAL")},
                     {translate("CONTENTS")},
                     {translate("PROTECTED")}});
    for (const auto& drive : drives)
        table.add_row({drive.path, human_size(drive.size_bytes, translate), bus_cell(drive, translate),
                       std::string(medium_name(drive.medium)), model_in_words(drive.model, translate),
                       drive.serial, joined(drive.contents, ","), protection_cell(drive, translate)});
    return table.text();
}

/// One drive after the other: what one of them takes its time for is not mixed with the next.
int show_capabilities(const Session& session, const std::vector<DriveRecord>& drives) {
    if (!session.root().is_recorded())
        if (const Status rights = check_rights(drives); !rights.ok()) return session.report(rights.error());
    DriveQuestions questions(session);
    Json document = drives_document(drives);
    for (size_t i = 0; i < drives.size(); ++i) {
        const auto found = questions.ask(drives[i]);
        document["drives"][i]["capabilities"] = capabilities_to_json(found);
        if (!session.json())
            session.say_raw((i == 0 ? "" : "\n") + capabilities_text(found, session.translate()));
    }
    session.put_json(document);
    return 0;
}

}  // namespace

int run_drives(const Session& session) {
    const auto drives = discover_drives(session.root());
    if (!drives.ok()) return session.report(drives.error());
    if (session.arguments().has("capabilities") && !drives->empty())
        return show_capabilities(session, *drives);
    session.put_json(drives_document(*drives));
    if (session.json()) return 0;
    if (drives->empty())
        session.say(message("No drive was found."));
    else
        session.say_raw(table_of(*drives, session.translate()));
    return 0;
}

}  // namespace regain
