#include "drivers/testing.h"

#include "base/strings.h"

namespace hinomi::drivers {
namespace {

/// Header lines up to the blank one, names in lower case, folded lines joined.
std::map<std::string, std::string> ParseHeaders(std::string_view head) {
  std::map<std::string, std::string> headers;
  std::string* last = nullptr;
  for (const std::string_view line : Split(head, '\n')) {
    const std::string_view text = Trim(line);
    if (text.empty()) continue;
    if ((line.front() == ' ' || line.front() == '\t') && last != nullptr) {
      *last += " " + std::string(text);
      continue;
    }
    const size_t colon = text.find(':');
    if (colon == std::string_view::npos) continue;
    last = &headers[ToLowerAscii(text.substr(0, colon))];
    *last = Trim(text.substr(colon + 1));
  }
  return headers;
}

/// Until the other side goes away or the server ends.
void Hang(http::RawConnection& connection) {
  while (!connection.ReadSome().empty()) {
  }
}

template <typename T>
T Next(std::deque<T>& answers) {
  if (answers.empty()) return {};
  T next = answers.front();
  answers.pop_front();
  return next;
}

std::string AngleAddress(std::string_view command) {
  const size_t open = command.find('<');
  const size_t close = command.find('>');
  if (open == std::string_view::npos || close == std::string_view::npos) return {};
  return std::string(command.substr(open + 1, close - open - 1));
}

}  // namespace

HttpReceiver::HttpReceiver() : server_([this](http::RawConnection& c) { Serve(c); }) {}

void HttpReceiver::AnswerNext(std::vector<HttpAnswer> answers) {
  const MutexLock lock(mutex_);
  answers_.assign(answers.begin(), answers.end());
}

std::vector<ArrivedRequest> HttpReceiver::arrived() const {
  const MutexLock lock(mutex_);
  return arrived_;
}

std::map<std::string, int> HttpReceiver::TakenById() const {
  std::map<std::string, int> taken;
  for (ArrivedRequest& request : arrived())
    if (request.answered / 100 == 2) ++taken[request.headers["webhook-id"]];
  return taken;
}

void HttpReceiver::Serve(http::RawConnection& connection) {
  HttpAnswer answer;
  {
    const MutexLock lock(mutex_);
    answer = Next(answers_);
  }
  if (answer.way == HttpAnswer::Way::kClose) return;
  const std::string head = connection.ReadUntil("\r\n\r\n");
  ArrivedRequest request;
  const std::string first_line = head.substr(0, head.find('\r'));
  const auto words = Split(first_line, ' ');
  if (words.size() != 3) return;
  request.method = words[0];
  request.target = words[1];
  request.headers = ParseHeaders(std::string_view(head).substr(head.find('\n') + 1));
  const size_t length = ParseUint(request.headers["content-length"]).value_or(0);
  while (request.body.size() < length) {
    const std::string piece = connection.ReadSome();
    if (piece.empty()) return;
    request.body += piece;
  }
  const bool answers = answer.way == HttpAnswer::Way::kAnswer;
  request.answered = answers ? answer.status : 0;
  {
    const MutexLock lock(mutex_);
    arrived_.push_back(std::move(request));
  }
  if (answer.way == HttpAnswer::Way::kHang) Hang(connection);
  if (answer.way == HttpAnswer::Way::kGarbage) connection.Send("@@@ what?\r\n\r\n");
  if (!answers) return;
  std::string reply = "HTTP/1.1 " + std::to_string(answer.status) + " Told\r\n" + answer.headers;
  if (answer.status != 204)
    reply += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
  connection.Send(reply + "Connection: close\r\n\r\n" + answer.body);
}

SmtpReceiver::SmtpReceiver() : server_([this](http::RawConnection& c) { Serve(c); }) {}

void SmtpReceiver::AnswerNext(std::vector<SmtpAnswer> answers) {
  const MutexLock lock(mutex_);
  answers_.assign(answers.begin(), answers.end());
}

std::vector<ArrivedMail> SmtpReceiver::arrived() const {
  const MutexLock lock(mutex_);
  return arrived_;
}

std::vector<std::string> SmtpReceiver::commands() const {
  const MutexLock lock(mutex_);
  return commands_;
}

std::map<std::string, int> SmtpReceiver::TakenById() const {
  std::map<std::string, int> taken;
  for (ArrivedMail& mail : arrived())
    if (mail.taken) ++taken[mail.headers["message-id"]];
  return taken;
}

void SmtpReceiver::Serve(http::RawConnection& connection) {
  SmtpAnswer answer;
  {
    const MutexLock lock(mutex_);
    answer = Next(answers_);
  }
  const auto reply = [&connection](const std::string& told, std::string_view usual) {
    if (told == "close") return false;
    if (told == "hang") {
      Hang(connection);
      return false;
    }
    return connection.Send((told.empty() ? std::string(usual) : told) + "\r\n");
  };
  if (!reply(answer.greeting, "220 receiver ready")) return;
  ArrivedMail mail;
  for (;;) {
    const std::string line(Trim(connection.ReadUntil("\r\n")));
    if (line.empty()) return;
    {
      const MutexLock lock(mutex_);
      commands_.push_back(line);
    }
    const std::string verb = ToLowerAscii(line.substr(0, 4));
    bool goes_on = true;
    if (verb == "ehlo" || verb == "helo") {
      mail.hello = line.substr(5);
      goes_on = connection.Send("250-receiver\r\n250 8BITMIME\r\n");
    } else if (verb == "mail") {
      mail.from = AngleAddress(line);
      goes_on = reply(answer.mail, "250 ok");
    } else if (verb == "rcpt") {
      mail.to.push_back(AngleAddress(line));
      goes_on = reply(answer.recipient, "250 ok");
    } else if (verb == "data") {
      goes_on = reply(answer.data, "354 go on");
      if (goes_on && answer.data.empty()) goes_on = ReadMail(connection, answer, mail);
    } else if (verb == "quit") {
      connection.Send("221 bye\r\n");
      return;
    } else {
      goes_on = connection.Send("502 not known here\r\n");
    }
    if (!goes_on) return;
  }
}

bool SmtpReceiver::ReadMail(http::RawConnection& connection, const SmtpAnswer& answer,
                            ArrivedMail mail) {
  std::string text;
  for (;;) {
    std::string line = connection.ReadUntil("\r\n");
    if (!line.ends_with("\r\n")) return false;
    if (line == ".\r\n") break;
    text += line.starts_with('.') ? line.substr(1) : line;
  }
  const size_t blank = text.find("\r\n\r\n");
  mail.headers = ParseHeaders(std::string_view(text).substr(0, blank));
  if (blank != std::string_view::npos) mail.body = text.substr(blank + 4);
  mail.taken = answer.end.empty();
  {
    const MutexLock lock(mutex_);
    arrived_.push_back(std::move(mail));
  }
  if (answer.end == "close") return false;
  if (answer.end == "hang") {
    Hang(connection);
    return false;
  }
  return connection.Send((answer.end.empty() ? "250 2.0.0 taken as 42" : answer.end) + "\r\n");
}

}  // namespace hinomi::drivers
