#include "console/batch_desk.h"

#include <algorithm>

#include "drives/discovery.h"
#include "drives/same_drive.h"

namespace regain {
namespace {

/// The same thing in the same socket, not another one that was put in under its name.
bool is_same_plugging(const DriveRecord& one, const DriveRecord& other) {
    if (one.path != other.path || one.diskseq != other.diskseq || one.inode != other.inode) return false;
    return one.diskseq != 0 || (one.serial == other.serial && one.model == other.model);
}

}  // namespace

const BatchDrive* BatchDesk::find(size_t number) const {
    const auto found = std::find_if(drives_.begin(), drives_.end(),
                                    [&](const BatchDrive& drive) { return drive.number == number; });
    return found == drives_.end() ? nullptr : &*found;
}

BatchDrive* BatchDesk::find_mutable(size_t number) {
    return const_cast<BatchDrive*>(find(number));
}

bool BatchDesk::is_here(const BatchDrive& drive) const {
    return drive.state != BatchState::gone && !drive.is_unplugged;
}

void BatchDesk::refuse(Error why) {
    words_.push_back({std::move(why), {}});
}

std::vector<BatchDesk::Word> BatchDesk::take_words() {
    return std::exchange(words_, {});
}

// ---- drives that come and go

BatchOrders BatchDesk::present(const std::vector<PluggedDrive>& plugged) {
    BatchOrders orders;
    const auto add = [&](BatchOrders more) { orders.insert(orders.end(), more.begin(), more.end()); };
    for (BatchDrive& drive : drives_) {
        if (!is_here(drive)) continue;
        const auto found = std::find_if(plugged.begin(), plugged.end(), [&](const PluggedDrive& now) {
            return is_same_plugging(now.drive, drive.drive);
        });
        if (found == plugged.end()) {
            unplug(drive);
        } else if (drive.state == BatchState::waiting || drive.state == BatchState::kept) {
            const bool has_changed = found->drive.protection != drive.drive.protection;
            drive.drive = found->drive;
            drive.port = found->port;
            if (has_changed) add(take_up(drive));
        }
    }
    for (const PluggedDrive& now : plugged) {
        const bool is_known = std::any_of(drives_.begin(), drives_.end(), [&](const BatchDrive& drive) {
            return is_here(drive) && is_same_plugging(now.drive, drive.drive);
        });
        if (is_known || is_closing_) continue;
        BatchDrive& drive = drives_.emplace_back();
        drive.number = drives_.size();
        drive.drive = now.drive;
        drive.port = now.port;
        put_away_those_before(drive);
        add(take_up(drive));
    }
    has_looked_ = true;
    add(take_held());
    settle();
    return orders;
}

std::string BatchDesk::full_name_of(const BatchDrive& drive) {
    const std::string spoken = drive.plan ? drive.plan->spoken_serial : std::string();
    std::string inside = spoken.empty() ? drive.drive.serial : spoken;
    if (!drive.port.empty() && drive.port != drive.drive.path)
        inside += (inside.empty() ? "" : ", ") + drive.port;
    return inside.empty() ? drive.drive.path : drive.drive.path + " (" + inside + ")";
}

// A drive that is powered down has given its path back, and the next one may be in its socket already.
void BatchDesk::put_away_those_before(const BatchDrive& newcomer) {
    for (BatchDrive& drive : drives_) {
        if (drive.number == newcomer.number || drive.rest != BatchRest::can_be_pulled) continue;
        if (!is_replaced(drive, Place::port) && !is_replaced(drive, Place::path)) continue;
        drive.rest = BatchRest::none;
        drive.is_unplugged = true;
    }
}

bool BatchDesk::is_replaced(const BatchDrive& drive, Place place) const {
    return std::any_of(drives_.begin(), drives_.end(), [&](const BatchDrive& other) {
        if (other.number <= drive.number || !is_here(other)) return false;
        return place == Place::port ? !drive.port.empty() && other.port == drive.port
                                    : other.drive.path == drive.drive.path;
    });
}

BatchOrders BatchDesk::take_up(BatchDrive& drive) {
    const Status free = check_unprotected(drive.drive, message("erase {0}", drive.drive.path));
    drive.plan.reset();
    drive.refusal.reset();
    if (free.ok()) {
        drive.state = BatchState::asked;
        return {{BatchOrder::Kind::ask, drive.number}};
    }
    drive.state = BatchState::kept;
    drive.refusal = free.error();
    refuse(free.error());
    if (rules_.is_automatic && leave_of(drive) != Leave::no) not_taken_up_.insert(drive.number);
    return {};
}

void BatchDesk::unplug(BatchDrive& drive) {
    switch (drive.state) {
        case BatchState::working:
            drive.is_unplugged = true;
            if (drive.is_record_final)
                say(message(
                    "{0} was gone before its certificate was there: the certificate says what was reached.",
                    full_name_of(drive)));
            else
                say(message(
                    "{0} was pulled out, lost its power or failed while it was being erased: it is not "
                    "erased.",
                    full_name_of(drive)));
            return;
        case BatchState::ended:
            // Powering a drive down makes the system let go of it: that is not somebody's hand.
            if (drive.rest != BatchRest::powering_down && drive.rest != BatchRest::can_be_pulled)
                say(message("{0} was unplugged.", full_name_of(drive)));
            drive.is_unplugged = true;
            return;
        case BatchState::asked:
        case BatchState::waiting:
        case BatchState::kept:
            say(message("{0} was unplugged.", full_name_of(drive)));
            drive.state = BatchState::gone;
            return;
        case BatchState::gone:
            return;
    }
}

// ---- plans, and who may start by itself

BatchOrders BatchDesk::planned(size_t number, Result<WipePlan> plan) {
    BatchDrive* drive = find_mutable(number);
    if (drive == nullptr || drive->state != BatchState::asked) return {};
    BatchOrders orders;
    if (plan.ok()) {
        drive->plan = std::move(*plan);
        drive->state = BatchState::waiting;
        orders = start_by_itself(*drive);
    } else {
        drive->state = BatchState::kept;
        drive->refusal = plan.error();
        refuse(plan.error());
        if (rules_.is_automatic && leave_of(*drive) != Leave::no) not_taken_up_.insert(number);
    }
    const BatchOrders held = take_held();
    orders.insert(orders.end(), held.begin(), held.end());
    settle();
    return orders;
}

BatchDesk::Leave BatchDesk::leave_of(const BatchDrive& drive) {
    if (!drive.port.empty() && rules_.allowed.count(drive.port) != 0) return Leave::by_port;
    const std::string spoken = drive.plan ? drive.plan->spoken_serial : std::string();
    for (const std::string& name : names_of(drive)) {
        if (rules_.allowed.count(name) == 0) continue;
        const bool is_its_own = name == spoken || drive.drive.serial_source != "bridge";
        if (is_its_own && !is_ambiguous(name)) return Leave::by_serial;
        not_taken_up_.insert(drive.number);
        if (is_its_own)
            say(message("{0} is not started by itself: the serial {1} is that of several drives.",
                        drive.drive.path, name));
        else
            say(message(
                "{0} is not started by itself: {1} is the serial of its dock, whatever drive is in it. "
                "Allow the dock's port to have it erased without a question.",
                drive.drive.path, name));
    }
    return Leave::no;
}

bool BatchDesk::was_begun_before(const BatchDrive& drive) const {
    const std::string spoken = drive.plan ? drive.plan->spoken_serial : std::string();
    return std::any_of(begun_.begin(), begun_.end(), [&](const Begun& begun) {
        if (!spoken.empty() && !begun.spoken_serial.empty()) return spoken == begun.spoken_serial;
        return is_same_drive(begun.drive, drive.drive);
    });
}

BatchOrders BatchDesk::start_by_itself(BatchDrive& drive) {
    if (!rules_.is_automatic || is_closing_) return {};
    const Leave leave = leave_of(drive);
    if (leave == Leave::no) return {};
    if (was_begun_before(drive)) {
        say(message(
            "{0} is not started by itself: it, or a drive that can't be told from it, had its turn in "
            "this run already. Type {1} to erase it again.",
            drive.drive.path, confirmation_of(drive)));
        return {};
    }
    if (leave == Leave::by_port && drive.drive.serial_source == "bridge")
        say(message(
            "{0} is erased without a question: its port {1} is allowed, whatever drive is in the dock.",
            drive.drive.path, drive.port));
    else if (leave == Leave::by_port)
        say(message("{0} is erased without a question: its port {1} is allowed.", drive.drive.path,
                    drive.port));
    else
        say(message("{0} is erased without a question: its serial is allowed.", drive.drive.path));
    return start(drive);
}

BatchOrders BatchDesk::start(BatchDrive& drive) {
    drive.state = BatchState::working;
    drive.is_record_final = false;
    not_taken_up_.erase(drive.number);
    begun_.push_back({drive.drive, drive.plan->spoken_serial});
    return {{BatchOrder::Kind::start, drive.number}};
}

void BatchDesk::input_ended() {
    has_input_ended_ = true;
    settle();
}

bool BatchDesk::is_asking() const {
    return std::any_of(drives_.begin(), drives_.end(),
                       [](const BatchDrive& drive) { return drive.state == BatchState::asked; });
}

// What is there is planned, and started where it may start by itself, before the end of the input ends the
// batch: `regain batch --auto` without a terminal does what it finds.
void BatchDesk::settle() {
    if (has_input_ended_ && has_looked_ && !is_asking()) is_closing_ = true;
}

// ---- ends

void BatchDesk::ended(size_t number, const WipeRecord& record, int status, bool is_powered_down_next) {
    BatchDrive* drive = find_mutable(number);
    if (drive == nullptr) return;
    ++begun_wipes_;
    has_failed_ = has_failed_ || status != 0;
    drive->state = BatchState::ended;
    drive->verdict = record.verdict;
    drive->rest = is_powered_down_next ? BatchRest::powering_down : BatchRest::stays_on;
}

void BatchDesk::refused(size_t number, Error why) {
    BatchDrive* drive = find_mutable(number);
    if (drive == nullptr) return;
    ++refused_;
    // Nothing was written to it: it may be typed again, and start by itself when it comes again.
    drive->state = drive->is_unplugged ? BatchState::gone : BatchState::waiting;
    begun_.erase(
        std::remove_if(begun_.begin(), begun_.end(),
                       [&](const Begun& begun) { return is_same_plugging(begun.drive, drive->drive); }),
        begun_.end());
    drive->refusal = why;
    refuse(std::move(why));
}

void BatchDesk::record_is_final(size_t number) {
    if (BatchDrive* drive = find_mutable(number); drive != nullptr) drive->is_record_final = true;
}

void BatchDesk::powered_down(size_t number, const Status& status) {
    BatchDrive* drive = find_mutable(number);
    if (drive == nullptr) return;
    drive->rest = status.ok() ? BatchRest::can_be_pulled : BatchRest::stays_on;
    if (!status.ok()) return refuse(status.error());
    // Somebody was quicker: what is in its port now must not be pulled on its word.
    const bool is_another_there = is_replaced(*drive, Place::port);
    if (!is_another_there) say(message("{0} is powered down and can be pulled out.", full_name_of(*drive)));
    if (!is_another_there && !is_replaced(*drive, Place::path)) return;
    drive->rest = BatchRest::none;
    drive->is_unplugged = true;
}

bool BatchDesk::is_at_work() const {
    return std::any_of(drives_.begin(), drives_.end(),
                       [](const BatchDrive& drive) { return drive.state == BatchState::working; });
}

bool BatchDesk::is_over() const {
    return is_closing_ && !is_at_work() &&
           std::none_of(drives_.begin(), drives_.end(),
                        [](const BatchDrive& drive) { return drive.rest == BatchRest::powering_down; });
}

int BatchDesk::exit_status() const {
    const bool is_any_refused = refused_ > 0 || !not_taken_up_.empty();
    if (begun_wipes_ == 0 && is_any_refused) return 3;
    return has_failed_ || is_any_refused ? 1 : 0;
}

}  // namespace regain
