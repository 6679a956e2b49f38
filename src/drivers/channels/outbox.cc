#include "drivers/channels/outbox.h"

#include <utility>

namespace hinomi::drivers {
namespace {

/// No part of a name leads out of the directory or hides in it.
std::string FileName(const std::string& id) {
  std::string name;
  for (const char c : id) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                      c == '-' || c == '_' || (c == '.' && !name.empty());
    name += fits ? c : '_';
  }
  return name + ".txt";
}

class OutboxChannel : public Channel {
 public:
  OutboxChannel(std::string directory, Files& files)
      : directory_(std::move(directory)), files_(files) {}

  Outcome Send(const Message& message, Instant) override {
    const std::string path = directory_ + "/" + FileName(StableId(message));
    std::string content = "Page: " + OneLine(message.id) + "\nKind: " + OneLine(message.kind) +
                          "\nDate: " + FormatRfc3339(message.queued_at) + "\n";
    if (!message.incident.empty()) content += "Incident: " + OneLine(message.incident) + "\n";
    if (!message.destination.empty()) content += "To: " + OneLine(message.destination) + "\n";
    content += "Subject: " + OneLine(message.subject, 600) + "\n\n" + message.text;
    if (!content.ends_with('\n')) content += '\n';
    Status written = files_.MakeDirectories(directory_);
    if (written) written = files_.WriteAtomically(path, content, 0600);
    if (written) return {Delivery::kDelivered, "written", path};
    const bool full = written.error().code == ErrorCode::kExhausted;
    return {Delivery::kRetry, full ? "disk_full" : "server_error", written.error().message};
  }

 private:
  std::string directory_;
  Files& files_;
};

}  // namespace

std::unique_ptr<Channel> MakeOutboxChannel(std::string directory, Files& files) {
  return std::make_unique<OutboxChannel>(std::move(directory), files);
}

}  // namespace hinomi::drivers
