#include "console/technician_screen.h"

#include <utility>

#include "console/commands.h"
#include "console/drive_choice.h"
#include "console/interrupted_jobs.h"
#include "console/screen_desk.h"
#include "console/screen_line.h"
#include "console/screen_questions.h"
#include "console/screen_terminal.h"
#include "console/wipe_resumption.h"

namespace regain {
namespace {

enum class Afterwards { job_file, menu };

// ---- what a power cut left

Page interrupted_page(const InterruptedJob& job, const Result<RestartedJob>& restart,
                      const Translator& translate) {
    Page page;
    page.title = translate(message("A job was interrupted"));
    page.title_tone = Tone::bad;
    for (auto& line : describe_interrupted_job(job, translate)) page.lines.push_back({std::move(line)});
    page.lines.push_back({""});
    page.lines.push_back(
        {translate(message("What these drives hold is not known: neither erased nor usable.")), Tone::bad});
    PageChoice again{translate(message("Take this job up again: EVERYTHING on these drives is erased"))};
    if (!restart.ok()) again.refusal = describe(restart.error(), translate);
    page.choices = {std::move(again),
                    {translate(message("Set it aside: it is not mentioned any more"))},
                    {translate(message("Leave it for later"))}};
    page.keys = keys_for_choosing(translate);
    return page;
}

Result<RestartedJob> restart_here(const ScreenDesk& desk, const InterruptedJob& job) {
    if (!job.content.ok()) return job.content.error();
    REGAIN_ASSIGN(const auto present, desk.drives());
    REGAIN_ASSIGN(auto restarted, restart_of(*job.content, present));
    // What was overwritten need not be written again.
    if (restarted.command != "deploy" &&
        is_any_interrupted(desk.session().state_directory(), restarted.drives))
        restarted.words.insert(restarted.words.begin(), "--resume");
    return restarted;
}

// One confirmation, that of the choice: the drives were proved to be the same ones, and confirmed when the
// job was first begun.
void start_again(ScreenDesk& desk, const RestartedJob& job) {
    if (!desk.accepts_lost_records()) return;
    const auto present = desk.drives();
    if (!present.ok()) return desk.tell(present.error());
    std::vector<std::string> confirmations;
    for (const auto& drive : job.drives) confirmations.push_back(confirmation_of(drive, *present));
    ScreenSurroundings surroundings = desk.surroundings();
    surroundings.job.clear();  // its words name the job file that it was begun with
    surroundings.virtual_drives = false;
    const auto words = words_with(surroundings, confirmations, job.words, true);
    desk.run_on(job.drives, true, job.command, words);
}

Afterwards treat_interrupted_jobs(ScreenDesk& desk) {
    auto afterwards = Afterwards::job_file;
    for (const auto& job : find_interrupted_jobs(desk.session().state_directory(), desk.session().root())) {
        const auto restart = restart_here(desk, job);
        const auto chosen = desk.dialog().choose(
            [&](const Translator& translate) { return interrupted_page(job, restart, translate); }, 2);
        if (desk.dialog().is_over()) return Afterwards::menu;
        if (chosen && *chosen == 1) {
            if (const Status aside = set_aside(job); !aside.ok()) desk.tell(aside.error());
            continue;
        }
        // Started again or left: what the job file allows does not go on over it without a question.
        afterwards = Afterwards::menu;
        if (chosen && *chosen == 0) start_again(desk, *restart);
    }
    return afterwards;
}

// ---- the job file's own way

void run_job_file(ScreenDesk& desk) {
    const auto order = order_of_job(desk);
    if (order) desk.run_on(order->drives, true, order->command, words_of(*order, desk.surroundings()));
}

// ---- the menu

Page menu_page(const ScreenDesk& desk, const Translator& translate) {
    Page page;
    page.title = translate(message("Regain - what is to be done with this computer?"));
    const bool lost = desk.records().kind == RecordsPlace::Kind::none;
    page.lines.push_back(
        {describe_records_place(desk.records(), desk.session().state_directory().string(), translate),
         lost ? Tone::bad : Tone::plain});
    if (desk.unsent() && !desk.unsent()->empty()) {
        page.lines.push_back({describe(unsent_error(*desk.unsent()), translate), Tone::bad});
        page.lines.push_back({translate(unsent_error(*desk.unsent()).advice), Tone::bad});
    }
    if (!desk.job().path.empty() && !desk.job().fault)
        page.lines.push_back({translate(message("Job: {0}", desk.job().path.filename().string()))});
    page.choices = {{translate(message("The whole line: check, erase, install a system"))},
                    {translate(message("Erase only"))},
                    {translate(message("Check only: nothing is erased"))}};
    if (desk.unsent() && !desk.unsent()->empty())
        page.choices.push_back({translate(message("Send the records to the server again"))});
    page.keys = keys_for_choosing(translate);
    return page;
}

bool wants_to_leave(ScreenDesk& desk) {
    return ask_yes(desk.dialog(), [&](const Translator& translate) {
        Page page;
        page.title = translate(message("Leave Regain?"));
        if (desk.unsent() && !desk.unsent()->empty())
            page.lines.push_back({translate(unsent_error(*desk.unsent()).advice), Tone::bad});
        return page;
    });
}

// False: the technician leaves.
bool run_menu(ScreenDesk& desk) {
    const auto chosen =
        desk.dialog().choose([&](const Translator& translate) { return menu_page(desk, translate); }, 0);
    if (!chosen) return !desk.dialog().is_over() && !wants_to_leave(desk);
    if (*chosen == 3) {
        desk.send_records_again();
        return true;
    }
    if (*chosen == 2) {
        ScreenOrder order;
        order.command = "inspect";
        desk.run(order.command, words_of(order, desk.surroundings()));
        return true;
    }
    const auto order = ask_for_order(desk, *chosen == 0 ? "process" : "wipe");
    if (order) desk.run_on(order->drives, false, order->command, words_of(*order, desk.surroundings()));
    return true;
}

}  // namespace

int run_technician_screen(const Session& session, const InterruptionWatch& watch) {
    RawTerminal terminal(watch);
    ScreenDesk desk(session, watch, terminal);
    if (const Status copied = desk.copy_certificates_again(); !copied.ok()) desk.tell(copied.error());
    if (desk.job().fault) desk.tell(*desk.job().fault);
    const auto afterwards = treat_interrupted_jobs(desk);
    const bool begins = allows_anything(desk.job().file.line) && begins_by_itself(session.root());
    if (afterwards == Afterwards::job_file && begins) run_job_file(desk);
    while (!desk.dialog().is_over() && run_menu(desk)) {
    }
    return watch.is_to_end() ? exit_status(ErrorKind::interrupted) : 0;
}

}  // namespace regain
