#ifndef HINOMI_CONTROL_PERSONAL_H_
#define HINOMI_CONTROL_PERSONAL_H_

#include <functional>
#include <string>
#include <vector>

#include "ops_model/event.h"
#include "store/store.h"

namespace hinomi::control {

/// Replaces the personal texts of an event (what people wrote, addresses) by
/// commitments and returns what has to go into the erasable side table. Done
/// before the event is folded or written, so that the journal never holds
/// them and folding gives the same with and without them.
std::vector<store::PersonalDatum> SealPersonal(ops_model::EventBody& body,
                                               const std::function<std::string(size_t)>& salt);

/// Under whose key a contact's addresses are sealed.
std::string ContactPerson(const std::string& contact);

/// True for what `SealPersonal` leaves in the place of a text.
bool IsSealed(std::string_view text);
/// The commitment behind a sealed text, hex.
std::string_view CommitmentOf(std::string_view sealed);

}  // namespace hinomi::control

#endif  // HINOMI_CONTROL_PERSONAL_H_
