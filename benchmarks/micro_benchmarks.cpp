// How fast the patterns are made and compared, in one thread and without any I/O, beside what memory itself
// does. Started by benchmarks/run (group "micro"), once as the processor is and once without AES
// instructions.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "base/bytes.h"
#include "wiper/expected_content.h"
#include "wiper/random_stream.h"
#include "wiper/wipe_pattern.h"

namespace regain {
namespace {

RandomStream::Key fixed_key(RandomStream::Cipher cipher = RandomStream::Cipher::aes_256_ctr) {
    RandomStream::Key key;
    key.cipher = cipher;
    for (size_t i = 0; i < key.key.size(); ++i) key.key[i] = static_cast<uint8_t>(i * 7 + 1);
    return key;
}

Bytes buffer_of(const benchmark::State& state) {
    return Bytes(static_cast<size_t>(state.range(0)));
}

void count_bytes(benchmark::State& state) {
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * state.range(0));
}

void memory_fill(benchmark::State& state) {
    Bytes bytes = buffer_of(state);
    for (auto _ : state) {
        std::memset(bytes.data(), 0, bytes.size());
        benchmark::DoNotOptimize(bytes.data());
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}

void memory_compare(benchmark::State& state) {
    const Bytes ours = buffer_of(state);
    const Bytes theirs = buffer_of(state);
    for (auto _ : state) {
        benchmark::ClobberMemory();
        benchmark::DoNotOptimize(std::memcmp(ours.data(), theirs.data(), ours.size()));
    }
    count_bytes(state);
}

void fill_from(benchmark::State& state, RandomStream stream) {
    Bytes bytes = buffer_of(state);
    uint64_t offset = 0;
    for (auto _ : state) {
        stream.fill(offset, bytes);
        offset += bytes.size();
        benchmark::ClobberMemory();
    }
    count_bytes(state);
}

void random_fill(benchmark::State& state) {
    fill_from(state, RandomStream(fixed_key()));
}

void random_fill_chacha20(benchmark::State& state) {
    fill_from(state, RandomStream(fixed_key(RandomStream::Cipher::chacha20)));
}

/// Compares a buffer that holds what it must, which is what nearly every comparison sees.
void compare(benchmark::State& state, WipePattern pattern) {
    Bytes bytes = buffer_of(state);
    pattern.fill(0, bytes);
    for (auto _ : state) {
        benchmark::ClobberMemory();
        if (!pattern.matches(0, bytes)) {
            state.SkipWithError("the pattern does not match itself");
            return;
        }
    }
    count_bytes(state);
}

void zero_compare(benchmark::State& state) {
    compare(state, WipePattern::zero());
}

void random_compare(benchmark::State& state) {
    compare(state, WipePattern::random(RandomStream(fixed_key())));
}

void random_compare_chacha20(benchmark::State& state) {
    compare(state, WipePattern::random(RandomStream(fixed_key(RandomStream::Cipher::chacha20))));
}

void erased_compare(benchmark::State& state) {
    const Bytes bytes = buffer_of(state);
    for (auto _ : state) {
        benchmark::ClobberMemory();
        if (!is_uniform(bytes)) {
            state.SkipWithError("zeros are not uniform");
            return;
        }
    }
    count_bytes(state);
}

constexpr int64_t small_buffer = 64 << 10;
constexpr int64_t large_buffer = 1 << 20;

BENCHMARK(memory_fill)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(memory_compare)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(random_fill)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(random_fill_chacha20)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(zero_compare)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(random_compare)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(random_compare_chacha20)->Arg(small_buffer)->Arg(large_buffer);
BENCHMARK(erased_compare)->Arg(small_buffer)->Arg(large_buffer);

}  // namespace
}  // namespace regain

BENCHMARK_MAIN();
