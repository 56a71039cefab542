#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "console/commands.h"
#include "console/image_display.h"
#include "console/profile_choice.h"
#include "console/state_directory.h"
#include "console/station_desk.h"
#include "imager/image_builder.h"
#include "imager/image_reader.h"
#include "imager/image_verifier.h"

namespace regain {
namespace {

Error one_operand(Message reason) {
    return error(ErrorKind::usage, message("understand the command line"), std::move(reason),
                 message("See --help."));
}

Result<std::shared_ptr<const ImageReader>> open_operand(const Session& session) {
    if (session.arguments().operands().size() != 1) return one_operand(message("one IMAGE is needed"));
    return ImageReader::open_location(session.arguments().operands()[0], session.stop());
}

Json image_json(const ImageReader& reader, bool signer_known) {
    return Json{{"schema", "regain.image/1"},
                {"manifest", to_json(reader.manifest())},
                {"signer",
                 {{"name", reader.signer().front().common_name()},
                  {"key_fingerprint", reader.signer_fingerprint()},
                  {"known", signer_known}}}};
}

void say_signer(const Session& session, const ImageReader& reader, bool known) {
    const std::string name = reader.signer().front().common_name();
    session.say(
        known ? message("Signed by: {0}, whose key is trusted here ({1})", name, reader.signer_fingerprint())
              : message("Signed by: an unknown key that calls itself {0} ({1})", name,
                        reader.signer_fingerprint()));
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

void say_manifest(const Session& session, const ImageManifest& manifest) {
    const Translator& translate = session.translate();
    session.say(message("Image {0}, version {1}", manifest.name, manifest.version));
    session.say(message("Disk: {0}, of which {1} hold data; needs a drive of at least {2}",
                        human_size(manifest.disk_bytes, translate),
                        human_size(manifest.data_bytes, translate),
                        human_size(manifest.minimum_disk_bytes, translate)));
    session.say(message("System: Debian {0}, {1}, {2} packages", manifest.suite, manifest.architecture,
                        manifest.packages.size()));
    session.say(message("Languages: {0}", joined(manifest.languages)));
    session.say(message("Root hash ({0}): {1}", hash_name(manifest.hash_algorithm), manifest.root_hash));
}

// The image key of this workshop; its certificate goes to STATE/trust/, so that the workshop believes its own
// images.
Result<SigningKey> image_key(const Session& session) {
    REGAIN_ASSIGN(const auto state, StateDirectory::open_for_records(session.state_directory(), 0));
    REGAIN_ASSIGN(const auto station, open_station(session));
    REGAIN_ASSIGN(auto key,
                  SigningKey::load_or_create(state.keys() / "image",
                                             "Regain image key of " + station.identity().name, "image"));
    const auto anchor =
        state.trust() / ("image-" + key.certificate().key_fingerprint().substr(0, 16) + ".pem");
    REGAIN_TRY(write_file(anchor, key.certificate().pem()));
    return key;
}

}  // namespace

int run_image_show(const Session& session) {
    const auto reader = open_operand(session);
    if (!reader.ok()) return session.report(reader.error());
    const auto anchors = anchors_of(session);
    if (!anchors.ok()) return session.report(anchors.error());
    const bool known = check_image_signer(**reader, *anchors).ok();
    session.put_json(image_json(**reader, known));
    if (session.json()) return 0;
    say_manifest(session, (*reader)->manifest());
    say_signer(session, **reader, known);
    if (!known) session.warn(message("the signer is not known here: anyone could have signed this"));
    return 0;
}

int run_image_verify(const Session& session) {
    const auto reader = open_operand(session);
    if (!reader.ok()) return session.report(reader.error());
    const auto anchors = anchors_of(session);
    if (!anchors.ok()) return session.report(anchors.error());
    Status intact = done();
    {
        ImageDisplay display(session, {(*reader)->file_name()});
        intact = verify_image(*reader, display.function(), session.stop());
    }
    if (!intact.ok()) {
        if (intact.error().kind == ErrorKind::untrusted) session.say(message("Intact: NO"));
        return session.report(intact.error());
    }
    const Status believed = check_image_signer(**reader, *anchors);
    session.put_json(image_json(**reader, believed.ok()));
    session.say(message("Intact: yes"));
    say_signer(session, **reader, believed.ok());
    return believed.ok() ? 0 : session.report(believed.error());
}

int run_image_build(const Session& session) {
    const std::string output = session.arguments().value("output");
    if (session.arguments().operands().size() != 1 || output.empty())
        return session.report(one_operand(message("a PROFILE and -o IMAGE are needed")));
    const auto profile = choose_profile(session.arguments().operands()[0]);
    if (!profile.ok()) return session.report(profile.error());
    const auto key = image_key(session);
    if (!key.ok()) return session.report(key.error());
    ImageDisplay display(session, {std::filesystem::path(output).filename().string()});
    ImageBuildOptions options;
    if (session.arguments().has("level"))
        options.compression_level = std::clamp(std::atoi(session.arguments().value("level").c_str()), 1, 22);
    const auto manifest =
        build_image(*profile, output, *key, options, session.clock(), display.function(), session.stop());
    if (!manifest.ok()) return session.report(manifest.error());
    session.say(message("{0} is ready: {1}, root hash {2}", output,
                        human_size(manifest->file_bytes, session.translate()),
                        manifest->root_hash.substr(0, 16)));
    return 0;
}

}  // namespace regain
