#pragma once
// What happens to drives that are confirmed, from the proof that records can be stored to the last
// certificate: `regain wipe` takes it once with all its drives, `regain batch` once for each drive. Beyond
// the intent data is destroyed, and every path leads to a record.

#include <functional>
#include <mutex>
#include <vector>

#include "console/records.h"
#include "console/session.h"
#include "console/wipe_job.h"

namespace regain {

struct WipeCourse {
    const Session& session;
    const JobContext& job;
    std::vector<DriveRecord>& drives;  ///< both may change when hidden sectors come back
    std::vector<WipePlan>& plans;
    const LabelNumbers& numbers;
    CapabilitySource source;
    ProgressView* view = nullptr;  ///< of a batch, as in run_planned_wipes
    LinkBoard* links = nullptr;
    /// Held while the registry, the journals and the server are written to: several courses run at once.
    std::mutex* books = nullptr;
    /// Called when a record is final and before it is certified; may add what the worker could not know.
    std::function<void(WipeRecord&)> on_record = {};
    std::vector<bool> resumed = {};  ///< as in run_planned_wipes
};

struct WipeCourseEnd {
    WipeReport report;
    Records records;  ///< to be concluded
    int status = 0;
};

/// An error means that nothing was erased, and that it is not reported yet.
Result<WipeCourseEnd> run_wipe_course(const WipeCourse& course);

}  // namespace regain
