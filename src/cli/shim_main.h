#ifndef HINOMI_CLI_SHIM_MAIN_H_
#define HINOMI_CLI_SHIM_MAIN_H_

namespace hinomi::cli {

/// `hinomi shim …`: the small process above every child (os/shim.h). Not a
/// verb of users.
int ShimMain(int argc, char** argv);

}  // namespace hinomi::cli

#endif  // HINOMI_CLI_SHIM_MAIN_H_
