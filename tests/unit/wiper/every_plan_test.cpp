// What is true of every plan and every fallback, of many drives.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/wiper/capability_fixtures.h"
#include "tests/unit/wiper/plan_reading.h"
#include "wiper/erase_level.h"
#include "wiper/erase_methods.h"
#include "wiper/firmware_method.h"

namespace regain {
namespace {

std::vector<DriveCapabilities> many_drives() {
    std::vector<DriveCapabilities> drives{nvme_drive(), sas_drive(Medium::ssd, {})};
    for (const Medium medium : {Medium::hdd, Medium::ssd, Medium::unknown})
        for (unsigned sanitize = 0; sanitize < 16; sanitize += 2)
            for (const uint16_t security : {uint16_t{0}, has_security, has_enhanced_erase})
                for (const uint16_t encryption : {uint16_t{0}, encrypts_all})
                    drives.push_back(ata_drive(
                        medium,
                        {{59, static_cast<uint16_t>(sanitize == 0 ? 0 : sanitize << 12 | has_sanitize)},
                         {69, encryption},
                         {128, security},
                         {217, medium == Medium::unknown
                                   ? uint16_t{0}
                                   : static_cast<uint16_t>(medium == Medium::ssd ? 1 : 5400)}}));
    return drives;
}

std::vector<WipePlan> with_fallbacks(const WipePlan& plan) {
    std::vector<WipePlan> plans{plan};
    plans.insert(plans.end(), plan.fallbacks.begin(), plan.fallbacks.end());
    return plans;
}

TEST(EveryPlan, says_of_each_method_of_the_protocol_why_or_uses_it) {
    for (const DriveCapabilities& drive : many_drives())
        for (const WipePolicy& policy : {best, clear}) {
            for (const WipePlan& plan : with_fallbacks(plan_of(drive, policy)))
                for (const EraseMethod& method : erase_methods(drive)) {
                    const bool is_used =
                        std::any_of(plan.steps.begin(), plan.steps.end(),
                                    [&](const WipeStep& step) { return step.method == method.method; });
                    EXPECT_NE(is_used, !reasons_for(plan, method.method).empty())
                        << plan.method << ": " << method.method;
                }
        }
}

TEST(EveryPlan, ends_its_fallbacks_with_an_overwrite_and_promises_no_more_than_its_method_can) {
    for (const DriveCapabilities& drive : many_drives()) {
        const auto plans = with_fallbacks(plan_of(drive, best));
        EXPECT_TRUE(plans.back().method == "zero" || plans.back().method == "random");
        Verdict before = Verdict::purged;
        for (const WipePlan& plan : plans) {
            EXPECT_LE(plan.level, before) << "strongest first";
            before = plan.level;
            EXPECT_EQ(plan.policy, best);
            EXPECT_EQ(plan.drive.serial, drive.drive.serial);
            const Verdict most =
                plan.method == "zero" || plan.method == "random"
                    ? Verdict::cleared
                    : erase_level(plan.method, medium_for_erasing(drive), encrypts_everything(drive)).level;
            EXPECT_LE(plan.level, most) << plan.method;
        }
    }
}

TEST(EveryPlan, promises_nothing_that_the_verdict_cannot_give) {
    for (const DriveCapabilities& drive : many_drives())
        for (const WipePlan& plan : with_fallbacks(plan_of(drive, best))) {
            const FirmwareMethod* method = find_firmware_method(plan.method);
            if (method == nullptr) continue;
            EXPECT_LE(plan.level, method->level_on(plan.drive.medium)) << plan.method;
            EXPECT_EQ(plan.steps.back().pattern, pattern_after(*method)) << plan.method;
            EXPECT_TRUE(method->fits(plan.drive.protocol)) << plan.method;
            if (plan.level != Verdict::purged || !method->is_crypto) continue;
            EXPECT_TRUE(std::all_of(plan.remarks.begin(), plan.remarks.end(), leaves_crypto_certain));
        }
}

TEST(EveryPlan, marks_before_anything_is_erased_and_checks_after_it) {
    for (const DriveCapabilities& drive : many_drives())
        for (const WipePlan& plan : with_fallbacks(plan_of(drive, best))) {
            const auto steps = steps_of(plan);
            const auto erased = std::find_if(steps.begin(), steps.end(), [](const std::string& step) {
                return step.rfind("firmware-erase", 0) == 0 || step.rfind("overwrite", 0) == 0;
            });
            ASSERT_NE(erased, steps.end());
            EXPECT_NE(std::find(steps.begin(), erased, "check-markers stored"), erased);
            EXPECT_NE(std::find(erased, steps.end(), "check-markers gone"), steps.end());
        }
}

}  // namespace
}  // namespace regain
