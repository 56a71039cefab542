#include "wiper/hidden_sectors.h"

#include <utility>

#include "drives/ata_commands.h"
#include "wiper/ata_dialogue.h"
#include "wiper/capability_facts.h"

namespace regain {
namespace {

class HiddenSectorRestorer {
  public:
    HiddenSectorRestorer(AtaTransport& ata, HiddenSectorsLog& log) : ata_(ata), log_(log) {}

    void run() {
        log_.before = look(true);
        if (!log_.before || is_hindered()) return;
        if (log_.before->hidden_sectors() != 0) change();
        if (log_.change.empty()) {
            log_.after = log_.before;
        } else {
            log_.after = look(false);
            if (log_.after) check_size();
        }
        conclude();
    }

  private:
    /// What could not be asked before is only named once.
    std::optional<HiddenSectors> look(bool names_gaps) {
        const IdentifyLook seen = identify_with_registers(ata_);
        if (!seen.identify) {
            log_.remarks.push_back(seen.fault);
            if (seen.error) log_.errors.push_back(*seen.error);
            return std::nullopt;
        }
        identify_ = seen.identify;
        DriveCapabilities found;
        CapabilityFacts facts(found);
        const HiddenSectors hidden = read_hidden_sectors(ata_, *identify_, facts);
        if (names_gaps)
            log_.remarks.insert(log_.remarks.end(), found.not_known.begin(), found.not_known.end());
        return hidden;
    }

    bool is_hindered() {
        if (identify_->security().locked) {
            log_.remarks.push_back({"security-locked", {}});
            return true;
        }
        const bool is_sanitizing =
            identify_->sanitize().supported && look_at_ata_sanitize(ata_).state == OperationState::running;
        if (is_sanitizing) log_.remarks.push_back({"already-running", {}});
        return is_sanitizing;
    }

    static bool hides(const std::optional<uint64_t>& native, uint64_t shown) {
        return native && *native > shown;
    }

    /// The overlay comes last: it can only be taken away where no host-protected area is left.
    void change() {
        const HiddenSectors& hidden = *log_.before;
        if (hides(hidden.accessible_native, hidden.addressable_sectors)) {
            expected_ = *hidden.accessible_native;
            send("accessible-max-address", ata_set_accessible_max_address_ext(expected_ - 1));
        } else if (hides(hidden.host_protected_native, hidden.addressable_sectors)) {
            expected_ = *hidden.host_protected_native;
            set_max();
        } else {
            expected_ = *hidden.configuration_native;
            send("configuration-overlay", ata_device_configuration_restore());
        }
    }

    /// SET MAX is taken only when READ NATIVE MAX was the command right before it.
    void set_max() {
        const bool is_long = identify_->has_48_bit_addresses();
        const AtaCommand set =
            is_long ? ata_set_max_address_ext(expected_ - 1, SizeKept::for_good)
                    : ata_set_max_address(static_cast<uint32_t>(expected_ - 1), SizeKept::for_good);
        const auto native =
            ata_.send(is_long ? ata_read_native_max_address_ext() : ata_read_native_max_address());
        if (acceptance_of(native) == Answer::yes) {
            send("host-protected-area", set);
            return;
        }
        log_.accepted = Answer::no;
        refused("host-protected-area", native);
    }

    void send(std::string mechanism, const AtaCommand& command) {
        const auto reply = ata_.send(command);
        log_.accepted = acceptance_of(reply);
        if (log_.accepted != Answer::yes) refused(mechanism, reply);
        if (log_.accepted != Answer::no) log_.change = std::move(mechanism);
    }

    void refused(const std::string& mechanism, const Result<AtaReply>& reply) {
        if (!reply.ok()) log_.errors.push_back(reply.error());
        log_.remarks.push_back(
            {"hidden-sectors-not-restored", {{"mechanism", mechanism}, {"reason", refusal_of(reply)}}});
    }

    void check_size() {
        const uint64_t shown = log_.after->addressable_sectors;
        if (shown == expected_) return;
        log_.remarks.push_back({"restored-size-differs",
                                {{"expected", std::to_string(expected_)}, {"shown", std::to_string(shown)}}});
    }

    void conclude() {
        if (!log_.after) return;
        if (log_.after->hidden_sectors() != 0) {
            log_.all_reached = Answer::no;
            log_.needs_power_cycle = !log_.change.empty();
        } else if (log_.after->is_examined) {
            log_.all_reached = Answer::yes;
        }
    }

    AtaTransport& ata_;
    HiddenSectorsLog& log_;
    std::optional<AtaIdentify> identify_;
    uint64_t expected_ = 0;
};

Json to_json(const std::optional<HiddenSectors>& hidden) {
    if (!hidden) return Json::object();
    return Json{{"addressable_sectors", hidden->addressable_sectors},
                {"native_sectors", hidden->native_sectors()},
                {"hidden_sectors", hidden->hidden_sectors()},
                {"sector_bytes", hidden->sector_bytes},
                {"examined", hidden->is_examined ? "yes" : "no"}};
}

}  // namespace

Json to_json(const HiddenSectorsLog& log) {
    Json commands = Json::array();
    for (const CommandLogEntry& entry : log.commands) commands.push_back(to_json(entry));
    return Json{{"before", to_json(log.before)},
                {"after", to_json(log.after)},
                {"change", log.change},
                {"accepted", answer_name(log.accepted)},
                {"all_reached", answer_name(log.all_reached)},
                {"needs_power_cycle", log.needs_power_cycle ? "yes" : "no"},
                {"remarks", to_json(log.remarks)},
                {"errors", to_json(log.errors)},
                {"commands", std::move(commands)}};
}

HiddenSectorsLog restore_hidden_sectors(ScsiTransport& scsi, PassThroughSize size) {
    HiddenSectorsLog log;
    LoggedScsiTransport logged(scsi, log.commands);
    SatTransport ata(logged, size);
    HiddenSectorRestorer(ata, log).run();
    return log;
}

}  // namespace regain
