#pragma once
// The worker: a process of its own for each drive (the console's hidden subcommand `wipe-worker`). It reads
// one job, holds the drive exclusively, waits for the order to go, runs the plan and reports; wipe_protocol.h
// says in which words. SIGTERM and SIGINT stop it: it reports how far it came. It never talks to the
// operator.

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/system_root.h"
#include "reports/drive_record.h"
#include "wiper/held_channels.h"
#include "wiper/wipe_protocol.h"
#include "wiper/wipe_run.h"

namespace regain {

/// Holds a drive and gives one target for each of its user_data_nodes, in their order.
using HoldTargets = std::function<Result<std::vector<std::unique_ptr<WipeTarget>>>(const SystemRoot& root,
                                                                                   const DriveRecord& drive)>;

/// Opens the command channels of a drive that is held, for plans with steps of the drive's own.
using OpenChannels = std::function<Result<std::unique_ptr<HeldChannels>>(
    const WipeJob& job, const SystemRoot& root, const Clock& clock, std::stop_token stop)>;

/// Runs one job from `in` to `out` and gives the process's exit status: 0 when a record was sent, whatever it
/// says; 1 when not. Blocks signals and starts a thread: call it from the main thread of a process of its
/// own.
int run_wipe_worker(int in, int out);
/// The same with other holds (tests).
int run_wipe_worker(int in, int out, const HoldTargets& hold_targets, const OpenChannels& open_channels = {});

/// Holds a drive through drives/drive_hold.h: exclusively, identity proven.
Result<std::vector<std::unique_ptr<WipeTarget>>> hold_drive_targets(const SystemRoot& root,
                                                                    const DriveRecord& drive);
/// The kernel's channels (held_channels.h).
Result<std::unique_ptr<HeldChannels>> open_machine_channels(const WipeJob& job, const SystemRoot& root,
                                                            const Clock& clock, std::stop_token stop);

}  // namespace regain
