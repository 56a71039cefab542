#pragma once
// A state directory for one test, with a station in it; gone afterwards.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "certifier/clock_reading.h"
#include "certifier/registry.h"
#include "certifier/station.h"
#include "trust/jws.h"

namespace regain {

class TemporaryState : public testing::Test {
  protected:
    TemporaryState() {
        std::string name = testing::TempDir() + "regain-state-XXXXXX";
        state_ = mkdtemp(name.data());
    }
    ~TemporaryState() override {
        std::error_code ignored;
        std::filesystem::remove_all(state_, ignored);
    }

    Station station() {
        auto result = Station::open_or_create(state_, {"Atelier de Lanester", "medium-1"}, clock_);
        EXPECT_TRUE(result.ok()) << in_english(result.error());
        return std::move(result).value();
    }
    ClockReading reading() const { return {to_rfc3339(clock_.now()), "machine", true, "boot-1", 1000}; }
    Registry registry() {
        auto result = Registry::open(station(), reading());
        EXPECT_TRUE(result.ok()) << in_english(result.error());
        return std::move(result).value();
    }
    /// Appends a small signed document of the given kind.
    static Result<RegistryRecord> append(Registry& registry, const Station& station, const std::string& kind,
                                         const std::string& id, const std::string& refers_to = {}) {
        const std::string type = "regain.test+jws";
        const NewRecord fields{.kind = kind,
                               .event = {},
                               .id = id,
                               .machine = "dmi-serial:ABC",
                               .lot = "lot-1",
                               .refers_to = refers_to,
                               .document_type = type,
                               .clock = {"2026-11-22T10:00:00Z", "machine", true, "boot-1", 1000}};
        return registry.append(fields, [&](const TreeReference& before) {
            return sign_jws(Json{{"id", id}, {"registry", to_json(before)}, {"donor", "=Mairie, \"centre\""}},
                            type, station.key());
        });
    }

    std::filesystem::path state_;
    ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
};

}  // namespace regain
