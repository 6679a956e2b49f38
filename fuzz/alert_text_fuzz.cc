// modules: hn_templates
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "templates/alert_text.h"

/// Arbitrary bytes as the text of an alert: a problem points into the text, and what can be read
/// gives a text, whatever the data are, in bounded time and size.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi;
  using namespace hinomi::templates;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto parsed = AlertText::Parse("Fuzz", text);
  if (const auto* problem = std::get_if<ParseProblem>(&parsed)) {
    HN_CHECK(problem->offset <= text.size());
    HN_CHECK(!problem->message.empty());
    return 0;
  }
  Context context;
  context.external_url = "http://localhost:9140/hinomi";
  context.now = Instant::FromSeconds(1'700'000'000);
  context.query = [](std::string_view expr) -> Result<Value> {
    if (expr.size() % 3 == 0) return InvalidArgument("1:1: parse error");
    auto list = std::make_shared<List>();
    list->type = "template.queryResult";
    if (expr.size() % 3 == 1)
      list->items = {MakeSample({{"host", "b"}}, 2), MakeSample({{"host", "a"}}, 0.5)};
    return Value(Value::ListPtr(std::move(list)));
  };
  AlertData alert;
  alert.labels = {{"instance", "web-1.example.com:9100"}, {"job", "app"}};
  alert.value = Value(size % 2 == 0 ? 1234567.0 : -0.5);
  HN_CHECK(std::get<AlertText>(parsed).Expand(alert, context).size() < (2u << 20));
  return 0;
}
