#include "cli/top/line_editor.h"

#include <algorithm>

#include "base/strings.h"
#include "base/unicode.h"

namespace hinomi::cli::top {
namespace {

size_t Characters(std::string_view text) {
  return static_cast<size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

}  // namespace

bool LineEditor::Take(const Key& key) {
  switch (key.kind) {
    case Key::Kind::kText:
    case Key::Kind::kPaste:
      Insert(key.text);
      return true;
    case Key::Kind::kControl:
      return TakeControl(key.text[0]);
    case Key::Kind::kBackspace:
      EraseTo(Before(cursor_));
      return true;
    case Key::Kind::kDelete:
      EraseTo(cursor_ + FirstCharacter(std::string_view(text_).substr(cursor_)));
      return true;
    case Key::Kind::kLeft:
      cursor_ = Before(cursor_);
      return true;
    case Key::Kind::kRight:
      cursor_ += FirstCharacter(std::string_view(text_).substr(cursor_));
      return true;
    case Key::Kind::kHome:
      cursor_ = 0;
      return true;
    case Key::Kind::kEnd:
      cursor_ = text_.size();
      return true;
    default:
      return false;
  }
}

// As readline has them.
bool LineEditor::TakeControl(char letter) {
  switch (letter) {
    case 'a':
      cursor_ = 0;
      return true;
    case 'e':
      cursor_ = text_.size();
      return true;
    case 'u':
      EraseTo(0);
      return true;
    case 'k':
      EraseTo(text_.size());
      return true;
    case 'w': {
      size_t at = cursor_;
      while (at > 0 && text_[at - 1] == ' ') --at;
      while (at > 0 && text_[at - 1] != ' ') --at;
      EraseTo(at);
      return true;
    }
    default:
      return false;
  }
}

void LineEditor::Insert(const std::string& text) {
  size_t room = kMostCharacters - std::min(kMostCharacters, Characters(text_));
  size_t bytes = 0;
  for (; room > 0 && bytes < text.size(); --room)
    bytes += std::max<size_t>(1, DecodeUtf8(std::string_view(text).substr(bytes)).length);
  text_.insert(cursor_, text, 0, bytes);
  cursor_ += bytes;
}

size_t LineEditor::Before(size_t at) const {
  size_t previous = 0;
  for (size_t i = 0; i < at; i += FirstCharacter(std::string_view(text_).substr(i))) previous = i;
  return previous;
}

void LineEditor::EraseTo(size_t at) {
  const size_t first = std::min(at, cursor_);
  text_.erase(first, std::max(at, cursor_) - first);
  cursor_ = first;
}

}  // namespace hinomi::cli::top
