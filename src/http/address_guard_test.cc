#include "http/address_guard.h"

#include <gtest/gtest.h>

namespace hinomi::http {
namespace {

TEST(AddressGuardTest, RefusesWhatAWebhookMustNotReach) {
  const char* const refused[] = {
      "169.254.169.254",
      "169.254.0.1",
      "0.0.0.0",
      "0.1.2.3",
      "224.0.0.1",
      "239.1.1.1",
      "255.255.255.255",
      "240.0.0.1",
      "100.100.100.200",
      "192.0.0.192",
      "168.63.129.16",
      "127.0.0.1",
      "127.255.255.254",
      "::",
      "::1",
      "fe80::1",
      "febf::1",
      "fec0::1",
      "ff02::1",
      "fd00:ec2::254",
      "::ffff:169.254.169.254",
      "::ffff:127.0.0.1",
      "::169.254.169.254",
      "64:ff9b::a9fe:a9fe",
      "2002:a9fe:a9fe::",
      "2002:7f00:1::1",
  };
  for (const char* address : refused) {
    const Status status = CheckAddressText(address, {});
    ASSERT_FALSE(status.has_value()) << address;
    EXPECT_EQ(status.error().code, ErrorCode::kDenied) << address;
  }
}

TEST(AddressGuardTest, AllowsPublicAndPrivateNetworks) {
  for (const char* address :
       {"8.8.8.8", "10.0.0.1", "192.168.1.1", "172.16.0.1", "192.0.0.191", "100.64.0.1",
        "2606:4700::1111", "fd00::1", "fdff:ffff::1", "::ffff:10.0.0.1", "2002:a00:1::1"}) {
    EXPECT_TRUE(CheckAddressText(address, {}).has_value()) << address;
  }
}

TEST(AddressGuardTest, LetsLoopbackThroughWhereAllowed) {
  for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(CheckAddressText(address, {.allow_loopback = true}).has_value()) << address;
  }
  EXPECT_FALSE(CheckAddressText("169.254.169.254", {.allow_loopback = true}).has_value());
  EXPECT_FALSE(CheckAddressText("::", {.allow_loopback = true}).has_value());
}

TEST(AddressGuardTest, NamesTheAddressAndTheReason) {
  const Status status = CheckAddressText("::ffff:169.254.169.254", {});
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().message,
            "connection to ::ffff:169.254.169.254 refused: it is link-local, where cloud metadata "
            "is served; enter an address that this server may reach");
  EXPECT_EQ(CheckAddressText("example.org", {}).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace hinomi::http
