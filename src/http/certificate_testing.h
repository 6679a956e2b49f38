#ifndef HINOMI_HTTP_CERTIFICATE_TESTING_H_
#define HINOMI_HTTP_CERTIFICATE_TESTING_H_

#include <cstdint>
#include <string>

namespace hinomi::http {

/// A certificate that signs itself, with its key, both as PEM.
struct TestCertificate {
  std::string certificate, key;
};
/// For `name` ("IP:127.0.0.1", "DNS:db.example.com"); times in Unix seconds.
TestCertificate MakeCertificate(const char* name, int64_t from, int64_t until);

}  // namespace hinomi::http

#endif  // HINOMI_HTTP_CERTIFICATE_TESTING_H_
