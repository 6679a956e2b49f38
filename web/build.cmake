# Builds the console: cmake -DWEB=… -DOUT=… -DLOCK=… -P build.cmake
# Installs the locked npm packages once; after that it works without network.

find_program(NODE NAMES node nodejs)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
  message(FATAL_ERROR "The console cannot be built: npm is not installed. "
          "Install the Debian packages nodejs and npm (apt install nodejs npm).")
endif()
execute_process(COMMAND ${NODE} --version OUTPUT_VARIABLE version
                OUTPUT_STRIP_TRAILING_WHITESPACE)
string(REGEX REPLACE "^v" "" version "${version}")
if(version VERSION_LESS 18.13)
  message(FATAL_ERROR "The console cannot be built: Node ${version} (${NODE}) is too old. "
          "Install Debian 12's package nodejs (18.13 or later).")
endif()

# Two build folders share one node_modules.
cmake_path(GET LOCK PARENT_PATH lock_folder)
file(MAKE_DIRECTORY ${lock_folder})
file(LOCK ${LOCK} GUARD PROCESS TIMEOUT 600)

function(run what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY ${WEB} RESULT_VARIABLE code
                  OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(code)
    message(FATAL_ERROR "The console cannot be built: ${what} failed.\n${text}")
  endif()
endfunction()

file(SHA256 ${WEB}/package-lock.json lock)
set(stamp ${WEB}/node_modules/.installed-lock)
set(installed "")
if(EXISTS ${stamp})
  file(READ ${stamp} installed)
endif()
if(NOT installed STREQUAL lock)
  message(STATUS "console: installing the locked npm packages")
  # No package may run a script of its own here.
  run("npm ci (it needs the npm registry once)" ${NPM} ci --ignore-scripts --no-audit --no-fund)
  file(WRITE ${stamp} ${lock})
endif()

run("vite build" ${NODE} node_modules/vite/bin/vite.js build --outDir ${OUT}/dist --emptyOutDir
    --logLevel warn)
execute_process(COMMAND ${NODE} tools/embed.mjs ${OUT}/dist csp.txt ${OUT}/console_assets.cc
                WORKING_DIRECTORY ${WEB} RESULT_VARIABLE code)
if(code)
  file(REMOVE ${OUT}/console_assets.cc)
  message(FATAL_ERROR "The console cannot be embedded; see the message above.")
endif()
