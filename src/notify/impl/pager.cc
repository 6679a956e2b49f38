#include "notify/impl/pager.h"

#include <algorithm>
#include <utility>

#include "notify/render.h"
#include "policy/hours.h"

namespace hinomi::notify::impl {

using ops_model::PageQueued;
using ops_model::PageSuppressed;

const policy::ContactDocument* Pager::FindContact(const std::string& name) const {
  for (const policy::ContactDocument& contact : policy_.contacts)
    if (contact.name == name) return &contact;
  return nullptr;
}

const policy::ChannelDocument* Pager::FindChannel(const std::string& name) const {
  for (const policy::ChannelDocument& channel : policy_.channels)
    if (channel.name == name) return &channel;
  return nullptr;
}

std::optional<Pager::Way> Pager::FindWay(const policy::ContactDocument& contact, int first) const {
  for (auto i = static_cast<size_t>(first); i < contact.methods.size(); ++i) {
    const policy::ContactMethod& method = contact.methods[i];
    const policy::ChannelDocument* channel = FindChannel(method.channel);
    if (channel == nullptr || !channel->configured) continue;
    return Way{static_cast<int>(i), channel->name, channel->type, method.address,
               i > static_cast<size_t>(first)};
  }
  return std::nullopt;
}

Pager::Way Pager::Outbox(const policy::ContactDocument& contact) const {
  Way way{static_cast<int>(contact.methods.size()), "outbox", "outbox", contact.name, true};
  for (const policy::ChannelDocument& channel : policy_.channels)
    if (channel.type == "outbox") way.channel = channel.name;
  return way;
}

bool Pager::HasPageOnItsWay(const std::string& incident, const std::string& contact,
                            bool tried) const {
  if (paged_now_.contains(contact)) return true;
  return std::any_of(state_.pages.begin(), state_.pages.end(), [&](const auto& entry) {
    const Page& page = entry.second;
    return page.queued.incident == incident && page.queued.contact == contact &&
           page.queued.kind == "page" &&
           (page.state == PageState::kQueued || (tried && page.state == PageState::kRetrying));
  });
}

bool Pager::SetDue(const Topic& topic, const policy::ContactDocument& contact,
                   PageQueued& page) const {
  page.due = now_;
  const std::vector<std::string>& overrides = contact.hours.override_for;
  if (std::find(overrides.begin(), overrides.end(),
                ops_model::SeverityName(topic.opened.severity)) != overrides.end())
    return true;
  const std::optional<Instant> opening =
      policy::NextOpening(contact.hours, policy_.server.time_zone, now_);
  if (!opening) return false;
  page.due = *opening;
  if (*opening > now_) page.reason_code = "held_until_opening";
  return true;
}

void Pager::PageContact(const Topic& topic, const std::string& name, const std::string& level,
                        const std::string& why) {
  const std::string& incident = topic.opened.incident;
  const policy::ContactDocument* contact = FindContact(name);
  if (contact == nullptr) {
    decision_.events.emplace_back(PageSuppressed{incident, name, "unknown_contact", ""});
    return;
  }
  if (HasPageOnItsWay(incident, name, why == "repeated")) {
    decision_.events.emplace_back(PageSuppressed{incident, name, "already_queued", ""});
    return;
  }
  std::optional<Way> way = FindWay(*contact, 0);
  PageQueued page;
  if (!way) way = Outbox(*contact);
  if (way->skipped)
    page.reason_code = contact->methods.empty() ? "no_method" : "channel_unconfigured";
  page.incident = incident;
  page.kind = "page";
  page.contact = name;
  page.channel = way->channel;
  page.channel_type = way->channel_type;
  page.destination = way->destination;
  page.level = level;
  page.method = way->method;
  if (!SetDue(topic, *contact, page)) {
    decision_.events.emplace_back(PageSuppressed{incident, name, "outside_hours", ""});
    return;
  }
  paged_now_.insert(name);
  Queue(topic, std::move(page), why);
}

bool Pager::TakeNextWay(const Topic& topic, const Page& failed) {
  const policy::ContactDocument* contact = FindContact(failed.queued.contact);
  if (contact == nullptr) return false;
  const std::optional<Way> way = FindWay(*contact, failed.queued.method + 1);
  if (way) Replace(topic, failed, *way, "failover");
  return way.has_value();
}

void Pager::FailOver(const Topic& topic, const Page& failed) {
  if (failed.queued.channel_type == "outbox" || TakeNextWay(topic, failed)) return;
  const policy::ContactDocument* contact = FindContact(failed.queued.contact);
  Way outbox = Outbox(contact == nullptr ? policy::ContactDocument() : *contact);
  outbox.destination = failed.queued.contact;
  Replace(topic, failed, outbox, "last_resort");
}

void Pager::Replace(const Topic& topic, const Page& failed, const Way& way, const char* reason) {
  PageQueued page = failed.queued;
  page.replaces = page.page;
  page.reason_code = reason;
  page.method = way.method;
  page.channel = way.channel;
  page.channel_type = way.channel_type;
  page.destination = way.destination;
  page.due = now_;
  Queue(topic, std::move(page), "failover");
}

void Pager::Notice(const Topic& topic, const std::string& kind, const PageQueued& arrived) {
  PageQueued page = arrived;
  page.kind = kind;
  page.replaces.clear();
  page.reason_code.clear();
  page.due = now_;
  // Good news waits for the hours as well; a contact that is gone meanwhile
  // is told all the same: he had the page.
  if (const policy::ContactDocument* contact = FindContact(page.contact))
    if (!SetDue(topic, *contact, page)) return;
  Queue(topic, std::move(page), "");
}

std::string Pager::Test(const std::string& contact, const policy::ChannelDocument& channel,
                        const std::string& address, int method) {
  PageQueued page;
  page.kind = "test";
  page.contact = contact;
  page.channel = channel.name;
  page.channel_type = channel.type;
  page.destination = address;
  page.method = method;
  page.due = now_;
  return Queue(Topic{}, std::move(page), "asked");
}

std::string Pager::Queue(const Topic& topic, PageQueued page, const std::string& why) {
  page.page = "PG-" + std::to_string(next_page_++);
  ops_model::JobSpec job;
  job.kind = kJobKind;
  job.due = page.due;
  job.key = page.page;
  job.payload = Payload(topic, page, why);
  job.urgent = true;
  decision_.jobs.push_back(std::move(job));
  std::string name = page.page;
  decision_.events.emplace_back(std::move(page));
  return name;
}

Json Pager::Payload(const Topic& topic, const PageQueued& page, const std::string& why) const {
  RenderOptions options;
  options.language = policy_.server.language;
  options.time_zone = policy_.server.time_zone;
  options.external_url = policy_.server.external_url;
  Message message = Render(topic, page.kind, page.level, why, options);
  const policy::ContactDocument* contact = FindContact(page.contact);
  Json payload = Json::MakeObject();
  payload.Set("page", page.page)
      .Set("kind", page.kind)
      .Set("incident", page.incident)
      .Set("title", topic.opened.title)
      .Set("severity", ops_model::SeverityName(topic.opened.severity))
      .Set("service", topic.opened.service)
      .Set("alarm", topic.opened.alarm)
      .Set("reason", topic.reason)
      .Set("level", page.level)
      .Set("opened_at", FormatRfc3339(topic.opened_at))
      .Set("acknowledged_by", topic.acknowledged.by)
      .Set("resolved_by", topic.resolved.by)
      .Set("note", page.kind == "resolved" ? topic.resolved.text : std::string())
      .Set("contact", page.contact)
      .Set("contact_title", contact == nullptr ? page.contact : contact->title)
      .Set("channel", page.channel)
      .Set("channel_type", page.channel_type)
      .Set("destination", page.destination)
      .Set("language", options.language)
      .Set("subject", std::move(message.subject))
      .Set("body", std::move(message.body))
      .Set("acknowledge_link", page.kind == "page" ? kAcknowledgeLink : "")
      .Set("url", options.external_url.empty()
                      ? std::string()
                      : options.external_url + "/incidents/" + page.incident);
  return payload;
}

}  // namespace hinomi::notify::impl
