#include "store/impl/sql_store.h"
#include "store/personal.h"

namespace hinomi::store {

Result<std::string> SqlStore::PersonKey(const std::string& person) {
  std::string key;
  const auto read = [&] {
    return session_->Run("SELECT secret FROM personal_key WHERE person = $1", {person},
                         [&](const SqlRow& row) { key = row.Text(0); });
  };
  HN_TRY_VOID(read());
  if (!key.empty()) return key;
  const std::string fresh = MakePersonKey();
  HN_TRY_VOID(session_->Run(
      "INSERT INTO personal_key (person, secret) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING",
      {person, SqlParam::Blob(fresh)}));
  HN_TRY_VOID(read());
  return key;
}

Status SqlStore::AddPersonal(const PersonalDatum& datum) {
  HN_TRY_VOID(CheckText("a person's name", datum.person));
  if (datum.person.empty()) return InvalidArgument("personal data belongs to nobody");
  if (datum.salt.size() < kMinSaltBytes || datum.salt.size() > 255) {
    return InvalidArgument("the salt of personal data has " + std::to_string(datum.salt.size()) +
                           " bytes; " + std::to_string(kMinSaltBytes) + " to 255 are needed");
  }
  if (datum.commitment != PersonalCommitment(datum.salt, datum.text)) {
    return InvalidArgument("the commitment " + datum.commitment +
                           " is not that of its salt and text");
  }
  HN_TRY(const std::string key, PersonKey(datum.person));
  HN_TRY_VOID(
      session_->Run("INSERT INTO personal (commitment, person, sealed) VALUES ($1, $2, $3) "
                    "ON CONFLICT (commitment) DO NOTHING",
                    {datum.commitment, datum.person, SqlParam::Blob(SealPersonal(datum, key))}));
  return {};
}

Result<std::optional<std::string>> SqlStore::ReadPersonal(const std::string& commitment) {
  HN_TRY_VOID(CheckText("a commitment", commitment));
  return Reading("reading personal data", [&]() -> Result<std::optional<std::string>> {
    std::optional<std::string> sealed;
    std::string key;
    HN_TRY_VOID(session_->Run(
        "SELECT p.sealed, k.secret FROM personal p JOIN personal_key k ON k.person = p.person "
        "WHERE p.commitment = $1",
        {commitment}, [&](const SqlRow& row) {
          sealed = row.Text(0);
          key = row.Text(1);
        }));
    if (!sealed) return std::optional<std::string>();
    HN_TRY(std::string text, OpenPersonal(*sealed, commitment, key));
    return std::optional<std::string>(std::move(text));
  });
}

Status SqlStore::ErasePerson(const std::string& person) {
  HN_TRY_VOID(CheckText("a person's name", person));
  const Status erased = InTransaction(kAlways, "erasing a person", [&]() -> Status {
    HN_TRY_VOID(session_->Run("DELETE FROM personal_key WHERE person = $1", {person}));
    HN_TRY_VOID(session_->Run("DELETE FROM personal WHERE person = $1", {person}));
    return {};
  });
  if (!erased) return erased;
  return Reading("scrubbing the bytes of an erased person", [&] { return session_->Scrub(); });
}

}  // namespace hinomi::store
