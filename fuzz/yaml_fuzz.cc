// modules: hn_policy
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "policy/impl/forms.h"
#include "policy/yaml.h"

/// Arbitrary bytes as a document of an ops folder: the first byte chooses its
/// type. Nothing may crash or grow without bound, every mark must lie inside
/// the text, and every excerpt must be made.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace hinomi::policy;
  if (size == 0) return 0;
  const auto& types = impl::DocumentTypes();
  const impl::DocumentType& type = types[data[0] % types.size()];
  const SourceText source(std::string(reinterpret_cast<const char*>(data + 1), size - 1));
  yaml::Document document = yaml::Parse(source);
  for (const yaml::Problem& problem : document.problems) {
    HN_CHECK(problem.span.start.line <= source.line_count());
    HN_CHECK(!problem.message.empty());
  }
  HN_CHECK(document.complete || !document.problems.empty());
  if (!document.complete) return 0;
  Reader reader("file.yml", source);
  OpsFolder folder;
  type.read(reader, document.root, "runbooks/file.yml", folder);
  for (const Finding& finding : reader.findings()) {
    HN_CHECK(finding.line <= source.line_count());
    HN_CHECK(!FormatFinding(finding).empty());
  }
  return 0;
}
