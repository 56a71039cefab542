#include "console/capabilities_display.h"

#include <string>
#include <vector>

#include "certifier/capability_wording.h"
#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "console/drive_choice.h"
#include "console/progress_display.h"
#include "console/text_table.h"
#include "wiper/erase_methods.h"

namespace regain {
namespace {

std::string time_cell(const EraseMethod& method) {
    if (!method.minutes) return {};
    return (method.minutes_is_lower_bound ? ">" : "") + human_duration(*method.minutes * 60);
}

std::string obstacles_cell(const EraseMethod& method, const Translator& translate) {
    std::string text;
    for (const std::string& obstacle : method.obstacles)
        text += (text.empty() ? "" : "; ") + translate(word_obstacle(obstacle));
    return text;
}

std::string methods_table(const std::vector<EraseMethod>& methods, const Translator& translate) {
    TextTable table({{translate("ERASE METHOD")},
                     {translate("THERE")},
                     {translate("TIME"), TextTable::Align::right},
                     {translate("IN THE WAY")}});
    for (const EraseMethod& method : methods)
        table.add_row({translate(word_method(method.method)),
                       translate(word_fact_value(support_name(method.support))), time_cell(method),
                       obstacles_cell(method, translate)});
    return table.text();
}

std::string facts_table(const std::vector<CapabilityFact>& facts, const Translator& translate) {
    TextTable table({{translate("FACT")}, {translate("VALUE")}, {translate("FROM")}, {translate("RAW")}});
    for (const CapabilityFact& fact : facts)
        table.add_row(
            {translate(word_fact(fact.fact)), translate(word_fact_value(fact.value)), fact.source, fact.raw});
    return table.text();
}

}  // namespace

std::string capabilities_text(const DriveCapabilities& capabilities, const Translator& translate) {
    std::string text = describe_drive(capabilities.drive, translate) + "\n\n";
    const auto methods = erase_methods(capabilities);
    if (!methods.empty()) text += methods_table(methods, translate) + "\n";
    text += facts_table(capabilities.facts, translate);
    if (!capabilities.not_known.empty()) text += "\n";
    for (const Remark& remark : capabilities.not_known)
        text += "! " + remark_in_words(remark, translate) + "\n";
    for (const Error& error : capabilities.errors) text += "! " + describe(error, translate) + "\n";
    return text;
}

}  // namespace regain
