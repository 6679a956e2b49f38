#include "metrics/xor_chunk.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "base/strings.h"
#include "metrics/xor_chunk_testing.h"

namespace hinomi::metrics {
namespace {

struct XorColumns {
  std::vector<int64_t> at_ms;
  std::vector<double> values;
};

void ExpectComesBack(const XorColumns& columns) {
  const auto back = DecodeXorChunk(EncodeXorChunk(columns.at_ms, columns.values));
  ASSERT_TRUE(back.has_value());
  ASSERT_EQ(back->size(), columns.at_ms.size());
  for (size_t i = 0; i < back->size(); ++i) {
    EXPECT_EQ((*back)[i].at_ms, columns.at_ms[i]) << i;
    EXPECT_EQ(std::bit_cast<uint64_t>((*back)[i].value), std::bit_cast<uint64_t>(columns.values[i]))
        << i;
  }
}

std::string InHex(const std::string& bytes) {
  return HexEncode({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

// The bytes are those that Prometheus 2.42 wrote to a block for the same samples
// (promtool tsdb create-blocks-from openmetrics).
TEST(XorChunkTest, WritesThePrometheusBytes) {
  XorColumns columns;
  const auto add = [&](int64_t at, double value) {
    columns.at_ms.push_back(at);
    columns.values.push_back(value);
  };
  add(1700000000000, 0);
  add(1700000015000, 1.5);
  add(1700000030001, 1.5);
  add(1700000045000, -2.25);
  add(1700000060000, std::bit_cast<double>(uint64_t{0x7FF8000000000001}));
  add(1700000060500, std::numeric_limits<double>::infinity());
  add(1700000200000, 3.141592653589793);
  add(1700000900000, 1e300);
  add(1700003000000, 1e300);
  add(1700003000001, 0.1);
  EXPECT_EQ(InHex(EncodeXorChunk(columns.at_ms, columns.values)),
            "000a80a0abfef96200000000000000009875c45fff80015fff603fffec000e002ffe800000000000771d"
            "720008000000000001e21ef88ffe487ed5110b463c00000000002235d23e3ec5c7dc445884f000000000"
            "0155cc07ffffffffffeffa70c831cfb4a2333d80c0");
}

TEST(XorChunkTest, TimesOfEverySizeComeBack) {
  // Around each border of the classes 14, 17 and 20 bits, on both sides of zero.
  XorColumns columns{{0, 1'000'000}, {1, 1}};
  for (const int bits : {14, 17, 20, 40}) {
    for (const int64_t sign : {-1, 1}) {
      for (int64_t off = -1; off <= 1; ++off) {
        const int64_t step = 2'000'000'000'000 + sign * ((int64_t{1} << (bits - 1)) + off);
        columns.at_ms.push_back(columns.at_ms.back() + 2'000'000'000'000);
        columns.at_ms.push_back(columns.at_ms.back() + step);
        columns.values.resize(columns.at_ms.size(), 1);
      }
    }
  }
  ExpectComesBack(columns);
  ExpectComesBack(
      {{std::numeric_limits<int64_t>::min(), 0, std::numeric_limits<int64_t>::max()}, {1, 2, 3}});
  ExpectComesBack({{-5}, {1}});
  ExpectComesBack({});
}

TEST(XorChunkTest, ValuesKeepAllTheirBits) {
  XorColumns columns;
  const double values[] = {0.0,
                           -0.0,
                           StaleMarker(),
                           std::nan("7"),
                           1,
                           -1,
                           std::numeric_limits<double>::denorm_min(),
                           std::numeric_limits<double>::max(),
                           std::bit_cast<double>(uint64_t{1}),
                           std::bit_cast<double>(~uint64_t{0})};
  for (const double a : values) {
    for (const double b : values) {
      for (const double value : {a, b}) {
        columns.at_ms.push_back(static_cast<int64_t>(columns.at_ms.size()) * 15'000);
        columns.values.push_back(value);
      }
    }
  }
  ExpectComesBack(columns);
}

TEST(XorChunkTest, WhateverSamplesComeBack) {
  std::mt19937_64 random(7);  // NOLINT(cert-msc51-cpp): the same each time.
  for (int round = 0; round < 200; ++round) {
    XorColumns columns;
    int64_t at = static_cast<int64_t>(random() % 2'000'000'000'000);
    uint64_t bits = random();
    for (size_t i = 0; i < random() % 200; ++i) {
      at += static_cast<int64_t>(random() >> (random() % 40 + 20));
      bits ^= (random() >> random() % 64) << random() % 64;
      columns.at_ms.push_back(at);
      columns.values.push_back(std::bit_cast<double>(bits));
    }
    ExpectComesBack(columns);
  }
}

TEST(XorChunkTest, ARegularGaugeTakesLittle) {
  XorColumns columns;
  for (int i = 0; i < 120; ++i) {
    columns.at_ms.push_back(1'700'000'000'000 + i * 15'000);
    columns.values.push_back(1);
  }
  EXPECT_LE(EncodeXorChunk(columns.at_ms, columns.values).size(), 60u);
}

}  // namespace
}  // namespace hinomi::metrics
