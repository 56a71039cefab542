#include "console/screen_line.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/file.h"
#include "console/drive_choice.h"
#include "console/finished_drives.h"
#include "console/line_choice.h"
#include "console/screen_questions.h"
#include "console/text_lines.h"
#include "drives/discovery.h"
#include "imager/image_reader.h"
#include "profiles/profile_reader.h"

namespace regain {
namespace {

constexpr std::chrono::seconds announcement{10};

enum class Answers { all_asked, as_the_job_says };

// One way through the questions; each step fills its part of the order.
class LineQuestions {
  public:
    LineQuestions(ScreenDesk& desk, Answers answers)
        : desk_(desk), dialog_(desk.dialog()), line_(desk.job().file.line), answers_(answers) {
        order_.policy = line_.policy;
        order_.method = line_.method;
        order_.verify = line_.verify;
        // The machine wakes by itself, and nobody could answer the command's question behind the screen.
        order_.suspend = line_.suspend.empty() ? "yes" : line_.suspend;
    }

    std::optional<ScreenOrder> run(const std::string& command) {
        order_.command = command;
        if (!take_drives()) return std::nullopt;
        if (order_.command == "process" && !take_system()) return std::nullopt;
        if (!desk_.accepts_lost_records() || !confirm()) return std::nullopt;
        return order_;
    }

  private:
    bool follows_job() const { return answers_ == Answers::as_the_job_says; }
    bool take_drives();
    bool take_system();
    bool take_profile();
    bool take_image();
    bool take_target();
    bool confirm();
    bool confirm_finished();
    bool announce();
    Page announcement_page(const Translator& translate, size_t seconds_left) const;

    ScreenDesk& desk_;
    ScreenDialog& dialog_;
    const JobLine& line_;
    Answers answers_;
    ScreenOrder order_;
    std::vector<DriveRecord> left_out_;
    std::vector<std::string> not_here_;
    std::optional<ProfileChoice> profile_;
    uint64_t minimum_bytes_ = 0;
};

bool LineQuestions::take_drives() {
    const auto present = desk_.drives();
    if (!present.ok()) {
        desk_.tell(present.error());
        return false;
    }
    const LineDrives wanted = drives_of_line(line_, *present);
    left_out_ = wanted.left_out;
    not_here_ = wanted.not_here;
    const bool is_free = std::all_of(wanted.drives.begin(), wanted.drives.end(),
                                     [](const DriveRecord& drive) { return drive.protection.empty(); });
    // A machine that keeps a drive with its data (read-only, hidden behind a RAID controller ...) is not
    // done: nobody may read "DONE" without having seen that drive.
    if (follows_job() && !wanted.drives.empty() && is_free && wanted.kept_back.empty()) {
        order_.drives = wanted.drives;
    } else {
        auto chosen = ask_drives(dialog_, *present, wanted.drives);
        if (!chosen) return false;
        order_.drives = std::move(*chosen);
    }
    for (const auto& drive : order_.drives) order_.confirmations.push_back(confirmation_of(drive, *present));
    return true;
}

bool LineQuestions::take_system() {
    if (!take_profile() || !take_image()) return false;
    const auto image = ImageReader::open_location(order_.image, desk_.stop());
    if (!image.ok()) {
        desk_.tell(image.error());
        return false;
    }
    minimum_bytes_ = (*image)->manifest().minimum_disk_bytes;
    if (!take_target()) return false;
    // Answers are no permission: they only stand for what the new system would ask at its first start.
    if (!line_.answers.empty()) order_.answers = (desk_.job().path.parent_path() / line_.answers).string();
    if (!follows_job() || line_.may_deploy) return true;
    const bool deploys = ask_yes(dialog_, [&](const Translator& translate) {
        Page page;
        page.title = translate(message("Install the system?"));
        page.lines.push_back(
            {translate(message("{0} onto {1}, after it is erased.",
                               std::filesystem::path(order_.image).filename().string(), order_.deploy_to))});
        page.lines.push_back({translate(message("\"No\" erases only."))});
        return page;
    });
    if (!deploys) order_.command = "wipe";
    return !dialog_.is_over();
}

bool LineQuestions::take_profile() {
    const auto directories = desk_.profile_directories();
    if (follows_job() && !line_.profile.empty()) {
        const auto path = find_profile(line_.profile, directories);
        auto profile = path.ok() ? read_profile(*path) : Result<Profile>(path.error());
        if (!profile.ok()) {
            desk_.tell(profile.error());
            return false;
        }
        profile_ = ProfileChoice{*path, *profile};
    } else {
        profile_ = ask_profile(dialog_, directories);
    }
    if (profile_) order_.profile = profile_->path.string();
    return profile_.has_value();
}

bool LineQuestions::take_image() {
    if (follows_job() && !line_.image.empty()) {
        order_.image = desk_.location_of_image(line_.image);
        return true;
    }
    const auto images = desk_.images(profile_->profile);
    if (!images.ok()) {
        desk_.tell(images.error());
        return false;
    }
    const bool takes_newest = follows_job() && line_.may_deploy && !images->empty();
    const auto image = takes_newest ? std::optional(images->front())
                                    : ask_image(dialog_, profile_->profile, *images, desk_.image_places());
    if (image) order_.image = image->location;
    return image.has_value();
}

bool LineQuestions::take_target() {
    std::optional<DriveRecord> target;
    if (follows_job() && line_.deploy_to == "automatic") {
        const auto index = automatic_target(order_.drives, minimum_bytes_);
        if (index) target = order_.drives[*index];
    }
    for (const auto& drive : order_.drives)
        if (follows_job() && !line_.deploy_to.empty() &&
            (drive.path == line_.deploy_to || drive.serial == line_.deploy_to))
            target = drive;
    // A job that names another drive, or none that is a part of the machine, is asked about.
    const bool may_be_the_only_one = !follows_job() || line_.deploy_to.empty();
    if (!target && may_be_the_only_one && order_.drives.size() == 1 &&
        order_.drives.front().size_bytes >= minimum_bytes_)
        target = order_.drives.front();
    if (!target) target = ask_target(dialog_, order_.drives, minimum_bytes_);
    if (target) order_.deploy_to = target->path;
    return target.has_value();
}

bool LineQuestions::confirm() {
    if (!follows_job() || !line_.may_wipe)
        return ask_confirmations(dialog_, order_.drives, order_.confirmations);
    return confirm_finished() && announce();
}

// The machine was started again with the stick still in it: its new system would be lost.
bool LineQuestions::confirm_finished() {
    const auto finished = already_finished(desk_.session().state_directory(), order_.drives);
    if (finished.empty()) return true;
    return ask_yes(dialog_, [&](const Translator& translate) {
        Page page;
        page.title = translate(message("This machine is already done"));
        page.title_tone = Tone::bad;
        page.lines.push_back(
            {translate(message("This stick has already taken these drives through a job:"))});
        for (const auto& drive : finished) page.lines.push_back({"  " + drive_in_words(drive, translate)});
        page.lines.push_back({""});
        page.lines.push_back({translate(message("Erase everything again?")), Tone::strong});
        return page;
    });
}

Page LineQuestions::announcement_page(const Translator& translate, size_t seconds_left) const {
    Page page;
    page.title = translate(message("The job begins in {0} s", seconds_left));
    page.title_tone = Tone::bad;
    page.lines.push_back({translate(
        message("The job file {0} allows it without a question.", desk_.job().path.filename().string()))});
    page.lines.push_back({translate(message("EVERYTHING on these drives will be erased:")), Tone::bad});
    for (const auto& drive : order_.drives)
        page.lines.push_back({"  " + drive_in_words(drive, translate), Tone::strong});
    if (order_.command == "process")
        page.lines.push_back(
            {translate(message("{0} goes onto {1}.", std::filesystem::path(order_.image).filename().string(),
                               order_.deploy_to))});
    for (const auto& drive : left_out_)
        page.lines.push_back({translate(
            message("Left alone, it is not a part of the machine: {0}", drive_in_words(drive, translate)))});
    // A list for a whole lot of machines is usual: what it names besides is said, and stops nothing.
    if (!not_here_.empty())
        page.lines.push_back({translate(
            message("Not found in this machine, or not a single drive: {0}", first_names(not_here_)))});
    page.lines.push_back(
        {describe_records_place(desk_.records(), desk_.session().state_directory().string(), translate)});
    page.keys = translate(message("Escape: stop, nothing is erased   Enter: begin now   l: language"));
    return page;
}

bool LineQuestions::announce() {
    // A machine whose firmware starts from the network first comes back after each restart, and what it was
    // through lies on the server: nothing here knows that it is done.
    if (desk_.records().kind == RecordsPlace::Kind::network)
        return ask_yes(dialog_, [&](const Translator& translate) {
            Page page = announcement_page(translate, 0);
            page.title = translate(
                message("Begin? Started from the network, this machine does not know if it is done"));
            return page;
        });
    return dialog_.count_down(announcement, [&](const Translator& translate, size_t seconds_left) {
        return announcement_page(translate, seconds_left);
    });
}

}  // namespace

std::optional<ScreenOrder> ask_for_order(ScreenDesk& desk, const std::string& command) {
    return LineQuestions(desk, Answers::all_asked).run(command);
}

bool allows_anything(const JobLine& line) {
    return line.may_wipe || line.may_deploy;
}

std::optional<ScreenOrder> order_of_job(ScreenDesk& desk) {
    const JobLine& line = desk.job().file.line;
    const bool deploys = line.deploy_to != "none" && (line.may_deploy || !line.profile.empty());
    return LineQuestions(desk, Answers::as_the_job_says).run(deploys ? "process" : "wipe");
}

}  // namespace regain
