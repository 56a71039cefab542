#include "reports/stick_report.h"

namespace regain {

Json to_json(const StickReport& report) {
    Json steps = Json::array();
    for (const auto& step : report.steps) steps.push_back({{"step", step.step}, {"result", step.result}});
    Json files = Json::array();
    for (const auto& file : report.files)
        files.push_back({{"path", file.path},
                         {"size_bytes", file.size_bytes},
                         {"sha256", file.sha256},
                         {"read_back", file.is_read_back},
                         {"signer", file.signer}});
    return Json{{"schema", "regain.stick-report/1"},
                {"command", report.command},
                {"started", report.started},
                {"finished", report.finished},
                {"drive", to_json(report.drive)},
                {"iso",
                 {{"name", report.iso.name},
                  {"size_bytes", report.iso.size_bytes},
                  {"sha256", report.iso.sha256},
                  {"volume_id", report.iso.volume_id},
                  {"release", report.iso.release}}},
                {"steps", std::move(steps)},
                {"files", std::move(files)},
                {"result", report.is_complete ? "complete" : "incomplete"},
                {"remarks", to_json(report.remarks)},
                {"errors", to_json(report.errors)}};
}

}  // namespace regain
