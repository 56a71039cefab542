// The `regain` command: finds the command in the table, sets the language, and runs it. What each command
// does stands in command_*.cpp and process.cpp; the exit statuses in docs/command-line.md.

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/system_root.h"
#include "base/translation.h"
#include "console/commands.h"
#include "console/interruption.h"
#include "console/session.h"
#include "console/technician_screen.h"
#include "console/terminal.h"
#include "wiper/wipe_worker.h"

#ifndef REGAIN_VERSION
#error "REGAIN_VERSION is set by console/CMakeLists.txt"
#endif

namespace regain {
namespace {

constexpr OptionSpec top_options[] = {
    {"help", 'h', nullptr, N_("show this help")},
    {"version", 'V', nullptr, N_("show the version")},
    {"lang", 0, "fr|en", N_("language of the messages (default: fr)")},
    {"job", 0, "FILE", N_("the technician's screen: what it may do, and for whom (TOML)")},
    {"state-dir", 0, "DIR", N_("registry, keys, journals, certificates")},
    {"virtual", 0, nullptr, N_("the technician's screen: offer loop devices too")},
    {"sysroot", 0, "DIR", N_("read a recorded /sys, /proc and /dev instead of this machine's")},
};

// --lang wins wherever it stands, so that even a faulty command line is answered in it; then REGAIN_LANG,
// then the locale when it names a language that is there, then French.
Translator choose_language(const std::vector<std::string>& words) {
    for (size_t i = 0; i < words.size(); ++i) {
        if (words[i] == "--") break;
        std::string wanted;
        if (words[i] == "--lang" && i + 1 < words.size()) wanted = words[i + 1];
        if (words[i].rfind("--lang=", 0) == 0) wanted = words[i].substr(7);
        if (!wanted.empty() && Translator(wanted).is_known()) return Translator(wanted);
    }
    for (const char* name : {"REGAIN_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = std::getenv(name);
        if (value == nullptr) continue;
        const std::string_view code = std::string_view(value).substr(0, 2);
        if (code.size() == 2 && code != "C." && Translator(code).is_known()) return Translator(code);
    }
    return Translator("fr");
}

void print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string option_lines(std::span<const OptionSpec> options, const Translator& translate) {
    std::string text;
    for (const auto& option : options) {
        std::string left =
            option.letter != 0 ? std::string("  -") + option.letter + ", --" : std::string("      --");
        left += option.name;
        if (option.value_name != nullptr) left += std::string(" ") + option.value_name;
        left.resize(std::max<size_t>(left.size() + 2, 32), ' ');
        text += left + translate(option.help) + "\n";
    }
    return text;
}

int print_top_help(const Translator& translate) {
    std::string text =
        translate(message("Usage: {0}", "regain COMMAND [OPTION]...")) + "\n\n" +
        translate(
            message("Erases donated PCs, checks them, deploys free software, and leaves certificates.")) +
        "\n\n";
    for (const auto& command : all_commands()) {
        std::string left = "  " + std::string(command.name);
        left.resize(22, ' ');
        text += left + translate(command.summary) + "\n";
    }
    print(text + "\n" + option_lines(top_options, translate) + "\n" +
          translate(message("\"regain COMMAND --help\" tells more.")) + "\n");
    return 0;
}

int print_command_help(const Command& command, const Translator& translate) {
    print(translate(message("Usage: {0}",
                            std::string("regain ") + command.name + " [OPTION]... " + command.synopsis)) +
          "\n\n" + translate(command.summary) + "\n\n" + option_lines(command.options, translate));
    return 0;
}

// The longest name wins: "image build" before "image".
const Command* find_command(const std::vector<std::string>& words, size_t& used) {
    for (const auto& command : all_commands()) {
        const std::string_view name = command.name;
        const size_t space = name.find(' ');
        if (words.empty() || words[0] != name.substr(0, space)) continue;
        if (space == std::string_view::npos) {
            used = 1;
            return &command;
        }
        if (words.size() > 1 && words[1] == name.substr(space + 1)) {
            used = 2;
            return &command;
        }
    }
    return nullptr;
}

Error unknown_command(const std::vector<std::string>& words) {
    const std::string name = words.size() > 1 ? words[0] + " " + words[1] : words[0];
    return error(ErrorKind::usage, message("understand the command line"),
                 message("there is no command \"{0}\"", name),
                 message("\"regain --help\" lists the commands."));
}

Status check_common(const Arguments& arguments) {
    const auto refuse = [](const char* option, const std::string& value) {
        return error(ErrorKind::usage, message("understand the command line"),
                     message("--{0} can't be \"{1}\"", option, value), message("See --help."));
    };
    if (arguments.has("lang") && !Translator(arguments.value("lang")).is_known())
        return refuse("lang", arguments.value("lang"));
    for (const char* option : {"state-dir", "method", "output", "job", "image", "profile", "iso"})
        if (arguments.has(option) && arguments.value(option).empty()) return refuse(option, "");
    const std::string progress = arguments.value("progress");
    if (arguments.has("progress") && progress != "bar" && progress != "json" && progress != "none")
        return refuse("progress", progress);
    return done();
}

int run_top(const std::vector<std::string>& words, const Translator& translate,
            const InterruptionWatch& watch) {
    const auto arguments = Arguments::parse(words, top_options);
    const Session session(arguments.ok() ? *arguments : Arguments(), translate, watch.token());
    if (!arguments.ok()) return session.report(arguments.error());
    if (arguments->has("version")) {
        print("regain " REGAIN_VERSION "\n");
        return 0;
    }
    if (arguments->has("help")) return print_top_help(translate);
    if (const Status status = check_common(*arguments); !status.ok()) return session.report(status.error());
    if (is_terminal(STDIN_FILENO) && is_terminal(STDOUT_FILENO)) return run_technician_screen(session, watch);
    print_top_help(translate);
    return exit_status(ErrorKind::usage);
}

int run_regain(const std::vector<std::string>& words) {
    if (words.size() == 1 && words[0] == "wipe-worker") return run_wipe_worker(0, 1);
    const InterruptionWatch watch;
    const std::stop_token stop = watch.token();
    const Translator translate = choose_language(words);
    if (words.empty() || words[0].starts_with("-")) return run_top(words, translate, watch);

    size_t used = 0;
    const Command* command = find_command(words, used);
    if (command == nullptr) return Session(Arguments(), translate, stop).report(unknown_command(words));
    const auto arguments = Arguments::parse(std::span(words).subspan(used), command->options);
    if (!arguments.ok()) return Session(Arguments(), translate, stop).report(arguments.error());
    if (arguments->has("help")) return print_command_help(*command, translate);
    const Session session(*arguments, translate, stop);
    if (const Status status = check_common(*arguments); !status.ok()) return session.report(status.error());
    // "registry verify" takes a file though its synopsis, for the usual case, names none; "batch" virtual
    // drives.
    const std::string_view name = command->name;
    const bool takes_operands = *command->synopsis != '\0' || name == "registry verify" || name == "batch";
    if (!takes_operands && !arguments->operands().empty())
        return session.report(error(ErrorKind::usage, message("understand the command line"),
                                    message("\"{0}\" is too much", arguments->operands().front()),
                                    message("See --help.")));
    return command->run(session);
}

// A drive that is opened must never get the number of a standard stream that the caller had closed: what is
// printed would go onto it. What stands in can't be written to, so that lost output is noticed.
void occupy_standard_streams() {
    const auto nothing = SystemRoot().path("/dev/null");
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(descriptor, F_GETFD) == -1)
            static_cast<void>(::open(nothing.c_str(), descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

// What was printed must have arrived (a full disk, a reader that went away): whoever scripts this reads the
// document, and half of one with status 0 would be believed.
int status_after_output(int status, const std::vector<std::string>& words) {
    errno = 0;
    const bool was_lost = std::ferror(stdout) != 0;
    if (std::fflush(stdout) == 0 && !was_lost) return status;
    const int os_errno = errno;
    const int failed = status == 0 ? exit_status(ErrorKind::failed) : status;
    // "regain drives | head": whoever went away knows it.
    pollfd output{STDOUT_FILENO, 0, 0};
    if (::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0) return failed;
    const Session session(Arguments(), choose_language(words), {});
    Error lost = os_errno != 0 ? os_error(message("write to standard output"), os_errno)
                               : error(ErrorKind::failed, message("write to standard output"),
                                       message("not everything could be written"));
    lost.advice = message("What was done is done, and recorded where a record was asked for.");
    session.report(lost);
    return failed;
}

}  // namespace
}  // namespace regain

int main(int count, char** words) {
    regain::occupy_standard_streams();
    const std::vector<std::string> given(words + 1, words + count);
    return regain::status_after_output(regain::run_regain(given), given);
}
