# Builds the console: cmake -DWEB=… -DCATALOGUE=… -DSHARED=… -DOUT=… -P build.cmake
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

# Build folders share one node_modules and what is built.
file(MAKE_DIRECTORY ${SHARED})
file(LOCK ${SHARED}.lock GUARD PROCESS TIMEOUT 600)

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

# What the console is made of, as one hash: build folders of the same tree take
# what another one of them has built.
file(GLOB_RECURSE sources ${WEB}/src/* ${WEB}/public/* ${WEB}/tools/*)
list(SORT sources)
set(made_of ${version})
foreach(file IN LISTS sources ITEMS ${WEB}/index.html ${WEB}/csp.txt ${WEB}/package-lock.json
        ${WEB}/vite.config.ts ${WEB}/svelte.config.js ${WEB}/tsconfig.json ${CATALOGUE})
  file(SHA256 ${file} hash)
  string(APPEND made_of "\n${hash} ${file}")
endforeach()
string(SHA256 made_of "${made_of}")
set(built "")
if(EXISTS ${SHARED}/made_of)
  file(READ ${SHARED}/made_of built)
endif()
if(NOT built STREQUAL made_of)
  file(REMOVE ${SHARED}/made_of)
  run("vite build" ${NODE} node_modules/vite/bin/vite.js build --outDir ${SHARED}/dist --emptyOutDir
      --logLevel warn)
  execute_process(COMMAND ${NODE} tools/embed.mjs ${SHARED}/dist csp.txt ${SHARED}/console_assets.cc
                  WORKING_DIRECTORY ${WEB} RESULT_VARIABLE code)
  if(code)
    message(FATAL_ERROR "The console cannot be embedded; see the message above.")
  endif()
  file(WRITE ${SHARED}/made_of ${made_of})
endif()
file(COPY_FILE ${SHARED}/console_assets.cc ${OUT} RESULT copied)
if(copied)
  message(FATAL_ERROR "The console cannot be written to ${OUT}: ${copied}")
endif()
