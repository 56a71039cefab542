#include "console/screen_result.h"

#include <algorithm>

#include "certifier/wording.h"
#include "console/block_letters.h"
#include "console/progress_display.h"
#include "console/records_mirror.h"
#include "console/text_lines.h"

namespace regain {
namespace {

constexpr size_t max_errors = 4;

std::string text_of(const Json& json, const char* key) {
    const auto found = json.is_object() ? json.find(key) : json.end();
    return json.is_object() && found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

const Json& member(const Json& json, const char* key) {
    static const Json nothing;
    if (!json.is_object()) return nothing;
    const auto found = json.find(key);
    return found == json.end() ? nothing : *found;
}

// A process document holds the others; a wipe's or a deployment's own document is one of them.
const Json& list_of(const Json& document, const char* part, const char* list) {
    const Json& inner = member(document, part);
    return member(inner.is_object() ? inner : document, list);
}

std::string name_of_drive(const Json& drive) {
    std::string text = text_of(drive, "path");
    for (const char* key : {"model", "serial"})
        if (!text_of(drive, key).empty()) text += "  " + text_of(drive, key);
    return text;
}

// What a wipe's document says, or that nothing was erased where it says nothing that is known.
Verdict verdict_of(const Json& wipe) {
    Verdict verdict = Verdict::not_erased;
    return parse_verdict(text_of(wipe, "verdict"), verdict) ? verdict : Verdict::not_erased;
}

// What failed comes first: it is seen even where there are more drives than rows.
void add_wipes(Page& page, const Json& document, const Translator& translate) {
    const Json& list = list_of(document, "wipe", "wipes");
    if (!list.is_array()) return;
    std::vector<Json> wipes(list.begin(), list.end());
    std::stable_partition(wipes.begin(), wipes.end(),
                          [](const Json& wipe) { return verdict_of(wipe) == Verdict::not_erased; });
    for (const auto& wipe : wipes) {
        const Verdict verdict = verdict_of(wipe);
        const bool is_erased = verdict != Verdict::not_erased;
        page.lines.push_back({name_of_drive(member(wipe, "drive")), Tone::strong});
        page.lines.push_back(
            {"  " + (is_erased ? translate(message("erased ({0}, {1})", translate(word_verdict(verdict)),
                                                   translate(word_method(text_of(wipe, "method")))))
                               : translate(message("NOT erased"))),
             is_erased ? Tone::good : Tone::bad});
    }
}

void add_deployments(Page& page, const Json& document, const Translator& translate) {
    const Json& deployments = list_of(document, "deploy", "deployments");
    if (!deployments.is_array()) return;
    for (const auto& deployment : deployments) {
        const bool is_deployed = text_of(deployment, "result") == "deployed";
        const std::string path = text_of(member(deployment, "drive"), "path");
        const std::string image = text_of(member(deployment, "image"), "name");
        page.lines.push_back({is_deployed
                                  ? translate(message("{0}: the system {1} is installed", path, image))
                                  : translate(message("{0}: the system {1} is NOT installed", path, image)),
                              is_deployed ? Tone::good : Tone::bad});
    }
}

void add_grade(Page& page, const Json& document, const Translator& translate) {
    const Json& inspection = member(document, "inspection");
    const std::string grade = text_of(inspection.is_object() ? inspection : document, "grade");
    if (!grade.empty())
        page.lines.push_back({translate(message("Hardware checks: {0}", translate(word_grade(grade))))});
}

void add_sent(Page& page, const JobResult& result, const Translator& translate) {
    if (!result.outcome.unsent) return;
    const UnsentRecords& unsent = *result.outcome.unsent;
    page.lines.push_back({""});
    if (unsent.empty()) {
        page.lines.push_back(
            {translate(message("The server {0} has all records.", unsent.server)), Tone::good});
        return;
    }
    const Error failure = unsent_error(unsent);
    page.lines.push_back({describe(failure, translate), Tone::bad});
    page.lines.push_back({translate(failure.advice), Tone::bad});
    page.lines.push_back({translate(message("Not sent: {0}", first_names(unsent.files))), Tone::bad});
}

void add_records(Page& page, const JobResult& result, const Translator& translate) {
    add_sent(page, result, translate);
    const size_t count = result.outcome.certificates.size();
    if (count == 0) return;
    page.lines.push_back({""});
    page.lines.push_back(
        {translate(message("Certificates: {0}, in {1}", count, result.certificates_directory))});
    if (result.copy_error)
        page.lines.push_back({describe(*result.copy_error, translate), Tone::bad});
    else if (!result.copies_directory.empty())
        page.lines.push_back({translate(message("Copies: {0}", result.copies_directory))});
    if (result.records_are_lost)
        page.lines.push_back(
            {translate(message("They are lost when this computer is switched off: copy them now.")),
             Tone::bad});
}

std::string keys_line(const Translator& translate, const std::string& then, size_t seconds_left) {
    if (then == "poweroff")
        return translate(message("The computer is switched off in {0} s.   Escape: stay here", seconds_left));
    if (then == "boot")
        return translate(
            message("TAKE OUT THE STICK: the computer restarts in {0} s.   Escape: stay here", seconds_left));
    return translate(message("Enter: go on"));
}

}  // namespace

bool is_good(const JobResult& result) {
    const bool is_sent = !result.outcome.unsent || result.outcome.unsent->empty();
    return result.exit_status == 0 && !result.copy_error && is_sent;
}

bool may_leave(const JobResult& result) {
    return is_good(result) && result.command != "inspect" && !result.records_are_lost;
}

std::vector<DriveRecord> drives_done_by(const JobResult& result, const std::vector<DriveRecord>& drives) {
    if (result.exit_status == 0) return drives;
    std::vector<DriveRecord> ready;
    const Json& deployments = list_of(result.outcome.document, "deploy", "deployments");
    if (!deployments.is_array()) return ready;
    for (const auto& drive : drives)
        if (std::any_of(deployments.begin(), deployments.end(), [&](const Json& deployment) {
                return text_of(deployment, "result") == "deployed" &&
                       text_of(member(deployment, "drive"), "path") == drive.path;
            }))
            ready.push_back(drive);
    return ready;
}

Page result_page(const JobResult& result, const Translator& translate, size_t columns,
                 const std::string& then, size_t seconds_left) {
    const bool good = is_good(result);
    const Tone tone = good ? Tone::good : Tone::bad;
    const std::string word = good ? translate(message("DONE")) : translate(message("LOOK"));
    Page page;
    page.title = "Regain - " + word;
    page.title_tone = tone;
    const auto letters =
        block_letters(good ? BlockSymbol::check_mark : BlockSymbol::exclamation, word, columns - 4);
    for (const auto& row : letters) page.banner.push_back(row);
    page.banner_tone = tone;
    if (result.exit_status == 130)
        page.lines.push_back({translate(message("It was interrupted.")), Tone::bad});
    add_wipes(page, result.outcome.document, translate);
    add_deployments(page, result.outcome.document, translate);
    add_grade(page, result.outcome.document, translate);
    for (size_t i = 0; i < std::min(max_errors, result.outcome.errors.size()); ++i) {
        page.lines.push_back({describe(result.outcome.errors[i], translate), Tone::bad});
        const std::string advice = translate(result.outcome.errors[i].advice);
        if (!advice.empty()) page.lines.push_back({"  " + advice});
    }
    add_records(page, result, translate);
    page.keys = keys_line(translate, then, seconds_left);
    return page;
}

}  // namespace regain
