// Runs a fuzzer's function over kept inputs, without libFuzzer: the corpus of
// each fuzzer is a test under every compiler and sanitizer.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void Replay(const std::string& bytes) {
  // A copy of exactly that size, so that AddressSanitizer sees one byte too far.
  const std::vector<uint8_t> exact(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

// Kept inputs are also cut and bent, always the same way: a few hundred cheap
// neighbours each, for machines where no fuzzer runs.
void ReplayNeighbours(const std::string& bytes) {
  constexpr size_t kNeighbours = 64;
  const size_t step = bytes.size() / kNeighbours + 1;
  for (size_t at = 0; at < bytes.size(); at += step) {
    Replay(bytes.substr(0, at));
    std::string bent = bytes;
    bent[at] = static_cast<char>(bent[at] ^ (1 << (at % 8)));
    Replay(bent);
    bent[at] = static_cast<char>(0xFF);
    Replay(bent);
  }
}

}  // namespace

int main(int argc, char** argv) {
  int inputs = 0;
  Replay("");
  for (int i = 1; i < argc; ++i) {
    std::error_code error;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(argv[i], error)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(file)),
                              std::istreambuf_iterator<char>());
      // Printed before, so that a crash names its input.
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);
      Replay(bytes);
      ReplayNeighbours(bytes);
      ++inputs;
    }
    if (error) std::fprintf(stderr, "cannot list %s: %s\n", argv[i], error.message().c_str());
  }
  if (inputs == 0) {
    std::fprintf(stderr, "no kept input: put a few seeds into fuzz/corpus/NAME/\n");
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
