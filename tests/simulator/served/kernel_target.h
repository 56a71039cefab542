#pragma once
// A disk of the running kernel whose commands a program answers: a backstore of target_core_user, and a
// loopback fabric (tcm_loop) that makes a SCSI disk of it. Everything through configfs. Used by
// served_drive.h; leaves nothing behind when it goes.
//
// Ref: Linux drivers/target/target_core_user.c (the words of `control`; nl_reply_supported=-1: enabling waits
// for no program), drivers/target/loopback/tcm_loop.c (names, nexus, the address).

#include <cstdint>
#include <string>

#include "base/result.h"

namespace regain::simulator {

class KernelTarget {
  public:
    /// The modules target_core_user and tcm_loop are there; configfs is mounted where that is not done yet.
    /// The ring can be opened afterwards.
    static Result<KernelTarget> make(const std::string& name, unsigned number, uint64_t bytes);
    KernelTarget(KernelTarget&& other) noexcept : name_(std::move(other.name_)), fabric_(other.fabric_) {
        other.name_.clear();
    }
    KernelTarget& operator=(KernelTarget&&) = delete;
    ~KernelTarget();

    /// The kernel looks at the disk before this returns: somebody must be answering.
    Status plug_in() const;
    void unplug() const;
    /// "/dev/sda", or empty.
    std::string node() const;

  private:
    KernelTarget(std::string name, std::string fabric) : name_(std::move(name)), fabric_(std::move(fabric)) {}

    std::string name_;
    std::string fabric_;  ///< a directory below target/loopback
};

}  // namespace regain::simulator
