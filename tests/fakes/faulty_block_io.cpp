#include "tests/fakes/faulty_block_io.h"

#include <algorithm>
#include <cerrno>

namespace regain {

FaultyBlockIo::FaultyBlockIo(BlockIo& inner) : inner_(&inner) {}
FaultyBlockIo::FaultyBlockIo(std::unique_ptr<BlockIo> inner)
    : owned_(std::move(inner)), inner_(owned_.get()) {}

void FaultyBlockIo::add(Fault fault) {
    const std::lock_guard lock(mutex_);
    faults_.push_back(fault);
}
void FaultyBlockIo::fail(IoOperation operation, FaultyRange range, int os_errno, size_t times) {
    add({FaultKind::fail, operation, range, os_errno, 0, 0, times});
}
void FaultyBlockIo::fail_flush(int os_errno, size_t times) {
    add({FaultKind::fail, IoOperation::flush, {}, os_errno, 0, 0, times});
}
void FaultyBlockIo::shorten(IoOperation operation, FaultyRange range, uint64_t bytes, size_t times) {
    add({FaultKind::shorten, operation, range, 0, bytes, 0, times});
}
void FaultyBlockIo::hang(IoOperation operation, FaultyRange range, size_t times) {
    add({FaultKind::hang, operation, range, 0, 0, 0, times});
}
void FaultyBlockIo::drop_writes(FaultyRange range) {
    add({FaultKind::drop, IoOperation::write, range});
}
void FaultyBlockIo::corrupt_reads(FaultyRange range, uint8_t mask, size_t times) {
    add({FaultKind::corrupt, IoOperation::read, range, 0, 0, mask, times});
}
void FaultyBlockIo::use_volatile_cache() {
    is_volatile_ = true;
}
void FaultyBlockIo::cut_power() {
    const std::lock_guard lock(mutex_);
    cache_.clear();
}

void FaultyBlockIo::disappear() {
    const std::lock_guard lock(mutex_);
    is_gone_ = true;
    for (const IoRequest& request : hung_) ready_.push_back({request.tag, 0, ENODEV});
    hung_.clear();
    changed_.notify_all();
}
void FaultyBlockIo::disappear_after(size_t completions) {
    const std::lock_guard lock(mutex_);
    completions_left_ = completions;
}

void FaultyBlockIo::release_hung() {
    const std::lock_guard lock(mutex_);
    // They go on as if nothing had been wrong; the fault itself heals.
    std::erase_if(faults_, [](const Fault& fault) { return fault.kind == FaultKind::hang; });
    for (const IoRequest& request : hung_)
        if (!start(request).ok()) ready_.push_back({request.tag, 0, EIO});
    hung_.clear();
    changed_.notify_all();
}
size_t FaultyBlockIo::hung() const {
    const std::lock_guard lock(mutex_);
    return hung_.size();
}
size_t FaultyBlockIo::in_flight() const {
    const std::lock_guard lock(mutex_);
    return hung_.size() + under_way_.size() + ready_.size();
}

FaultyBlockIo::Fault* FaultyBlockIo::find_fault(const IoRequest& request) {
    const bool is_flush = request.operation == IoOperation::flush;
    for (Fault& fault : faults_) {
        if (fault.times == 0 || fault.operation != request.operation) continue;
        if (!is_flush && !fault.range.touches(request)) continue;
        if (fault.kind == FaultKind::drop || fault.kind == FaultKind::corrupt) continue;
        if (fault.times != always) --fault.times;
        return &fault;
    }
    return nullptr;
}

Status FaultyBlockIo::submit(const IoRequest& request) {
    REGAIN_TRY(check_request(*this, request));
    if (on_submit_) on_submit_(request);
    const std::lock_guard lock(mutex_);
    return start(request);
}

Status FaultyBlockIo::start(const IoRequest& request) {
    if (is_gone_) {
        ready_.push_back({request.tag, 0, ENODEV});
        return done();
    }
    const Fault* fault = find_fault(request);
    if (fault == nullptr) return carry_out(request, request.buffer.size());
    switch (fault->kind) {
        case FaultKind::fail:
            ready_.push_back({request.tag, 0, fault->os_errno});
            return done();
        case FaultKind::hang:
            hung_.push_back(request);
            return done();
        default:
            return carry_out(request, std::min<uint64_t>(fault->bytes, request.buffer.size()));
    }
}

/// The drive's own side of a request, after the faults that keep it from being carried out.
Status FaultyBlockIo::carry_out(IoRequest request, uint64_t bytes_wanted) {
    const bool is_flush = request.operation == IoOperation::flush;
    request.buffer = request.buffer.first(bytes_wanted / alignment() * alignment());
    if (request.buffer.empty() && !is_flush) {
        ready_.push_back({request.tag, 0, 0});
        return done();
    }
    if (request.operation == IoOperation::write) {
        const bool is_dropped = std::any_of(faults_.begin(), faults_.end(), [&](const Fault& fault) {
            return fault.kind == FaultKind::drop && fault.range.touches(request);
        });
        if (!is_dropped && is_volatile_) write_cached(request);
        if (is_dropped || is_volatile_) {
            ready_.push_back({request.tag, request.buffer.size(), 0});
            return done();
        }
    }
    if (is_flush) REGAIN_TRY(write_back());
    IoRequest inner_request = request;
    inner_request.tag = next_tag_++;
    REGAIN_TRY(inner_->submit(inner_request));
    under_way_[inner_request.tag] = request;
    return done();
}

Status FaultyBlockIo::wait(std::vector<IoCompletion>& completions) {
    std::unique_lock lock(mutex_);
    if (!hung_.empty() && under_way_.empty() && ready_.empty())
        changed_.wait(lock, [&] { return !under_way_.empty() || !ready_.empty(); });
    REGAIN_TRY(collect());
    for (IoCompletion completion : ready_) {
        if (completions_left_ == 0) is_gone_ = true;
        if (is_gone_) completion = {completion.tag, 0, ENODEV};
        if (completions_left_ != always && completions_left_ > 0) --completions_left_;
        completions.push_back(completion);
    }
    ready_.clear();
    return done();
}

Status FaultyBlockIo::collect() {
    if (under_way_.empty()) return done();
    std::vector<IoCompletion> inner_completions;
    REGAIN_TRY(inner_->wait(inner_completions));
    for (const IoCompletion& completion : inner_completions) {
        const auto found = under_way_.find(completion.tag);
        if (found == under_way_.end()) continue;
        if (found->second.operation == IoOperation::read && completion.os_errno == 0) {
            read_cached(found->second);
            corrupt(found->second);
        }
        ready_.push_back({found->second.tag, completion.bytes, completion.os_errno});
        under_way_.erase(found);
    }
    return done();
}

void FaultyBlockIo::corrupt(const IoRequest& request) {
    for (Fault& fault : faults_) {
        if (fault.kind != FaultKind::corrupt || fault.times == 0 || !fault.range.touches(request)) continue;
        if (fault.times != always) --fault.times;
        for (size_t i = 0; i < request.buffer.size(); ++i) {
            const uint64_t position = request.offset + i;
            if (position >= fault.range.offset && position - fault.range.offset < fault.range.length)
                request.buffer[i] = static_cast<uint8_t>(request.buffer[i] ^ fault.mask);
        }
    }
}

void FaultyBlockIo::write_cached(const IoRequest& request) {
    for (size_t i = 0; i < request.buffer.size(); i += alignment()) {
        const ByteView sector = request.buffer.subspan(i, alignment());
        cache_[request.offset + i] = Bytes(sector.begin(), sector.end());
    }
}

void FaultyBlockIo::read_cached(const IoRequest& request) {
    const uint64_t end = request.offset + request.buffer.size();
    for (auto sector = cache_.lower_bound(request.offset); sector != cache_.end() && sector->first < end;
         ++sector)
        std::copy(sector->second.begin(), sector->second.end(),
                  request.buffer.begin() + static_cast<ptrdiff_t>(sector->first - request.offset));
}

/// Brings the volatile cache onto the medium; what the inner one is doing is finished first.
Status FaultyBlockIo::write_back() {
    while (!under_way_.empty()) REGAIN_TRY(collect());
    AlignedBuffer sector_buffer(alignment(), std::max<size_t>(alignment(), 4096));
    for (const auto& [offset, sector] : cache_) {
        std::copy(sector.begin(), sector.end(), sector_buffer.bytes().begin());
        REGAIN_TRY(write_blocks(*inner_, offset, sector_buffer.bytes()));
    }
    cache_.clear();
    return done();
}

}  // namespace regain
