#include <string>

#include "base/file.h"
#include "console/commands.h"
#include "console/profile_choice.h"
#include "console/progress_display.h"
#include "console/text_table.h"
#include "profiles/job_reader.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

Result<std::string> one_operand(const Session& session) {
    if (session.arguments().operands().size() == 1) return session.arguments().operands()[0];
    return error(ErrorKind::usage, message("understand the command line"), message("one PROFILE is needed"),
                 message("See --help."));
}

Json profile_json(const Profile& profile) {
    return Json{
        {"schema", "regain.profile-summary/1"},
        {"name", profile.name},
        {"title", profile.title},
        {"description", profile.description},
        {"organisation", {{"name", profile.organisation.name}, {"contact", profile.organisation.contact}}},
        {"suite", profile.system.suite},
        {"architecture", profile.system.architecture},
        {"packages", profile.system.packages},
        {"locales", profile.system.locales},
        {"languages", profile.languages()},
        {"first_start_languages", profile.first_start_languages},
        {"default_locale", profile.system.default_locale},
        {"keyboard_layout", profile.system.keyboard_layout},
        {"timezone", profile.system.timezone},
        {"minimum_disk_bytes", profile.disk.minimum_disk_mib << 20},
        {"wipe",
         {{"policy", profile.wipe.policy},
          {"method", profile.wipe.method},
          {"verify", profile.wipe.verify}}}};
}

// A job file says so in its schema line; everything else is read as a profile.
bool is_job_file(const std::filesystem::path& path) {
    const auto content = read_file(path, 1U << 20);
    return content.ok() && content->find("regain.job/") != std::string::npos;
}

int check_job(const Session& session, const std::filesystem::path& path) {
    const auto job = read_job_file(path);
    if (!job.ok()) return session.report(job.error());
    session.say(message("{0}: no mistake was found", path.string()));
    return 0;
}

}  // namespace

int run_profile_list(const Session& session) {
    const auto listings = list_profiles(profile_directories());
    const Translator& translate = session.translate();
    TextTable table({{translate("PROFILE")}, {translate("TITLE")}, {translate("FILE")}});
    Json list = Json::array();
    for (const auto& listing : listings) {
        const std::string title = listing.profile.ok() ? listing.profile->title_in(translate.language())
                                                       : translate("has a mistake");
        table.add_row({listing.name, title, listing.path.string()});
        list.push_back({{"name", listing.name},
                        {"path", listing.path.string()},
                        {"title", title},
                        {"usable", listing.profile.ok()}});
    }
    session.put_json(Json{{"schema", "regain.profiles/1"}, {"profiles", list}});
    if (!session.json()) session.say_raw(table.text());
    return 0;
}

int run_profile_show(const Session& session) {
    const auto name = one_operand(session);
    if (!name.ok()) return session.report(name.error());
    const auto profile = choose_profile(*name);
    if (!profile.ok()) return session.report(profile.error());
    session.put_json(profile_json(*profile));
    if (session.json()) return 0;
    session.say_raw(profile->name + ": " + profile->title_in(session.translate().language()) + "\n" +
                    profile->description + "\n");
    session.say_raw(pretty_json(profile_json(*profile)));
    return 0;
}

int run_profile_check(const Session& session) {
    const auto name = one_operand(session);
    if (!name.ok()) return session.report(name.error());
    const auto path = find_profile(*name, profile_directories());
    if (!path.ok()) return session.report(path.error());
    if (is_job_file(*path)) return check_job(session, *path);
    const auto faults = check_profile(*path);
    if (!faults.ok()) return session.report(faults.error());
    Json list = Json::array();
    for (const auto& fault : *faults)
        list.push_back({{"line", fault.line}, {"reason", in_english(fault.reason)}});
    session.put_json(Json{{"schema", "regain.profile-check/1"}, {"path", path->string()}, {"faults", list}});
    for (const auto& fault : *faults)
        session.report(error(ErrorKind::untrusted, message("use {0}", path->string()),
                             message("line {0}: {1}", fault.line, session.text(fault.reason))));
    if (!faults->empty()) return exit_status(ErrorKind::untrusted);
    session.say(message("{0}: no mistake was found", path->string()));
    return 0;
}

}  // namespace regain
