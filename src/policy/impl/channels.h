#ifndef HINOMI_POLICY_IMPL_CHANNELS_H_
#define HINOMI_POLICY_IMPL_CHANNELS_H_

#include "policy/binder.h"
#include "policy/documents.h"
#include "policy/impl/workbook.h"

namespace hinomi::policy::impl {

/// A channel: its type and the settings of that type.
FormPtr<ChannelDocument> ChannelForm();

/// Sets `configured` of every channel by looking its references up; the reason
/// names the variable or file that is missing. One that is there but can only be
/// wrong (a routing key of 31 characters) is a warning as well: somebody meant
/// the channel to work. Values behind references are in no message.
void ConfigureChannels(Workbook& book, Files& files, const Environment& environment);

}  // namespace hinomi::policy::impl

#endif  // HINOMI_POLICY_IMPL_CHANNELS_H_
