#ifndef HINOMI_POLICY_IMPL_WORKBOOK_H_
#define HINOMI_POLICY_IMPL_WORKBOOK_H_

#include <map>
#include <memory>
#include <string>

#include "policy/binder.h"
#include "policy/documents.h"
#include "policy/impl/snapshot.h"

namespace hinomi::policy::impl {

/// One file as it was read.
struct Sheet {
  explicit Sheet(const std::string& file, std::string text)
      : source(std::move(text)), reader(file, source) {}
  SourceText source;
  Reader reader;
  bool broken = false;  ///< No YAML: what it declares is not known.
};

/// A folder while it is being loaded: its sheets, and what they gave.
class Workbook {
 public:
  OpsFolder folder;
  std::map<std::string, std::unique_ptr<Sheet>> sheets;

  bool Has(const std::string& file) const { return sheets.contains(file); }
  /// False where a file's content is not known: what it should declare must
  /// not be missed then.
  bool IsKnown(const std::string& file) const {
    const auto found = sheets.find(file);
    return found == sheets.end() || !found->second->broken;
  }

  /// At a path of a file; about the file as a whole if it is not there.
  void Mistake(const std::string& file, const std::string& path, std::string message) {
    Report(Finding::Level::kMistake, file, path, std::move(message));
  }
  void Warning(const std::string& file, const std::string& path, std::string message) {
    Report(Finding::Level::kWarning, file, path, std::move(message));
  }
  void Filled(const std::string& file, std::string path, std::string value, std::string why) {
    loose_defaults.push_back({file, std::move(path), std::move(value), std::move(why)});
  }

  std::vector<Finding> loose;  ///< Findings about files that could not be read.
  std::vector<FilledDefault> loose_defaults;

 private:
  void Report(Finding::Level level, const std::string& file, const std::string& path,
              std::string message) {
    if (const auto found = sheets.find(file); found != sheets.end()) {
      Reader& reader = found->second->reader;
      const Span place = reader.PlaceOf(path);
      if (level == Finding::Level::kMistake) {
        reader.Mistake(place, path, std::move(message));
      } else {
        reader.Warning(place, path, std::move(message));
      }
      return;
    }
    Finding finding;
    finding.level = level;
    finding.file = file;
    finding.path = path;
    finding.message = std::move(message);
    loose.push_back(std::move(finding));
  }
};

/// What no document can tell alone: references, reachability, time zones.
void CheckReferences(Workbook& book);
void CheckPeople(Workbook& book);
/// Whether somebody can be called for a critical incident at every minute of the coming year.
void CheckCover(Workbook& book, Instant now);
void CheckServer(Workbook& book);
void CheckTimeZones(Workbook& book, Files& files, const std::string& zoneinfo);
void CheckDnsFailover(Workbook& book, std::string_view text);
/// What alerts of rule files lead to; and they become alarms of the folder.
void UseAlertRules(Workbook& book);
/// Patterns of `rule_files` that find nothing, or a document of the folder.
void CheckRulePatterns(Workbook& book, const std::vector<RulePattern>& patterns);
/// Defaults that depend on other documents: the dimension of a service's
/// metrics, people of lists.
void FillAcrossDocuments(Workbook& book);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_WORKBOOK_H_
