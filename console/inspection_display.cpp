#include "console/inspection_display.h"

#include <string>
#include <utility>

#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "console/progress_display.h"
#include "console/text_table.h"
#include "inspector/inspect_machine.h"

namespace regain {
namespace {

std::string machine_line(const MachineRecord& machine) {
    std::string text;
    for (const auto& part : {machine.manufacturer, machine.product, machine.serial, machine.processor})
        if (!part.empty()) text += (text.empty() ? "" : "  ") + part;
    return text;
}

}  // namespace

Result<InspectionReport> inspect_with_display(const Session& session,
                                              const std::vector<DriveRecord>& drives) {
    ProgressDisplay display(session, 1);
    InspectOptions options;
    options.clock = &session.clock();
    options.stop = session.stop();
    options.on_progress = [&](const InspectProgress& progress) {
        ProgressLine line;
        line.label = progress.component;
        line.step_code = "inspect-" + progress.step;
        line.step = session.text(message("inspecting"));
        line.bytes_done = progress.done;
        line.bytes_total = progress.total;
        display.update(0, std::move(line));
    };
    return inspect_machine(session.root(), drives, options);
}

void say_inspection(const Session& session, const InspectionReport& report) {
    const Translator& translate = session.translate();
    const std::string machine = machine_line(report.machine);
    if (!machine.empty()) session.say_raw(machine + "\n");
    session.say(message("Memory: {0}", human_size(report.machine.memory_bytes, translate)));
    TextTable table({{translate("CHECK")},
                     {translate("PART")},
                     {translate("RESULT")},
                     {translate("MEASURED")},
                     {translate("REASON")}});
    std::string not_tested;
    for (const auto& check : report.checks) {
        if (check.result == CheckResult::not_tested && check.component.empty()) {
            not_tested += (not_tested.empty() ? "" : ", ") + translate(word_check(check.check));
            continue;
        }
        const std::string reason = check.reason.code.empty() ? "" : remark_in_words(check.reason, translate);
        table.add_row({translate(word_check(check.check)), component_in_words(check.component, translate),
                       translate(word_check_result(std::string(check_result_name(check.result)))),
                       measured_in_words(check.measured, translate), reason});
    }
    session.say_raw(table.text());
    if (!not_tested.empty()) session.say(message("Not tested: {0}", not_tested));
    for (const auto& missing : report.missing_programs)
        session.warn(message("{0} is not installed, so what it reads was not tested; install the package {1}",
                             missing.program, missing.package));
    session.say(message("Hardware checks: {0}", translate(word_grade(report.grade))));
}

int inspection_exit_status(const InspectionReport& report) {
    for (const auto& check : report.checks)
        if (check.result == CheckResult::fail) return exit_status(ErrorKind::failed);
    return 0;
}

}  // namespace regain
