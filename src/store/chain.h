#ifndef HINOMI_STORE_CHAIN_H_
#define HINOMI_STORE_CHAIN_H_

#include "base/digest.h"
#include "store/store.h"

namespace hinomi::store {

/// Hash of an entry, over the hash of the one before (zeros before the first)
/// and all of the entry but its own hash. The bytes are drawn in
/// docs/formats/journal.md; they never change.
Sha256Digest ChainHash(const Sha256Digest& previous, uint64_t sequence, Instant at,
                       const NewEvent& event);

}  // namespace hinomi::store

#endif  // HINOMI_STORE_CHAIN_H_
