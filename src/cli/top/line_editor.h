#ifndef HINOMI_CLI_TOP_LINE_EDITOR_H_
#define HINOMI_CLI_TOP_LINE_EDITOR_H_

#include <string>

#include "cli/top/keys.h"

namespace hinomi::cli::top {

/// One line of text under a cursor, in whole characters: a mark goes with its
/// letter.
class LineEditor {
 public:
  LineEditor() = default;
  explicit LineEditor(std::string text) : text_(std::move(text)), cursor_(text_.size()) {}

  /// False if the key is none of an editor's.
  bool Take(const Key& key);
  const std::string& text() const { return text_; }
  size_t cursor() const { return cursor_; }  ///< In bytes.

  /// As the fields of the console have it.
  static constexpr size_t kMostCharacters = 2000;

 private:
  void Insert(const std::string& text);
  size_t Before(size_t at) const;
  void EraseTo(size_t at);
  bool TakeControl(char letter);

  std::string text_;
  size_t cursor_ = 0;
};

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_LINE_EDITOR_H_
