#pragma once
// From what is wanted to a confirmed order: asks what the job file does not say or does not allow. Used by
// the technician's screen for its menu (everything is asked) and for a job without questions.

#include <optional>

#include "console/screen_desk.h"
#include "console/screen_order.h"

namespace regain {

/// The menu's way: `command` is "wipe" or "process"; what the job file says is only a proposal, and every
/// drive is confirmed by its typed serial. Nothing when the technician went back.
std::optional<ScreenOrder> ask_for_order(ScreenDesk& desk, const std::string& command);

/// Whether the job file allows anything without a question.
bool allows_anything(const JobLine& line);

/// The job's way: asks only for what it does not say, and for leave to do what it does not allow; what needs
/// no question is announced for ten seconds. Nothing when the technician said no.
std::optional<ScreenOrder> order_of_job(ScreenDesk& desk);

}  // namespace regain
