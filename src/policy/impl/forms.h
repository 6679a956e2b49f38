#ifndef HINOMI_POLICY_IMPL_FORMS_H_
#define HINOMI_POLICY_IMPL_FORMS_H_

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "policy/binder.h"
#include "policy/documents.h"
#include "policy/rule_tests.h"

/// The declarations of all documents: each gives reading, messages, defaults
/// and JSON Schema.
namespace hinomi::policy::impl {

/// A document type: how its file goes into the folder.
struct DocumentType {
  std::string file;  ///< "alarms.yml", "runbooks/*.yml"
  std::string title;
  /// `name` is the file's, e.g. "runbooks/memory-leak.yml".
  std::function<void(Reader&, const yaml::Node&, const std::string& name, OpsFolder&)> read;
  std::function<Json()> schema;
};

/// All of them, in the order in which they are listed.
const std::vector<DocumentType>& DocumentTypes();
/// The type of a file of the folder, or null.
const DocumentType* TypeOfFile(std::string_view file);

DocumentType ServerType();
DocumentType TargetsType();
DocumentType AlarmsType();
DocumentType RoutesType();
DocumentType EscalationType();
DocumentType ContactsType();
DocumentType ChecklistType();
DocumentType BackupPolicyType();
DocumentType MaintenanceType();
DocumentType KpiType();
DocumentType ReportsType();
DocumentType RecoveryType();
DocumentType RunbookType();

/// One entry of `inhibitRules` in alarms.yml.
FormPtr<InhibitRuleDocument> InhibitRuleForm();
/// One entry of `muteRules` in alarms.yml.
FormPtr<MuteRuleDocument> MuteRuleForm();
/// `metrics` of hinomi.yml.
FormPtr<MetricsDocument> MetricsForm();
/// One entry of `services` in targets.yml.
FormPtr<ServiceDocument> ServiceForm();
/// `load_balancer` of a service.
FormPtr<LoadBalancerDocument> LoadBalancerForm();
/// Its key `scaling`.
FormPtr<ScalingDocument> ScalingForm();
/// Fills in what depends on the service's counts, also where the key is absent.
void CompleteScaling(Reader& reader, const yaml::Node& node, const std::string& path,
                     ServiceDocument& service);

/// A file of Prometheus' rules; the groups' file is not filled in.
FormPtr<std::vector<RuleGroupDocument>> RuleFileForm(const RuleDefaults& defaults);
/// A file of tests of rules.
FormPtr<RuleTestFile> RuleTestForm();

/// A document whose form fills the folder itself.
DocumentType FolderDocument(std::string file, std::string title, FormPtr<OpsFolder> form);

/// critical error warning info
std::vector<std::string> SeverityWords();

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_FORMS_H_
