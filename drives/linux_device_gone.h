#pragma once
// What the error of a request means once its device may be gone. Used by the BlockIo of real descriptors.

namespace regain {

/// ENODEV in the place of `os_errno` when the descriptor is a block device that has no size any more: the
/// kernel answers requests to one that was removed as if they lay beyond its end (a write with ENOSPC, a read
/// with no bytes).
int errno_if_gone(int descriptor, int os_errno);

}  // namespace regain
