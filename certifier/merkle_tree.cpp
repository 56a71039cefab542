#include "certifier/merkle_tree.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

bool equal(ByteView a, ByteView b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

// k: the largest power of two smaller than n. Ref: RFC 6962 section 2.1.
uint64_t split_point(uint64_t n) {
    return std::bit_floor(n - 1);
}

// Hash over the leaves [start, start + count); `start` is a multiple of the power of two that holds `count`.
Result<Bytes> range_hash(uint64_t start, uint64_t count, const MerkleNodeSource& nodes) {
    if (std::has_single_bit(count)) {
        const auto level = static_cast<unsigned>(std::countr_zero(count));
        return nodes(level, start >> level);
    }
    const uint64_t k = split_point(count);
    REGAIN_ASSIGN(const Bytes left, range_hash(start, k, nodes));
    REGAIN_ASSIGN(const Bytes right, range_hash(start + k, count - k, nodes));
    return merkle_node(left, right);
}

// SUBPROOF(first, D[count], whole) over the leaves that start at `start`.
Status subproof(uint64_t first, uint64_t start, uint64_t count, bool is_whole, const MerkleNodeSource& nodes,
                std::vector<Bytes>& proof) {
    if (first == count) {
        if (is_whole) return done();
        REGAIN_ASSIGN(Bytes hash, range_hash(start, count, nodes));
        proof.push_back(std::move(hash));
        return done();
    }
    const uint64_t k = split_point(count);
    if (first <= k) {
        REGAIN_TRY(subproof(first, start, k, is_whole, nodes, proof));
        REGAIN_ASSIGN(Bytes right, range_hash(start + k, count - k, nodes));
        proof.push_back(std::move(right));
        return done();
    }
    REGAIN_TRY(subproof(first - k, start + k, count - k, false, nodes, proof));
    REGAIN_ASSIGN(Bytes left, range_hash(start, k, nodes));
    proof.push_back(std::move(left));
    return done();
}

Error out_of_range() {
    return error(ErrorKind::failed, message("prove a record's place in the registry"),
                 message("the registry has no such record"));
}

}  // namespace

Bytes merkle_leaf(ByteView record) {
    Hasher hasher(HashAlgorithm::sha256);
    const uint8_t prefix = 0x00;
    hasher.update({&prefix, 1});
    hasher.update(record);
    return hasher.finish();
}

Bytes merkle_node(ByteView left, ByteView right) {
    Hasher hasher(HashAlgorithm::sha256);
    const uint8_t prefix = 0x01;
    hasher.update({&prefix, 1});
    hasher.update(left);
    hasher.update(right);
    return hasher.finish();
}

Bytes merkle_empty_root() {
    return sha256({});
}

Result<Bytes> merkle_root(uint64_t size, const MerkleNodeSource& nodes) {
    if (size == 0) return merkle_empty_root();
    return range_hash(0, size, nodes);
}

Result<std::vector<Bytes>> merkle_inclusion_proof(uint64_t index, uint64_t size,
                                                  const MerkleNodeSource& nodes) {
    if (index >= size) return out_of_range();
    std::vector<Bytes> proof;
    uint64_t start = 0, count = size;
    while (count > 1) {
        const uint64_t k = split_point(count);
        if (index < start + k) {
            REGAIN_ASSIGN(Bytes right, range_hash(start + k, count - k, nodes));
            proof.push_back(std::move(right));
            count = k;
        } else {
            REGAIN_ASSIGN(Bytes left, range_hash(start, k, nodes));
            proof.push_back(std::move(left));
            start += k;
            count -= k;
        }
    }
    std::reverse(proof.begin(), proof.end());
    return proof;
}

Result<std::vector<Bytes>> merkle_consistency_proof(uint64_t first, uint64_t second,
                                                    const MerkleNodeSource& nodes) {
    if (first == 0 || first > second) return out_of_range();
    std::vector<Bytes> proof;
    REGAIN_TRY(subproof(first, 0, second, true, nodes, proof));
    return proof;
}

// Ref: RFC 9162 section 2.1.3.2 (the same tree as RFC 6962, with the checking spelled out).
bool verify_merkle_inclusion(ByteView leaf_hash, uint64_t index, uint64_t size,
                             const std::vector<Bytes>& proof, ByteView root) {
    if (index >= size) return false;
    uint64_t fn = index, sn = size - 1;
    Bytes r(leaf_hash.begin(), leaf_hash.end());
    for (const Bytes& p : proof) {
        if (sn == 0) return false;
        if ((fn & 1) != 0 || fn == sn) {
            r = merkle_node(p, r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = merkle_node(r, p);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && equal(r, root);
}

// Ref: RFC 9162 section 2.1.4.2.
bool verify_merkle_consistency(uint64_t first, uint64_t second, ByteView first_root, ByteView second_root,
                               const std::vector<Bytes>& proof) {
    if (first == 0 || first > second) return false;
    if (first == second) return proof.empty() && equal(first_root, second_root);
    std::vector<Bytes> path = proof;
    if (std::has_single_bit(first)) path.insert(path.begin(), Bytes(first_root.begin(), first_root.end()));
    if (path.empty()) return false;
    uint64_t fn = first - 1, sn = second - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    Bytes fr = path.front(), sr = path.front();
    for (size_t i = 1; i < path.size(); ++i) {
        if (sn == 0) return false;
        if ((fn & 1) != 0 || fn == sn) {
            fr = merkle_node(path[i], fr);
            sr = merkle_node(path[i], sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = merkle_node(sr, path[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && equal(fr, first_root) && equal(sr, second_root);
}

Status MerkleFrontier::append(Bytes leaf_hash, const NodeSink& sink) {
    unsigned level = 0;
    uint64_t position = size_;
    Bytes hash = std::move(leaf_hash);
    REGAIN_TRY(sink(level, position, hash));
    while (!peaks_.empty() && peaks_.back().level == level) {
        hash = merkle_node(peaks_.back().hash, hash);
        peaks_.pop_back();
        ++level;
        position >>= 1;
        REGAIN_TRY(sink(level, position, hash));
    }
    peaks_.push_back({level, std::move(hash)});
    ++size_;
    return done();
}

Bytes MerkleFrontier::root() const {
    if (peaks_.empty()) return merkle_empty_root();
    Bytes hash = peaks_.back().hash;
    for (size_t i = peaks_.size() - 1; i-- > 0;) hash = merkle_node(peaks_[i].hash, hash);
    return hash;
}

Result<MerkleFrontier> MerkleFrontier::load(uint64_t size, const MerkleNodeSource& nodes) {
    MerkleFrontier frontier;
    frontier.size_ = size;
    uint64_t start = 0;
    for (unsigned level = 64; level-- > 0;) {
        const uint64_t count = uint64_t{1} << level;
        if ((size & count) == 0) continue;
        REGAIN_ASSIGN(Bytes hash, nodes(level, start >> level));
        frontier.peaks_.push_back({level, std::move(hash)});
        start += count;
    }
    return frontier;
}

}  // namespace regain
