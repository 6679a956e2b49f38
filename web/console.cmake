# hn_console_assets(VAR): the console, built and written as one C++ source whose
# path is put into VAR. Rebuilt only when the page, its texts or its tools change.
function(hn_console_assets var)
  set(web ${PROJECT_SOURCE_DIR}/web)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/console)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${web}/src/* ${web}/public/*)
  add_custom_command(
    OUTPUT ${out}/console_assets.cc
    COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
    COMMAND ${CMAKE_COMMAND} -DWEB=${web} -DCATALOGUE=${PROJECT_SOURCE_DIR}/src/text/catalogue.json
            -DSHARED=${PROJECT_SOURCE_DIR}/build/console -DOUT=${out}/console_assets.cc
            -P ${web}/build.cmake
    DEPENDS ${sources} ${web}/index.html ${web}/csp.txt ${web}/package.json
            ${web}/package-lock.json ${web}/vite.config.ts ${web}/svelte.config.js
            ${web}/tsconfig.json ${web}/build.cmake ${web}/tools/embed.mjs ${web}/tools/catalogue.mjs
            ${PROJECT_SOURCE_DIR}/src/text/catalogue.json
    COMMENT "Building the console"
    VERBATIM)
  set(${var} ${out}/console_assets.cc PARENT_SCOPE)
endfunction()
