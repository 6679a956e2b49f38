#include "policy/impl/forms.h"

namespace hinomi::policy::impl {

const std::vector<DocumentType>& DocumentTypes() {
  static const std::vector<DocumentType> types = {
      ServerType(),   TargetsType(),   AlarmsType(),       RoutesType(),   EscalationType(),
      ContactsType(), ChecklistType(), BackupPolicyType(), RecoveryType(), MaintenanceType(),
      RunbookType(),  KpiType(),       ReportsType()};
  return types;
}

const DocumentType* TypeOfFile(std::string_view file) {
  const bool runbook = file.starts_with("runbooks/") && file.ends_with(".yml");
  for (const DocumentType& type : DocumentTypes()) {
    if (type.file == (runbook ? std::string_view("runbooks/*.yml") : file)) return &type;
  }
  return nullptr;
}

DocumentType FolderDocument(std::string file, std::string title, FormPtr<OpsFolder> form) {
  DocumentType type;
  type.file = std::move(file);
  type.title = std::move(title);
  type.read = [form](Reader& reader, const yaml::Node& node, const std::string&,
                     OpsFolder& folder) { form->Read(reader, node, "", folder); };
  type.schema = [form] { return form->Schema(); };
  return type;
}

std::vector<std::string> SeverityWords() {
  return {"critical", "error", "warning", "info"};
}

}  // namespace hinomi::policy::impl
