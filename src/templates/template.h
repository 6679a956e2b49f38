#ifndef HINOMI_TEMPLATES_TEMPLATE_H_
#define HINOMI_TEMPLATES_TEMPLATE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "templates/value.h"

namespace hinomi::templates {

namespace impl {
struct Program;
}  // namespace impl

/// What the functions of a template reach.
struct Context {
  /// The instant vector of a PromQL expression, made of `MakeSample`; a list.
  std::function<Result<Value>(std::string_view expr)> query;
  Instant now;               ///< The time of the evaluation.
  std::string external_url;  ///< Without a path's last slash, as operators write it.
};

/// Why a text cannot be read as a template, and where.
struct ParseProblem {
  size_t offset = 0;  ///< In bytes.
  std::string message;
};

/// A template that was parsed. Immutable and cheap to copy; threads: any.
class Template {
 public:
  /// Go's name of the template stands in its messages.
  static std::variant<Template, ParseProblem> Parse(std::string name, std::string text);

  /// The text for `data`. Errors (kInvalidArgument) read as those of Go: "template: NAME:1:14:
  /// executing "NAME" at <…>: …". A text longer than 1 MiB and more than 100,000 steps are
  /// errors, too.
  Result<std::string> Execute(const Value& data, const Context& context) const;
  /// Whether it asks for other series than its own: the function "query" stands in it.
  bool queries() const;

 private:
  explicit Template(std::shared_ptr<const impl::Program> program) : program_(std::move(program)) {}
  std::shared_ptr<const impl::Program> program_;
};

}  // namespace hinomi::templates

#endif  // HINOMI_TEMPLATES_TEMPLATE_H_
