#include "os/helpers.h"

#include <gtest/gtest.h>

#include <atomic>

namespace hinomi {
namespace {

/// So many pieces of work that whoever comes takes one by one.
class Pieces {
 public:
  explicit Pieces(int count) : left_(count) {}
  void Work() {
    while (left_.fetch_sub(1) > 0) ++done_;
  }
  int done() const { return done_; }

 private:
  std::atomic<int> left_;
  std::atomic<int> done_{0};
};

TEST(HelpersTest, WorkIsDoneOnceWhoeverComes) {
  Helpers helpers(3);
  for (int round = 0; round < 200; ++round) {
    Pieces pieces(100);
    {
      const Helpers::Invitation invitation(helpers, [&] { pieces.Work(); });
      pieces.Work();
    }
    ASSERT_EQ(pieces.done(), 100);
  }
}

TEST(HelpersTest, WithoutHelpersWhoAsksDoesItAlone) {
  Helpers helpers(0);
  Pieces pieces(100);
  const Helpers::Invitation invitation(helpers, [&] { pieces.Work(); });
  pieces.Work();
  EXPECT_EQ(pieces.done(), 100);
}

TEST(HelpersTest, AHelperComesThoughTheOneWhoAsksOnlyWaits) {
  Helpers helpers(1);
  std::atomic<bool> came{false};
  const Helpers::Invitation invitation(helpers, [&] {
    came = true;
    came.notify_all();
  });
  came.wait(false);
}

TEST(HelpersTest, TheEndOfAnInvitationWaitsForWhoCame) {
  Helpers helpers(2);
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> inside{0};
    std::atomic<bool> came{false};
    {
      const Helpers::Invitation invitation(helpers, [&] {
        ++inside;
        came = true;
        came.notify_all();
        --inside;
      });
      came.wait(false);
    }
    ASSERT_EQ(inside, 0);
  }
}

TEST(HelpersTest, ManyWhoAskAtOnceAllGetDone) {
  Helpers helpers(2);
  std::vector<std::thread> asking;
  std::atomic<int> done{0};
  for (int i = 0; i < 8; ++i) {
    asking.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        Pieces pieces(50);
        {
          const Helpers::Invitation invitation(helpers, [&] { pieces.Work(); });
          pieces.Work();
        }
        done += pieces.done();
      }
    });
  }
  for (std::thread& one : asking) one.join();
  EXPECT_EQ(done, 8 * 50 * 50);
}

}  // namespace
}  // namespace hinomi
