#pragma once
// Where a drive's health report comes from: a seam, so that tests put recorded reports in its place. The real
// one runs smartctl. It only ever reads, and never asks about loop devices or files.

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "inspector/smart_report.h"
#include "reports/drive_record.h"
#include "reports/inspection_report.h"

namespace regain {

class DriveHealthReader {
  public:
    virtual ~DriveHealthReader() = default;
    /// The program that reading needs and that is not installed; nothing when all is there.
    virtual std::optional<MissingProgram> missing_program() const = 0;
    /// The drive's report, whatever it says. Blocks until the drive answers. Errors: interrupted (the stop
    /// token), environment (could not be started), failed (no answer in time), refused (not a physical
    /// drive).
    virtual Result<SmartReport> read_health(const DriveRecord& drive, std::stop_token stop) = 0;
};

/// `smartctl --json -x DRIVE`. smartctl finds the device type by itself; `-d sat` is tried only after it said
/// that it doesn't know the USB bridge.
class SmartctlHealthReader final : public DriveHealthReader {
  public:
    using Runner = std::function<Result<ProgramOutcome>(const ProgramRequest&)>;
    /// `timeout` is for one run: a dying disk may take a minute to answer, and a hanging one never does.
    explicit SmartctlHealthReader(std::chrono::milliseconds timeout = std::chrono::minutes(2),
                                  Runner runner = run_program);

    std::optional<MissingProgram> missing_program() const override;
    Result<SmartReport> read_health(const DriveRecord& drive, std::stop_token stop) override;

  private:
    Result<SmartReport> run(std::vector<std::string> arguments, const std::string& path,
                            const std::stop_token& stop);

    std::chrono::milliseconds timeout_;
    Runner runner_;
};

}  // namespace regain
