#ifndef HINOMI_METRICS_TSDB_LABEL_BYTES_H_
#define HINOMI_METRICS_TSDB_LABEL_BYTES_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "metrics/model.h"

namespace hinomi::metrics {

/// A label set as the bytes that senders of remote write put on the wire: for
/// each label, sorted by name, a message of field 1 of prompb.TimeSeries:
///
///   0A length  0A length name  12 length value       lengths: shortest varints
///
/// Equal sets have equal bytes, so that a series is found by comparing them,
/// and a request that was written in this form is never taken apart.
void AppendLabelBytes(const Labels& labels, std::string& out);
std::string LabelBytesOf(const Labels& labels);
/// One label of them; the caller sees to the order.
void AppendLabel(std::string_view name, std::string_view value, std::string& out);

/// kCorrupt unless the bytes are exactly what `AppendLabelBytes` makes of some
/// label set: sorted, no duplicates, no empty values, nothing behind.
Result<Labels> ParseLabelBytes(std::string_view bytes);

/// Walks over label bytes without copying. Malformed bytes end it with
/// `failed()`; order and duplicates are not looked at.
class LabelBytesReader {
 public:
  struct Label {
    std::string_view name;
    std::string_view value;
  };
  explicit LabelBytesReader(std::string_view bytes) : bytes_(bytes) {}
  std::optional<Label> Next();
  bool failed() const { return failed_; }
  size_t left() const { return bytes_.size(); }

 private:
  std::optional<std::string_view> Field(char tag, std::string_view& from);
  std::string_view bytes_;
  bool failed_ = false;
};

/// The message of the first label, head included, which is taken off `bytes`. Empty, with
/// nothing taken, where its length does not fit; nothing else of it is looked at.
std::string_view TakeLabelMessage(std::string_view& bytes);

/// Of valid label bytes: "" if the label is absent.
std::string_view FindLabel(std::string_view bytes, std::string_view name);

/// The order of `Labels`: by name and value, label by label. Negative, 0 or
/// positive. Of valid label bytes.
int CompareLabelBytes(std::string_view a, std::string_view b);

}  // namespace hinomi::metrics

#endif  // HINOMI_METRICS_TSDB_LABEL_BYTES_H_
