#include "inspector/memory_check.h"

#include <algorithm>
#include <string>

#include "inspector/check_making.h"

namespace regain {
namespace {

constexpr uint64_t mebibyte = 1024 * 1024;
constexpr uint64_t gibibyte = 1024 * mebibyte;

std::string mebibytes(uint64_t bytes) {
    return std::to_string(bytes / mebibyte) + " MiB";
}

// Old chipsets can't move memory above the 4 GiB that devices claim part of: 4 GiB show as 2.75 to 3.5.
bool is_explained_by_device_hole(uint64_t visible, uint64_t installed) {
    return installed <= 4 * gibibyte && installed > 3 * gibibyte && visible >= 5 * gibibyte / 2;
}

}  // namespace

uint64_t memory_tolerance_bytes(uint64_t installed_bytes) {
    const uint64_t graphics = std::min(512 * mebibyte, installed_bytes / 8);
    return installed_bytes / 16 + 64 * mebibyte + graphics;
}

Check judge_memory_size(uint64_t visible_bytes, const std::vector<uint64_t>& module_bytes) {
    const std::string measured = visible_bytes == 0 ? "" : mebibytes(visible_bytes);
    const auto untested = [&](const char* code) {
        return make_check("memory-size", "memory", CheckResult::not_tested, measured, "", {code, {}});
    };
    if (visible_bytes == 0) return untested("memory-size-unknown");
    if (module_bytes.empty()) return untested("firmware-lists-no-modules");
    uint64_t installed = 0;
    for (const uint64_t size : module_bytes)
        installed = size > UINT64_MAX - installed ? UINT64_MAX : installed + size;
    if (visible_bytes > installed) return untested("firmware-lists-too-little");

    const uint64_t missing = installed - visible_bytes;
    const uint64_t tolerance = memory_tolerance_bytes(installed);
    const std::string limit = ">= " + mebibytes(installed - std::min(tolerance, installed));
    const auto check = [&](CheckResult result, const char* code) {
        return make_check("memory-size", "memory", result, measured, limit,
                          {code, {{"installed", mebibytes(installed)}, {"missing", mebibytes(missing)}}});
    };
    if (missing <= tolerance) return check(CheckResult::pass, "memory-complete");
    if (is_explained_by_device_hole(visible_bytes, installed))
        return check(CheckResult::warn, "memory-below-4-gib");
    const uint64_t smallest = *std::min_element(module_bytes.begin(), module_bytes.end());
    if (missing >= smallest) return check(CheckResult::fail, "memory-module-missing");
    return check(CheckResult::warn, "memory-less-than-installed");
}

Check judge_memory_errors(const std::optional<MemoryErrorCounts>& counts) {
    if (!counts) return make_untested("memory-errors", "memory", {"no-error-counters", {}});
    const bool clean = counts->corrected == 0 && counts->uncorrected == 0;
    const std::string corrected = std::to_string(counts->corrected),
                      uncorrected = std::to_string(counts->uncorrected);
    return make_check(
        "memory-errors", "memory", clean ? CheckResult::pass : CheckResult::fail,
        "corrected=" + corrected + ",uncorrected=" + uncorrected, "0",
        {clean ? "none" : "memory-errors", {{"corrected", corrected}, {"uncorrected", uncorrected}}});
}

}  // namespace regain
