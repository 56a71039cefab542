#pragma once
// A QR code as a square of dark and light modules (libqrencode, error level M), without its quiet zone.

#include <string>
#include <vector>

#include "base/result.h"

namespace regain {

struct QrCode {
    int width = 0;
    std::vector<bool> modules;  ///< row by row; true is dark
    bool is_dark(int x, int y) const {
        return modules[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
    }
};

/// `text` as bytes; an error when it is too long (2331 bytes at level M).
Result<QrCode> make_qr_code(const std::string& text);

}  // namespace regain
