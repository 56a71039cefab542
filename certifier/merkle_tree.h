#pragma once
// The Merkle tree of RFC 6962: hashes of leaves and nodes, roots, proofs that a leaf is in a tree and that
// one tree is the beginning of another, and the checking of such proofs. Pure: where the hashes lie is the
// caller's business (registry.cpp keeps them in a table). Nothing is signed here.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// SHA-256(00h ‖ record). Ref: RFC 6962 section 2.1.
Bytes merkle_leaf(ByteView record);
/// SHA-256(01h ‖ left ‖ right). Ref: RFC 6962 section 2.1.
Bytes merkle_node(ByteView left, ByteView right);
/// The root of a tree without leaves: SHA-256 of nothing.
Bytes merkle_empty_root();

/// Gives the hash over the 2^level leaves that start at position * 2^level; only asked for whole ones.
using MerkleNodeSource = std::function<Result<Bytes>(unsigned level, uint64_t position)>;

/// The root of the first `size` leaves.
Result<Bytes> merkle_root(uint64_t size, const MerkleNodeSource& nodes);
/// PATH(index, D[size]), from the leaf upwards. Ref: RFC 6962 section 2.1.1. `index` < `size`.
Result<std::vector<Bytes>> merkle_inclusion_proof(uint64_t index, uint64_t size,
                                                  const MerkleNodeSource& nodes);
/// PROOF(first, D[second]). Ref: RFC 6962 section 2.1.2. 0 < `first` <= `second`.
Result<std::vector<Bytes>> merkle_consistency_proof(uint64_t first, uint64_t second,
                                                    const MerkleNodeSource& nodes);

bool verify_merkle_inclusion(ByteView leaf_hash, uint64_t index, uint64_t size,
                             const std::vector<Bytes>& proof, ByteView root);
bool verify_merkle_consistency(uint64_t first, uint64_t second, ByteView first_root, ByteView second_root,
                               const std::vector<Bytes>& proof);

/// Grows leaf by leaf and keeps only the hashes of the whole subtrees at its right edge.
class MerkleFrontier {
  public:
    /// Called for each whole subtree that the new leaf completes, the leaf itself first.
    using NodeSink = std::function<Status(unsigned level, uint64_t position, const Bytes& hash)>;
    Status append(Bytes leaf_hash, const NodeSink& sink);
    Bytes root() const;
    uint64_t size() const { return size_; }
    /// Continues a tree whose whole subtrees are kept elsewhere.
    static Result<MerkleFrontier> load(uint64_t size, const MerkleNodeSource& nodes);

  private:
    struct Peak {
        unsigned level;
        Bytes hash;
    };
    std::vector<Peak> peaks_;  ///< largest first
    uint64_t size_ = 0;
};

}  // namespace regain
