#ifndef HINOMI_CLI_TOP_KEYS_H_
#define HINOMI_CLI_TOP_KEYS_H_

#include <string>
#include <string_view>
#include <vector>

namespace hinomi::cli::top {

/// One key, as a person means it.
struct Key {
  enum class Kind {
    kText,     ///< One character: `text`.
    kPaste,    ///< Pasted text: never keys.
    kControl,  ///< With Ctrl: `text` is the small letter.
    kEnter,
    kEscape,
    kTab,
    kBackspace,
    kDelete,
    kUp,
    kDown,
    kLeft,
    kRight,
    kHome,
    kEnd,
    kPageUp,
    kPageDown,
  };
  Kind kind = Kind::kText;
  std::string text = {};
  bool operator==(const Key&) const = default;
  bool Is(std::string_view letter) const { return kind == Kind::kText && text == letter; }
  bool IsControl(std::string_view letter) const { return kind == Kind::kControl && text == letter; }
};

/// Makes keys of the bytes that a terminal sends (ECMA-48, xterm), in pieces
/// of any size. What it does not know is no key at all, not its letters.
class KeyDecoder {
 public:
  std::vector<Key> Feed(std::string_view bytes);
  /// Bytes of a sequence are there, and more may follow.
  bool waiting() const { return !bytes_.empty() && !pasting_; }
  /// Nothing followed for a while: a lone ESC was the Escape key.
  std::vector<Key> Expire();

 private:
  size_t TakeOne(std::vector<Key>& keys);
  size_t TakeEscape(std::vector<Key>& keys);
  size_t TakePaste(std::vector<Key>& keys);

  std::string bytes_;
  bool pasting_ = false;
};

}  // namespace hinomi::cli::top

#endif  // HINOMI_CLI_TOP_KEYS_H_
