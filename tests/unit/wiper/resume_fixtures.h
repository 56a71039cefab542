#pragma once
// A machine that loses its power again and again while it wipes a drive, for the tests of resuming: the
// drive's cache and what of the journal is not synced die with it. And an oracle of what must stand on the
// drive, made by OpenSSL from the record's evidence alone.

#include <openssl/evp.h>

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/fakes/volatile_cache_block_io.h"
#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/journal_writer.h"
#include "wiper/resume_point.h"

namespace regain {

/// One supply for all that hangs on it.
class PowerSupply {
  public:
    /// What is being done: a step's name, "write-markers", "check-markers stored", "resume-check", ...
    std::string phase;
    /// Cut at this moment of this phase; 0: never.
    std::string cut_in;
    uint64_t cut_after = 0;
    std::string was_cut_in;
    std::function<void()> on_cut;

    bool is_cut() const { return !was_cut_in.empty(); }
    /// False: the power goes now.
    bool goes_on(const std::string& doing) {
        if (is_cut()) return false;
        if (doing != cut_in || cut_after == 0 || --cut_after != 0) return true;
        was_cut_in = doing;
        if (on_cut) on_cut();
        return false;
    }
};

/// STATE on a disk whose cache dies as well: what was not synced is lost, torn, or zeros.
class VolatileJournalFile final : public JournalFile {
  public:
    VolatileJournalFile(std::string& durable, PowerSupply& power, uint64_t seed)
        : durable_(durable), power_(power), random_(seed) {}

    Status replace(std::string_view text) override {
        const bool goes_on = power_.goes_on("journal-replace");
        if (goes_on || (!was_cut_ && random_() % 2 == 0)) durable_ = text;
        return result(goes_on);
    }
    Status append(std::string_view line) override {
        const bool goes_on = power_.goes_on("journal-append");
        if (goes_on)
            durable_ += line;
        else if (!was_cut_)
            durable_ += torn(line);
        return result(goes_on);
    }

    Status discard() override {
        durable_.clear();
        return done();
    }

  private:
    Status result(bool goes_on) {
        was_cut_ = was_cut_ || !goes_on;
        return goes_on ? done() : os_error(message("write the journal"), EIO, ErrorKind::environment);
    }
    std::string torn(std::string_view line) {
        std::string text(line.substr(0, random_() % (line.size() + 1)));
        if (random_() % 2 == 0) text.resize(line.size(), '\0');
        return text;
    }

    std::string& durable_;
    PowerSupply& power_;
    std::mt19937_64 random_;
    bool was_cut_ = false;
};

/// A node behind a cache that dies.
class CutTarget final : public WipeTarget {
  public:
    CutTarget(std::shared_ptr<MemoryMedium> medium, uint64_t seed, CacheHonesty honesty)
        : io_(std::move(medium), seed, {}, honesty) {}
    VolatileCacheBlockIo& io() override { return io_; }
    Status prove_identity() override {
        return io_.is_cut() ? os_error(message("look at the drive"), ENODEV) : done();
    }
    std::optional<BlockCounters> counters() override {
        return BlockCounters{io_.bytes_read() / 512, io_.bytes_written() / 512, 0};
    }

  private:
    VolatileCacheBlockIo io_;
};

/// The bytes that the evidence says must stand there; sectors that can't be written excepted.
inline Bytes oracle(const Json& pattern, size_t length) {
    Bytes content(length, 0);
    if (pattern["pattern"] == "zero") return content;
    Bytes key, iv;
    EXPECT_TRUE(from_hex(pattern["key"].get<std::string>(), key) &&
                from_hex(pattern["iv"].get<std::string>(), iv));
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    int written = 0;
    EVP_EncryptInit_ex(context, EVP_aes_256_ctr(), nullptr, key.data(), iv.data());
    EVP_EncryptUpdate(context, content.data(), &written, content.data(), static_cast<int>(length));
    EVP_CIPHER_CTX_free(context);
    return content;
}

/// A drive with its journal through as many starts as it takes.
class InterruptedWipe {
  public:
    InterruptedWipe(WipePlan plan, uint64_t seed) : plan_(std::move(plan)), random_(seed) {
        for (const DriveNode& node : user_data_nodes(plan_.drive))
            media_.push_back(std::make_shared<MemoryMedium>(node.size_bytes, uint8_t{0xA5}));
        limits_.chunk_bytes = chunk_bytes;
    }

    static constexpr size_t chunk_bytes = 16 * 1024;
    CacheHonesty honesty = CacheHonesty::honest;
    std::map<uint64_t, uint64_t> bad_sectors;  ///< of the main node
    /// The flush of the mark with this number fails and takes the cache with it, as a dock that is reset. 0:
    /// none.
    uint64_t lost_flush = 0;

    /// One start: from the beginning, or on with what the journal tells of. Nothing when the power was cut.
    std::optional<WipeRecord> start(PowerSupply& power) {
        std::vector<std::unique_ptr<CutTarget>> targets;
        std::vector<WipeTarget*> nodes;
        for (const auto& medium : media_) {
            targets.push_back(std::make_unique<CutTarget>(medium, random_(), honesty));
            nodes.push_back(targets.back().get());
        }
        targets.front()->io().fail_writes(bad_sectors);
        for (auto& target : targets)
            target->io().on_request([&](const IoRequest& request) { return takes(request, power); });
        lose_cache_ = [&] { targets.front()->io().lose_cache_with_this_flush(); };
        power.on_cut = [&] {
            for (auto& target : targets) target->io().cut_power();
        };
        const std::optional<WipeJournalContent> resumed = what_to_resume();
        VolatileJournalFile file(journal_, power, random_());
        JournalWriter journal(file, clock_,
                              {std::chrono::milliseconds(20), 1, std::chrono::milliseconds(20)});
        WipeRunOptions options{clock_, {}, {}, {}, limits_};
        options.journal = &journal;
        options.resumed = resumed ? &*resumed : nullptr;
        options.on_progress = [&](const WipeProgress& progress) { power.phase = phase_of(progress); };
        power.phase = "start";
        WipeRecord record = run_wipe(plan_, nodes, options);
        power.on_cut = {};
        for (auto& target : targets) static_cast<void>(flush_blocks(target->io()));
        if (power.is_cut()) {
            // Whatever it says, nobody hears it; but it must not say that the drive is erased.
            EXPECT_TRUE(record.verdict == Verdict::not_erased || power.was_cut_in.starts_with("journal"));
            return std::nullopt;
        }
        return record;
    }

    std::string content_fault(const WipeRecord& record) const {
        const auto nodes = user_data_nodes(plan_.drive);
        for (size_t i = 0; i < nodes.size(); ++i)
            for (const EvidenceItem& item : record.evidence)
                if (item.kind == "pattern" && item.facts["node"] == nodes[i].path && is_last_pass(item.facts))
                    if (std::string fault = node_fault(i, item.facts); !fault.empty()) return fault;
        return {};
    }

    MemoryMedium& medium(size_t node = 0) { return *media_[node]; }
    std::string& journal() { return journal_; }
    const WipePlan& plan() const { return plan_; }
    uint64_t overwritten_bytes() const { return overwritten_bytes_; }
    uint64_t resumed() const { return resumed_; }

  private:
    bool takes(const IoRequest& request, PowerSupply& power) {
        clock_.advance(std::chrono::milliseconds(1));
        const bool is_write = request.operation == IoOperation::write;
        // What fails transfers nothing.
        const auto bad = bad_sectors.lower_bound(request.offset);
        const bool may_fail = bad != bad_sectors.end() && bad->first < request.offset + request.buffer.size();
        if (power.phase == "overwrite" && is_write && !may_fail) overwritten_bytes_ += request.buffer.size();
        if (power.phase == "overwrite" && request.operation == IoOperation::flush) {
            if (lost_flush != 0 && --lost_flush == 0) lose_cache_();
            return power.goes_on("mark-flush");
        }
        if (power.phase == "overwrite" && is_write && request.buffer.size() < chunk_bytes)
            return power.goes_on("overwrite retry");
        return power.goes_on(power.phase);
    }

    std::string phase_of(const WipeProgress& progress) const {
        if (progress.step == "check-resumed") return "resume-check";
        const WipeStep& step = plan_.steps[progress.step_number - 1];
        if (step.step == "check-markers") return "check-markers " + step.kind;
        if (step.step != "flush") return step.step;
        return plan_.steps[progress.step_number - 2].step == "overwrite" ? "flush" : "flush of markers";
    }

    std::optional<WipeJournalContent> what_to_resume() {
        if (journal_.empty()) return std::nullopt;
        auto content = parse_wipe_journal(journal_, "the journal");
        EXPECT_TRUE(content.ok()) << (content.ok() ? "" : in_english(content.error())) << "\n" << journal_;
        if (!content.ok()) return std::nullopt;
        const auto rung = rung_to_resume(*content, plan_);
        EXPECT_TRUE(rung);
        ++resumed_;
        return resumed_content(std::move(*content), plan_, rung.value_or(0));
    }

    /// Of several passes the last one stands.
    bool is_last_pass(const Json& pattern) const {
        uint64_t passes = 0;
        for (const WipeStep& step : plan_.steps)
            if (step.step == "overwrite" && step.node.empty()) ++passes;
        return !pattern.contains("pass") || pattern["pass"] == passes;
    }

    std::string node_fault(size_t node, const Json& pattern) const {
        const size_t size = media_[node]->size_bytes();
        const Bytes expected = oracle(pattern, size);
        const Bytes found = media_[node]->bytes(0, size);
        for (size_t at = 0; at < size; at += 512) {
            const bool is_bad = node == 0 && bad_sectors.contains(at);
            if (!is_bad && !std::equal(found.begin() + static_cast<std::ptrdiff_t>(at),
                                       found.begin() + static_cast<std::ptrdiff_t>(at + 512),
                                       expected.begin() + static_cast<std::ptrdiff_t>(at)))
                return "node " + std::to_string(node) + ", sector " + std::to_string(at / 512);
        }
        return {};
    }

    WipePlan plan_;
    std::mt19937_64 random_;
    std::vector<std::shared_ptr<MemoryMedium>> media_;
    std::string journal_;
    ManualClock clock_{WallTime{}};
    PumpLimits limits_;
    std::function<void()> lose_cache_;
    uint64_t overwritten_bytes_ = 0;
    uint64_t resumed_ = 0;
};

}  // namespace regain
