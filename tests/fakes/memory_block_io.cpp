#include "tests/fakes/memory_block_io.h"

#include <algorithm>
#include <cassert>

namespace regain {

void MemoryMedium::read(uint64_t offset, MutableByteView buffer) const {
    assert(offset <= size_bytes_ && buffer.size() <= size_bytes_ - offset);
    while (!buffer.empty()) {
        const uint64_t inside = offset % page_bytes;
        const auto count = static_cast<size_t>(std::min<uint64_t>(page_bytes - inside, buffer.size()));
        const auto page = pages_.find(offset / page_bytes);
        if (page == pages_.end()) {
            std::fill_n(buffer.begin(), count, fill_);
        } else {
            std::copy_n(page->second.begin() + static_cast<ptrdiff_t>(inside), count, buffer.begin());
        }
        buffer = buffer.subspan(count);
        offset += count;
    }
}

void MemoryMedium::write(uint64_t offset, ByteView bytes) {
    assert(offset <= size_bytes_ && bytes.size() <= size_bytes_ - offset);
    while (!bytes.empty()) {
        const uint64_t inside = offset % page_bytes;
        const auto count = static_cast<size_t>(std::min<uint64_t>(page_bytes - inside, bytes.size()));
        const ByteView part = bytes.first(count);
        const auto page = pages_.find(offset / page_bytes);
        if (page != pages_.end()) {
            std::copy(part.begin(), part.end(), page->second.begin() + static_cast<ptrdiff_t>(inside));
        } else if (!is_filled_with(part, fill_)) {
            Bytes fresh(page_bytes, fill_);
            std::copy(part.begin(), part.end(), fresh.begin() + static_cast<ptrdiff_t>(inside));
            pages_.emplace(offset / page_bytes, std::move(fresh));
        }
        if (count == page_bytes && is_filled_with(part, fill_)) pages_.erase(offset / page_bytes);
        bytes = bytes.subspan(count);
        offset += count;
    }
}

Bytes MemoryMedium::bytes(uint64_t offset, size_t length) const {
    Bytes result(length);
    read(offset, result);
    return result;
}

Status MemoryBlockIo::submit(const IoRequest& request) {
    REGAIN_TRY(check_request(*this, request));
    waiting_.push_back(request);
    return done();
}

Status MemoryBlockIo::wait(std::vector<IoCompletion>& completions) {
    const auto first = static_cast<ptrdiff_t>(completions.size());
    for (const IoRequest& request : waiting_) completions.push_back(carry_out(request));
    waiting_.clear();
    if (options_.order == CompletionOrder::reversed)
        std::reverse(completions.begin() + first, completions.end());
    return done();
}

IoCompletion MemoryBlockIo::carry_out(const IoRequest& request) {
    switch (request.operation) {
        case IoOperation::read:
            medium_->read(request.offset, request.buffer);
            bytes_read_ += request.buffer.size();
            break;
        case IoOperation::write:
            medium_->write(request.offset, request.buffer);
            bytes_written_ += request.buffer.size();
            break;
        case IoOperation::flush:
            ++flushes_;
            break;
    }
    return {request.tag, request.buffer.size(), 0};
}

}  // namespace regain
