#include "certifier/merkle_tree.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "base/hash.h"

namespace regain {
namespace {

// MTH(D[n]) word for word from RFC 6962 section 2.1, without any cleverness.
Bytes naive_root(const std::vector<Bytes>& leaves, size_t start, size_t count) {
    if (count == 0) return sha256({});
    if (count == 1) return leaves[start];
    size_t k = 1;
    while (k * 2 < count) k *= 2;
    return merkle_node(naive_root(leaves, start, k), naive_root(leaves, start + k, count - k));
}

class Tree {
  public:
    explicit Tree(size_t size) {
        for (size_t i = 0; i < size; ++i) {
            leaves_.push_back(merkle_leaf(as_bytes("record " + std::to_string(i))));
            const Status status =
                frontier_.append(leaves_.back(), [&](unsigned level, uint64_t position, const Bytes& hash) {
                    EXPECT_TRUE(nodes_.emplace(std::make_pair(level, position), hash).second);
                    return done();
                });
            EXPECT_TRUE(status.ok());
        }
    }
    MerkleNodeSource source() const {
        return [this](unsigned level, uint64_t position) -> Result<Bytes> {
            const auto found = nodes_.find({level, position});
            if (found == nodes_.end())
                return error(ErrorKind::failed, message("look up"),
                             message("no node {0} {1}", level, position));
            return found->second;
        };
    }
    Bytes naive(size_t size) const { return naive_root(leaves_, 0, size); }

    std::vector<Bytes> leaves_;
    std::map<std::pair<unsigned, uint64_t>, Bytes> nodes_;
    MerkleFrontier frontier_;
};

TEST(MerkleTree, hashes_as_rfc_6962_says) {
    // The test vectors of Certificate Transparency's reference implementation.
    EXPECT_EQ(to_hex(merkle_empty_root()),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(merkle_leaf({})), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    const uint8_t zero = 0;
    const Bytes second = merkle_leaf({&zero, 1});
    EXPECT_EQ(to_hex(merkle_node(merkle_leaf({}), second)),
              "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

TEST(MerkleTree, has_the_root_of_the_definition_at_every_size) {
    const Tree tree(70);
    for (size_t size = 0; size <= 70; ++size) {
        const auto root = merkle_root(size, tree.source());
        ASSERT_TRUE(root.ok()) << size;
        EXPECT_EQ(*root, tree.naive(size)) << size;
        EXPECT_EQ(Tree(size).frontier_.root(), tree.naive(size)) << size;
        const auto loaded = MerkleFrontier::load(size, tree.source());
        ASSERT_TRUE(loaded.ok());
        EXPECT_EQ(loaded->root(), tree.naive(size)) << size;
    }
}

TEST(MerkleTree, proves_inclusion_with_the_paths_of_rfc_6962_section_2_1_3) {
    const Tree tree(7);
    const auto at = [&](unsigned level, uint64_t position) { return tree.nodes_.at({level, position}); };
    const Bytes ij = merkle_node(tree.leaves_[4], tree.leaves_[5]);
    const Bytes l = merkle_node(ij, tree.leaves_[6]);
    EXPECT_EQ(*merkle_inclusion_proof(0, 7, tree.source()),
              (std::vector<Bytes>{tree.leaves_[1], at(1, 1), l}));
    EXPECT_EQ(*merkle_inclusion_proof(3, 7, tree.source()),
              (std::vector<Bytes>{tree.leaves_[2], at(1, 0), l}));
    EXPECT_EQ(*merkle_inclusion_proof(4, 7, tree.source()),
              (std::vector<Bytes>{tree.leaves_[5], tree.leaves_[6], at(2, 0)}));
    EXPECT_EQ(*merkle_inclusion_proof(6, 7, tree.source()), (std::vector<Bytes>{ij, at(2, 0)}));
    // Consistency of the trees of 3, 4 and 6 leaves with that of 7.
    EXPECT_EQ(*merkle_consistency_proof(3, 7, tree.source()),
              (std::vector<Bytes>{tree.leaves_[2], tree.leaves_[3], at(1, 0), l}));
    EXPECT_EQ(*merkle_consistency_proof(4, 7, tree.source()), (std::vector<Bytes>{l}));
    EXPECT_EQ(*merkle_consistency_proof(6, 7, tree.source()),
              (std::vector<Bytes>{ij, tree.leaves_[6], at(2, 0)}));
}

TEST(MerkleTree, every_inclusion_proof_holds_for_its_leaf_and_no_other) {
    const Tree tree(33);
    for (uint64_t size = 1; size <= 33; ++size) {
        for (uint64_t index = 0; index < size; ++index) {
            const auto proof = merkle_inclusion_proof(index, size, tree.source());
            ASSERT_TRUE(proof.ok());
            const Bytes root = tree.naive(size);
            EXPECT_TRUE(verify_merkle_inclusion(tree.leaves_[index], index, size, *proof, root));
            EXPECT_FALSE(verify_merkle_inclusion(tree.leaves_[(index + 1) % 33], index, size, *proof, root));
            if (size > 1) {
                EXPECT_FALSE(
                    verify_merkle_inclusion(tree.leaves_[index], (index + 1) % size, size, *proof, root));
                std::vector<Bytes> shorter(proof->begin(), proof->end() - 1);
                EXPECT_FALSE(verify_merkle_inclusion(tree.leaves_[index], index, size, shorter, root));
            }
            std::vector<Bytes> longer = *proof;
            longer.push_back(root);
            EXPECT_FALSE(verify_merkle_inclusion(tree.leaves_[index], index, size, longer, root));
        }
    }
    EXPECT_FALSE(merkle_inclusion_proof(3, 3, tree.source()).ok());
}

TEST(MerkleTree, every_consistency_proof_holds_and_no_changed_one) {
    const Tree tree(33);
    for (uint64_t second = 1; second <= 33; ++second) {
        for (uint64_t first = 1; first <= second; ++first) {
            const auto proof = merkle_consistency_proof(first, second, tree.source());
            ASSERT_TRUE(proof.ok());
            const Bytes before = tree.naive(first), after = tree.naive(second);
            EXPECT_TRUE(verify_merkle_consistency(first, second, before, after, *proof))
                << first << " " << second;
            EXPECT_FALSE(verify_merkle_consistency(first, second, after, before, *proof) && first != second);
            for (size_t i = 0; i < proof->size(); ++i) {
                std::vector<Bytes> changed = *proof;
                changed[i][0] ^= 1;
                EXPECT_FALSE(verify_merkle_consistency(first, second, before, after, changed));
            }
            std::vector<Bytes> longer = *proof;
            longer.push_back(after);
            EXPECT_FALSE(verify_merkle_consistency(first, second, before, after, longer));
        }
    }
    EXPECT_FALSE(merkle_consistency_proof(0, 5, tree.source()).ok());
    EXPECT_FALSE(merkle_consistency_proof(6, 5, tree.source()).ok());
}

}  // namespace
}  // namespace regain
