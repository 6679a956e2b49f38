#include <algorithm>

#include "api/console/console_api.h"
#include "api/console/impl/answering.h"
#include "api/console/impl/document_changes.h"
#include "api/console/impl/masking.h"
#include "api/console/impl/render_document.h"

namespace hinomi::api {
namespace {

using http::Request;

constexpr size_t kPagesShown = 5;
constexpr size_t kPageEvents = 400;
constexpr int kLooks = 20;  // At 5,000 events each.

// --- the ops folder ------------------------------------------------------------

// The event that took the document into use; null if that was very long ago.
Result<Json> LoadedBy(store::Store& store, const std::string& digest) {
  const store::JournalFilter loads{.types = {"ops.loaded"}};
  uint64_t before = 0;
  for (int look = 0; look < kLooks; ++look) {
    HN_TRY(const auto found, store.SearchJournal(loads, before, 50));
    for (const store::JournalEntry& entry : found.entries) {
      const auto body =
          ops_model::DecodeEvent(entry.event.type, entry.event.version, entry.event.body);
      const auto* loaded = body ? std::get_if<ops_model::OpsLoaded>(&*body) : nullptr;
      if (loaded == nullptr || loaded->digest != digest) continue;
      return Json::MakeObject()
          .Set("sequence", entry.sequence)
          .Set("at", FormatRfc3339(entry.at))
          .Set("actor", entry.event.actor);
    }
    before = found.next;
    if (before == 0) break;
  }
  return Json();
}

Json RenderFiles(const FolderState& state) {
  Json files = Json::MakeArray();
  for (const policy::FolderFile& file : state.newest.files)
    files.Append(
        Json::MakeObject()
            .Set("name", file.name)
            .Set("bytes", file.bytes)
            .Set("digest", file.digest)
            .Set("in_force", std::ranges::find(state.in_force, file) != state.in_force.end()));
  return files;
}

Json RenderDefaults(const std::vector<policy::FilledDefault>& defaults) {
  Json rows = Json::MakeArray();
  for (const policy::FilledDefault& filled : defaults)
    rows.Append(Json::MakeObject()
                    .Set("file", filled.file)
                    .Set("path", filled.path)
                    .Set("value", filled.value)
                    .Set("why", filled.why));
  return rows;
}

Result<Json> Folder(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  HN_TRY(Json loaded, LoadedBy(context.store, picture->policy->digest));
  Json answer =
      Json::MakeObject().Set("digest", picture->policy->digest).Set("loaded_by", std::move(loaded));
  if (context.folder == nullptr) return std::move(answer.Set("directory", Json()));
  const FolderState state = context.folder->state();
  answer.Set("directory", state.directory)
      .Set("sound", state.newest.folder != nullptr)
      .Set("files", RenderFiles(state))
      .Set("changes", impl::FileChanges(state.in_force, state.newest.files))
      .Set("findings",
           impl::RenderFindings(state.newest.findings, impl::LanguageOf(context, request)))
      .Set("defaults", RenderDefaults(state.newest.defaults));
  return answer;
}

Result<Json> Reload(const ConsoleContext& context, const Request& request) {
  if (context.folder == nullptr)
    return Conflict("there is no ops folder: the server runs without --ops");
  HN_TRY(const Json body, impl::BodyOf(request));
  const bool dry_run = body["dry_run"].as_bool();
  const auto picture = context.picture();
  const FolderState before = context.folder->state();
  if (!dry_run) HN_TRY_VOID(context.folder->ReloadAndWait());
  HN_TRY(const policy::LoadedFolder read,
         dry_run ? context.folder->Try() : Result(context.folder->state().newest));
  Json differences = Json::MakeArray();
  if (read.folder)
    differences = impl::DocumentChanges(impl::RenderDocument(*picture->policy),
                                        impl::RenderDocument(*read.folder));
  return Json::MakeObject()
      .Set("dry_run", dry_run)
      .Set("sound", read.folder != nullptr)
      .Set("digest", read.digest)
      .Set("files", impl::FileChanges(before.in_force, read.files))
      .Set("differences", std::move(differences))
      .Set("findings", impl::RenderFindings(read.findings, impl::LanguageOf(context, request)));
}

// --- channels ------------------------------------------------------------------

Json RenderUsers(const policy::OpsFolder& policy, const std::string& channel) {
  Json users = Json::MakeArray();
  for (const policy::ContactDocument& contact : policy.contacts)
    for (const policy::ContactMethod& method : contact.methods)
      if (method.channel == channel)
        users.Append(Json::MakeObject()
                         .Set("name", contact.name)
                         .Set("title", contact.title)
                         .Set("person", method.person)
                         .Set("address", method.address));
  return users;
}

// The newest of a channel's pages.
Json PagesBy(const Json& pages, const std::string& channel) {
  Json found = Json::MakeArray();
  const Json::Array& all = pages.as_array();
  for (auto page = all.rbegin(); page != all.rend(); ++page)
    if ((*page)["channel"].as_string() == channel && found.as_array().size() < kPagesShown)
      found.Append(*page);
  return found;
}

Result<Json> Channels(const ConsoleContext& context, const Request& request) {
  const auto picture = context.picture();
  // Also of tests, which no incident keeps; as far as one look at the journal goes.
  HN_TRY(const auto found, context.store.SearchJournal({.types = {"page."}}, 0, kPageEvents));
  const Json pages = impl::RenderPages(*picture, found.entries, impl::MakeUnseal(context));
  const text::Language language = impl::LanguageOf(context, request);
  Json channels = Json::MakeArray();
  for (const policy::ChannelDocument& channel : picture->policy->channels) {
    Json settings = Json::MakeArray();
    for (const auto& [key, value] : channel.settings)
      settings.Append(
          Json::MakeObject().Set("key", key).Set("value", impl::ShownSetting(key, value)));
    channels.Append(Json::MakeObject()
                        .Set("name", channel.name)
                        .Set("type", channel.type)
                        .Set("configured", channel.configured)
                        .Set("reason", impl::WhyUnconfigured(channel, language))
                        .Set("settings", std::move(settings))
                        .Set("contacts", RenderUsers(*picture->policy, channel.name))
                        .Set("pages", PagesBy(pages, channel.name)));
  }
  return Json::MakeObject().Set("channels", channels);
}

// --- about ---------------------------------------------------------------------

Result<Json> About(const ConsoleContext& context, const Request&) {
  Json about = context.about ? context.about() : Json::MakeObject();
  return std::move(about.Set("release", context.release)
                       .Set("started_at", impl::TimeOrNull(context.started_at))
                       .Set("licence", "Apache-2.0"));
}

}  // namespace

void AddSettingsRoutes(http::Server& server, impl::ContextPtr context) {
  impl::AddAnswer(server, context, "GET", "document", "console:read",
                  [](const ConsoleContext& c, const Request&) -> Result<Json> {
                    return impl::RenderDocument(*c.picture()->policy);
                  });
  impl::AddAnswer(server, context, "GET", "ops", "console:read", Folder);
  impl::AddAnswer(server, context, "POST", "ops/reload", "config:change", Reload);
  impl::AddAnswer(server, context, "GET", "channels", "console:read", Channels);
  impl::AddAnswer(server, context, "GET", "about", "console:read", About);
}

}  // namespace hinomi::api
