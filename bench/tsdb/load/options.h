#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace hinomi::bench {

/// Says what is wrong on standard error and ends the program with 1. A load generator has
/// nobody to hand an error to, and must not go on measuring after one.
[[noreturn]] void Die(std::string_view what);

/// What stands on the command line as --name=value; --name alone is "1".
class Options {
 public:
  Options(int count, char** arguments);

  std::string Text(const std::string& name, const std::string& otherwise = "") const;
  int64_t Number(const std::string& name, int64_t otherwise) const;
  /// Ends the program if there is none: for what no default makes sense.
  std::string Required(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace hinomi::bench
