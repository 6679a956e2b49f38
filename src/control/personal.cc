#include "control/personal.h"

#include "base/digest.h"

namespace hinomi::control {
namespace {

constexpr std::string_view kPrefix = "sealed:";

void Seal(std::string& text, const std::string& person,
          const std::function<std::string(size_t)>& salt,
          std::vector<store::PersonalDatum>& personal) {
  if (text.empty() || IsSealed(text)) return;
  store::PersonalDatum datum;
  datum.person = person;
  datum.salt = salt(16);
  datum.commitment = ToHex(Sha256(datum.salt + text));
  datum.text = text;
  text = std::string(kPrefix) + datum.commitment;
  personal.push_back(std::move(datum));
}

}  // namespace

std::vector<store::PersonalDatum> SealPersonal(ops_model::EventBody& body,
                                               const std::function<std::string(size_t)>& salt) {
  std::vector<store::PersonalDatum> personal;
  // What the machine writes names nobody; what a person writes may.
  const auto seal_words = [&](auto& said) {
    if (said.by != "hinomi") Seal(said.text, said.by, salt, personal);
  };
  if (auto* note = std::get_if<ops_model::IncidentNoted>(&body)) {
    Seal(note->text, note->by, salt, personal);
  } else if (auto* resolved = std::get_if<ops_model::IncidentResolved>(&body)) {
    seal_words(*resolved);
  } else if (auto* severity = std::get_if<ops_model::IncidentSeverityChanged>(&body)) {
    seal_words(*severity);
  } else if (auto* linked = std::get_if<ops_model::IncidentLinked>(&body)) {
    seal_words(*linked);
  } else if (auto* corrected = std::get_if<ops_model::IncidentTimeCorrected>(&body)) {
    seal_words(*corrected);
  } else if (auto* page = std::get_if<ops_model::PageQueued>(&body)) {
    Seal(page->destination, ContactPerson(page->contact), salt, personal);
  }
  return personal;
}

std::string ContactPerson(const std::string& contact) {
  return "contact:" + contact;
}

bool IsSealed(std::string_view text) {
  return text.starts_with(kPrefix);
}

std::string_view CommitmentOf(std::string_view sealed) {
  return IsSealed(sealed) ? sealed.substr(kPrefix.size()) : std::string_view();
}

}  // namespace hinomi::control
