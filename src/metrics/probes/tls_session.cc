#include "metrics/probes/tls_session.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>

namespace hinomi::metrics {
namespace {

bool IsIpAddress(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

/// OpenSSL's words for the first error of this thread; its queue is empty then.
std::string LastReason() {
  const unsigned long code = ERR_peek_error();
  const char* reason = ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? "error " + std::to_string(code) : reason;
}

int64_t ExpiryOf(const X509* certificate) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return 0;
  // 0 stands for no certificate.
  return std::max<int64_t>(1, timegm(&parts));
}

}  // namespace

struct TlsSession::Handles {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context{nullptr, SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl{nullptr, SSL_free};
  BIO* received = nullptr;  // Both are owned by `ssl`.
  BIO* to_send = nullptr;
};

TlsSession::TlsSession(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
TlsSession::~TlsSession() = default;

Result<std::unique_ptr<TlsSession>> TlsSession::Make(const TlsOptions& options) {
  auto handles = std::make_unique<Handles>();
  handles->context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = handles->context.get();
  if (context == nullptr) return Exhausted("no memory for TLS");
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // The handshake goes on with any certificate, so that its dates are known
  // even if it proves nothing; `Facts` says what the check found.
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  if (options.ca_file.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    return InvalidArgument("cannot use the CA file " + options.ca_file + ": " + LastReason());
  }
  ERR_clear_error();
  handles->ssl.reset(SSL_new(context));
  SSL* const ssl = handles->ssl.get();
  handles->received = BIO_new(BIO_s_mem());
  handles->to_send = BIO_new(BIO_s_mem());
  if (ssl == nullptr || handles->received == nullptr || handles->to_send == nullptr) {
    BIO_free(handles->received);
    BIO_free(handles->to_send);
    return Exhausted("no memory for TLS");
  }
  BIO_set_mem_eof_return(handles->received, -1);
  SSL_set_bio(ssl, handles->received, handles->to_send);
  SSL_set_connect_state(ssl);
  if (IsIpAddress(options.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), options.host.c_str());
  } else if (SSL_set1_host(ssl, options.host.c_str()) != 1 ||
             SSL_set_tlsext_host_name(ssl, options.host.c_str()) != 1) {
    ERR_clear_error();
    return InvalidArgument("\"" + options.host + "\" is no name of a server");
  }
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(handles)));
}

Result<TlsSession::Step> TlsSession::Handshake() {
  ERR_clear_error();
  SSL* const ssl = handles_->ssl.get();
  const int done = SSL_do_handshake(ssl);
  if (done == 1) return Step::kDone;
  const int error = SSL_get_error(ssl, done);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return Step::kNeedsBytes;
  const int cause = ERR_GET_REASON(ERR_peek_error());
  const std::string reason = LastReason();
  // Alerts of the other side count from here on.
  if (cause >= SSL_AD_REASON_OFFSET)
    return Denied("the server refused the handshake (" + reason + ")");
  if (cause == SSL_R_UNSUPPORTED_PROTOCOL || cause == SSL_R_DH_KEY_TOO_SMALL)
    return Denied("the server's TLS is too weak (" + reason + "); TLS 1.2 at least is wanted");
  return Corrupt("what the server answered is no TLS handshake (" + reason + ")");
}

TlsFacts TlsSession::Facts() const {
  const SSL* const ssl = handles_->ssl.get();
  TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  const STACK_OF(X509)* const chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i) {
    const int64_t expiry = ExpiryOf(sk_X509_value(chain, i));
    facts.earliest_expiry_s = i == 0 ? expiry : std::min(facts.earliest_expiry_s, expiry);
  }
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) facts.not_verified = X509_verify_cert_error_string(verified);
  if (chain == nullptr) facts.not_verified = "the server sent no certificate";
  return facts;
}

void TlsSession::GiveReceived(std::string_view bytes) {
  BIO_write(handles_->received, bytes.data(), static_cast<int>(bytes.size()));
}

std::string TlsSession::TakeToSend() {
  std::string bytes(static_cast<size_t>(BIO_pending(handles_->to_send)), '\0');
  if (!bytes.empty()) BIO_read(handles_->to_send, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

Status TlsSession::Write(std::string_view plain) {
  ERR_clear_error();
  const int written = SSL_write(handles_->ssl.get(), plain.data(), static_cast<int>(plain.size()));
  if (written == static_cast<int>(plain.size())) return {};
  return Unavailable("cannot send through TLS: " + LastReason());
}

Result<TlsSession::Step> TlsSession::Read(size_t most, std::string& plain) {
  ERR_clear_error();
  SSL* const ssl = handles_->ssl.get();
  std::string bytes(std::min<size_t>(most, 16'384), '\0');
  const int count = SSL_read(ssl, bytes.data(), static_cast<int>(bytes.size()));
  if (count > 0) {
    plain.append(bytes, 0, static_cast<size_t>(count));
    return Step::kDone;
  }
  const int error = SSL_get_error(ssl, count);
  if (error == SSL_ERROR_WANT_READ) return Step::kNeedsBytes;
  if (error == SSL_ERROR_ZERO_RETURN) return Step::kEnded;
  return Corrupt("what the server sent is no TLS (" + LastReason() + ")");
}

}  // namespace hinomi::metrics
