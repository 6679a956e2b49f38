#include "bodies.h"

#include <fcntl.h>
#include <snappy.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstring>

#include "options.h"

namespace hinomi::bench {

BodyWriter::BodyWriter(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr) Die("cannot write " + path);
}

BodyWriter::~BodyWriter() {
  if (std::fclose(file_) != 0) Die("the file of bodies could not be written whole");
}

void BodyWriter::Put(std::string_view request, uint32_t samples, uint32_t shard, uint32_t phase) {
  snappy::Compress(request.data(), request.size(), &compressed_);
  const BodyHeader header{static_cast<uint32_t>(compressed_.size()), samples, shard, phase};
  if (std::fwrite(&header, sizeof header, 1, file_) != 1 ||
      std::fwrite(compressed_.data(), compressed_.size(), 1, file_) != 1) {
    Die("cannot write a body: is the disk full?");
  }
  samples_ += samples;
  requests_ += 1;
  compressed_bytes_ += compressed_.size();
  raw_bytes_ += request.size();
}

void BodyWriter::Report(uint64_t series, int64_t end_ms) const {
  std::printf("{\"series\":%" PRIu64 ",\"samples\":%" PRIu64 ",\"requests\":%" PRIu64
              ",\"body_bytes\":%" PRIu64 ",\"raw_bytes\":%" PRIu64 ",\"end_ms\":%" PRId64 "}\n",
              series, samples_, requests_, compressed_bytes_, raw_bytes_, end_ms);
}

BodyFile::BodyFile(const std::string& path, uint64_t limit) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (fd < 0 || fstat(fd, &status) != 0) Die("cannot read " + path);
  size_ = static_cast<size_t>(status.st_size);
  if (size_ > 0) {
    mapped_ = static_cast<char*>(mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0));
    if (mapped_ == MAP_FAILED) Die("cannot map " + path);
    madvise(mapped_, size_, MADV_SEQUENTIAL);
  }
  close(fd);
  for (size_t at = 0; at + sizeof(BodyHeader) <= size_;) {
    if (limit > 0 && bodies_.size() == limit) break;
    BodyHeader header;
    std::memcpy(&header, mapped_ + at, sizeof header);
    at += sizeof header;
    if (header.bytes > size_ - at) Die(path + " is cut off");
    bodies_.push_back({header, std::string_view(mapped_ + at, header.bytes)});
    at += header.bytes;
  }
}

BodyFile::~BodyFile() {
  if (mapped_ != nullptr) munmap(mapped_, size_);
}

}  // namespace hinomi::bench
