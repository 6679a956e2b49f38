#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/digest.h"
#include "policy/find.h"
#include "policy/impl/channels.h"
#include "policy/impl/forms.h"
#include "policy/impl/snapshot.h"
#include "policy/impl/workbook.h"
#include "policy/policy.h"
#include "policy/rule_files.h"

namespace hinomi::policy {
namespace {

void ReadSheet(impl::Workbook& book, const impl::DocumentType& type, const std::string& name,
               const std::string& content) {
  auto sheet = std::make_unique<impl::Sheet>(name, content);
  yaml::Document document = yaml::Parse(sheet->source);
  for (const yaml::Problem& problem : document.problems) {
    sheet->reader.Mistake(problem.span, problem.path, problem.message);
  }
  sheet->broken = !document.complete;
  if (document.complete) {
    if (document.root.kind == yaml::Kind::kNull) document.root.span = {{1, 1}, {1, 1}};
    type.read(sheet->reader, document.root, name, book.folder);
  }
  book.sheets.emplace(name, std::move(sheet));
}

/// A YAML file of no known name: a slip of the pen would silently lose a whole
/// document.
void ReportStranger(impl::Workbook& book, const impl::Snapshot& snapshot, const std::string& name) {
  const std::string what = "not a document that Hinomi reads, so nothing in it counts";
  const auto nearest = NearestName(name, DocumentFiles());
  if (nearest && !snapshot.files.contains(*nearest)) {
    book.Mistake(name, "", what + "; did you mean \"" + *nearest + "\"?");
  } else {
    book.Warning(name, "", what + "; known are: " + Join(DocumentFiles(), ", "));
  }
}

void ReadFiles(impl::Workbook& book, const impl::Snapshot& snapshot) {
  for (const auto& [name, file] : snapshot.files) {
    const bool script = name.starts_with("scripts/");
    if (!file->problem.empty()) {
      if (!script) book.Mistake(name, "", "the file " + file->problem);
      continue;
    }
    if (name == "dns-failover.json") {
      book.folder.dns_failover = file->content;
      impl::CheckDnsFailover(book, file->content);
    } else if (const impl::DocumentType* type = impl::TypeOfFile(name)) {
      ReadSheet(book, *type, name, file->content);
    } else if (!script) {
      ReportStranger(book, snapshot, name);
    }
  }
}

/// Prometheus' rules, in files that hinomi.yml names.
void ReadRuleFiles(impl::Workbook& book, const impl::Snapshot& snapshot) {
  impl::CheckRulePatterns(book, snapshot.rule_patterns);
  for (const auto& [name, file] : snapshot.rule_files) {
    if (!file->problem.empty()) {
      book.Mistake(name, "", "the file " + file->problem);
      continue;
    }
    LoadedRuleFiles loaded = ReadRuleFile(name, file->content);
    std::move(loaded.groups.begin(), loaded.groups.end(),
              std::back_inserter(book.folder.rule_groups));
    std::move(loaded.findings.begin(), loaded.findings.end(), std::back_inserter(book.loose));
  }
}

/// A document under a wrong name is not read: that must not stay unseen.
void CheckOtherFiles(impl::Workbook& book, const impl::Snapshot& snapshot) {
  for (const std::string& name : snapshot.others) {
    if (!name.ends_with(".yaml")) continue;
    const std::string right = name.substr(0, name.size() - 4) + "yml";
    if (impl::TypeOfFile(right) == nullptr) continue;
    book.Mistake(name, "", "documents end in .yml, so nothing in it counts; rename it to " + right);
  }
}

void Collect(impl::Workbook& book, LoadedFolder& loaded) {
  for (auto& [name, sheet] : book.sheets) {
    for (Finding& finding : sheet->reader.findings()) loaded.findings.push_back(std::move(finding));
    for (FilledDefault& filled : sheet->reader.defaults()) {
      loaded.defaults.push_back(std::move(filled));
    }
  }
  for (Finding& finding : book.loose) loaded.findings.push_back(std::move(finding));
  for (FilledDefault& filled : book.loose_defaults) loaded.defaults.push_back(std::move(filled));
  std::stable_sort(loaded.findings.begin(), loaded.findings.end(),
                   [](const Finding& a, const Finding& b) {
                     return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
                   });
  std::stable_sort(loaded.defaults.begin(), loaded.defaults.end(),
                   [](const FilledDefault& a, const FilledDefault& b) { return a.file < b.file; });
}

}  // namespace

std::string FormatFinding(const Finding& finding) {
  std::string text = finding.file;
  if (finding.line > 0) {
    text += ":" + std::to_string(finding.line) + ":" + std::to_string(finding.column);
  }
  text += ": ";
  if (finding.level == Finding::Level::kWarning) text += "warning: ";
  if (!finding.path.empty()) text += finding.path + ": ";
  text += finding.message;
  if (!finding.excerpt.empty()) text += "\n" + finding.excerpt;
  return text;
}

Result<LoadedFolder> LoadOpsFolder(Files& files, const std::string& directory,
                                   const LoadOptions& options) {
  HN_TRY(impl::Snapshot snapshot, impl::TakeSnapshot(files, directory));
  for (const auto& [name, content] : options.replaced)
    snapshot.files[name] = std::make_shared<const impl::RawFile>(
        impl::RawFile{.content = content, .digest = ToHex(Sha256(content)), .problem = ""});
  impl::Workbook book;
  book.folder.digest = snapshot.digest;
  ReadFiles(book, snapshot);
  ReadRuleFiles(book, snapshot);
  CheckOtherFiles(book, snapshot);
  if (!book.sheets.empty()) {
    impl::CheckPeople(book);
    if (options.now) impl::CheckCover(book, *options.now);
    impl::CheckServer(book);
    impl::CheckTimeZones(book, files, options.zoneinfo);
    impl::FillAcrossDocuments(book);
    impl::UseAlertRules(book);
    impl::CheckReferences(book);
    impl::ConfigureChannels(book, files, options.environment);
  }
  LoadedFolder loaded;
  loaded.digest = snapshot.digest;
  for (const auto* part : {&snapshot.files, &snapshot.rule_files})
    for (const auto& [name, file] : *part)
      loaded.files.push_back({name, file->digest, file->content.size()});
  std::ranges::sort(loaded.files, {}, &FolderFile::name);
  Collect(book, loaded);
  const bool mistaken =
      std::any_of(loaded.findings.begin(), loaded.findings.end(),
                  [](const Finding& f) { return f.level == Finding::Level::kMistake; });
  if (mistaken) return loaded;
  IndexAlarms(book.folder);
  loaded.folder = std::make_shared<const OpsFolder>(std::move(book.folder));
  return loaded;
}

}  // namespace hinomi::policy
