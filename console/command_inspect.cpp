#include <string>

#include "certifier/wording.h"
#include "console/commands.h"
#include "console/inspection_display.h"
#include "drives/discovery.h"

namespace regain {

int run_inspect(const Session& session) {
    if (const Status writable = session.check_report_file(); !writable.ok())
        return session.report(writable.error());
    const auto drives = discover_drives(session.root());
    if (!drives.ok()) return session.report(drives.error());
    const auto report = inspect_with_display(session, *drives);
    if (!report.ok()) return session.report(report.error());
    session.put_json(to_json(*report));
    if (!session.json()) say_inspection(session, *report);
    if (const Status written = session.write_report_file(to_json(*report)); !written.ok())
        return session.report(written.error());
    return inspection_exit_status(*report);
}

}  // namespace regain
