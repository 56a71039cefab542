// What `regain batch` decides, as fed events: drives that come and go, typed lines, ends of wipes.

#include "console/batch_desk.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace regain {
namespace {

using Kind = BatchOrder::Kind;

DriveRecord drive_at(const std::string& path, const std::string& serial, uint64_t diskseq,
                     const std::string& source = "drive") {
    DriveRecord drive;
    drive.path = path;
    drive.model = "ACME 500";
    drive.serial = serial;
    drive.serial_source = serial.empty() ? "" : source;
    drive.bus = source == "bridge" ? Bus::usb : Bus::ata;
    drive.protocol = "scsi";
    drive.size_bytes = 500'000'000'000;
    drive.diskseq = diskseq;
    return drive;
}

WipePlan plan_of(const DriveRecord& drive, const std::string& spoken = {}) {
    WipePlan plan;
    plan.drive = drive;
    plan.spoken_serial = spoken;
    return plan;
}

WipeRecord record_with(Verdict verdict) {
    WipeRecord record;
    record.verdict = verdict;
    return record;
}

class Desk : public testing::Test {
  protected:
    BatchDesk& desk() { return *desk_; }
    void automatic(std::set<std::string> allowed) { desk_.emplace(BatchRules{true, std::move(allowed)}); }

    /// Plugs it in beside what is there, and answers the question for its plan.
    BatchOrders plug(const DriveRecord& drive, const std::string& port = {}, const std::string& spoken = {}) {
        here_.push_back({drive, port});
        const BatchOrders asked = desk().present(here_);
        if (asked.size() != 1 || asked[0].kind != Kind::ask) return asked;
        return desk().planned(asked[0].number, plan_of(drive, spoken));
    }
    void unplug(const std::string& path) {
        std::erase_if(here_, [&](const PluggedDrive& plugged) { return plugged.drive.path == path; });
        EXPECT_TRUE(desk().present(here_).empty());
    }
    /// Begun, cleared, powered down, pulled.
    void carry_through(size_t number) {
        desk().ended(number, record_with(Verdict::cleared), 0, true);
        desk().powered_down(number, done());
    }
    BatchState state(size_t number) { return desk().find(number)->state; }
    std::string said() {
        std::string text;
        for (const auto& word : desk().take_words())
            text += (word.error ? in_english(*word.error) + " " + in_english(word.error->advice)
                                : in_english(word.message)) +
                    "\n";
        return text;
    }
    bool says(const std::string& words) {
        const std::string text = said();
        return text.find(words) != std::string::npos || (ADD_FAILURE() << "said: " << text, false);
    }

    std::optional<BatchDesk> desk_{BatchRules{}};
    std::vector<PluggedDrive> here_;
};

const BatchOrders nothing;

TEST_F(Desk, asks_a_drive_that_comes_and_starts_it_when_its_serial_is_typed) {
    EXPECT_EQ(plug(drive_at("/dev/sda", "WD-1", 5)), nothing) << "nothing starts by itself";
    EXPECT_EQ(state(1), BatchState::waiting);
    EXPECT_EQ(desk().typed(" WD-1\r"), (BatchOrders{{Kind::start, 1}})) << "scanners add a carriage return";
    EXPECT_EQ(state(1), BatchState::working);
}

TEST_F(Desk, starts_each_drive_after_its_own_confirmation_while_others_run) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    plug(drive_at("/dev/sdb", "WD-2", 6));
    desk().typed("WD-1");
    plug(drive_at("/dev/sdc", "WD-3", 7));
    EXPECT_EQ(desk().typed("WD-3"), (BatchOrders{{Kind::start, 3}}));
    EXPECT_EQ(state(2), BatchState::waiting);
}

TEST_F(Desk, a_line_that_fits_nothing_explains_itself_and_starts_nothing) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    EXPECT_EQ(desk().typed("WD-11"), nothing);
    EXPECT_TRUE(says("no drive that is here has this serial"));
    EXPECT_EQ(desk().typed("wd-1"), nothing);
    EXPECT_EQ(state(1), BatchState::waiting);
}

TEST_F(Desk, a_path_confirms_only_a_drive_without_a_serial) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    plug(drive_at("/dev/sdb", "", 6));
    EXPECT_EQ(desk().typed("/dev/sda"), nothing);
    EXPECT_TRUE(says("Type its serial number: WD-1"));
    EXPECT_EQ(desk().typed("/dev/sdb"), (BatchOrders{{Kind::start, 2}}));
}

TEST_F(Desk, a_serial_that_two_drives_have_is_refused_with_their_paths) {
    plug(drive_at("/dev/sda", "DOCK", 5, "bridge"));
    plug(drive_at("/dev/sdb", "DOCK", 6, "bridge"));
    EXPECT_EQ(desk().typed("DOCK"), nothing);
    EXPECT_TRUE(says("/dev/sda, /dev/sdb"));
    EXPECT_EQ(desk().typed("/dev/sdb"), (BatchOrders{{Kind::start, 2}})) << "the path tells them apart";
    EXPECT_EQ(desk().typed("DOCK"), nothing) << "one runs, and its serial still proves nothing";
}

TEST_F(Desk, a_drive_behind_a_dock_is_known_by_what_it_calls_itself) {
    plug(drive_at("/dev/sda", "DOCK", 5, "bridge"), "", "WD-1");
    plug(drive_at("/dev/sdb", "DOCK", 6, "bridge"), "", "WD-2");
    EXPECT_EQ(desk().confirmation_of(*desk().find(2)), "WD-2");
    EXPECT_EQ(desk().typed("WD-2"), (BatchOrders{{Kind::start, 2}}));
}

TEST_F(Desk, a_protected_drive_is_shown_and_never_taken) {
    DriveRecord drive = drive_at("/dev/sda", "WD-1", 5);
    drive.protection.push_back({"system-root", "", false});
    EXPECT_EQ(plug(drive), nothing) << "it is not even asked";
    EXPECT_TRUE(says("the running system is on it"));
    EXPECT_EQ(desk().typed("WD-1"), nothing);
    EXPECT_TRUE(says("the running system is on it"));
    here_[0].drive.protection.clear();
    EXPECT_EQ(desk().present(here_), (BatchOrders{{Kind::ask, 1}})) << "it was unmounted";
    desk().planned(1, plan_of(drive));
    here_[0].drive.protection.push_back({"mounted", "/mnt", false});
    EXPECT_EQ(desk().present(here_), nothing);
    EXPECT_EQ(desk().typed("WD-1"), nothing) << "and mounted again";
}

TEST_F(Desk, a_drive_is_not_taken_before_its_plan_was_shown) {
    here_.push_back({drive_at("/dev/sda", "WD-1", 5), ""});
    desk().present(here_);
    EXPECT_EQ(desk().typed("WD-1"), nothing);
    EXPECT_TRUE(says("Type it again"));
}

TEST_F(Desk, one_without_a_plan_stays_as_it_is_and_the_others_go_on) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    here_.push_back({drive_at("/dev/sdb", "WD-2", 6), ""});
    const BatchOrders asked = desk().present(here_);
    desk().planned(asked.at(0).number,
                   error(ErrorKind::refused, message("erase {0}", "/dev/sdb"), message("it is locked")));
    EXPECT_TRUE(says("it is locked"));
    EXPECT_EQ(desk().typed("WD-2"), nothing);
    EXPECT_TRUE(says("it is locked"));
    EXPECT_EQ(desk().typed("WD-1"), (BatchOrders{{Kind::start, 1}}));
}

TEST_F(Desk, one_that_is_refused_when_it_is_to_begin_can_be_typed_again_and_counts) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    desk().typed("WD-1");
    desk().refused(1, error(ErrorKind::refused, message("erase {0}", "/dev/sda"), message("it is in use")));
    EXPECT_EQ(desk().exit_status(), 3) << "nothing was written at all";
    EXPECT_EQ(desk().typed("WD-1"), (BatchOrders{{Kind::start, 1}}));
    desk().ended(1, record_with(Verdict::cleared), 0, false);
    EXPECT_EQ(desk().exit_status(), 1);
}

TEST_F(Desk, one_that_has_ended_is_not_done_again_unless_it_was_unplugged_and_confirmed_anew) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    desk().typed("WD-1");
    carry_through(1);
    EXPECT_TRUE(says("can be pulled out"));
    EXPECT_EQ(desk().typed("WD-1"), nothing);
    EXPECT_TRUE(says("Unplug it"));
    unplug("/dev/sda");
    EXPECT_EQ(plug(drive_at("/dev/sda", "WD-1", 9)), nothing);
    EXPECT_EQ(desk().typed("WD-1"), (BatchOrders{{Kind::start, 2}}));
}

TEST_F(Desk, says_that_a_drive_can_be_pulled_only_when_powering_down_worked) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    desk().typed("WD-1");
    desk().ended(1, record_with(Verdict::cleared), 0, true);
    EXPECT_EQ(said().find("can be pulled"), std::string::npos);
    desk().powered_down(1, error(ErrorKind::failed, message("power down {0}", "/dev/sda"), message("no")));
    EXPECT_EQ(said().find("can be pulled"), std::string::npos);
    EXPECT_EQ(desk().find(1)->rest, BatchRest::stays_on);
}

TEST_F(Desk, a_drive_that_is_pulled_out_at_work_is_told_of_and_the_others_go_on) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    plug(drive_at("/dev/sdb", "WD-2", 6));
    desk().typed("WD-1");
    desk().typed("WD-2");
    unplug("/dev/sda");
    EXPECT_TRUE(says("/dev/sda (WD-1) was pulled out, lost its power or failed while it was being erased"));
    EXPECT_TRUE(desk().find(1)->is_unplugged);
    EXPECT_EQ(state(2), BatchState::working);
    EXPECT_EQ(plug(drive_at("/dev/sda", "WD-1", 9)), nothing);
    EXPECT_EQ(state(3), BatchState::waiting) << "the same drive in the same place, to be confirmed anew";
    desk().ended(1, record_with(Verdict::not_erased), 1, false);
    desk().ended(2, record_with(Verdict::cleared), 0, false);
    EXPECT_EQ(desk().exit_status(), 1);
}

TEST_F(Desk, another_drive_under_the_same_path_is_another_drive) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    here_[0].drive = drive_at("/dev/sda", "WD-9", 6);
    EXPECT_EQ(desk().present(here_), (BatchOrders{{Kind::ask, 2}}));
    EXPECT_EQ(state(1), BatchState::gone);
    EXPECT_EQ(desk().typed("WD-1"), nothing);
}

// ---- --auto

TEST_F(Desk, starts_by_itself_only_what_the_list_names) {
    automatic({"pci-1-usb-3", "WD-2"});
    EXPECT_EQ(plug(drive_at("/dev/sda", "WD-1", 5), "pci-1-usb-3"), (BatchOrders{{Kind::start, 1}}));
    EXPECT_TRUE(says("its port pci-1-usb-3 is allowed"));
    EXPECT_EQ(plug(drive_at("/dev/sdb", "WD-2", 6), "pci-1-usb-4"), (BatchOrders{{Kind::start, 2}}));
    EXPECT_EQ(plug(drive_at("/dev/sdc", "WD-3", 7), "pci-1-usb-33"), nothing);
    EXPECT_EQ(state(3), BatchState::waiting) << "it waits for its confirmation";
}

TEST_F(Desk, a_docks_serial_starts_nothing_by_itself_but_its_port_does) {
    automatic({"DOCK"});
    EXPECT_EQ(plug(drive_at("/dev/sda", "DOCK", 5, "bridge"), "port-1"), nothing);
    EXPECT_TRUE(says("is the serial of its dock"));
    EXPECT_EQ(desk().exit_status(), 3);
    automatic({"port-1"});
    here_.clear();
    EXPECT_EQ(plug(drive_at("/dev/sda", "DOCK", 5, "bridge"), "port-1"), (BatchOrders{{Kind::start, 1}}));
    EXPECT_TRUE(says("whatever drive is in the dock"));
}

TEST_F(Desk, the_next_disk_in_an_allowed_dock_starts_when_it_calls_itself_otherwise) {
    automatic({"port-1"});
    plug(drive_at("/dev/sda", "DOCK", 5, "bridge"), "port-1", "WD-1");
    carry_through(1);
    unplug("/dev/sda");
    EXPECT_EQ(plug(drive_at("/dev/sda", "DOCK", 6, "bridge"), "port-1", "WD-2"),
              (BatchOrders{{Kind::start, 2}}));
}

TEST_F(Desk, does_not_redo_by_itself_what_was_begun_in_this_run) {
    automatic({"port-1"});
    plug(drive_at("/dev/sda", "WD-1", 5), "port-1");
    carry_through(1);
    unplug("/dev/sda");
    said();
    EXPECT_EQ(plug(drive_at("/dev/sdb", "WD-1", 6), "port-1"), nothing);
    EXPECT_TRUE(says("had its turn in this run already"));
    EXPECT_EQ(desk().typed("WD-1"), (BatchOrders{{Kind::start, 2}})) << "confirmed anew";
}

TEST_F(Desk, a_disk_in_a_dock_that_can_not_be_told_from_the_one_before_is_not_started_by_itself) {
    automatic({"port-1"});
    plug(drive_at("/dev/sda", "DOCK", 5, "bridge"), "port-1");
    carry_through(1);
    unplug("/dev/sda");
    EXPECT_EQ(plug(drive_at("/dev/sda", "DOCK", 6, "bridge"), "port-1"), nothing);
}

TEST_F(Desk, an_allowed_serial_that_two_drives_have_starts_neither) {
    automatic({"WD-1"});
    here_.push_back({drive_at("/dev/sda", "WD-1", 5), ""});
    here_.push_back({drive_at("/dev/sdb", "WD-1", 6), ""});
    EXPECT_EQ(desk().present(here_).size(), 2U);
    EXPECT_EQ(desk().planned(1, plan_of(here_[0].drive)), nothing);
    EXPECT_EQ(desk().planned(2, plan_of(here_[1].drive)), nothing);
    EXPECT_TRUE(says("that of several drives"));
    EXPECT_EQ(desk().exit_status(), 3) << "what was allowed was refused";
}

TEST_F(Desk, an_allowed_drive_that_is_protected_is_a_failure) {
    automatic({"WD-1", "WD-2"});
    DriveRecord drive = drive_at("/dev/sda", "WD-1", 5);
    drive.protection.push_back({"mounted", "/mnt", false});
    plug(drive);
    EXPECT_EQ(desk().exit_status(), 3);
    EXPECT_EQ(plug(drive_at("/dev/sdb", "WD-2", 6)), (BatchOrders{{Kind::start, 2}}));
    desk().ended(2, record_with(Verdict::cleared), 0, false);
    EXPECT_EQ(desk().exit_status(), 1);
}

TEST_F(Desk, an_allowed_drive_that_was_protected_for_a_while_is_none) {
    automatic({"WD-1"});
    DriveRecord drive = drive_at("/dev/sda", "WD-1", 5);
    drive.protection.push_back({"mounted", "/mnt", false});
    plug(drive);
    here_[0].drive.protection.clear();
    desk().present(here_);
    EXPECT_EQ(desk().planned(1, plan_of(here_[0].drive)), (BatchOrders{{Kind::start, 1}}));
    desk().ended(1, record_with(Verdict::cleared), 0, false);
    EXPECT_EQ(desk().exit_status(), 0);
}

TEST_F(Desk, a_protected_drive_that_is_not_allowed_is_no_failure) {
    automatic({"WD-2"});
    DriveRecord drive = drive_at("/dev/sda", "WD-1", 5);
    drive.protection.push_back({"mounted", "/mnt", false});
    plug(drive);
    EXPECT_EQ(desk().exit_status(), 0);
    desk().typed("WD-1");
    EXPECT_EQ(desk().exit_status(), 3) << "it was confirmed, and refused";
}

TEST_F(Desk, an_allowed_drive_that_has_no_plan_is_a_failure) {
    automatic({"WD-1"});
    here_.push_back({drive_at("/dev/sda", "WD-1", 5), ""});
    desk().present(here_);
    desk().planned(1, error(ErrorKind::refused, message("erase {0}", "/dev/sda"), message("locked")));
    EXPECT_EQ(desk().exit_status(), 3);
}

// ---- the end

TEST_F(Desk, an_empty_line_and_q_end_it_when_those_at_work_have_ended) {
    for (const char* line : {"", "q"}) {
        desk_.emplace(BatchRules{});
        here_.clear();
        plug(drive_at("/dev/sda", "WD-1", 5));
        plug(drive_at("/dev/sdb", "WD-2", 6));
        desk().typed("WD-1");
        EXPECT_EQ(desk().typed(line), nothing);
        EXPECT_FALSE(desk().is_over());
        if (*line == '\0') desk().typed(line);
        EXPECT_EQ(desk().typed("WD-2"), nothing) << "no further drive is taken";
        EXPECT_EQ(plug(drive_at("/dev/sdc", "WD-3", 7)), nothing);
        desk().ended(1, record_with(Verdict::cleared), 0, true);
        EXPECT_FALSE(desk().is_over()) << "it is being powered down";
        desk().powered_down(1, done());
        EXPECT_TRUE(desk().is_over());
        EXPECT_EQ(desk().exit_status(), 0);
    }
}

TEST_F(Desk, one_empty_line_ends_nothing_while_drives_work_or_wait) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    plug(drive_at("/dev/sdb", "WD-2", 6));
    EXPECT_EQ(desk().typed("WD-1"), (BatchOrders{{Kind::start, 1}}));
    EXPECT_EQ(desk().typed(""), nothing) << "a scanner that ends its line twice";
    EXPECT_TRUE(says("an empty line once more"));
    EXPECT_EQ(desk().typed("WD-2"), (BatchOrders{{Kind::start, 2}}));
    EXPECT_EQ(desk().typed(""), nothing);
    EXPECT_FALSE(desk().is_closing()) << "not the second one in a row";
    desk().typed("");
    EXPECT_TRUE(desk().is_closing());
}

TEST_F(Desk, one_empty_line_ends_it_when_nothing_works_or_waits) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    desk().typed("WD-1");
    carry_through(1);
    desk().typed("");
    EXPECT_TRUE(desk().is_over());
}

TEST_F(Desk, what_a_program_types_before_the_drives_are_planned_is_held) {
    BatchRules rules;
    rules.holds_early_lines = true;
    desk_.emplace(rules);
    EXPECT_EQ(desk().typed("WD-1"), nothing);
    EXPECT_EQ(desk().typed("WD-2"), nothing);
    desk().input_ended();
    here_ = {{drive_at("/dev/sda", "WD-1", 5), ""}, {drive_at("/dev/sdb", "WD-2", 6), ""}};
    desk().present(here_);
    EXPECT_EQ(desk().planned(1, plan_of(here_[0].drive)), nothing) << "another one is asked still";
    EXPECT_EQ(desk().planned(2, plan_of(here_[1].drive)), (BatchOrders{{Kind::start, 1}, {Kind::start, 2}}));
    EXPECT_EQ(said(), "");
    EXPECT_TRUE(desk().is_closing()) << "the input has ended, and all of it was obeyed";
}

TEST_F(Desk, a_held_line_for_a_protected_drive_is_answered_and_counts) {
    BatchRules rules;
    rules.holds_early_lines = true;
    desk_.emplace(rules);
    desk().typed("WD-1");
    desk().input_ended();
    DriveRecord drive = drive_at("/dev/sda", "WD-1", 5);
    drive.protection.push_back({"mounted", "/mnt", false});
    EXPECT_EQ(plug(drive), nothing);
    EXPECT_TRUE(desk().is_over());
    EXPECT_EQ(desk().exit_status(), 3);
}

// ---- paths and ports that are another drive's by now

TEST_F(Desk, the_next_drive_under_its_path_takes_the_word_away_that_it_can_be_pulled) {
    plug(drive_at("/dev/sdb", "WD-1", 5), "port-1");
    desk().typed("WD-1");
    carry_through(1);
    EXPECT_TRUE(says("/dev/sdb (WD-1, port-1) is powered down and can be pulled out"));
    unplug("/dev/sdb");
    EXPECT_EQ(desk().find(1)->rest, BatchRest::can_be_pulled) << "it is still in the dock";
    plug(drive_at("/dev/sdb", "WD-2", 6), "port-2");
    EXPECT_EQ(desk().find(1)->rest, BatchRest::none);
    EXPECT_TRUE(desk().find(1)->is_unplugged);
}

TEST_F(Desk, the_next_drive_in_its_port_takes_the_word_away_that_it_can_be_pulled) {
    plug(drive_at("/dev/sdb", "WD-1", 5), "port-1");
    desk().typed("WD-1");
    desk().ended(1, record_with(Verdict::cleared), 0, true);
    unplug("/dev/sdb");
    plug(drive_at("/dev/sdc", "WD-2", 6), "port-1");
    said();
    desk().powered_down(1, done());
    EXPECT_EQ(said(), "") << "what is in that port now is another one";
    EXPECT_EQ(desk().find(1)->rest, BatchRest::none);
    EXPECT_EQ(state(2), BatchState::waiting);
}

TEST_F(Desk, a_drive_that_is_gone_after_its_worker_ended_is_not_called_not_erased) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    desk().typed("WD-1");
    desk().record_is_final(1);
    unplug("/dev/sda");
    const std::string text = said();
    EXPECT_NE(text.find("the certificate says what was reached"), std::string::npos) << text;
    EXPECT_EQ(text.find("not erased"), std::string::npos) << text;
}

TEST_F(Desk, a_line_about_a_drive_that_is_kept_asks_for_another_look) {
    DriveRecord drive = drive_at("/dev/sda", "WD-1", 5);
    drive.protection.push_back({"mounted", "/mnt", false});
    plug(drive);
    plug(drive_at("/dev/sdb", "WD-2", 6));
    EXPECT_TRUE(desk().is_about_kept(" WD-1\r"));
    EXPECT_TRUE(desk().is_about_kept("/dev/sda"));
    EXPECT_FALSE(desk().is_about_kept("WD-2"));
    EXPECT_FALSE(desk().is_about_kept("WD-3"));
    desk().close();
    EXPECT_FALSE(desk().is_about_kept("WD-1"));
}

TEST_F(Desk, the_end_of_the_input_waits_for_the_plans_of_what_is_there) {
    automatic({"WD-1"});
    desk().input_ended();
    EXPECT_FALSE(desk().is_over()) << "nobody has looked yet";
    here_.push_back({drive_at("/dev/sda", "WD-1", 5), ""});
    desk().present(here_);
    EXPECT_FALSE(desk().is_over());
    EXPECT_EQ(desk().planned(1, plan_of(here_[0].drive)), (BatchOrders{{Kind::start, 1}}));
    EXPECT_FALSE(desk().is_over());
    desk().ended(1, record_with(Verdict::cleared), 0, false);
    EXPECT_TRUE(desk().is_over());
}

TEST_F(Desk, a_wipe_that_fell_short_makes_the_status_1) {
    plug(drive_at("/dev/sda", "WD-1", 5));
    desk().typed("WD-1");
    desk().ended(1, record_with(Verdict::not_erased), 1, false);
    desk().close();
    EXPECT_TRUE(desk().is_over());
    EXPECT_EQ(desk().exit_status(), 1);
}

}  // namespace
}  // namespace regain
