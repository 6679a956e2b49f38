#ifndef HINOMI_STORE_VERIFY_H_
#define HINOMI_STORE_VERIFY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace hinomi::store {

/// What a look at the whole journal proved.
struct JournalProof {
  /// A record that contradicts the chain.
  struct Fault {
    uint64_t sequence = 0;
    std::string reason;
  };

  Head head;  ///< The last entry up to which the chain holds.
  /// The first broken record. Without one, no event was edited, inserted,
  /// moved or removed inside the journal.
  std::optional<Fault> broken;
  /// The checkpoint that was shown contradicts the journal, or is forged.
  std::optional<Fault> contradiction;
  /// Sequence of the checkpoint that was shown, if the journal agrees with it:
  /// up to there nothing was cut off and nothing was rewritten. 0: not proved.
  uint64_t anchored = 0;

  bool holds() const { return !broken && !contradiction; }
  /// What was proved, and what was not, in sentences for the operator.
  std::string Statement() const;
};

/// Reads the whole journal in pages and checks its chain, and the checkpoints
/// that the store itself keeps. With `shown`, a checkpoint kept elsewhere, it
/// proves also against truncation and a rewrite of everything back to it; with
/// `trusted_key` (raw, 32 bytes) only if that key signed it. Errors: those of
/// reading; a broken journal is a result, not an error.
Result<JournalProof> VerifyJournal(Store& store,
                                   const std::optional<Checkpoint>& shown = std::nullopt,
                                   const std::string& trusted_key = {});

}  // namespace hinomi::store

#endif  // HINOMI_STORE_VERIFY_H_
