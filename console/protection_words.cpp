#include "console/protection_words.h"

namespace regain {

Message protection_words(const Protection& protection) {
    const std::string& reason = protection.reason;
    const std::string& detail = protection.detail;
    if (reason == "boot-medium") return message("this system was started from it");
    if (reason == "system-root") return message("the running system is on it");
    if (reason == "mounted") return message("mounted on {0}", detail);
    if (reason == "swap") return message("used as swap ({0})", detail);
    if (reason == "md") return message("part of the RAID set {0}", detail);
    if (reason == "lvm") return message("part of the LVM set {0}", detail);
    if (reason == "dm") return message("used by {0}", detail);
    if (reason == "bcache") return message("used by bcache {0}", detail);
    if (reason == "backs-loop-device") return message("used by the loop device {0}", detail);
    if (reason == "read-only") return message("read-only");
    if (reason == "in-use") return message("in use {0}", detail);
    if (reason == "size-zero") return message("can't be used: size 0 (sectors of 520 bytes?)");
    if (reason == "sector-size-unsupported") return message("can't be used: sectors of {0} bytes", detail);
    if (reason == "remapped-nvme") return message("hidden by the firmware's RAID mode ({0}): switch it to AHCI", detail);
    return message("protected: {0} {1}", reason, detail);
}

}  // namespace regain
