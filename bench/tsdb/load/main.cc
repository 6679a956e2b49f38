// tsdb_load: the load side of the benchmark of time-series engines. run.py drives it.
//   devops    writes a file of remote_write bodies of the synthetic set
//   recorded  the same of recorded pages of an exporter
//   expect    tells what a server must answer that took such a file
//   replay    sends such a file and accounts the server's CPU
//   serve     is a hundred exporters to scrape
#include <string_view>

#include "commands.h"

int main(int count, char** arguments) {
  using namespace hinomi::bench;
  const std::string_view verb = count > 1 ? arguments[1] : "";
  const Options options(count - 2 > 0 ? count - 2 : 0, arguments + 2);
  if (verb == "devops") {
    GenerateDevops(options);
  } else if (verb == "recorded") {
    GenerateRecorded(options);
  } else if (verb == "expect") {
    Expect(options);
  } else if (verb == "replay") {
    Replay(options);
  } else if (verb == "serve") {
    ServePages(options);
  } else {
    Die("usage: tsdb_load devops|recorded|expect|replay|serve --name=value…");
  }
  return 0;
}
