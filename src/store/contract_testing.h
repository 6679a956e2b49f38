#ifndef HINOMI_STORE_CONTRACT_TESTING_H_
#define HINOMI_STORE_CONTRACT_TESTING_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"
#include "store/testing.h"

namespace hinomi::store {

/// One empty database of a backend.
class Backend {
 public:
  virtual ~Backend() = default;
  /// Opens it; again after the store before was destroyed, as after a restart.
  virtual Result<std::unique_ptr<Store>> Open() = 0;
  /// True if several stores may be open at once.
  virtual bool Shared() const = 0;
  /// Lets a lease of `ttl` run out in the backend's time.
  virtual void LetPass(Duration ttl) = 0;
  /// Runs SQL behind the back of the (closed or shared) store.
  virtual void Tamper(const std::string& sql) = 0;
};

enum class BackendKind { kSqlite, kMemory, kPostgres };
std::string BackendName(BackendKind kind);
std::unique_ptr<Backend> MakeBackend(BackendKind kind, StoreWorld& world);

/// Fixture of the contract: an open store and a lease on it.
class ContractTest : public testing::TestWithParam<BackendKind> {
 protected:
  void SetUp() override;
  /// As after a restart of the server.
  void Reopen();
  /// A turn on the present head under the present lease.
  Turn NextTurn();
  Head Commit(const Turn& turn);
  /// Appends one event and returns the head after it.
  Head Append(const std::string& type, const std::string& subject, const std::string& body);

  StoreWorld world_;
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<Store> store_;
  Lease lease_;
};

NewEvent MakeEvent(const std::string& type, const std::string& subject, const std::string& body);
NewJob MakeJob(const std::string& key, Instant due, Lane lane = Lane::kNormal);

/// EXPECT that the result failed with this code and a message that contains `words`.
#define HN_EXPECT_ERROR(result, expected_code, words)                                          \
  do {                                                                                         \
    const auto& hn_result = (result);                                                          \
    ASSERT_FALSE(hn_result.has_value());                                                       \
    EXPECT_EQ(ErrorCodeName(hn_result.error().code), ErrorCodeName(ErrorCode::expected_code)); \
    EXPECT_THAT(hn_result.error().message, testing::HasSubstr(words));                         \
  } while (false)

}  // namespace hinomi::store

#endif  // HINOMI_STORE_CONTRACT_TESTING_H_
