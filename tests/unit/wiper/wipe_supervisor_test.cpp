#include "wiper/wipe_supervisor.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "drives/discovery.h"
#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/wipe_protocol.h"
#include "wiper/worker_process.h"

namespace regain {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr uint64_t file_bytes = 4 * mebibyte;

class SupervisedWipe : public testing::Test {
  protected:
    SupervisedWipe() {
        std::string pattern = (fs::temp_directory_path() / "regain-wiper-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
    }
    ~SupervisedWipe() override { fs::remove_all(directory_); }

    WipePlan file_plan(const std::string& name, const std::string& method = "zero") {
        DriveRecord drive;
        drive.path = (directory_ / name).string();
        drive.bus = Bus::virtual_drive;
        drive.protocol = "file";
        drive.size_bytes = file_bytes;
        std::ofstream(drive.path) << std::string(file_bytes, 'D');
        return plan_for(drive, {WipeLevel::best, method, {}});
    }
    SuperviseOptions options(const std::string& behaviour) {
        SuperviseOptions options{clock_, {}, stop_.get_token(), REGAIN_WORKER_PROGRAM, {behaviour}, {},
                                 {},     {}};
        return options;
    }
    static std::string content(const WipePlan& plan) {
        std::ifstream file(plan.drive.path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    static bool is_untouched(const WipePlan& plan) { return content(plan) == std::string(file_bytes, 'D'); }

    SystemClock clock_;
    std::stop_source stop_;
    fs::path directory_;
};

TEST_F(SupervisedWipe, puts_what_was_found_before_into_the_record) {
    const std::vector<WipePlan> plans{file_plan("first"), file_plan("second")};
    SuperviseOptions with = options("well");
    with.evidence_before = {{}, {EvidenceItem{"hidden-sectors", Json{{"change", "host-protected-area"}}}}};
    const auto report = run_wipes(plans, with);
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    const auto count = [&](size_t drive) {
        const auto& items = report->wipes[drive].evidence;
        return std::count_if(items.begin(), items.end(),
                             [](const EvidenceItem& item) { return item.kind == "hidden-sectors"; });
    };
    EXPECT_EQ(count(0), 0);
    EXPECT_EQ(count(1), 1);
    EXPECT_EQ(report->wipes[1].verdict, Verdict::cleared);
}

TEST_F(SupervisedWipe, writes_nothing_while_hidden_sectors_are_to_be_given_back_first) {
    std::vector<WipePlan> plans{file_plan("first")};
    plans[0].preparations.emplace_back().step = "restore-hidden";
    const auto report = run_wipes(plans, options("well"));
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    EXPECT_EQ(report->wipes[0].verdict, Verdict::not_erased);
    EXPECT_TRUE(is_untouched(plans[0]));
}

TEST_F(SupervisedWipe, erases_two_files_at_once_and_brings_their_records) {
    const std::vector<WipePlan> plans{file_plan("first"), file_plan("second", "random")};
    SuperviseOptions with = options("well");
    std::vector<size_t> intents;
    std::vector<uint64_t> reached(2, 0);
    with.before_first_write = [&](size_t drive, const WipePlan& plan) {
        EXPECT_TRUE(is_untouched(plan));
        intents.push_back(drive);
        return done();
    };
    with.on_progress = [&](size_t drive, const WipeProgress& progress) {
        reached[drive] = std::max(reached[drive], progress.plan_bytes_done);
    };
    const auto report = run_wipes(plans, with);
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    ASSERT_EQ(report->wipes.size(), 2U);
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(report->wipes[i].verdict, Verdict::cleared)
            << codes(report->wipes[i].remarks) << errors_of(report->wipes[i]);
        EXPECT_EQ(report->wipes[i].plan, plans[i]);
        EXPECT_EQ(reached[i], 2 * file_bytes);
    }
    EXPECT_EQ(intents, (std::vector<size_t>{0, 1}));
    EXPECT_EQ(content(plans[0]), std::string(file_bytes, '\0'));
    EXPECT_EQ(content(plans[1]).find("DDDDDDDD"), std::string::npos);
    EXPECT_TRUE(wipe_report_from_json(to_json(*report)).ok());
}

// "linger" waits until the record of the drive before it was handed out, so the test can't pass by chance.
TEST_F(SupervisedWipe, hands_out_a_record_while_another_drive_is_still_at_work) {
    std::vector<WipePlan> plans{file_plan("linger"), file_plan("quick")};
    SuperviseOptions with = options("linger");
    std::vector<size_t> order;
    std::vector<Verdict> verdicts;
    with.on_record = [&](size_t drive, const WipeRecord& record) {
        order.push_back(drive);
        verdicts.push_back(record.verdict);
        EXPECT_EQ(record.plan, plans[drive]);
        std::ofstream(directory_ / "handed-out") << "yes";
    };
    const auto report = run_wipes(plans, with);
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    EXPECT_EQ(order, (std::vector<size_t>{1, 0})) << "each once, the quick one first";
    EXPECT_EQ(verdicts, (std::vector<Verdict>{Verdict::cleared, Verdict::cleared}));
    ASSERT_EQ(report->wipes.size(), 2U);
    for (size_t i = 0; i < 2; ++i) EXPECT_EQ(report->wipes[i].plan, plans[i]) << "in the order of the plans";
}

TEST_F(SupervisedWipe, hands_out_the_record_of_a_worker_that_crashed) {
    SuperviseOptions with = options("crash");
    std::vector<Verdict> verdicts;
    with.on_record = [&](size_t, const WipeRecord& record) { verdicts.push_back(record.verdict); };
    ASSERT_TRUE(run_wipes({file_plan("drive")}, with).ok());
    EXPECT_EQ(verdicts, std::vector<Verdict>{Verdict::not_erased});
}

TEST_F(SupervisedWipe, hands_out_no_record_when_nothing_was_begun) {
    SuperviseOptions with = options("well");
    with.before_first_write = [](size_t, const WipePlan&) {
        return Status(os_error(message("write the journal"), ENOSPC, ErrorKind::environment));
    };
    with.on_record = [](size_t, const WipeRecord&) { ADD_FAILURE() << "a record of nothing"; };
    EXPECT_FALSE(run_wipes({file_plan("drive")}, with).ok());
}

// The whole path as the product takes it: drives/ describes the file, the worker holds it through DriveHold.
TEST_F(SupervisedWipe, erases_a_virtual_drive_through_the_real_hold) {
    const WipePlan made = file_plan("drive");
    const auto drive = virtual_drive_from_file(SystemRoot(), made.drive.path);
    ASSERT_TRUE(drive.ok()) << in_english(drive.error());
    const WipePlan plan = plan_for(*drive, {WipeLevel::best, "random", {}});
    const auto report = run_wipes({plan}, options("really"));
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    const WipeRecord& record = report->wipes.at(0);
    EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks) << errors_of(record);
    EXPECT_EQ(content(plan).find("DDDDDDDD"), std::string::npos);
}

TEST_F(SupervisedWipe, refuses_a_file_that_was_swapped_under_its_path) {
    const WipePlan made = file_plan("drive");
    const auto drive = virtual_drive_from_file(SystemRoot(), made.drive.path);
    ASSERT_TRUE(drive.ok()) << in_english(drive.error());
    const WipePlan plan = plan_for(*drive);
    fs::rename(plan.drive.path, directory_ / "kept");
    std::ofstream(plan.drive.path) << std::string(file_bytes, 'D');
    const auto report = run_wipes({plan}, options("really"));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::refused) << in_english(report.error());
    EXPECT_TRUE(is_untouched(plan));
}

TEST_F(SupervisedWipe, writes_nowhere_when_one_drive_can_not_be_held) {
    std::vector<WipePlan> plans{file_plan("first"), file_plan("second")};
    fs::resize_file(plans[1].drive.path, file_bytes * 2);
    SuperviseOptions with = options("well");
    bool intended = false;
    with.before_first_write = [&](size_t, const WipePlan&) {
        intended = true;
        return done();
    };
    const auto report = run_wipes(plans, with);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::refused);
    EXPECT_FALSE(intended);
    EXPECT_TRUE(is_untouched(plans[0]));
}

TEST_F(SupervisedWipe, writes_nowhere_when_the_intent_can_not_be_recorded) {
    const std::vector<WipePlan> plans{file_plan("first"), file_plan("second")};
    SuperviseOptions with = options("well");
    with.before_first_write = [](size_t drive, const WipePlan&) -> Status {
        if (drive == 0) return done();
        return os_error(message("write the journal"), ENOSPC, ErrorKind::environment);
    };
    const auto report = run_wipes(plans, with);
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().os_errno, ENOSPC);
    EXPECT_TRUE(is_untouched(plans[0]));
    EXPECT_TRUE(is_untouched(plans[1]));
}

TEST_F(SupervisedWipe, a_worker_that_crashes_leaves_a_record_of_failure) {
    const auto report = run_wipes({file_plan("drive")}, options("crash"));
    ASSERT_TRUE(report.ok());
    const WipeRecord& record = report->wipes.at(0);
    EXPECT_EQ(record.verdict, Verdict::not_erased);
    ASSERT_EQ(record.errors.size(), 1U);
    EXPECT_NE(in_english(record.errors[0]).find("signal KILL"), std::string::npos) << errors_of(record);
    EXPECT_EQ(record.steps.size(), record.plan.steps.size());
    EXPECT_EQ(result_of(record, "write-markers"), "done");
    EXPECT_EQ(result_of(record, "overwrite"), "failed");
    EXPECT_EQ(result_of(record, "verify"), "skipped");
    EXPECT_EQ(record.bytes_written, mebibyte);
    EXPECT_FALSE(record.interrupted);
}

TEST_F(SupervisedWipe, a_silent_worker_is_ended) {
    SuperviseOptions with = options("silent");
    with.silence_limit = milliseconds(300);
    const auto report = run_wipes({file_plan("drive")}, with);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->wipes.at(0).verdict, Verdict::not_erased);
    EXPECT_NE(errors_of(report->wipes[0]).find("silent"), std::string::npos) << errors_of(report->wipes[0]);
}

TEST_F(SupervisedWipe, a_drive_that_hangs_is_given_up_though_its_worker_still_beats) {
    SuperviseOptions with = options("hang");
    with.silence_limit = milliseconds(60'000);
    with.stall_limit = milliseconds(1'500);
    const auto report = run_wipes({file_plan("drive")}, with);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->wipes.at(0).verdict, Verdict::not_erased);
    EXPECT_NE(errors_of(report->wipes[0]).find("hangs"), std::string::npos) << errors_of(report->wipes[0]);
}

TEST_F(SupervisedWipe, a_drive_that_hangs_says_where_and_the_others_have_their_records_long_before) {
    SuperviseOptions with = options("hang");
    with.stall_limit = milliseconds(3'000);
    const std::vector<WipePlan> plans{file_plan("drive"), file_plan("sound")};
    std::vector<size_t> order;
    with.on_record = [&](size_t drive, const WipeRecord&) { order.push_back(drive); };
    const auto report = run_wipes(plans, with);
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(order, (std::vector<size_t>{1, 0}));
    EXPECT_EQ(report->wipes[1].verdict, Verdict::cleared) << codes(report->wipes[1].remarks);
    EXPECT_EQ(evidence_of(report->wipes[1], "stuck"), nullptr);

    const WipeRecord& record = report->wipes[0];
    EXPECT_EQ(record.verdict, Verdict::not_erased);
    EXPECT_TRUE(has_remark(record.remarks, "drive-hung")) << codes(record.remarks);
    const Json* facts = evidence_of(record, "stuck");
    ASSERT_NE(facts, nullptr);
    EXPECT_EQ((*facts)["step"], "write-markers") << "its first write";
    EXPECT_EQ((*facts)["node"], plans[0].drive.path);
    EXPECT_EQ((*facts)["operation"], "write");
    EXPECT_EQ((*facts)["first_byte"], 0);
    EXPECT_EQ((*facts)["last_byte"], 511);
    EXPECT_GE((*facts)["seconds"], 3);
    EXPECT_GE((*facts)["request_seconds"], 1);
    EXPECT_EQ((*facts)["worker_left_behind"], false);
    EXPECT_TRUE(canonical_json(to_json(record)).ok());
}

TEST_F(SupervisedWipe, a_verdict_that_the_evidence_does_not_bear_is_not_believed) {
    const auto report = run_wipes({file_plan("drive")}, options("forge"));
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->wipes.at(0).verdict, Verdict::not_erased);
}

TEST_F(SupervisedWipe, words_that_are_no_protocol_end_the_worker) {
    const auto report = run_wipes({file_plan("drive")}, options("babble"));
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->wipes.at(0).verdict, Verdict::not_erased);
    EXPECT_FALSE(report->wipes[0].errors.empty());
}

TEST_F(SupervisedWipe, a_worker_that_dies_before_it_holds_the_drive_is_an_error_with_its_last_words) {
    const auto report = run_wipes({file_plan("drive")}, options("die"));
    ASSERT_FALSE(report.ok());
    const std::string words = in_english(report.error());
    EXPECT_NE(words.find("exit 3"), std::string::npos) << words;
    EXPECT_NE(words.find("something is badly wrong"), std::string::npos) << words;
}

TEST_F(SupervisedWipe, a_program_that_is_missing_is_an_error) {
    SuperviseOptions with = options("well");
    with.worker_program = "/nonexistent/regain";
    EXPECT_FALSE(run_wipes({file_plan("drive")}, with).ok());
}

TEST_F(SupervisedWipe, an_interruption_brings_a_report_of_how_far_it_came) {
    SuperviseOptions with = options("well");
    with.before_first_write = [&](size_t, const WipePlan&) {
        stop_.request_stop();
        return done();
    };
    const auto report = run_wipes({file_plan("drive")}, with);
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    // Either the worker was stopped on the way, or it was quicker; it is never a wipe that looks complete but
    // was not.
    const WipeRecord& record = report->wipes.at(0);
    EXPECT_EQ(record.steps.size(), record.plan.steps.size());
    if (record.interrupted) {
        EXPECT_EQ(record.verdict, Verdict::not_erased);
        EXPECT_TRUE(has_remark(record.remarks, "interrupted"));
    } else {
        EXPECT_EQ(record.verdict, Verdict::cleared) << codes(record.remarks);
    }
}

TEST_F(SupervisedWipe, a_worker_that_does_not_heed_the_interruption_is_ended) {
    SuperviseOptions with = options("silent");
    with.stop_patience = milliseconds(300);
    with.before_first_write = [&](size_t, const WipePlan&) {
        stop_.request_stop();
        return done();
    };
    const auto report = run_wipes({file_plan("drive")}, with);
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->wipes.at(0).interrupted);
    EXPECT_EQ(report->wipes[0].verdict, Verdict::not_erased);
    EXPECT_EQ(report->wipes[0].errors.at(0).kind, ErrorKind::interrupted);
}

TEST_F(SupervisedWipe, writes_nothing_when_it_is_stopped_before_the_start) {
    stop_.request_stop();
    const WipePlan plan = file_plan("drive");
    const auto report = run_wipes({plan}, options("well"));
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::interrupted);
    EXPECT_TRUE(is_untouched(plan));
}

// The worker itself, spoken to by hand.
class SpokenWorker : public SupervisedWipe {
  protected:
    std::vector<WorkerEvent> events_until_end(WorkerProcess& process, WorkerEvent::Kind last) {
        std::vector<WorkerEvent> events;
        std::vector<std::string> lines;
        while (process.output() >= 0 && (events.empty() || events.back().kind != last)) {
            lines.clear();
            wait_and_read(process, lines);
            for (const std::string& line : lines) {
                const auto event = worker_event_from_json(*parse_json(line, "a line"));
                EXPECT_TRUE(event.ok()) << line;
                if (event.ok() && event->kind != WorkerEvent::Kind::heartbeat) events.push_back(*event);
            }
        }
        return events;
    }
    static void wait_and_read(WorkerProcess& process, std::vector<std::string>& lines) {
        pollfd waiting{process.output(), POLLIN, 0};
        ASSERT_EQ(::poll(&waiting, 1, 60'000), 1) << "the worker is silent";
        process.read_output(lines);
    }
    Result<WorkerProcess> start() { return WorkerProcess::start(REGAIN_WORKER_PROGRAM, {"well"}); }
};

TEST_F(SpokenWorker, writes_nothing_before_it_is_told_to_go) {
    const WipePlan plan = file_plan("drive");
    auto process = start();
    ASSERT_TRUE(process.ok());
    ASSERT_TRUE(process->tell(to_json(WipeJob{plan, ""}).dump()).ok());
    EXPECT_EQ(events_until_end(*process, WorkerEvent::Kind::ready).size(), 1U);
    process->hang_up();
    EXPECT_TRUE(events_until_end(*process, WorkerEvent::Kind::report).empty());
    EXPECT_TRUE(is_untouched(plan));
}

TEST_F(SpokenWorker, takes_no_other_order_for_go) {
    const WipePlan plan = file_plan("drive");
    auto process = start();
    ASSERT_TRUE(process.ok());
    ASSERT_TRUE(process->tell(to_json(WipeJob{plan, ""}).dump()).ok());
    ASSERT_TRUE(process->tell(R"({"order":"stop"})").ok());
    EXPECT_EQ(events_until_end(*process, WorkerEvent::Kind::report).size(), 1U);
    EXPECT_TRUE(is_untouched(plan));
}

TEST_F(SpokenWorker, refuses_a_job_that_it_does_not_understand) {
    auto process = start();
    ASSERT_TRUE(process.ok());
    ASSERT_TRUE(process->tell(R"({"schema":"regain.wipe-job/2"})").ok());
    const auto events = events_until_end(*process, WorkerEvent::Kind::refused);
    ASSERT_FALSE(events.empty());
    EXPECT_TRUE(events.back().error.has_value());
}

TEST_F(SpokenWorker, a_stop_signal_before_go_makes_an_interrupted_record_without_a_write) {
    const WipePlan plan = file_plan("drive");
    auto process = start();
    ASSERT_TRUE(process.ok());
    ASSERT_TRUE(process->tell(to_json(WipeJob{plan, ""}).dump()).ok());
    events_until_end(*process, WorkerEvent::Kind::ready);
    process->send_signal(SIGTERM);
    // The signal is taken by a thread of its own; the heartbeat after it says that it was.
    std::vector<std::string> beats;
    while (beats.empty() && process->output() >= 0) wait_and_read(*process, beats);
    ASSERT_TRUE(process->tell(R"({"order":"go"})").ok());
    const auto events = events_until_end(*process, WorkerEvent::Kind::report);
    ASSERT_FALSE(events.empty());
    ASSERT_TRUE(events.back().record.has_value());
    EXPECT_TRUE(events.back().record->interrupted);
    EXPECT_EQ(events.back().record->verdict, Verdict::not_erased);
    EXPECT_TRUE(is_untouched(plan));
}

TEST_F(SpokenWorker, heeds_its_share_of_a_link_and_is_quick_again_when_it_is_lifted) {
    const auto duration_with = [&](const char* name, const LinkShare& first, const LinkShare& later) {
        const WipePlan plan = file_plan(name);
        auto process = start();
        EXPECT_TRUE(process.ok());
        EXPECT_TRUE(process->tell(to_json(WipeJob{plan, ""}).dump()).ok());
        events_until_end(*process, WorkerEvent::Kind::ready);
        EXPECT_TRUE(process->tell(R"({"order":"go"})").ok());
        EXPECT_TRUE(process->tell(to_json(first).dump()).ok());
        events_until_end(*process, WorkerEvent::Kind::progress);
        EXPECT_TRUE(process->tell(to_json(later).dump()).ok());
        const auto events = events_until_end(*process, WorkerEvent::Kind::report);
        EXPECT_EQ(events.back().record->verdict, Verdict::cleared) << codes(events.back().record->remarks);
        return events.back().record->duration_ms;
    };
    // 4 MiB are written and read; the first of them is not waited for.
    const LinkShare slow{2, 4 * mebibyte};
    EXPECT_GE(duration_with("limited", slow, slow), 1000U);
    EXPECT_LT(duration_with("lifted", {2, 64 << 10}, {}), 30'000U) << "it would take two minutes";
}

TEST(WipeProtocol, shares_survive_their_way) {
    const LinkShare share{4, 50'000'000};
    const auto again = link_share_from_json(to_json(share));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, share);
    EXPECT_FALSE(link_share_from_json(Json{{"order", "go"}}).ok());
    EXPECT_FALSE(link_share_from_json(Json{{"order", "share"}}).ok());
}

// The supervisor of two disks on one controller tells each worker its share.
TEST_F(SupervisedWipe, divides_a_link_between_its_workers) {
    const fs::path disk = directory_ / "sys/devices/pci0000:00/0000:00:1f.2/ata1/host0/target0:0:0/0:0:0:0";
    fs::create_directories(disk);
    fs::create_directories(directory_ / "sys/dev/block");
    std::vector<WipePlan> plans;
    for (unsigned i = 1; i <= 6; ++i) {
        plans.push_back(file_plan("disk" + std::to_string(i)));
        plans.back().drive.bus = Bus::ata;
        plans.back().drive.device_number = makedev(8, i);
        fs::create_directory_symlink(disk, directory_ / ("sys/dev/block/8:" + std::to_string(i)));
    }
    LinkBoard links{SystemRoot(directory_)};
    SuperviseOptions with = options("well");
    with.links = &links;
    size_t least = 0;
    with.on_progress = [&](size_t drive, const WipeProgress&) {
        const size_t share = links.share_of(plans[drive].drive).requests;
        if (least == 0 || (share != 0 && share < least)) least = share;
    };
    const auto report = run_wipes(plans, with);
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    EXPECT_EQ(least, LinkShares::requests_on_a_link / plans.size());
    for (const WipeRecord& record : report->wipes) {
        // These disks are files: no verdict, but all of them were written and read.
        EXPECT_EQ(result_of(record, "verify"), "done") << errors_of(record);
        EXPECT_EQ(links.share_of(record.drive), LinkShare{}) << "it has left the link";
    }
}

TEST(WipeProtocol, events_survive_their_way) {
    WorkerEvent event;
    event.kind = WorkerEvent::Kind::progress;
    event.progress = WipeProgress{"verify", "/dev/nvme0n2", 7, 14, 5, 10, 3, 2, 50, 100, {}, 1};
    const auto again = worker_event_from_json(to_json(event));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again->progress, *event.progress);
    WorkerEvent beat;
    beat.pending = PendingRequest{"/dev/sda", "write", 1048576, 65536, 31000};
    const auto beat_again = worker_event_from_json(to_json(beat));
    ASSERT_TRUE(beat_again.ok());
    EXPECT_EQ(beat_again->pending, beat.pending);
    EXPECT_FALSE(worker_event_from_json(to_json(WorkerEvent{}))->pending);
    EXPECT_FALSE(worker_event_from_json(Json{{"event", "heartbeat"}, {"pending", 3}}).ok());
    EXPECT_FALSE(worker_event_from_json(Json{{"event", "applause"}}).ok());
    EXPECT_FALSE(worker_event_from_json(Json::array()).ok());
    EXPECT_FALSE(worker_event_from_json(Json{{"event", "report"}}).ok());
}

}  // namespace
}  // namespace regain
