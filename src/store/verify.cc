#include "store/verify.h"

#include <map>

#include "store/chain.h"
#include "store/checkpoint.h"

namespace hinomi::store {
namespace {

constexpr size_t kPage = 500;

using Fault = JournalProof::Fault;

/// Walks along the journal, with the checkpoints waiting at their events.
class Verifier {
 public:
  Verifier(const std::vector<Checkpoint>& stored, const std::optional<Checkpoint>& shown,
           const std::string& trusted_key)
      : shown_(shown) {
    for (const Checkpoint& checkpoint : stored) {
      const Status valid = VerifyCheckpoint(checkpoint);
      if (!valid) {
        forged_.emplace(checkpoint.sequence, valid.error().message);
      } else {
        stored_.emplace(checkpoint.sequence, checkpoint.hash);
      }
    }
    if (!shown) return;
    const Status valid = VerifyCheckpoint(*shown, trusted_key);
    if (!valid) proof_.contradiction = Fault{shown->sequence, valid.error().message};
  }

  /// False if there is nothing more to look at.
  bool Step(const JournalEntry& entry) {
    const uint64_t expected = proof_.head.sequence + 1;
    if (entry.sequence != expected) {
      return Break(expected,
                   "it is missing; the next one there is " + std::to_string(entry.sequence));
    }
    if (entry.hash != ChainHash(proof_.head.hash, entry.sequence, entry.at, entry.event)) {
      return Break(expected, "its hash does not follow from its content and the event before");
    }
    const auto checkpoint = stored_.find(expected);
    if (checkpoint != stored_.end() && checkpoint->second != entry.hash) {
      return Break(expected, "the signed checkpoint that the store keeps of it has another hash");
    }
    proof_.head = Head{entry.sequence, entry.hash};
    Compare();
    return true;
  }

  JournalProof Finish() && {
    if (!proof_.broken) CheckEnd();
    return std::move(proof_);
  }

 private:
  bool Break(uint64_t sequence, std::string reason) {
    proof_.broken = Fault{sequence, std::move(reason)};
    return false;
  }

  void Compare() {
    if (!shown_ || shown_->sequence != proof_.head.sequence || proof_.contradiction) return;
    if (shown_->hash == proof_.head.hash) {
      proof_.anchored = shown_->sequence;
    } else {
      proof_.contradiction =
          Fault{shown_->sequence, "the journal has another event there: it was rewritten"};
    }
  }

  void CheckEnd() {
    if (!forged_.empty()) {
      Break(forged_.begin()->first, forged_.begin()->second);
    } else if (!stored_.empty() && stored_.rbegin()->first > proof_.head.sequence) {
      Break(proof_.head.sequence + 1,
            "it is missing; the store keeps a signed checkpoint of event " +
                std::to_string(stored_.rbegin()->first));
    }
    if (shown_ && !proof_.contradiction && shown_->sequence > proof_.head.sequence) {
      proof_.contradiction = Fault{shown_->sequence, "the journal ends at event " +
                                                         std::to_string(proof_.head.sequence) +
                                                         ": its end was cut off"};
    }
  }

  const std::optional<Checkpoint>& shown_;
  std::map<uint64_t, Sha256Digest> stored_;
  std::map<uint64_t, std::string> forged_;
  JournalProof proof_;
};

}  // namespace

std::string JournalProof::Statement() const {
  const std::string count = std::to_string(head.sequence);
  std::string text;
  if (broken) {
    text = "Event " + std::to_string(broken->sequence) + " is broken: " + broken->reason +
           ". Up to event " + count + " the chain holds.";
  } else {
    text = "The chain of " + count +
           " events is whole: none was edited, inserted, moved or removed inside it.";
  }
  if (contradiction) {
    text += " The checkpoint of event " + std::to_string(contradiction->sequence) +
            " contradicts it: " + contradiction->reason + ".";
  } else if (anchored > 0) {
    text += " The checkpoint shown agrees: up to event " + std::to_string(anchored) +
            " nothing was cut off and nothing rewritten.";
    if (anchored < head.sequence) {
      text += " Not proved for the events after it: that none was cut off at the end.";
    }
  } else {
    text +=
        " Not proved: that nothing was cut off at its end, and that it was not rewritten as a "
        "whole; show a checkpoint kept elsewhere for that.";
  }
  return text;
}

Result<JournalProof> VerifyJournal(Store& store, const std::optional<Checkpoint>& shown,
                                   const std::string& trusted_key) {
  HN_TRY(const std::vector<Checkpoint> stored, store.ReadCheckpoints());
  Verifier verifier(stored, shown, trusted_key);
  uint64_t after = 0;
  while (true) {
    HN_TRY(const std::vector<JournalEntry> page, store.ReadJournal(after, kPage));
    for (const JournalEntry& entry : page) {
      if (!verifier.Step(entry)) return std::move(verifier).Finish();
    }
    if (page.size() < kPage) return std::move(verifier).Finish();
    after = page.back().sequence;
  }
}

}  // namespace hinomi::store
