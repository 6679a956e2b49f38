#ifndef HINOMI_TEXT_IMPL_TABLE_H_
#define HINOMI_TEXT_IMPL_TABLE_H_

#include <span>
#include <string_view>

namespace hinomi::text::impl {

/// One key of catalogue.json. `en_one` is empty where English needs no
/// singular form of its own; Japanese never does.
struct Row {
  std::string_view key;
  std::string_view ja;
  std::string_view en;
  std::string_view en_one;
};

/// All rows, sorted by key; written at build time by tools/embed_text.py.
std::span<const Row> Table();

}  // namespace hinomi::text::impl

#endif  // HINOMI_TEXT_IMPL_TABLE_H_
