#include "imager/root_directory.h"

#include <sys/stat.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "base/program.h"
#include "imager/needed_programs.h"

namespace regain {
namespace {

constexpr const char* public_mirror = "http://deb.debian.org/debian";
constexpr const char* public_security_mirror = "http://deb.debian.org/debian-security";
constexpr const char* keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
// Partition 3 of the disk that the BIOS started from: no UUID, so that deployment can change them all.
constexpr const char* grub_prefix = "(,gpt3)/boot/grub";

class RootBuilder {
  public:
    RootBuilder(const Profile& profile, const RootDirectoryPlan& plan,
                const std::function<void(std::string_view)>& on_line, std::stop_token stop)
        : profile_(profile), plan_(plan), on_line_(on_line), stop_(std::move(stop)) {}

    // Overlays and settings as one archive, owned by root, with modes that do not depend on somebody's umask.
    Status pack_overlay() {
        const auto stage = plan_.work_directory / "stage";
        REGAIN_TRY(make_directories(stage));
        for (const auto& overlay : profile_.system.overlay)
            REGAIN_TRY(run("cp", "coreutils", {"-a", "--", overlay.string() + "/.", stage.string()},
                           message("copy the overlay {0}", overlay.string())));
        for (const auto& file : profile_settings(profile_))
            REGAIN_TRY(write_setting(stage / file.path, file));
        REGAIN_TRY(run("tar", "tar",
                       {"-C", stage.string(), "--sort=name", "--mtime=@" + std::to_string(plan_.source_date),
                        "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rwX,go+rX,go-w",
                        "--exclude=.gitkeep", "-cf", (plan_.work_directory / "overlay.tar").string(), "."},
                       message("pack the overlay")));
        return write_file(plan_.work_directory / "sources.sources",
                          apt_sources(profile_, plan_.mirror, plan_.security_mirror));
    }

    Status install_packages() {
        std::vector<std::string> apt_options;
        if (!find_program("apt-config").empty()) {
            ProgramRequest request;
            request.program = "apt-config";
            request.arguments = {"dump"};
            request.stop = stop_;
            REGAIN_ASSIGN(const auto outcome, run_program(request));
            apt_options = proxy_options(outcome.output);
        }
        if (!plan_.package_cache.empty()) REGAIN_TRY(make_directories(plan_.package_cache));
        ProgramRequest request =
            program("mmdebstrap", "mmdebstrap", mmdebstrap_arguments(profile_, plan_, apt_options));
        // The first complaint is the cause; those after it follow from it, and the last one only says
        // "failed".
        std::string first_complaint;
        request.on_output_line = [&](std::string_view line) {
            if (line.starts_with("E: ") && first_complaint.empty()) first_complaint = to_utf8(line.substr(3));
            if (on_line_) on_line_(to_utf8(line));
        };
        auto outcome = run_program_or_fail(request, message("install the packages of {0}", profile_.name));
        if (outcome.ok()) return done();
        Error failure = std::move(outcome).error();
        if (failure.kind != ErrorKind::failed) return failure;
        if (!first_complaint.empty()) failure.reason = message("{0}", first_complaint);
        failure.advice = message("Look at the network, the names of the packages, and the room on the disk.");
        return failure;
    }

    // What only this build knows must not be in the image.
    Status tidy() {
        REGAIN_TRY(write_file(root() / "etc/machine-id", "uninitialized\n", 0444));
        std::error_code ignored;
        std::filesystem::remove(root() / "etc/resolv.conf", ignored);
        return write_file(root() / "etc/apt/sources.list.d/0000sources.sources",
                          apt_sources(profile_, public_mirror, public_security_mirror));
    }

    Result<Bytes> make_core_image() {
        REGAIN_TRY(run("chroot", "coreutils",
                       {root().string(), "grub-mkimage", "-O", "i386-pc", "-p", grub_prefix, "-o",
                        "/tmp/core.img", "biosdisk", "part_gpt", "ext2", "normal", "configfile"},
                       message("make GRUB's core image")));
        const auto path = root() / "tmp/core.img";
        REGAIN_ASSIGN(const std::string core, read_file(path));
        std::error_code ignored;
        std::filesystem::remove(path, ignored);
        const ByteView bytes = as_bytes(core);
        return Bytes(bytes.begin(), bytes.end());
    }

    Result<std::vector<ImagePackage>> list_packages() {
        ProgramRequest request = program(
            "dpkg-query", "dpkg",
            {"--admindir=" + (root() / "var/lib/dpkg").string(), "-W", "-f", "${Package}\\t${Version}\\n"});
        REGAIN_ASSIGN(const auto outcome,
                      run_program_or_fail(request, message("list the packages of the image")));
        std::vector<ImagePackage> packages;
        size_t start = 0;
        while (start < outcome.output.size()) {
            const size_t end = std::min(outcome.output.find('\n', start), outcome.output.size());
            const std::string line = to_utf8(std::string_view(outcome.output).substr(start, end - start));
            start = end + 1;
            // to_utf8() made a space of the tab; neither names nor versions hold one.
            const size_t gap = line.find(' ');
            if (gap != std::string::npos) packages.push_back({line.substr(0, gap), line.substr(gap + 1)});
        }
        return packages;
    }

    std::filesystem::path root() const { return plan_.work_directory / "root"; }

  private:
    static Status write_setting(const std::filesystem::path& path, const SettingsFile& file) {
        REGAIN_TRY(make_directories(path.parent_path()));
        std::error_code problem;
        std::filesystem::remove(path, problem);  // an overlay's link is replaced, never followed
        if (!file.is_link) return write_file(path, file.content);
        std::filesystem::create_symlink(file.content, path, problem);
        if (problem)
            return os_error(message("create {0}", path.string()), problem.value(), ErrorKind::environment);
        return done();
    }

    ProgramRequest program(const std::string& name, const char* package,
                           std::vector<std::string> arguments) const {
        ProgramRequest request;
        request.program = name;
        request.package = package;
        request.arguments = std::move(arguments);
        request.environment = {"TZ=UTC", "SOURCE_DATE_EPOCH=" + std::to_string(plan_.source_date),
                               "DEBIAN_FRONTEND=noninteractive"};
        request.stop = stop_;
        return request;
    }

    Status run(const std::string& name, const char* package, std::vector<std::string> arguments,
               Message doing) const {
        const auto outcome =
            run_program_or_fail(program(name, package, std::move(arguments)), std::move(doing));
        if (!outcome.ok()) return outcome.error();
        return done();
    }

    const Profile& profile_;
    const RootDirectoryPlan& plan_;
    const std::function<void(std::string_view)>& on_line_;
    std::stop_token stop_;
};

}  // namespace

Status check_root_directory_programs() {
    REGAIN_TRY(check_programs({{"mmdebstrap", "mmdebstrap"},
                               {"tar", "tar"},
                               {"cp", "coreutils"},
                               {"chroot", "coreutils"},
                               {"dpkg-query", "dpkg"}}));
    if (path_exists(keyring)) return done();
    return error(ErrorKind::environment, message("check Debian's signatures"),
                 message("{0} is missing", keyring),
                 message("Install the package {0}.", "debian-archive-keyring"));
}

Result<RootDirectory> make_root_directory(const Profile& profile, const RootDirectoryPlan& plan,
                                          const std::function<void(std::string_view)>& on_line,
                                          std::stop_token stop) {
    RootBuilder builder(profile, plan, on_line, std::move(stop));
    REGAIN_TRY(builder.pack_overlay());
    REGAIN_TRY(builder.install_packages());
    REGAIN_TRY(builder.tidy());
    RootDirectory root;
    root.path = builder.root();
    REGAIN_ASSIGN(root.core_image, builder.make_core_image());
    REGAIN_ASSIGN(root.packages, builder.list_packages());
    return root;
}

}  // namespace regain
