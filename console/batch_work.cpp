#include "console/batch_work.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <thread>
#include <utility>

#include "base/waiting.h"
#include "console/busy_drives.h"
#include "console/drive_choice.h"
#include "console/interrupted_jobs.h"
#include "console/password_release.h"
#include "drives/discovery.h"
#include "drives/drive_channels.h"
#include "drives/drive_port.h"
#include "drives/linux_drive_removal.h"
#include "drives/power_down.h"
#include "wiper/wipe_verdict.h"

namespace regain {
namespace {

/// The line of one drive in the batch's screen.
class DriveLine final : public ProgressView {
  public:
    DriveLine(BatchDisplay& display, size_t number) : display_(display), number_(number) {}
    ~DriveLine() override { display_.forget(number_); }
    void update(size_t, ProgressLine line) override { display_.update(number_, std::move(line)); }
    void note(const std::string& text) override { display_.speak(Voice::words, text + "\n"); }

  private:
    BatchDisplay& display_;
    size_t number_;
};

/// Nothing goes on inside the drive that a stop would disturb, and nobody has it in his hand.
bool may_be_stopped(const WipeRecord& record) {
    constexpr std::string_view still_busy[] = {"erase-left-running", "attempt-left-running",
                                               "password-not-released"};
    return !record.interrupted &&
           std::none_of(record.remarks.begin(), record.remarks.end(), [&](const Remark& remark) {
               return std::find(std::begin(still_busy), std::end(still_busy), remark.code) !=
                      std::end(still_busy);
           });
}

/// What the worker could only see as errors of the drive. Why it is gone nobody can tell from here.
void note_loss(WipeRecord& record) {
    record.errors.push_back(
        error(ErrorKind::failed, message("erase {0}", record.drive.path),
              message("the system lost it: it was pulled out, lost its power, or failed"),
              message("Check its plug and its power and erase it again; if it is lost again it has to be "
                      "destroyed.")));
    apply_verdict(record);
}

}  // namespace

Mailbox::Mailbox() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Mailbox::post(std::function<void()> letter) {
    {
        const std::lock_guard lock(mutex_);
        letters_.push_back(std::move(letter));
    }
    wake();
}

void Mailbox::wake() const {
    const uint64_t one = 1;
    static_cast<void>(::write(wake_.get(), &one, sizeof one) == 0);
}

std::deque<std::function<void()>> Mailbox::take() {
    uint64_t count = 0;
    static_cast<void>(::read(wake_.get(), &count, sizeof count) == 0);
    const std::lock_guard lock(mutex_);
    return std::exchange(letters_, {});
}

BatchWork::BatchWork(const Session& session, WipePolicy policy, JobContext job, std::string psids)
    : display_(session),
      session_(session),
      policy_(std::move(policy)),
      job_(std::move(job)),
      psids_(std::move(psids)),
      links_(session.root(), [this](const Message& words) { session_.say(words); }) {
    session_.speak_through([this](Voice voice, const std::string& text) { display_.speak(voice, text); });
}

void BatchWork::start(std::function<void()> work) {
    {
        const std::lock_guard lock(threads_mutex_);
        ++threads_;
    }
    std::thread([self = shared_from_this(), work = std::move(work)]() mutable {
        work();
        work = {};
        const std::lock_guard lock(self->threads_mutex_);
        --self->threads_;
        self->thread_ended_.notify_all();
    }).detach();
}

void BatchWork::wait_for_threads(std::chrono::milliseconds longest) {
    std::unique_lock lock(threads_mutex_);
    thread_ended_.wait_for(lock, longest, [this] { return threads_ == 0; });
}

Session BatchWork::session_for(const DriveRecord& drive) {
    Arguments arguments = session_.arguments();
    for (const char* option : {"auto", "allow", "json", "output"}) arguments.remove(option);
    arguments.set_operands({drive.path});
    Session session(std::move(arguments), session_.translate(), session_.stop());
    session.speak_through([this](Voice voice, const std::string& text) { display_.speak(voice, text); });
    return session;
}

// A drive without a bridge waits for no dock that does not answer.
std::unique_lock<std::mutex> BatchWork::bridges_of(const DriveRecord& drive) {
    return drive.bus == Bus::usb ? std::unique_lock(bridges_) : std::unique_lock<std::mutex>();
}

CapabilitySource BatchWork::source_for(const Session& session, const LabelNumbers& numbers) {
    return [this, source = capability_source(session, numbers)](const DriveRecord& drive) {
        const auto lock = bridges_of(drive);
        return source(drive);
    };
}

Result<LabelNumbers> BatchWork::numbers_for(const DriveRecord& drive, const std::string& name) const {
    const DriveChoice choice{{drive}, {name}};
    std::istringstream lines(psids_);
    std::string own;
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(choice.confirmations.front() + " ")) own += line + "\n";
    if (own.empty()) return LabelNumbers{};
    return parse_label_numbers(own, choice);
}

// Behind a dock the drive tells its own serial only once it was asked.
Result<LabelNumbers> BatchWork::numbers_for(const DriveCapabilities& capabilities) const {
    const DriveRecord& drive = capabilities.drive;
    const std::string spoken = capabilities.ata    ? capabilities.ata->serial()
                               : capabilities.nvme ? capabilities.nvme->serial
                                                   : std::string();
    if (spoken.empty() || spoken == drive.serial) return LabelNumbers{};
    return numbers_for(drive, spoken);
}

void BatchWork::look(bool with_virtual_drives, std::vector<std::string> files,
                     std::function<void(Result<std::vector<PluggedDrive>>)> then) {
    const auto find = [this, with_virtual_drives,
                       files = std::move(files)]() -> Result<std::vector<PluggedDrive>> {
        std::vector<PluggedDrive> plugged;
        REGAIN_ASSIGN(auto drives, discover_drives(session_.root()));
        for (DriveRecord& drive : drives)
            if (!drive.is_virtual() || with_virtual_drives)
                plugged.push_back({drive, port_of(session_.root(), drive)});
        for (const std::string& file : files)
            if (auto drive = virtual_drive_from_file(session_.root(), file); drive.ok())
                plugged.push_back({*drive, port_of(session_.root(), *drive)});
        return plugged;
    };
    start([this, find, then = std::move(then)] { mailbox_.post([found = find(), then] { then(found); }); });
}

void BatchWork::ask(const DriveRecord& drive, std::function<void(Result<PlannedDrive>)> then) {
    start([this, drive, then = std::move(then)] {
        mailbox_.post([planned = plan(drive), then] { then(planned); });
    });
}

Result<PlannedDrive> BatchWork::plan(const DriveRecord& drive) {
    REGAIN_TRY(check_rights({drive}));
    const Session session = session_for(drive);
    PlannedDrive planned;
    {
        const auto lock = bridges_of(drive);
        REGAIN_TRY(release_left_passwords(session, {drive}));
    }
    REGAIN_ASSIGN(planned.numbers, numbers_for(drive, drive.serial.empty() ? drive.path : drive.serial));
    const auto is_stopped = [&] { return session.stop().stop_requested(); };
    const auto wait = [&](std::chrono::milliseconds length) { wait_unless_stopped(length, session.stop()); };
    DriveCapabilities capabilities = ask_when_quiet(
        drive, source_for(session, planned.numbers),
        {session.clock(), wait, is_stopped, [&](const Message& words) { session.say(words); }});
    if (planned.numbers.empty()) {
        REGAIN_ASSIGN(planned.numbers, numbers_for(capabilities));
        capabilities.is_psid_given = !planned.numbers.empty();
    }
    REGAIN_ASSIGN(auto plans, plan_wipes(session, {capabilities}, policy_, nullptr));
    planned.plan = std::move(plans.front());
    mention_interrupted_jobs(session, {drive});
    return planned;
}

void BatchWork::wipe(size_t number, const PlannedDrive& planned,
                     std::shared_ptr<std::atomic<bool>> is_unplugged, WipeNews news) {
    start([this, number, planned, is_unplugged = std::move(is_unplugged), news = std::move(news)] {
        DriveRecord drive = planned.plan.drive;
        auto wiped = carry_out(
            number, planned, *is_unplugged, [&] { mailbox_.post(news.final); }, drive);
        const bool is_next = wiped.ok() && wiped->is_powered_down_next;
        mailbox_.post([wiped, then = news.ended] { then(wiped); });
        if (!is_next) return;
        MachineDriveChannels channels(session_.root());
        mailbox_.post([status = power_down(session_.root(), channels, drive), then = news.powered_down] {
            then(status);
        });
    });
}

Result<WipedDrive> BatchWork::carry_out(size_t number, const PlannedDrive& planned,
                                        const std::atomic<bool>& is_unplugged,
                                        const std::function<void()>& on_final, DriveRecord& drive) {
    const Session session = session_for(drive);
    std::vector<DriveRecord> drives{drive};
    std::vector<WipePlan> plans{planned.plan};
    DriveLine line(display_, number);
    const auto is_gone = [&] {
        return is_unplugged ||
               (!drives.front().is_virtual() && !is_still_there(session.root(), drives.front()));
    };
    WipeCourse course{session, job_, drives, plans, planned.numbers, source_for(session, planned.numbers)};
    course.view = &line;
    course.links = &links_;
    course.books = &books_;
    course.on_record = [&](WipeRecord& record) {
        if (record.verdict == Verdict::not_erased && is_gone()) note_loss(record);
        on_final();
    };
    REGAIN_ASSIGN(auto end, run_wipe_course(course));
    drive = drives.front();
    WipedDrive wiped;
    wiped.record = std::move(end.report.wipes.front());
    wiped.status = end.records.conclude_drive(end.status);
    wiped.is_powered_down_next = can_power_down(drive) && may_be_stopped(wiped.record) && !is_gone();
    return wiped;
}

}  // namespace regain
