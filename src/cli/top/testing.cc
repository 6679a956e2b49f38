#include "cli/top/testing.h"

namespace hinomi::cli::top {

std::string Testdata(const std::string& name) {
  PosixFiles files;
  auto text = files.ReadAll(HN_SOURCE_DIR "/src/cli/top/testdata/" + name);
  EXPECT_TRUE(text) << name;
  return text ? *text : std::string();
}

Json Scene(const std::string& name) {
  auto json = Json::Parse(Testdata(name + ".json"));
  EXPECT_TRUE(json) << name;
  return json ? *json : Json();
}

}  // namespace hinomi::cli::top
