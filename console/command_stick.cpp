// `regain stick`: make a USB stick, write a newer ISO under its data, put lost entries of its table back,
// look at it. Making one loses what was on the drive and is confirmed as a wipe is; the others lose nothing,
// and work on the stick that the system was started from, too.

#include <fcntl.h>

#include <algorithm>
#include <string>
#include <vector>

#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/image_display.h"
#include "console/station_desk.h"
#include "console/stick_display.h"
#include "drives/discovery.h"
#include "drives/drive_hold.h"
#include "imager/deploy_target.h"
#include "imager/stick_file_systems.h"
#include "imager/stick_layout.h"
#include "imager/stick_maker.h"
#include "imager/stick_restore.h"

namespace regain {
namespace {

Error wrong_usage(Message reason) {
    return error(ErrorKind::usage, message("understand the command line"), std::move(reason),
                 message("See --help."));
}

Status check_operands(const Session& session, const std::vector<const char*>& needed) {
    if (session.arguments().operands().size() != 1) return wrong_usage(message("one DRIVE is needed"));
    for (const char* option : needed)
        if (!session.arguments().has(option)) return wrong_usage(message("--{0} is needed", option));
    return done();
}

/// Found, whatever protects it: what may be written to it is decided by the hold.
Result<DriveRecord> find_stick(const Session& session) {
    REGAIN_ASSIGN(const auto drives, discover_drives(session.root()));
    const auto files = session.arguments().has("virtual") ? VirtualFiles::accepted : VirtualFiles::refused;
    REGAIN_ASSIGN(auto drive, find_drive(session.root(), drives, session.arguments().operands()[0], files));
    REGAIN_TRY(check_rights({drive}));
    return drive;
}

struct PreparedStick {
    StickPlan plan;
    DriveChoice choice;
};

Result<PreparedStick> prepare(const Session& session) {
    const Arguments& arguments = session.arguments();
    REGAIN_TRY(check_operands(session, {"iso"}));
    StickRequest request;
    request.iso = arguments.value("iso");
    for (const auto& image : arguments.values("image")) request.images.emplace_back(image);
    for (const auto& profile : arguments.values("profile")) request.profiles.emplace_back(profile);
    request.job = arguments.value("job");
    PreparedStick prepared;
    REGAIN_TRY(check_stick_programs());
    REGAIN_ASSIGN(const auto anchors, anchors_of(session));
    REGAIN_ASSIGN(prepared.plan, plan_stick(request, anchors));
    REGAIN_ASSIGN(prepared.choice, choose_drives(session, arguments.operands(), N_("make a stick of {0}")));
    REGAIN_TRY(check_rights(prepared.choice.drives));
    REGAIN_TRY(check_stick_drive(prepared.plan, prepared.choice.drives[0]));
    return prepared;
}

void say_plan(const Session& session, const StickPlan& plan, const DriveRecord& drive) {
    const Translator& translate = session.translate();
    session.say_raw(describe_drive(drive, translate) + "\n");
    if (drive.bus != Bus::usb && !drive.removable && !drive.is_virtual())
        session.warn(message("{0} is not a USB drive", drive.path));
    session.say(message("  live system: {0}", plan.iso.description.release));
    for (const auto& file : plan.files)
        session.say_raw("    - " + file.target + "  " + human_size(file.size_bytes, translate) + "\n");
}

int finish(const Session& session, const StickReport& report) {
    session.put_json(to_json(report));
    say_stick_report(session, report);
    return stick_exit_status(report);
}

/// After the display is gone, so that its bars stay above what is said.
Result<StickReport> create_with_display(const Session& session, const PreparedStick& prepared) {
    const DriveRecord& drive = prepared.choice.drives[0];
    ImageDisplay display(session, {drive.path});
    REGAIN_TRY(verify_stick_images(prepared.plan, display.function(), session.stop()));
    REGAIN_ASSIGN(const auto target, open_drive_target(session.root(), drive));
    return create_stick(*target, drive, prepared.plan, session.clock(), display.function(), session.stop());
}

Result<StickReport> update_with_display(const Session& session) {
    REGAIN_TRY(check_operands(session, {"iso"}));
    REGAIN_ASSIGN(const auto iso, open_stick_iso(session.arguments().value("iso")));
    REGAIN_ASSIGN(const auto drive, find_stick(session));
    // Records and data may be mounted; nobody may be reading the live system that is written over.
    REGAIN_ASSIGN(const auto hold, DriveHold::acquire_part(session.root(), drive, {0, stick_iso_area_bytes}));
    REGAIN_ASSIGN(const auto io, hold.block_io());
    ImageDisplay display(session, {drive.path});
    return update_stick(*io, drive, iso, session.clock(), display.function(), session.stop());
}

Result<StickRestoration> restore(const Session& session, const DriveRecord& drive) {
    REGAIN_ASSIGN(const auto hold, DriveHold::acquire_part(session.root(), drive, {}));
    REGAIN_ASSIGN(const auto io, hold.block_io());
    REGAIN_TRY(hold.prove_identity());
    REGAIN_ASSIGN(auto restoration, restore_stick(*io));
    // The kernel may not know them yet, also where the table was whole.
    REGAIN_ASSIGN(const Mbr table, parse_mbr(restoration.table.sector));
    for (const unsigned index : {stick_records_entry, stick_data_entry}) {
        const MbrEntry& entry = table.entries[index];
        if (!entry.is_empty())
            REGAIN_TRY(hold.show_partition(index + 1, entry.offset_bytes(), entry.size_bytes()));
    }
    return restoration;
}

}  // namespace

int run_stick_create(const Session& session) {
    const auto prepared = prepare(session);
    if (!prepared.ok()) return session.report(prepared.error());
    say_plan(session, prepared->plan, prepared->choice.drives[0]);
    if (const Status confirmed = confirm_drives(session, prepared->choice); !confirmed.ok())
        return session.report(confirmed.error());
    const auto report = create_with_display(session, *prepared);
    return report.ok() ? finish(session, *report) : session.report(report.error());
}

int run_stick_update(const Session& session) {
    const auto report = update_with_display(session);
    if (!report.ok()) return session.report(report.error());
    // The kernel may know other places of the ISO's two partitions; while one of the stick's is in use it
    // looks again at the next start.
    (void)reread_partitions(report->drive);
    return finish(session, *report);
}

int run_stick_restore(const Session& session) {
    if (const Status usage = check_operands(session, {}); !usage.ok()) return session.report(usage.error());
    const auto drive = find_stick(session);
    if (!drive.ok()) return session.report(drive.error());
    const auto restoration = restore(session, *drive);
    if (!restoration.ok()) return session.report(restoration.error());
    session.say(restoration->table.changed
                    ? message("{0}: the entries of the stick are back in its table", drive->path)
                    : message("{0}: the table of the stick is whole; nothing was written", drive->path));
    if (restoration->table.records && restoration->table.data) return 0;
    return session.report(error(ErrorKind::failed, message("put both entries back"),
                                restoration->table.data
                                    ? message("the file system of the records is not at its place")
                                    : message("the file system of the data is not at its place"),
                                message("It was given another one, or is damaged: look at it with \"regain "
                                        "stick show\" before anything is written to it.")));
}

int run_stick_show(const Session& session) {
    if (const Status usage = check_operands(session, {}); !usage.ok()) return session.report(usage.error());
    const auto drive = find_stick(session);
    if (!drive.ok()) return session.report(drive.error());
    const auto looked = open_to_look(*drive);
    if (!looked.ok()) return session.report(looked.error());
    const auto found =
        look_at_stick(file_byte_reader(looked->get(), drive->size_bytes, message("read {0}", drive->path)));
    if (!found.ok()) return session.report(found.error());
    session.put_json(stick_document(*drive, *found));
    if (!session.json()) say_stick(session, *drive, *found);
    return 0;
}

}  // namespace regain
