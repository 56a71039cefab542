#include "console/plan_display.h"

#include "certifier/plan_wording.h"
#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "console/drive_choice.h"
#include "console/progress_display.h"

namespace regain {
namespace {

std::string time_text(const ExpectedTime& time, const Translator& translate) {
    return translate(word_expected_time(time, human_duration(time.minutes.value_or(0) * 60)));
}

std::string summary(const WipePlan& plan, const Translator& translate) {
    return translate(message("{0}; this can reach: {1} ({2})", translate(word_method(plan.method)),
                             translate(word_verdict(plan.level)),
                             standard_in_words(plan.standard, translate)));
}

bool has_firmware_step(const WipePlan& plan) {
    for (const WipeStep& step : plan.steps)
        if (step.step == "firmware-erase") return true;
    return false;
}

/// A drive that was not asked says nothing of times.
std::string time_line(const WipePlan& plan, const Translator& translate) {
    if (!plan.expected.minutes && !has_firmware_step(plan)) return {};
    return "    " + translate(message("without reading back: {0}", time_text(plan.expected, translate))) +
           "\n";
}

std::string step_lines(const WipePlan& plan, const Translator& translate) {
    std::string text;
    for (const WipeStep& step : plan.preparations)
        text +=
            "    - " + translate(word_step(step.step)) + " (" + translate(word_mechanism(step.kind)) + ")\n";
    for (const WipeStep& step : plan.steps) {
        text += "    - " + translate(word_step(step.step));
        if (!step.method.empty()) text += " (" + translate(word_method(step.method)) + ")";
        text += "\n";
    }
    return text;
}

std::string remark_lines(const std::vector<Remark>& remarks, const Translator& translate) {
    std::string text;
    for (const Remark& remark : remarks) text += "    * " + remark_in_words(remark, translate) + "\n";
    return text;
}

std::string fallback_lines(const WipePlan& plan, const Translator& translate) {
    std::string text;
    for (const WipePlan& fallback : plan.fallbacks)
        text += "  " + translate(message("if that fails: {0}", summary(fallback, translate))) + "\n" +
                time_line(fallback, translate);
    return text;
}

std::string rejected_line(const RejectedMethod& rejected, const Translator& translate) {
    std::string text = "    x " + translate(message("{0}: {1}", translate(word_method(rejected.method)),
                                                    translate(word_rejection(rejected.reason))));
    if (rejected.expected.minutes) text += " (" + time_text(rejected.expected, translate) + ")";
    return text + "\n";
}

std::string rejected_lines(const WipePlan& plan, const Translator& translate) {
    std::string text;
    for (const RejectedMethod& rejected : plan.rejected) text += rejected_line(rejected, translate);
    return text.empty() ? text : "  " + translate("not chosen:") + "\n" + text;
}

}  // namespace

std::string plan_text(const WipePlan& plan, PlanDetail detail, const Translator& translate) {
    std::string text = describe_drive(plan.drive, translate) + "\n  " + summary(plan, translate) + "\n" +
                       time_line(plan, translate) + step_lines(plan, translate) +
                       remark_lines(plan.remarks, translate) + fallback_lines(plan, translate);
    if (detail == PlanDetail::full) text += rejected_lines(plan, translate);
    return text;
}

std::string refusal_text(const DriveRecord& drive, const std::vector<RejectedMethod>& reasons,
                         const Translator& translate) {
    std::string text;
    for (const RejectedMethod& rejected : reasons) {
        const std::string& code = rejected.reason.code;
        if (code != "not-supported" && code != "not-available-in-this-version")
            text += rejected_line(rejected, translate);
    }
    return text.empty() ? text : describe_drive(drive, translate) + "\n" + text;
}

}  // namespace regain
