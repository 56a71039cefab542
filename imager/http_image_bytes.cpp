#include "imager/http_image_bytes.h"

#include <algorithm>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "imager/http_forward_stream.h"

namespace regain {
namespace {

// Chunks of zeros are passed over; to throw their few bytes away is cheaper than to ask again.
constexpr uint64_t max_skip_bytes = 4U << 20;

class HttpImageBytes final : public ImageBytes {
  public:
    HttpImageBytes(ServedFile file, HttpImageOptions options, std::unique_ptr<HttpTransport> transport)
        : file_(std::move(file)), options_(std::move(options)), transport_(std::move(transport)) {}

    const std::string& location() const override { return file_.url; }
    uint64_t size_bytes() const override { return file_.size_bytes; }

    Status read(uint64_t offset, MutableByteView bytes, const std::stop_token& stop) override {
        REGAIN_TRY(check_range(offset, bytes));
        const std::lock_guard lock(blocks_mutex_);
        while (!bytes.empty()) {
            const uint64_t index = offset / options_.block_bytes;
            REGAIN_ASSIGN(const Bytes* block, block_at(index, stop));
            const auto start = static_cast<size_t>(offset - index * options_.block_bytes);
            const size_t part = std::min(block->size() - start, bytes.size());
            std::copy_n(block->begin() + static_cast<std::ptrdiff_t>(start), part, bytes.begin());
            bytes = bytes.subspan(part);
            offset += part;
        }
        return done();
    }

    Status read_forward(uint64_t offset, MutableByteView bytes, const std::stop_token& stop) override {
        REGAIN_TRY(check_range(offset, bytes));
        const std::lock_guard lock(stream_mutex_);
        if (!stream_ || offset < stream_->position() || offset - stream_->position() > max_skip_bytes)
            begin_stream(offset);
        Status status = stream_->skip_to(offset, stop);
        if (status.ok()) status = stream_->take(bytes, stop);
        if (!status.ok()) stream_.reset();
        return status;
    }

    void rest() override {
        const std::lock_guard lock(stream_mutex_);
        stream_.reset();
    }

    void tell_troubles_to(ImageTroubleFunction function) override {
        const std::lock_guard lock(trouble_mutex_);
        on_trouble_ = std::move(function);
    }

  private:
    struct Block {
        uint64_t index;
        Bytes content;
    };

    Status check_range(uint64_t offset, ByteView bytes) const {
        if (offset <= file_.size_bytes && bytes.size() <= file_.size_bytes - offset) return done();
        return error(ErrorKind::untrusted, message("read {0}", file_.url), message("the file is cut short"));
    }

    void begin_stream(uint64_t offset) {
        stream_.reset();
        stream_.emplace(file_, offset, options_.window_bytes, options_.make_transport(), options_.retry,
                        trouble_function());
    }

    ImageTroubleFunction trouble_function() {
        return [this](const Error& why, std::chrono::seconds patience) {
            const std::lock_guard lock(trouble_mutex_);
            if (on_trouble_) on_trouble_(why, patience);
        };
    }

    Result<const Bytes*> block_at(uint64_t index, const std::stop_token& stop) {
        for (const auto& block : blocks_)
            if (block.index == index) return &block.content;
        const uint64_t first = index * options_.block_bytes;
        const uint64_t end = std::min<uint64_t>(first + options_.block_bytes, file_.size_bytes);
        Bytes content;
        content.reserve(static_cast<size_t>(end - first));
        const auto sink = [&](ByteView bytes) {
            content.insert(content.end(), bytes.begin(), bytes.end());
            return true;
        };
        REGAIN_TRY(
            fetch_range(*transport_, file_, first, end, sink, options_.retry, trouble_function(), stop));
        if (blocks_.size() >= options_.kept_blocks) blocks_.pop_front();
        blocks_.push_back({index, std::move(content)});
        return &blocks_.back().content;
    }

    const ServedFile file_;
    const HttpImageOptions options_;
    std::mutex trouble_mutex_;
    ImageTroubleFunction on_trouble_;
    std::mutex blocks_mutex_;
    std::unique_ptr<HttpTransport> transport_;
    std::deque<Block> blocks_;
    std::mutex stream_mutex_;
    std::optional<HttpForwardStream> stream_;
};

}  // namespace

Result<std::unique_ptr<ImageBytes>> open_http_image(const std::string& url, const HttpImageOptions& options,
                                                    const std::stop_token& stop) {
    REGAIN_TRY(check_http_url(url));
    auto transport = options.make_transport();
    HttpRetry opening = options.retry;
    opening.patience = std::min(opening.patience, options.opening_patience);
    REGAIN_ASSIGN(auto file, find_served_file(*transport, url, opening, stop));
    return std::unique_ptr<ImageBytes>(
        std::make_unique<HttpImageBytes>(std::move(file), options, std::move(transport)));
}

}  // namespace regain
