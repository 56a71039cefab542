#include <array>

#include "console/commands.h"

namespace regain {
namespace {

constexpr OptionSpec help{"help", 'h', nullptr, N_("show this help")};
constexpr OptionSpec language{"lang", 0, "fr|en", N_("language of the messages (default: fr)")};
constexpr OptionSpec quiet{"quiet", 'q', nullptr, N_("only errors and warnings")};
constexpr OptionSpec progress{"progress", 0, "bar|json|none", N_("how progress is shown")};
constexpr OptionSpec state_dir{"state-dir", 0, "DIR", N_("registry, keys, journals, certificates")};
constexpr OptionSpec json{"json", 'J', nullptr, N_("one JSON document on standard output")};
constexpr OptionSpec output_report{"output", 'o', "FILE", N_("write the report to FILE")};
constexpr OptionSpec output_image{"output", 'o', "IMAGE", N_("the image to write")};
constexpr OptionSpec output_export{"output", 'o', "FILE", N_("write to FILE instead of standard output")};
constexpr OptionSpec trust{"trust", 0, "PEM", N_("believe this signer too (may be given several times)")};
constexpr OptionSpec sysroot{"sysroot", 0, "DIR",
                             N_("read a recorded /sys, /proc and /dev instead of this machine's")};
constexpr OptionSpec capabilities{"capabilities", 0, nullptr,
                                  N_("ask each drive what it can do; only harmless commands are sent")};
constexpr OptionSpec virtual_files{"virtual", 0, nullptr, N_("accept regular files as virtual drives")};
constexpr OptionSpec confirm{"confirm", 0, "SERIAL",
                             N_("confirm a drive by its serial (its path when it has none)")};
constexpr OptionSpec confirm_id{"confirm", 0, "ID", N_("confirm by the document's ID")};
constexpr OptionSpec reason{"reason", 0, "TEXT", N_("why it is erased; stays in the registry")};
constexpr OptionSpec policy{"policy", 0, "best|purge|clear",
                            N_("the level that is asked for (default: best)")};
constexpr OptionSpec method{
    "method", 0, "NAME",
    N_("zero, random, dod-5220.22-m, hmg-is5-enhanced, bsi-vsitr, gutmann or one of the "
       "drive's own; chosen by the plan otherwise")};
constexpr OptionSpec suspend{"suspend", 0, "yes|no|ask",
                             N_("put the machine to sleep and wake it where that frees frozen drives")};
constexpr OptionSpec psid{"psid", 0, "FILE",
                          N_("the number on the drive's label (PSID), from a file; - is standard input")};
constexpr OptionSpec verify{"verify", 0, "full|sample|none",
                            N_("what is read back (default: sample after a purge by the drive, else full)")};
constexpr OptionSpec plan{"plan", 0, nullptr, N_("print the plan and stop; nothing is written")};
constexpr OptionSpec resume{"resume", 0, nullptr,
                            N_("go on with overwrites that were interrupted, and take the password of an "
                               "interrupted erasure off the drives that carry it")};
constexpr OptionSpec automatic{"auto", 0, nullptr,
                               N_("erase without a question, but only what --allow names")};
constexpr OptionSpec allow{"allow", 0, "PORT|SERIAL",
                           N_("with --auto: this port or this drive (may be given several times)")};
constexpr OptionSpec no_certificate{"no-certificate", 0, nullptr,
                                    N_("only the report, no certificate and no record")};
constexpr OptionSpec records_here{
    "records-here", 0, nullptr,
    N_("go on when the server that takes the records does not answer: they stay in this computer's memory")};
constexpr OptionSpec release{"release", 0, nullptr,
                             N_("let go of a donor's RAID or LVM set that this system assembled")};
constexpr OptionSpec job{"job", 0, "FILE", N_("donor, lot, operator ... from a file (TOML)")};
constexpr OptionSpec donor{"donor", 0, "TEXT", N_("who gave the machine")};
constexpr OptionSpec lot{"lot", 0, "TEXT", N_("the lot that it belongs to")};
constexpr OptionSpec asset_tag{"asset-tag", 0, "TEXT", N_("the machine's inventory number")};
constexpr OptionSpec operator_name{"operator", 0, "PSEUDONYM", N_("who does the work")};
constexpr OptionSpec checker{"checker", 0, "PSEUDONYM", N_("who checks it")};
constexpr OptionSpec place{"place", 0, "TEXT", N_("where it is done")};
constexpr OptionSpec profile{"profile", 0, "P", N_("the profile to deploy: a file, or a name")};
constexpr OptionSpec image{"image", 0, "I",
                           N_("the image: a file or an address (default: the newest one of the profile)")};
constexpr OptionSpec deploy_to{"deploy-to", 0, "DRIVE", N_("the drive to deploy onto")};
constexpr OptionSpec answers{"answers", 0, "FILE", N_("answers for the first start: it asks no questions")};
constexpr OptionSpec certificate_ids{"kind", 0, "KIND", N_("only records of this kind")};
constexpr OptionSpec format{"format", 0, "jsonl|csv", N_("JSON lines (default) or CSV")};
constexpr OptionSpec level{"level", 0, "1-22", N_("zstd compression level (default: 19)")};
constexpr OptionSpec name{"name", 0, "TEXT", N_("the workshop's name, shown on certificates")};

constexpr OptionSpec iso{"iso", 0, "ISO", N_("the ISO file of the live system")};
constexpr OptionSpec stick_images{"image", 0, "IMAGE",
                                  N_("copy this image onto the stick (may be given several times)")};
constexpr OptionSpec stick_profiles{"profile", 0, "FILE",
                                    N_("copy this profile onto the stick (may be given several times)")};
constexpr OptionSpec stick_job{"job", 0, "FILE",
                               N_("the job file: what the stick does without asking (by default nothing)")};

#define REGAIN_COMMON help, language, quiet, progress, state_dir
#define REGAIN_JOB job, donor, lot, asset_tag, operator_name, checker, place

constexpr std::array drives_options{REGAIN_COMMON, json, sysroot, capabilities};
constexpr std::array inspect_options{REGAIN_COMMON, json, output_report};
constexpr std::array wipe_options{
    REGAIN_COMMON, REGAIN_JOB, json,           output_report, virtual_files, confirm, policy, method,
    verify,        plan,       no_certificate, records_here,  release,       resume,  psid,   suspend};
constexpr std::array batch_options{REGAIN_COMMON, REGAIN_JOB,     json,        output_report, virtual_files,
                                   automatic,     allow,          policy,      method,        verify,
                                   psid,          no_certificate, records_here};
constexpr std::array image_build_options{REGAIN_COMMON, output_image, level};
constexpr std::array image_show_options{REGAIN_COMMON, json, trust};
constexpr std::array deploy_options{REGAIN_COMMON, REGAIN_JOB,     json,        output_report,
                                    virtual_files, confirm,        trust,       answers,
                                    release,       no_certificate, records_here};
constexpr std::array process_options{
    REGAIN_COMMON, REGAIN_JOB, json,           output_report, virtual_files, confirm, policy,
    method,        verify,     plan,           trust,         profile,       image,   deploy_to,
    answers,       release,    no_certificate, records_here,  resume,        psid,    suspend};
constexpr std::array certificate_options{REGAIN_COMMON, json, trust};
constexpr std::array registry_list_options{REGAIN_COMMON, json, certificate_ids};
constexpr std::array registry_export_options{REGAIN_COMMON, format, output_export};
constexpr std::array registry_erase_options{REGAIN_COMMON, confirm_id, reason};
constexpr std::array profile_options{REGAIN_COMMON, json};
constexpr std::array station_init_options{REGAIN_COMMON, json, name};

constexpr std::array stick_create_options{REGAIN_COMMON, iso,   stick_images, stick_profiles, stick_job,
                                          confirm,       trust, json,         virtual_files};
constexpr std::array stick_update_options{REGAIN_COMMON, iso, json, virtual_files};
constexpr std::array stick_restore_options{REGAIN_COMMON, virtual_files};
constexpr std::array stick_show_options{REGAIN_COMMON, json, virtual_files};

constexpr std::array commands{
    Command{"drives", "", N_("the drives, and what protects each"), drives_options, run_drives},
    Command{"inspect", "", N_("hardware inventory and checks"), inspect_options, run_inspect},
    Command{"wipe", "DRIVE...", N_("erase; a report for every drive"), wipe_options, run_wipe},
    Command{"batch", "", N_("erase drives as they are plugged in, each after its confirmation"),
            batch_options, run_batch},
    Command{"image build", "PROFILE -o IMAGE", N_("build the image of a profile"), image_build_options,
            run_image_build},
    Command{"image show", "IMAGE", N_("what is in an image"), image_show_options, run_image_show},
    Command{"image verify", "IMAGE", N_("check every hash and the signature"), image_show_options,
            run_image_verify},
    Command{"deploy", "IMAGE DRIVE...", N_("write, read back, grow, give a new identity, make bootable"),
            deploy_options, run_deploy},
    Command{"process", "--profile P DRIVE...", N_("the whole line for one machine"), process_options,
            run_process},
    Command{"certificate show", "FILE", N_("what a certificate says"), certificate_options,
            run_certificate_show},
    Command{"certificate verify", "FILE", N_("is it intact, and who signed it"), certificate_options,
            run_certificate_verify},
    Command{"registry list", "", N_("the records"), registry_list_options, run_registry_list},
    Command{"registry show", "ID", N_("one record, whole"), profile_options, run_registry_show},
    Command{"registry verify", "", N_("is the log whole, and who signed it"), certificate_options,
            run_registry_verify},
    Command{"registry export", "", N_("all records as JSON lines or CSV"), registry_export_options,
            run_registry_export},
    Command{"registry erase", "ID --reason TEXT",
            N_("erase a document whose retention ended; its leaf stays"), registry_erase_options,
            run_registry_erase},
    Command{"profile list", "", N_("the profiles that can be deployed"), profile_options, run_profile_list},
    Command{"profile show", "PROFILE", N_("what a profile holds"), profile_options, run_profile_show},
    Command{"profile check", "PROFILE", N_("find mistakes in a profile or job file"), profile_options,
            run_profile_check},
    Command{"station init", "", N_("make this workshop's key and identity"), station_init_options,
            run_station_init},
    Command{"station show", "", N_("this workshop's key and identity"), profile_options, run_station_show},
    Command{"stick create", "DRIVE --iso ISO", N_("make a USB stick; what is on the drive is lost"),
            stick_create_options, run_stick_create},
    Command{"stick update", "DRIVE --iso ISO", N_("write a newer ISO onto a stick; its data stay"),
            stick_update_options, run_stick_update},
    Command{"stick restore", "DRIVE", N_("put back what writing an ISO took from a stick's table"),
            stick_restore_options, run_stick_restore},
    Command{"stick show", "DRIVE", N_("what is on a stick"), stick_show_options, run_stick_show},
};

}  // namespace

std::span<const Command> all_commands() {
    return commands;
}

}  // namespace regain
