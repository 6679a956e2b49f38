#ifndef HINOMI_TEMPLATES_VALUE_H_
#define HINOMI_TEMPLATES_VALUE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"

/// Go's text/template (https://pkg.go.dev/text/template) with the functions that Prometheus
/// gives to the texts of its alerts. Values and pure functions.
namespace hinomi::templates {

class Value;

/// A slice. Immutable once it is a value.
struct List {
  std::string type = "[]interface {}";  ///< Go's name of the type, for messages.
  std::vector<Value> items;
};

/// A map with keys of text, or a struct. Immutable once it is a value.
struct Object {
  std::string type = "map[string]interface {}";
  bool is_struct = false;  ///< A member that is missing is a mistake then.
  std::map<std::string, Value> members;

  /// What a key that is not in a map stands for: Prometheus has "missingkey=zero".
  Value Missing() const;
};

/// A point in time as `toTime` gives it, with whole milliseconds.
struct TimeValue {
  Instant at;
};

/// What a template computes with. Copies are cheap.
class Value {
 public:
  using ListPtr = std::shared_ptr<const List>;
  using ObjectPtr = std::shared_ptr<const Object>;

  Value() = default;  ///< Go's invalid value: what is not there.
  Value(bool b) : data_(b) {}
  Value(int64_t i) : data_(i) {}
  Value(double d) : data_(d) {}
  Value(std::string s) : data_(std::move(s)) {}
  Value(const char* s) : data_(std::string(s)) {}
  Value(ListPtr list) : data_(std::move(list)) {}
  Value(ObjectPtr object) : data_(std::move(object)) {}
  Value(TimeValue time) : data_(time) {}
  Value(Duration duration) : data_(duration) {}

  /// Null where it is of another kind.
  template <typename T>
  const T* As() const {
    return std::get_if<T>(&data_);
  }
  const List* AsList() const { return As<ListPtr>() ? As<ListPtr>()->get() : nullptr; }
  const Object* AsObject() const { return As<ObjectPtr>() ? As<ObjectPtr>()->get() : nullptr; }
  bool is_missing() const { return As<std::monostate>() != nullptr; }

  /// What `if` goes by: false, 0, "" and what is empty or missing are false.
  bool Truth() const;
  /// As Go's %v writes it; "<no value>" for what is missing.
  std::string Text() const;
  /// Go's name of its type, e.g. "float64", "map[string]string".
  std::string TypeName() const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, ListPtr, ObjectPtr, TimeValue,
               Duration>
      data_;
};

/// A map of texts, e.g. labels.
Value TextMap(const std::map<std::string, std::string>& texts);
/// An element of a query's result: its labels and its value.
Value MakeSample(const std::map<std::string, std::string>& labels, double value);

}  // namespace hinomi::templates

#endif  // HINOMI_TEMPLATES_VALUE_H_
