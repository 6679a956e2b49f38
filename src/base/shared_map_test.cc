#include "base/shared_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "base/seed_testing.h"

namespace hinomi {
namespace {

using Map = SharedMap<std::string, int>;

std::map<std::string, int> Plain(const Map& map) {
  return {map.begin(), map.end()};
}

/// Counts how often it is copied.
struct Counted {
  Counted() = default;
  Counted(const Counted& other) : number(other.number) { ++copies; }
  Counted(Counted&&) = default;
  Counted& operator=(const Counted&) = default;
  static inline int copies = 0;
  int number = 0;
};

TEST(SharedMapTest, IsAnOrderedMap) {
  Map map;
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(map.begin(), map.end());
  map.Edit("b") = 2;
  map.Edit("a") = 1;
  ++map.Edit("b");
  EXPECT_EQ(map.size(), 2u);
  EXPECT_EQ(map.begin()->first, "a");
  EXPECT_EQ(map.at("b"), 3);
  EXPECT_EQ(map.find("c"), map.end());
  EXPECT_EQ(map.EditIfThere("c"), nullptr);
  *map.EditIfThere("a") = 5;
  EXPECT_EQ(Plain(map), (std::map<std::string, int>{{"a", 5}, {"b", 3}}));
  EXPECT_TRUE(map.Erase("a"));
  EXPECT_FALSE(map.Erase("a"));
  map.EditAll([](const std::string& key, int& value) { value += static_cast<int>(key.size()); });
  EXPECT_EQ(map.at("b"), 4);
  map.EraseIf([](const std::string&, int value) { return value == 4; });
  EXPECT_TRUE(map.empty());
  EXPECT_FALSE(map.contains("b"));
}

TEST(SharedMapTest, ACopyStaysAsItWasAndSharesWhatDoesNotChange) {
  SharedMap<int, Counted> map;
  for (int i = 0; i < 10'000; ++i) map.Edit(i).number = i;
  Counted::copies = 0;
  const SharedMap<int, Counted> before = map;
  map.Edit(17).number = -1;
  map.Edit(17).number = -2;
  EXPECT_EQ(Counted::copies, 1) << "once after a copy";
  EXPECT_EQ(before.at(17).number, 17);
  EXPECT_EQ(map.at(17).number, -2);
  EXPECT_EQ(&before.at(4'000), &map.at(4'000));
  SharedMap<int, Counted> moved = std::move(map);
  moved.Edit(17).number = -3;
  EXPECT_EQ(Counted::copies, 1) << "what was moved is still its own";
  SharedMap<int, Counted> copy = before;
  copy.Edit(18).number = 0;
  EXPECT_EQ(before.at(18).number, 18);
}

TEST(SharedMapTest, MatchesAStandardMapWhateverIsDoneToItAndItsCopies) {
  Random random(FirstSeed());
  for (int run = 0; run < 20; ++run) {
    std::vector<std::pair<Map, std::map<std::string, int>>> versions(1);
    for (int step = 0; step < 2'000; ++step) {
      auto& [map, model] = versions[random.Below(versions.size())];
      const std::string key = std::to_string(random.Below(300));
      switch (random.Below(8)) {
        case 0:
          EXPECT_EQ(map.Erase(key), model.erase(key) > 0);
          break;
        case 1:
          if (versions.size() < 6) {
            const auto copy = versions[0];
            versions.push_back(copy);
          } else {
            versions[random.Below(versions.size())] = versions[random.Below(versions.size())];
          }
          break;
        default:
          map.Edit(key) = step;
          model[key] = step;
      }
    }
    for (const auto& [map, model] : versions) {
      EXPECT_EQ(Plain(map), model);
      EXPECT_EQ(map.size(), model.size());
      for (int key = 0; key < 300; ++key)
        EXPECT_EQ(map.contains(std::to_string(key)), model.contains(std::to_string(key)));
    }
  }
}

TEST(SharedMapTest, ReadersOfCopiesDoNotMeetItsChanges) {
  Map map;
  for (int i = 0; i < 500; ++i) map.Edit(std::to_string(i)) = 0;
  std::vector<std::thread> readers;
  for (int round = 1; round <= 50; ++round) {
    readers.emplace_back([copy = map, round] {
      const Map again = copy;
      for (const auto& [key, value] : again) EXPECT_EQ(value, round - 1) << key;
    });
    map.EditAll([round](const std::string&, int& value) { value = round; });
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace hinomi
