# batchslo_embed_runbooks(OUT): writes OUT, C++ that holds alerts/runbooks/*.md. Made anew when one of them changes.
function(batchslo_embed_runbooks out)
  file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/alerts/runbooks/*.md)
  set(rows "")
  foreach(file ${files})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(name ${file} NAME_WE)
    file(READ ${file} text)
    string(APPEND rows "    {\"${name}\", R\"runbook(${text})runbook\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT [[// Made of alerts/runbooks by exporter/web/runbooks.cmake.
#include "exporter/web/runbooks.h"

namespace batchslo {
namespace {

constexpr Runbook kRunbooks[] = {
@rows@};

}  // namespace

std::span<const Runbook> Runbooks() { return kRunbooks; }

}  // namespace batchslo
]])
endfunction()
