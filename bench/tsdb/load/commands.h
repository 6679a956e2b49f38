#pragma once

#include "options.h"

namespace hinomi::bench {

// Each verb of tsdb_load; what it wants on the command line stands beside its definition.
// All answer with JSON on standard output.

void GenerateDevops(const Options& options);
void GenerateRecorded(const Options& options);
void Expect(const Options& options);
void Replay(const Options& options);
void ServePages(const Options& options);

}  // namespace hinomi::bench
