#include "policy/impl/channels.h"
#include "policy/impl/forms.h"

namespace hinomi::policy::impl {
namespace {

const std::vector<std::string> kWeekdays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/// "09:30" as minutes of the day; "24:00" is the end.
class TimeOfDayForm : public Form<int> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            int& out) const override {
    const auto parts = Split(node.text, ':');
    if (node.kind == yaml::Kind::kText && parts.size() == 2 && parts[0].size() == 2 &&
        parts[1].size() == 2) {
      const auto hour = ParseUint(parts[0]);
      const auto minute = ParseUint(parts[1]);
      if (hour && minute && *minute < 60 && *hour * 60 + *minute <= 24 * 60) {
        out = static_cast<int>(*hour * 60 + *minute);
        return true;
      }
    }
    reader.Expected(node, path, "a time of day from \"00:00\" to \"24:00\", e.g. \"09:00\"");
    return false;
  }
  Json Schema() const override {
    return Json::MakeObject()
        .Set("type", "string")
        .Set("pattern", "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$");
  }
};

FormPtr<HoursDocument> HoursRecord() {
  using H = HoursDocument;
  auto form = std::make_shared<Record<H>>("When a contact may be called.");
  form->Optional("zone", &H::time_zone, Name(), "time zone (IANA); without one the server's")
      .Required("weekdays", &H::weekdays, ListOf(OneOf(kWeekdays), 1),
                "mon tue wed thu fri sat sun")
      .Required("from", &H::from_minute, std::make_shared<TimeOfDayForm>(), "e.g. \"09:00\"")
      .Required("to", &H::to_minute, std::make_shared<TimeOfDayForm>(),
                "e.g. \"18:00\"; not itself part of the hours")
      .Optional("override_for", &H::override_for, ListOf(OneOf(SeverityWords())),
                "severities that do not wait for opening");
  form->Then({"from", "to"}, [](Reader& reader, const yaml::Node&, const std::string& path,
                                H& hours) {
    hours.always = false;
    if (hours.from_minute < hours.to_minute) return;
    const std::string at = yaml::PathKey(path, "to");
    reader.Mistake(reader.PlaceOf(at), at,
                   "expected a time after \"from\"; for hours across midnight use two contacts, or "
                   "24/7");
  });
  return form;
}

/// 24/7, or a mapping.
class HoursForm : public Form<HoursDocument> {
 public:
  bool Read(Reader& reader, const yaml::Node& node, const std::string& path,
            HoursDocument& out) const override {
    if (node.kind == yaml::Kind::kText && node.text == "24/7") {
      out = HoursDocument();
      return true;
    }
    if (node.kind != yaml::Kind::kMapping) {
      reader.Expected(node, path, "24/7, or a mapping with the keys weekdays, from and to");
      return false;
    }
    return record_->Read(reader, node, path, out);
  }
  Json Schema() const override {
    Json always = Json::MakeObject();
    always.Set("const", "24/7");
    return Json::MakeObject().Set("oneOf", Json(Json::Array{std::move(always), record_->Schema()}));
  }

 private:
  FormPtr<HoursDocument> record_ = HoursRecord();
};

FormPtr<ContactMethod> MethodForm() {
  using M = ContactMethod;
  auto form = std::make_shared<Record<M>>("One way to reach a contact: a channel, or a list.");
  form->Optional("channel", &M::channel, Name(), "a name of channels")
      .Optional("address", &M::address, Name(), "the address there, e.g. of mail")
      .Optional("list", &M::list, Name(), "everybody on a list of this file, in order");
  form->Then({"channel", "list"}, [](Reader& reader, const yaml::Node& node,
                                     const std::string& path, M& method) {
    if (method.channel.empty() == method.list.empty()) {
      reader.Mistake(node.span, path, "expected either \"channel\" or \"list\"");
    } else if (!method.list.empty() && !method.address.empty()) {
      reader.Mistake(node.span, path, "a list has its own addresses: remove \"address\"");
    }
  });
  return form;
}

FormPtr<ContactMethod> EntryForm() {
  using M = ContactMethod;
  auto form = std::make_shared<Record<M>>("One person of a list.");
  form->Required("person", &M::person, Name(), "who it is")
      .Required("channel", &M::channel, Name(), "a name of channels")
      .Optional("address", &M::address, Name(), "the address there");
  return form;
}

}  // namespace

DocumentType ContactsType() {
  using C = ContactDocument;
  auto contact = std::make_shared<Record<C>>("A role or person and how to reach it.");
  contact->Optional("title", &C::title, Text({.may_be_empty = true}), "the document's words")
      .Required("methods", &C::methods, ListOf(MethodForm(), 1),
                "ways to reach it, the preferred first")
      .Optional("hours", &C::hours, std::make_shared<HoursForm>(), "when it may be called",
                {"24/7", "nobody is left out of a page without being asked to"});

  using L = ContactListDocument;
  auto list = std::make_shared<Record<L>>("People who are called in order.");
  list->Optional("title", &L::title, Text({.may_be_empty = true}), "the document's words")
      .Required("entries", &L::entries, ListOf(EntryForm(), 1), "who is called, in order");

  auto form = std::make_shared<Record<OpsFolder>>("Channels, contacts and lists.");
  form->Required("channels", &OpsFolder::channels, NamedList(ChannelForm(), &ChannelDocument::name),
                 "where messages can go, by name")
      .Required("contacts", &OpsFolder::contacts, NamedList(FormPtr<C>(contact), &C::name),
                "who can be told, by name")
      .Optional("lists", &OpsFolder::lists, NamedList(FormPtr<L>(list), &L::name),
                "lists of people, by name");
  return FolderDocument("contacts.yml", "Contacts", form);
}

}  // namespace hinomi::policy::impl
