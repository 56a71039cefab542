#include "wiper/stuck_drive.h"

#include <utility>

namespace regain {

EvidenceItem stuck_evidence(const WipeProgress& progress, const std::optional<PendingRequest>& pending,
                            uint64_t seconds, bool left_behind) {
    Json facts{{"step", progress.step},
               {"step_number", progress.step_number},
               {"node", pending ? pending->node : progress.node},
               {"bytes_done", progress.bytes_done},
               {"seconds", seconds},
               {"worker_left_behind", left_behind}};
    if (pending) {
        facts["operation"] = pending->operation;
        facts["request_seconds"] = pending->milliseconds / 1000;
        if (pending->length != 0) {
            facts["first_byte"] = pending->offset;
            facts["last_byte"] = pending->offset + pending->length - 1;
        }
    }
    return {"stuck", std::move(facts)};
}

}  // namespace regain
