#include <algorithm>
#include <cmath>

#include "policy/impl/forms.h"

/// checklist.yml, backup-policy.yml, maintenance.yml, recovery.yml, runbooks.
namespace hinomi::policy::impl {
namespace {

const std::vector<std::string> kPhases = {"pre", "during", "post"};

/// Every step has an id of its own.
template <typename Steps>
void CheckIds(Reader& reader, const std::string& path, const Steps& steps) {
  std::vector<std::string> seen;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].id.empty()) continue;
    if (std::find(seen.begin(), seen.end(), steps[i].id) != seen.end()) {
      const std::string at = yaml::PathKey(yaml::PathIndex(path, i), "id");
      reader.Mistake(reader.PlaceOf(at), at,
                     "the id \"" + steps[i].id + "\" is used twice; give this one another");
    }
    seen.push_back(steps[i].id);
  }
}

FormPtr<bool> EnabledOrDisabled() {
  return Choice<bool>({{"enabled", true}, {"disabled", false}});
}

}  // namespace

DocumentType ChecklistType() {
  using I = ChecklistItem;
  auto item = std::make_shared<Record<I>>("One item of the deployment checklist.");
  item->Required("id", &I::id, Name(), "a short name, unique in its phase")
      .Required("title", &I::title, Text(), "the document's words")
      .Optional("evidence", &I::evidence,
                OneOf({"attestation", "test_report", "review", "security_scan", "migration_plan",
                       "rollback_plan", "notification", "deployment_log", "metric", "smoke_test",
                       "error_log", "feedback", "deployment_record"}),
                "what satisfies the item",
                {"attestation", "an item without a kind of evidence needs a named person"});
  using Phases = std::vector<I>;
  FormPtr<Phases> items = ListOf(FormPtr<I>(item));
  TextRules phase;
  phase.one_of = kPhases;
  auto phases = std::make_shared<NamedForm<Phases, Phases>>(
      items,
      [](Phases& out, const std::string& name, Phases of_phase) {
        for (I& one : of_phase) {
          one.phase = name;
          out.push_back(std::move(one));
        }
      },
      Text(phase));
  auto form = std::make_shared<Record<OpsFolder>>("The deployment checklist.");
  form->Required("checklist", &OpsFolder::checklist, FormPtr<Phases>(phases),
                 "the items of the phases pre, during and post");
  form->Then({}, [](Reader& reader, const yaml::Node&, const std::string&, OpsFolder& folder) {
    for (const std::string& name : kPhases) {
      Phases of_phase;
      for (const I& one : folder.checklist) {
        if (one.phase == name) of_phase.push_back(one);
      }
      CheckIds(reader, "checklist." + name, of_phase);
    }
  });
  return FolderDocument("checklist.yml", "Deployment checklist", form);
}

DocumentType BackupPolicyType() {
  using B = BackupPolicyEntry;
  auto entry = std::make_shared<Record<B>>("How one kind of data is backed up.");
  entry
      ->Required("frequency", &B::frequency,
                 OneOf({"hourly", "daily", "weekly", "monthly", "on_change"}), "how often")
      .Required("retention", &B::retention, Time({.least = Duration::Hours(1), .long_form = true}),
                "how long a backup is kept, e.g. 30_days")
      .Optional("point_in_time_recovery", &B::point_in_time_recovery, EnabledOrDisabled(),
                "enabled: any moment of the retention can be restored",
                {"disabled", "only the moments of the backups can be restored"});
  auto form = std::make_shared<Record<OpsFolder>>("The backup policy.");
  form->Required("backup_policy", &OpsFolder::backup_policy,
                 NamedList(FormPtr<B>(entry), &B::what,
                           OneOf({"database", "application_data", "configurations"})),
                 "database, application_data, configurations");
  return FolderDocument("backup-policy.yml", "Backup policy", form);
}

DocumentType MaintenanceType() {
  using M = MaintenanceTask;
  TextRules procedure;
  procedure.what = "a script of scripts/ such as patch-update.sh, or automatic";
  procedure.check = [](std::string_view text) -> std::optional<std::string> {
    const bool script = text.find('/') == std::string_view::npos && text.ends_with(".sh");
    if (text == "automatic" || script) return std::nullopt;
    return "expected a script of scripts/ such as patch-update.sh, or automatic, got \"" +
           std::string(text) + "\"";
  };
  procedure.pattern = "^automatic$|^[^/]+\\.sh$";
  auto task = std::make_shared<Record<M>>("One task of regular maintenance.");
  task->Required("title", &M::title, Text(), "the document's words")
      .Required("frequency", &M::frequency,
                OneOf({"daily", "weekly", "monthly", "every_3_months", "every_6_months", "yearly"}),
                "how often")
      .Required("procedure", &M::procedure, Text(procedure), "a script of scripts/, or automatic")
      .Optional("owner", &M::owner, Name(), "who does it: a name of contacts.yml");
  task->Then({"procedure", "owner"}, [](Reader& reader, const yaml::Node& node,
                                        const std::string& path, M& out) {
    if (out.procedure != "automatic" && out.owner.empty()) {
      reader.Mistake(
          node.span, path,
          "the key \"owner\" is missing: who does it (only automatic tasks need nobody)");
    }
  });
  auto form = std::make_shared<Record<OpsFolder>>("Regular maintenance.");
  form->Required("maintenance", &OpsFolder::maintenance, NamedList(FormPtr<M>(task), &M::name),
                 "the tasks by name");
  return FolderDocument("maintenance.yml", "Maintenance", form);
}

DocumentType RecoveryType() {
  using S = RecoveryStep;
  auto step = std::make_shared<Record<S>>("One step; the next begins when it is done.");
  step->Required("id", &S::id, Name(), "a short name, unique in the procedure")
      .Required("title", &S::title, Text(), "the document's words")
      .Required("kind", &S::kind,
                OneOf({"find_backup", "restore_backup", "deploy", "switch_dns", "run"}),
                "what the step does")
      .Required("run", &S::run, Text(), "the command")
      .Optional("check", &S::check, Text(), "command that tells whether the step was done")
      .Optional("once", &S::once, Boolean(), "true: never repeated without knowing how it ended",
                [](const S& s) {
                  if (s.kind == "find_backup") {
                    return std::optional(DefaultText{"false", "looking changes nothing"});
                  }
                  return std::optional(
                      DefaultText{"true", "doing it twice may destroy what the first time saved"});
                });
  using R = RecoveryDocument;
  auto procedure = std::make_shared<Record<R>>("A recovery procedure.");
  procedure->Required("title", &R::title, Text(), "the document's words")
      .Required("steps", &R::steps, ListOf(FormPtr<S>(step), 1), "the steps in order");
  procedure->Then({}, [](Reader& reader, const yaml::Node&, const std::string& path, R& out) {
    CheckIds(reader, yaml::PathKey(path, "steps"), out.steps);
  });
  auto form = std::make_shared<Record<OpsFolder>>("Recovery procedures.");
  form->Required("recovery", &OpsFolder::recovery, NamedList(FormPtr<R>(procedure), &R::name),
                 "the procedures by name");
  return FolderDocument("recovery.yml", "Recovery", form);
}

DocumentType RunbookType() {
  using S = RunbookStep;
  auto step = std::make_shared<Record<S>>("One command of a runbook.");
  step->Optional("title", &S::title, Text(), "what it shows or does")
      .Required("run", &S::run, Text(), "the command, with <inputs> in angle brackets")
      .Optional("kind", &S::kind, OneOf({"diagnose", "remedy"}), "remedy: it changes the world",
                {"diagnose", "it only looks"});
  using R = RunbookDocument;
  auto form = std::make_shared<Record<R>>("A diagnosis with its remedies.");
  form->Required("title", &R::title, Text(), "the document's words")
      .Optional("alarms", &R::alarms, ListOf(Name()), "shown with incidents of these alarms")
      .Optional("inputs", &R::inputs, ListOf(Name()), "names that stand in <…> in the commands")
      .Required("steps", &R::steps, ListOf(FormPtr<S>(step), 1), "the commands in order");
  DocumentType type;
  type.file = "runbooks/*.yml";
  type.title = "Runbook";
  FormPtr<R> shared = form;
  type.read = [shared](Reader& reader, const yaml::Node& node, const std::string& name,
                       OpsFolder& folder) {
    R runbook;
    runbook.name = name.substr(name.rfind('/') + 1);
    runbook.name.resize(runbook.name.size() - std::string_view(".yml").size());
    shared->Read(reader, node, "", runbook);
    folder.runbooks.push_back(std::move(runbook));
  };
  type.schema = [shared] { return shared->Schema(); };
  return type;
}

}  // namespace hinomi::policy::impl
