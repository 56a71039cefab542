#include "certifier/qr_code.h"

#include <qrencode.h>

#include <cerrno>
#include <memory>

namespace regain {

Result<QrCode> make_qr_code(const std::string& text) {
    struct Free {
        void operator()(QRcode* code) const { QRcode_free(code); }
    };
    const std::unique_ptr<QRcode, Free> code(QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_M));
    if (code == nullptr) return os_error(message("make a QR code of {0} bytes", text.size()), errno);
    QrCode result;
    result.width = code->width;
    const size_t count = static_cast<size_t>(code->width) * static_cast<size_t>(code->width);
    result.modules.reserve(count);
    for (size_t i = 0; i < count; ++i) result.modules.push_back((code->data[i] & 1) != 0);
    return result;
}

}  // namespace regain
