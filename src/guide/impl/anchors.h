#ifndef HINOMI_GUIDE_IMPL_ANCHORS_H_
#define HINOMI_GUIDE_IMPL_ANCHORS_H_

#include <map>
#include <string>
#include <string_view>

namespace hinomi::guide::impl {

/// The anchors of one page. They are made as Git forges make them, so that a
/// link within docs/ leads to the same place there and here; tools/check_guide.py
/// does the same.
class Anchors {
 public:
  /// Small letters, without punctuation, blanks as "-"; "-1", "-2" for the same again.
  std::string Next(std::string_view heading);

 private:
  std::map<std::string, int, std::less<>> used_;
};

}  // namespace hinomi::guide::impl

#endif  // HINOMI_GUIDE_IMPL_ANCHORS_H_
