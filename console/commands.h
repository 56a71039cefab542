#pragma once
// The commands of docs/command-line.md: each takes a session and gives the exit status. main.cpp holds the
// table.

#include <span>
#include <string>

#include "console/command_line.h"
#include "console/session.h"

namespace regain {

struct Command {
    const char* name;      ///< "drives", "image build"
    const char* synopsis;  ///< what stands behind the name in the usage line
    const char* summary;   ///< one sentence, marked with N_()
    std::span<const OptionSpec> options;
    int (*run)(const Session& session);
};

std::span<const Command> all_commands();

int run_drives(const Session& session);
int run_inspect(const Session& session);
int run_wipe(const Session& session);
int run_batch(const Session& session);
int run_image_build(const Session& session);
int run_image_show(const Session& session);
int run_image_verify(const Session& session);
int run_deploy(const Session& session);
int run_process(const Session& session);
int run_certificate_show(const Session& session);
int run_certificate_verify(const Session& session);
int run_registry_list(const Session& session);
int run_registry_show(const Session& session);
int run_registry_verify(const Session& session);
int run_registry_export(const Session& session);
int run_registry_erase(const Session& session);
int run_profile_list(const Session& session);
int run_profile_show(const Session& session);
int run_profile_check(const Session& session);
int run_station_init(const Session& session);
int run_station_show(const Session& session);

int run_stick_create(const Session& session);
int run_stick_update(const Session& session);
int run_stick_restore(const Session& session);
int run_stick_show(const Session& session);

}  // namespace regain
