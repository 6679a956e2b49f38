# hn_embed_folder(TARGET FOLDER dir PATTERNS … HEADER h NAMESPACE ns FUNCTION f):
# compiles the files of a folder into a target; see embed_folder.cmake.
function(hn_embed_folder target)
  cmake_parse_arguments(E "" "FOLDER;HEADER;NAMESPACE;FUNCTION" "PATTERNS" ${ARGN})
  set(globs ${E_PATTERNS})
  list(TRANSFORM globs PREPEND ${E_FOLDER}/)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${globs})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/${E_FUNCTION}.cc)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed_folder.cmake)
  add_custom_command(
    OUTPUT ${source}
    COMMAND ${CMAKE_COMMAND} -DFOLDER=${E_FOLDER} "-DPATTERNS=${E_PATTERNS}" -DHEADER=${E_HEADER}
            -DNAMESPACE=${E_NAMESPACE} -DFUNCTION=${E_FUNCTION} -DOUT=${source} -P ${script}
    DEPENDS ${files} ${script}
    VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()
