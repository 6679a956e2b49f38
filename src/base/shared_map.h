#ifndef HINOMI_BASE_SHARED_MAP_H_
#define HINOMI_BASE_SHARED_MAP_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"

namespace hinomi {

/// An ordered map whose copies share what has not changed since: a copy takes a pointer for every
/// few dozen entries, and a change afterwards copies one entry and the pointers beside it. For
/// large states of which readers on other threads get a copy after each change.
///
/// Entries are read as those of std::map and changed through `Edit`. References and iterators hold
/// until the next change of the map; what a copy has stays as it was.
/// Threads: as a standard container; copies may be made of one that several threads read.
template <typename Key, typename Value>
class SharedMap {
 public:
  using value_type = std::pair<const Key, Value>;

 private:
  struct Entry {
    Entry(uint64_t of, value_type of_entry) : owner(of), pair(std::move(of_entry)) {}
    uint64_t owner;  ///< The only map that may change it, and only until it is copied.
    value_type pair;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  /// Some entries that follow one another; never empty.
  struct Leaf {
    uint64_t owner = 0;  ///< As of an entry.
    std::vector<EntryPtr> entries;
  };
  using LeafPtr = std::shared_ptr<Leaf>;
  using Leaves = std::vector<LeafPtr>;

 public:
  class const_iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = SharedMap::value_type;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = const value_type&;

    const_iterator() = default;
    reference operator*() const { return (*leaves_)[leaf_]->entries[entry_]->pair; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++entry_ < (*leaves_)[leaf_]->entries.size()) return *this;
      ++leaf_;
      entry_ = 0;
      return *this;
    }
    const_iterator operator++(int) {
      const_iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const const_iterator& other) const {
      return leaf_ == other.leaf_ && entry_ == other.entry_;
    }

   private:
    friend class SharedMap;
    const_iterator(const Leaves* leaves, size_t leaf, size_t entry)
        : leaves_(leaves), leaf_(leaf), entry_(entry) {}
    const Leaves* leaves_ = nullptr;
    size_t leaf_ = 0, entry_ = 0;
  };

  SharedMap() = default;
  /// Neither of both may change in place from now on what they share.
  SharedMap(const SharedMap& other) : leaves_(other.leaves_), size_(other.size_) {
    other.owner_ = NewOwner();
  }
  SharedMap(SharedMap&& other) noexcept
      : owner_(other.owner_.load()),
        leaves_(std::move(other.leaves_)),
        size_(std::exchange(other.size_, 0)) {
    other.leaves_.clear();
    other.owner_ = NewOwner();
  }
  SharedMap& operator=(SharedMap other) noexcept {
    owner_ = other.owner_.load();
    leaves_ = std::move(other.leaves_);
    size_ = other.size_;
    return *this;
  }
  ~SharedMap() = default;

  const_iterator begin() const { return {&leaves_, 0, 0}; }
  const_iterator end() const { return {&leaves_, leaves_.size(), 0}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  const_iterator find(const Key& key) const {
    const Place place = PlaceOf(key);
    return place.found ? const_iterator(&leaves_, place.leaf, place.entry) : end();
  }
  bool contains(const Key& key) const { return PlaceOf(key).found; }
  /// It must be there.
  const Value& at(const Key& key) const {
    const Place place = PlaceOf(key);
    HN_CHECK(place.found);
    return leaves_[place.leaf]->entries[place.entry]->pair.second;
  }

  /// To change the value of `key`, a new one if there is none.
  Value& Edit(const Key& key) {
    Place place = PlaceOf(key);
    if (!place.found) place = Insert(key, place);
    return Own(place).pair.second;
  }
  /// To change a value that is there; null if it is not.
  Value* EditIfThere(const Key& key) {
    const Place place = PlaceOf(key);
    return place.found ? &Own(place).pair.second : nullptr;
  }
  /// Calls `change(key, value)` for all entries, in order.
  template <typename Change>
  void EditAll(const Change& change) {
    for (size_t leaf = 0; leaf < leaves_.size(); ++leaf)
      for (size_t entry = 0; entry < leaves_[leaf]->entries.size(); ++entry) {
        value_type& pair = Own({leaf, entry, true}).pair;
        change(pair.first, pair.second);
      }
  }
  /// False if there is none.
  bool Erase(const Key& key) {
    const Place place = PlaceOf(key);
    if (!place.found) return false;
    std::vector<EntryPtr>& entries = OwnLeaf(place.leaf).entries;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(place.entry));
    if (entries.empty()) leaves_.erase(leaves_.begin() + static_cast<std::ptrdiff_t>(place.leaf));
    --size_;
    return true;
  }
  /// Erases those of which `gone(key, value)` is true.
  template <typename Gone>
  void EraseIf(const Gone& gone) {
    std::vector<Key> keys;
    for (const auto& [key, value] : *this)
      if (gone(key, value)) keys.push_back(key);
    for (const Key& key : keys) Erase(key);
  }

 private:
  static constexpr size_t kMostInLeaf = 64;

  /// Where an entry is, or would be put.
  struct Place {
    size_t leaf = 0, entry = 0;
    bool found = false;
  };

  static uint64_t NewOwner() {
    static std::atomic<uint64_t> newest{0};
    return ++newest;
  }

  static bool IsBefore(const EntryPtr& entry, const Key& key) { return entry->pair.first < key; }

  Place PlaceOf(const Key& key) const {
    if (leaves_.empty()) return {};
    // The last leaf that does not begin behind the key.
    const auto behind = std::upper_bound(
        leaves_.begin() + 1, leaves_.end(), key,
        [](const Key& k, const LeafPtr& leaf) { return k < leaf->entries.front()->pair.first; });
    const auto leaf = static_cast<size_t>(behind - leaves_.begin()) - 1;
    const std::vector<EntryPtr>& entries = leaves_[leaf]->entries;
    const auto entry = std::lower_bound(entries.begin(), entries.end(), key, IsBefore);
    const bool found = entry != entries.end() && !(key < (*entry)->pair.first);
    return {leaf, static_cast<size_t>(entry - entries.begin()), found};
  }

  Leaf& OwnLeaf(size_t leaf) {
    LeafPtr& shared = leaves_[leaf];
    if (shared->owner != owner_) {
      shared = std::make_shared<Leaf>(*shared);
      shared->owner = owner_;
    }
    return *shared;
  }

  Entry& Own(const Place& place) {
    EntryPtr& shared = OwnLeaf(place.leaf).entries[place.entry];
    if (shared->owner != owner_) shared = std::make_shared<Entry>(owner_, shared->pair);
    return *shared;
  }

  Place Insert(const Key& key, Place place) {
    if (leaves_.empty()) {
      leaves_.push_back(std::make_shared<Leaf>());
      leaves_.back()->owner = owner_;
    }
    std::vector<EntryPtr>& entries = OwnLeaf(place.leaf).entries;
    entries.insert(entries.begin() + static_cast<std::ptrdiff_t>(place.entry),
                   std::make_shared<Entry>(owner_, value_type(key, Value())));
    ++size_;
    if (entries.size() > kMostInLeaf) place = Split(place);
    return place;
  }

  Place Split(Place place) {
    constexpr size_t kHalf = kMostInLeaf / 2;
    std::vector<EntryPtr>& entries = leaves_[place.leaf]->entries;
    auto upper = std::make_shared<Leaf>();
    upper->owner = owner_;
    upper->entries.assign(entries.begin() + kHalf, entries.end());
    entries.resize(kHalf);
    leaves_.insert(leaves_.begin() + static_cast<std::ptrdiff_t>(place.leaf) + 1, std::move(upper));
    if (place.entry < kHalf) return place;
    return {place.leaf + 1, place.entry - kHalf, true};
  }

  /// Changes with each copy: what has it was made since, and nobody else knows it.
  mutable std::atomic<uint64_t> owner_{NewOwner()};
  Leaves leaves_;
  size_t size_ = 0;
};

}  // namespace hinomi

#endif  // HINOMI_BASE_SHARED_MAP_H_
