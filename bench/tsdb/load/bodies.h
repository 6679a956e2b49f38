#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace hinomi::bench {

/// What precedes each body in a file of bodies, in the machine's byte order.
struct BodyHeader {
  uint32_t bytes = 0;
  uint32_t samples = 0;
  /// Bodies of one shard go over one connection, in order.
  uint32_t shard = 0;
  /// 0: the first round, in which the series are new; 1: all later rounds.
  uint32_t phase = 0;
};

/// Writes a file of remote_write bodies, compressed. Servers are compared on the same file.
class BodyWriter {
 public:
  explicit BodyWriter(const std::string& path);
  ~BodyWriter();
  BodyWriter(const BodyWriter&) = delete;
  BodyWriter& operator=(const BodyWriter&) = delete;

  void Put(std::string_view request, uint32_t samples, uint32_t shard, uint32_t phase);

  /// One line of JSON about what was written, to standard output.
  void Report(uint64_t series, int64_t end_ms) const;

 private:
  std::FILE* file_;
  std::string compressed_;
  uint64_t samples_ = 0;
  uint64_t requests_ = 0;
  uint64_t compressed_bytes_ = 0;
  uint64_t raw_bytes_ = 0;
};

struct Body {
  BodyHeader header;
  std::string_view compressed;  // As long as its BodyFile is there.
};

/// A file that BodyWriter wrote, mapped.
class BodyFile {
 public:
  /// `limit`: the first so many bodies only; 0 for all.
  BodyFile(const std::string& path, uint64_t limit);
  ~BodyFile();
  BodyFile(const BodyFile&) = delete;
  BodyFile& operator=(const BodyFile&) = delete;

  const std::vector<Body>& bodies() const { return bodies_; }

 private:
  char* mapped_ = nullptr;
  size_t size_ = 0;
  std::vector<Body> bodies_;
};

}  // namespace hinomi::bench
