#ifndef HINOMI_DRIVERS_CHANNELS_OUTBOX_H_
#define HINOMI_DRIVERS_CHANNELS_OUTBOX_H_

#include <memory>
#include <string>

#include "drivers/channels/channel.h"

namespace hinomi::drivers {

/// One file a message in `directory` (DATA/outbox), written whole: what is left
/// when no channel is configured. A repetition replaces its own file. `files`
/// must outlive the channel.
std::unique_ptr<Channel> MakeOutboxChannel(std::string directory, Files& files);

}  // namespace hinomi::drivers

#endif  // HINOMI_DRIVERS_CHANNELS_OUTBOX_H_
