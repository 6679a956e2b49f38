#include "options.h"

#include <charconv>
#include <cstdlib>
#include <iostream>

namespace hinomi::bench {

void Die(std::string_view what) {
  std::cerr << "tsdb_load: " << what << "\n";
  std::exit(1);
}

Options::Options(int count, char** arguments) {
  for (int i = 0; i < count; ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with("--")) Die("not --name=value: " + std::string(argument));
    argument.remove_prefix(2);
    const size_t equals = argument.find('=');
    const std::string name(argument.substr(0, equals));
    values_[name] = equals == argument.npos ? "1" : std::string(argument.substr(equals + 1));
  }
}

std::string Options::Text(const std::string& name, const std::string& otherwise) const {
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

int64_t Options::Number(const std::string& name, int64_t otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  const std::string& text = found->second;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    Die("--" + name + ": not a whole number: " + text);
  }
  return number;
}

std::string Options::Required(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) Die("--" + name + " is missing");
  return found->second;
}

}  // namespace hinomi::bench
