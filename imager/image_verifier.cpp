#include "imager/image_verifier.h"

#include <utility>

#include "imager/chunk_pipeline.h"

namespace regain {

Status verify_image(std::shared_ptr<const ImageReader> reader, const ImageProgressFunction& progress,
                    std::stop_token stop) {
    ImageProgress now;
    now.phase = ImagePhase::verify;
    now.total_bytes = reader->manifest().disk_bytes;
    ChunkPipeline::Options options;
    options.zeros = ZeroChunks::check;
    ChunkPipeline pipeline(std::move(reader), options, std::move(stop));
    for (;;) {
        REGAIN_ASSIGN(const auto chunk, pipeline.next());
        if (!chunk) return done();
        now.done_bytes += chunk->length_bytes;
        if (progress) progress(now);
    }
}

}  // namespace regain
