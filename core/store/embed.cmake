# cmake -DDIRECTORY=migrations -DOUTPUT=migrations.c -DPREFIX=sqlite -DHEADER=... -P embed.cmake
# Writes every numbered migration into one C file as text, in order; fails on a gap in the numbers.
file(GLOB files ${DIRECTORY}/*.sql)
list(SORT files)

set(expected 0)
set(entries "")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME)
    math(EXPR expected "${expected} + 1")
    string(REGEX MATCH "^([0-9][0-9][0-9][0-9])_[a-z_]+\\.sql$" found ${name})
    string(REGEX REPLACE "^0+" "" number "${CMAKE_MATCH_1}")
    if(NOT found OR NOT number EQUAL expected)
        message(FATAL_ERROR "${name}: migrations are numbered 0001_, 0002_, ... without a gap")
    endif()
    file(READ ${file} text)
    string(REPLACE "\\" "\\\\" text "${text}")
    string(REPLACE "\"" "\\\"" text "${text}")
    string(REPLACE "\n" "\\n\"\n     \"" text "${text}")
    string(APPEND entries "    {\"${name}\",\n     \"${text}\"},\n")
endforeach()

file(WRITE ${OUTPUT}
"/* Made from ${PREFIX} migrations by embed.cmake. */
#include \"${HEADER}\"

const struct ${PREFIX}_migration ${PREFIX}_migrations[] = {
${entries}};
const int ${PREFIX}_migration_count = ${expected};
")
