// The annex of a drive's certificate: how fast it was read, place by place, in figures and as a curve.

#include <algorithm>
#include <string>
#include <utility>

#include "certifier/certificate_writer.h"
#include "reports/surface_record.h"

namespace regain {
namespace {

constexpr uint64_t megabyte = 1000000;
constexpr size_t places_named = 6;

/// "320 GB": where something is on a drive.
std::string place_in_words(uint64_t bytes, const Translator& translate) {
    constexpr uint64_t gigabyte = 1000 * megabyte;
    if (bytes >= 10 * gigabyte || bytes == 0) return translate(message("{0} GB", bytes / gigabyte));
    return translate(message("{0} MB", bytes / megabyte));
}

/// 1, 2 or 5 with noughts: so that an axis of that height has five steps at most.
uint64_t step_of_axis(uint64_t highest) {
    uint64_t step = 1;
    for (size_t i = 0; highest > 5 * step; ++i) step = step / (i % 3 == 1 ? 2 : 1) * (i % 3 == 1 ? 5 : 2);
    return step;
}

CertificatePlot plot_of(const SurfaceRecord& surface, const Translator& translate) {
    constexpr uint64_t parts_of_axis = 4;
    CertificatePlot plot;
    uint64_t highest = 1;
    for (const SurfaceRegion& region : surface.regions) {
        plot.heights.push_back(region.bytes_per_second);
        plot.has_failed.push_back(region.failed_requests != 0 || region.stalls != 0);
        highest = std::max(highest, (region.bytes_per_second + megabyte - 1) / megabyte);
    }
    plot.is_marked.resize(plot.heights.size());
    for (const uint64_t number : surface.slow_regions) plot.is_marked[number] = true;
    const uint64_t step = step_of_axis(highest);
    plot.top = (highest + step - 1) / step * step * megabyte;
    for (uint64_t tick = 0; tick * megabyte <= plot.top; tick += step)
        plot.height_ticks.push_back({tick * megabyte, std::to_string(tick)});
    for (uint64_t i = 0; i <= parts_of_axis; ++i)
        plot.place_ticks.push_back(place_in_words(surface.size_bytes / parts_of_axis * i, translate));
    plot.height_label = translate(message("Speed (MB/s)"));
    plot.place_label = translate(message("Position on the drive, from its first sectors to its last ones"));
    return plot;
}

}  // namespace

void CertificateWriter::surface_annexes() {
    bool is_first = true;
    for (const Json& item : payload_.list({"erasure", "evidence"})) {
        if (PayloadReader(item).text({"kind"}) != "surface" || !item.contains("facts")) continue;
        const auto read = surface_record_from_json(item.at("facts"));
        if (!read.ok() || read->median_bytes_per_second == 0) continue;
        // A curve of the controller, or of a few files' worth, shows nothing of the drive.
        if (read->not_judged == "nothing-stored" || read->not_judged == "too-small") continue;
        CertificateAnnex& annex = text_.annexes.emplace_back();
        // A path names nothing on another machine: it only tells several namespaces of one drive apart.
        annex.section.title =
            is_first ? say(message("Annex – reading speed of the drive"))
                     : say(message("Annex – reading speed of the drive, further part {0}", read->node));
        is_first = false;
        surface_rows(*read, annex.section);
        annex.plot = plot_of(*read, translate_);
    }
}

// "2 of 256: at 320 GB, 322 GB"
std::string CertificateWriter::slow_places(const SurfaceRecord& surface) const {
    const uint64_t count = surface.slow_regions.size();
    if (count == 0) return "0";
    std::string places;
    for (size_t i = 0; i < std::min<size_t>(count, places_named); ++i)
        places +=
            (i == 0 ? "" : ", ") + place_in_words(surface.slow_regions[i] * surface.region_bytes, translate_);
    if (count > places_named) places += " ...";
    return say(message("{0} of {1}: at {2}", count, surface.regions.size(), places));
}

void CertificateWriter::surface_rows(const SurfaceRecord& surface, CertificateSection& target) const {
    const auto speed = [&](uint64_t bytes_per_second) {
        return say(message("{0} MB/s", bytes_per_second / megabyte));
    };
    const auto count = [&](const char* label, uint64_t number) {
        row(target, translate_(label), number_in_words(number), number == 0 ? Tone::neutral : Tone::bad);
    };
    const auto slowest = std::min_element(surface.regions.begin(), surface.regions.end(),
                                          [](const SurfaceRegion& one, const SurfaceRegion& other) {
                                              // What was not measured is no minimum.
                                              return one.bytes_per_second - 1 < other.bytes_per_second - 1;
                                          });
    const auto at = static_cast<uint64_t>(slowest - surface.regions.begin()) * surface.region_bytes;
    row(target, say(message("Median speed")), speed(surface.median_bytes_per_second));
    row(target, say(message("Slowest place")),
        say(message("{0}, at {1}", speed(surface.minimum_bytes_per_second), place_in_words(at, translate_))));
    row(target, say(message("Longest read")),
        say(message("{0} ms", number_in_words((surface.slowest_us() + 999) / 1000))));
    if (surface.not_judged.empty())
        row(target, say(message("Slow places")), slow_places(surface),
            surface.slow_regions.empty() ? Tone::neutral : Tone::bad);
    else
        target.rows.push_back(
            {say(message("Slow places")),
             capitalised(say(message("not judged. {0}", say(word_remark({surface.not_judged, {}}))))),
             Tone::neutral, true});
    count(N_("Stops of a second and more"), surface.stalls());
    count(N_("Reads that failed at first"), surface.failed_requests());
    target.paragraphs.push_back(
        say(message("Measured while the drive was read back, in {0} parts. A magnetic disk is about half as "
                    "fast at its end as at its beginning: that is no fault. A place is called slow when it "
                    "is less than half as fast as those around it; it is black in the picture. A mark under "
                    "the axis: the drive stopped there, or a read failed.",
                    surface.regions.size())));
}

}  // namespace regain
