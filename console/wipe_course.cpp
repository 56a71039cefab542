#include "console/wipe_course.h"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "console/hidden_restore_stage.h"
#include "console/job_journal.h"
#include "console/wipe_resumption.h"

namespace regain {
namespace {

// What a course writes beside those of other courses.
template <typename Work>
auto with_books(const WipeCourse& course, const Work& work) {
    std::unique_lock<std::mutex> lock;
    if (course.books != nullptr) lock = std::unique_lock(*course.books);
    return work();
}

/// The records as they were certified, in the order of the plans.
void put_final_records(WipeReport& report, std::map<std::string, WipeRecord> records) {
    for (WipeRecord& wipe : report.wipes)
        if (const auto found = records.find(wipe.drive.path); found != records.end())
            wipe = std::move(found->second);
}

}  // namespace

Result<WipeCourseEnd> run_wipe_course(const WipeCourse& course) {
    const Session& session = course.session;
    REGAIN_ASSIGN(auto records, with_books(course, [&] {
                      return Records::open(session, course.job, course.drives.size());
                  }));
    REGAIN_ASSIGN(auto evidence,
                  restore_hidden_sectors_first(session, course.drives, course.plans, nullptr, course.source));
    // Every drive is held, then the intent is recorded and the journal begun. Beyond that data is destroyed,
    // and every path leads to a record: a drive's as soon as it has ended.
    JobJournal journal;
    const auto record_intent = [&]() -> Status {
        REGAIN_TRY(records.begin(nullptr, course.plans, std::nullopt));
        REGAIN_ASSIGN(journal, JobJournal::begin(session, "wipe", course.drives));
        return records.send_intent();
    };
    std::map<std::string, WipeRecord> final_records;
    const auto certify = [&](const WipeRecord& wipe) {
        WipeRecord& record = final_records[wipe.drive.path] = wipe;
        if (course.on_record) course.on_record(record);
        return with_books(course, [&] {
            auto line = records.certify(record, nullptr, nullptr);
            if (records.keeps_record_of(record.drive)) forget_ended_wipe(session, record);
            return line;
        });
    };
    auto report = run_planned_wipes(
        session, course.plans, course.numbers, std::move(evidence),
        [&] { return with_books(course, record_intent); }, certify, course.view, course.links,
        course.resumed);
    if (!report.ok()) {
        with_books(course, [&] {
            journal.finish();
            records.send_journal();
        });
        return std::move(report).error();
    }
    put_final_records(*report, std::move(final_records));
    say_wipes(session, *report);
    with_books(course, [&] {
        journal.enter("certify");
        records.settle();
        if (records.lacks_a_record()) return;
        forget_hidden_sectors(session, *report);
        for (const WipeRecord& wipe : report->wipes) forget_ended_wipe(session, wipe);
        journal.finish();
    });
    const int status = wipe_exit_status(*report);
    return WipeCourseEnd{std::move(*report), std::move(records), status};
}

}  // namespace regain
