// Go's fmt, as far as templates print.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/strings.h"
#include "templates/impl/functions.h"

namespace hinomi::templates::impl {
namespace {

// Wider fields are cut: a text has to stay small.
constexpr int kWidest = 1000;

/// One "%…": flags, width, precision, verb.
struct Verb {
  bool minus = false, plus = false, sharp = false, space = false, zero = false;
  int width = -1;
  int precision = -1;
  char verb = 0;
};

std::string Padded(const Verb& verb, std::string text, bool numeric) {
  const auto width = static_cast<size_t>(std::max(verb.width, 0));
  const size_t length = DisplayWidth(text);
  if (length >= width) return text;
  if (verb.minus) return text + std::string(width - length, ' ');
  if (!verb.zero) return std::string(width - length, ' ') + text;
  const bool sign = numeric && !text.empty() && (text[0] == '-' || text[0] == '+');
  return (sign ? text.substr(0, 1) : "") + std::string(width - length, '0') +
         (sign ? text.substr(1) : text);
}

std::string BadVerb(const Verb& verb, const Value& value) {
  std::string what = value.is_missing() ? "<nil>" : value.TypeName() + "=" + value.Text();
  return std::string("%!") + verb.verb + "(" + what + ")";
}

std::string Signed(const Verb& verb, std::string text) {
  if (text.starts_with('-') || text.starts_with('+')) return text;
  if (verb.plus) return "+" + text;
  return verb.space ? " " + text : text;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20)
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        else
          out += c;
    }
  }
  return out + "\"";
}

std::string Hex(std::string_view bytes, bool upper) {
  std::string out;
  for (const char c : bytes)
    out += upper ? fmt::format("{:02X}", static_cast<unsigned char>(c))
                 : fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string OfText(const Verb& verb, const Value& value, std::string text) {
  if (verb.precision >= 0 && (verb.verb == 's' || verb.verb == 'v' || verb.verb == 'q')) {
    size_t at = 0;
    for (int runes = 0; at < text.size() && runes < verb.precision; ++runes) {
      ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
    }
    text.resize(at);
  }
  switch (verb.verb) {
    case 's':
    case 'v':
      return Padded(verb, verb.verb == 'v' && verb.sharp ? Quoted(text) : text, false);
    case 'q':
      return Padded(verb, Quoted(text), false);
    case 'x':
    case 'X':
      return Padded(verb, Hex(text, verb.verb == 'X'), false);
    default:
      return BadVerb(verb, value);
  }
}

std::string OfFloat(Verb verb, const Value& value, double number) {
  const char kind = verb.verb == 'v' ? 'g' : verb.verb;
  if (std::string_view("eEfFgG").find(kind) == std::string_view::npos) return BadVerb(verb, value);
  int precision = verb.precision;
  if (precision < 0 && kind != 'g' && kind != 'G') precision = 6;
  std::string text = FormatFloat(number, kind, std::min(precision, kWidest));
  if (!std::isfinite(number)) {
    verb.zero = false;
    if (std::isinf(number) && number > 0 && !verb.plus) text = "+Inf";
  }
  return Padded(verb, Signed(verb, std::move(text)), true);
}

std::string OfInteger(const Verb& verb, const Value& value, int64_t number) {
  const bool negative = number < 0;
  const uint64_t size =
      negative ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  std::string digits;
  switch (verb.verb) {
    case 'v':
    case 'd':
      digits = std::to_string(size);
      break;
    case 'x':
      digits = (verb.sharp ? "0x" : "") + fmt::format("{:x}", size);
      break;
    case 'X':
      digits = (verb.sharp ? "0X" : "") + fmt::format("{:X}", size);
      break;
    case 'o':
      digits = (verb.sharp ? "0" : "") + fmt::format("{:o}", size);
      break;
    case 'b':
      digits = fmt::format("{:b}", size);
      break;
    case 'c':
      if (size < 0x80) return Padded(verb, std::string(1, static_cast<char>(size)), false);
      return BadVerb(verb, value);
    default:
      return BadVerb(verb, value);
  }
  const auto least = static_cast<size_t>(std::clamp(verb.precision, 0, kWidest));
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  return Padded(verb, Signed(verb, (negative ? "-" : "") + digits), true);
}

std::string OfVerb(const Verb& verb, const Value& value) {
  if (verb.verb == 'T') return Padded(verb, value.is_missing() ? "<nil>" : value.TypeName(), false);
  if (value.is_missing())
    return verb.verb == 'v' ? Padded(verb, "<nil>", false) : BadVerb(verb, value);
  if (const auto* text = value.As<std::string>()) return OfText(verb, value, *text);
  if (const auto* number = value.As<double>()) return OfFloat(verb, value, *number);
  if (const auto* integer = value.As<int64_t>()) return OfInteger(verb, value, *integer);
  if (value.As<bool>() != nullptr) {
    return verb.verb == 't' || verb.verb == 'v' ? Padded(verb, value.Text(), false)
                                                : BadVerb(verb, value);
  }
  return OfText(verb, value, value.Text());
}

class Formatter {
 public:
  Formatter(std::string_view format, std::span<const Value> arguments)
      : format_(format), arguments_(arguments) {}

  std::string Run() {
    while (at_ < format_.size()) {
      const size_t percent = std::min(format_.find('%', at_), format_.size());
      out_ += format_.substr(at_, percent - at_);
      at_ = percent;
      if (at_ < format_.size()) One();
    }
    if (!reordered_ && next_ < arguments_.size()) Extra();
    return std::move(out_);
  }

 private:
  void One() {
    ++at_;
    Verb verb;
    for (;; ++at_) {
      const char c = Peek();
      if (c == '-')
        verb.minus = true;
      else if (c == '+')
        verb.plus = true;
      else if (c == '#')
        verb.sharp = true;
      else if (c == ' ')
        verb.space = true;
      else if (c == '0')
        verb.zero = true;
      else
        break;
    }
    if (verb.minus) verb.zero = false;
    good_index_ = true;
    Width(verb);
    Precision(verb);
    (void)Index();
    verb.verb = Peek();
    if (verb.verb == 0) {
      out_ += "%!(NOVERB)";
      return;
    }
    ++at_;
    if (verb.verb == '%') {
      out_ += '%';
    } else if (!good_index_) {
      out_ += std::string("%!") + verb.verb + "(BADINDEX)";
    } else if (next_ >= arguments_.size()) {
      out_ += std::string("%!") + verb.verb + "(MISSING)";
    } else {
      out_ += OfVerb(verb, arguments_[next_++]);
    }
  }

  void Width(Verb& verb) {
    const bool indexed = Index();
    if (Peek() == '*') return Star(verb.width, "%!(BADWIDTH)");
    // An index is of what follows it: "%[3]2d" is none.
    if (Digits(verb.width) && indexed) good_index_ = false;
    if (indexed && Peek() == '.') good_index_ = false;
  }

  void Precision(Verb& verb) {
    if (Peek() != '.') return;
    ++at_;
    verb.precision = 0;
    const bool indexed = Index();
    if (Peek() == '*') return Star(verb.precision, "%!(BADPREC)");
    if (Digits(verb.precision) && indexed) good_index_ = false;
  }

  /// "[3]": the next argument is the third. True where there is one, also where it is wrong.
  bool Index() {
    if (Peek() != '[') return false;
    reordered_ = true;
    const size_t end = format_.find(']', at_);
    if (end == std::string_view::npos) {
      ++at_;
      good_index_ = false;
      return false;
    }
    const auto index = ParseUint(format_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    if (!index || *index < 1 || *index > arguments_.size())
      good_index_ = false;
    else
      next_ = *index - 1;
    return index.has_value();
  }

  /// "*": an argument says how many.
  void Star(int& out, const char* bad) {
    ++at_;
    const int64_t* given = next_ < arguments_.size() ? arguments_[next_].As<int64_t>() : nullptr;
    ++next_;
    if (given == nullptr)
      out_ += bad;
    else
      out = static_cast<int>(std::clamp<int64_t>(*given, 0, kWidest));
  }

  /// False, and `out` as it was, where there are none.
  bool Digits(int& out) {
    if (Peek() < '0' || Peek() > '9') return false;
    out = 0;
    for (; Peek() >= '0' && Peek() <= '9'; ++at_)
      out = std::min(out * 10 + (Peek() - '0'), kWidest);
    return true;
  }

  void Extra() {
    out_ += "%!(EXTRA ";
    for (size_t i = next_; i < arguments_.size(); ++i) {
      const Value& value = arguments_[i];
      if (i > next_) out_ += ", ";
      out_ += value.is_missing() ? "<nil>" : value.TypeName() + "=" + value.Text();
    }
    out_ += ')';
  }

  char Peek() const { return at_ < format_.size() ? format_[at_] : '\0'; }

  std::string_view format_;
  std::span<const Value> arguments_;
  size_t at_ = 0;
  size_t next_ = 0;
  bool reordered_ = false;  ///< An index was met: arguments may be left over.
  bool good_index_ = true;  ///< Those of the present verb.
  std::string out_;
};

/// As strconv.FormatFloat(value, 'g', -1, 64): with an exponent below 1e-4 and from a million on.
std::string ShortestFloat(double value, char verb) {
  char buffer[400];
  const auto write = [&](std::chars_format format) {
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
    return std::string(buffer, end);
  };
  std::string text = write(std::chars_format::scientific);
  const bool small = text.find("e-") != std::string::npos;
  const int64_t exponent = ParseInt(text.substr(text.find('e') + 2)).value_or(0);
  if (small ? exponent <= 4 : exponent < 6) return write(std::chars_format::fixed);
  return verb == 'G' ? ToUpperAscii(text) : text;
}

std::string PrintText(const Value& value) {
  return value.is_missing() ? "<nil>" : value.Text();
}

}  // namespace

std::string FormatFloat(double value, char verb, int precision) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  const char kind = verb == 'F' ? 'f' : verb;
  if (precision < 0) return ShortestFloat(value, kind);
  char buffer[1500];
  const std::string format = std::string("%.") + std::to_string(precision) + kind;
  const int length = std::snprintf(buffer, sizeof buffer, format.c_str(), value);
  return std::string(buffer, static_cast<size_t>(std::clamp<int>(length, 0, sizeof buffer - 1)));
}

std::string Printf(std::string_view format, std::span<const Value> arguments) {
  return Formatter(format, arguments).Run();
}

std::string Print(std::span<const Value> arguments) {
  std::string out;
  for (size_t i = 0; i < arguments.size(); ++i) {
    // A blank stands between two of which neither is a text.
    if (i > 0 && arguments[i].As<std::string>() == nullptr &&
        arguments[i - 1].As<std::string>() == nullptr)
      out += ' ';
    out += PrintText(arguments[i]);
  }
  return out;
}

std::string PrintLine(std::span<const Value> arguments) {
  std::string out;
  for (size_t i = 0; i < arguments.size(); ++i) out += (i > 0 ? " " : "") + PrintText(arguments[i]);
  return out + "\n";
}

}  // namespace hinomi::templates::impl
