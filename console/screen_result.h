#pragma once
// The page at the end of a job, seen from the other end of the workshop: green or red, a word, a symbol; what
// happened on each drive, and where the certificates lie. Made from what the command reported. Pure.

#include <optional>
#include <string>
#include <vector>

#include "base/translation.h"
#include "console/screen_page.h"
#include "console/session.h"
#include "reports/drive_record.h"

namespace regain {

struct JobResult {
    std::string command;  ///< "wipe", "process", "deploy", "inspect"
    int exit_status = 0;
    JobOutcome outcome;
    std::string certificates_directory;
    std::string copies_directory;     ///< empty: there is no partition for copies
    std::optional<Error> copy_error;  ///< the certificates could not be copied
    bool records_are_lost = false;    ///< they are kept nowhere
};

/// Everything that was asked for was achieved, and is kept.
bool is_good(const JobResult& result);

/// The machine may switch itself off: a job that erased ended well, and takes no record with it.
bool may_leave(const JobResult& result);

/// Those of `drives` that must not be erased again without a question: all after a good end, else those that
/// got their system.
std::vector<DriveRecord> drives_done_by(const JobResult& result, const std::vector<DriveRecord>& drives);

/// `seconds_left` and `then` ("poweroff", "boot") for the countdown; without them the page waits for a key.
Page result_page(const JobResult& result, const Translator& translate, size_t columns,
                 const std::string& then = {}, size_t seconds_left = 0);

}  // namespace regain
