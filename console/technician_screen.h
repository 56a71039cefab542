#pragma once
// `regain` without words on a terminal: the technician's screen. The steps, from what a power cut left to the
// result; the questions are in screen_questions.h, the commands that it starts are those of the command line.

#include "console/interruption.h"
#include "console/session.h"

namespace regain {

/// Until the technician leaves it or the program is asked to end; gives the exit status.
int run_technician_screen(const Session& session, const InterruptionWatch& watch);

}  // namespace regain
