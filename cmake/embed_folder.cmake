# The files of a folder as a .cc: cmake -DFOLDER=… -DPATTERNS=… -DHEADER=… -DNAMESPACE=…
# -DFUNCTION=… -DOUT=… -P embed_folder.cmake. HEADER declares FUNCTION, which
# answers a span of EmbeddedFile, by name.
set(names)
foreach(pattern IN LISTS PATTERNS)
  file(GLOB_RECURSE found RELATIVE ${FOLDER} ${FOLDER}/${pattern})
  list(APPEND names ${found})
endforeach()
list(SORT names)
set(out "#include \"${HEADER}\"\n\nnamespace ${NAMESPACE} {\nnamespace {\n")
string(APPEND out "using namespace std::string_view_literals;\nconstexpr EmbeddedFile k${FUNCTION}[] = {\n")
foreach(name IN LISTS names)
  file(READ "${FOLDER}/${name}" content)
  string(APPEND out "    {\"${name}\"sv,\n     R\"hinomi-file(${content})hinomi-file\"sv},\n")
endforeach()
string(APPEND out "};\n}  // namespace\n\nstd::span<const EmbeddedFile> ${FUNCTION}() { return k${FUNCTION}; }\n")
string(APPEND out "\n}  // namespace ${NAMESPACE}\n")
file(WRITE "${OUT}" "${out}")
