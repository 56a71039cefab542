#pragma once
// The bytes of an image file, wherever it lies: in a file here, or on a web server (http_image_bytes.h). Used
// by ImageReader, which believes nothing that comes from here before it has checked it. Never writes.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// Told when bytes do not come and are waited for: why, and for how long at most.
using ImageTroubleFunction = std::function<void(const Error& why, std::chrono::seconds patience)>;

class ImageBytes {
  public:
    virtual ~ImageBytes() = default;
    /// Path or address, as it was given.
    virtual const std::string& location() const = 0;
    virtual uint64_t size_bytes() const = 0;
    /// Fills `bytes`, from anywhere. Thread-safe. ErrorKind::environment; untrusted when the file ends before
    /// or has changed since it was opened; interrupted.
    virtual Status read(uint64_t offset, MutableByteView bytes, const std::stop_token& stop) = 0;
    /// The same for a reader that goes from the front to the back: what follows may be fetched meanwhile.
    /// Thread-safe, one at a time.
    virtual Status read_forward(uint64_t offset, MutableByteView bytes, const std::stop_token& stop) = 0;
    /// Nothing more is read forward for now: lets go of memory and connections that served it.
    virtual void rest() {}
    /// Another thread may call it; an empty one ends it.
    virtual void tell_troubles_to(ImageTroubleFunction) {}
};

/// A regular file. ErrorKind::environment when it can't be opened or is something else.
Result<std::unique_ptr<ImageBytes>> open_image_file(const std::filesystem::path& path);
/// What was given on a command line: an address on a web server, or a path.
Result<std::unique_ptr<ImageBytes>> open_image_bytes(const std::string& location,
                                                     const std::stop_token& stop);

}  // namespace regain
