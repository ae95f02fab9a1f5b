# Adds a source file that is made while configuring, written anew only where it changed.
function(certherald_add_generated target name text)
  set(output ${CMAKE_BINARY_DIR}/generated/${name})
  set(old "")
  if(EXISTS ${output})
    file(READ ${output} old)
  endif()
  if(NOT old STREQUAL text)
    file(WRITE ${output} "${text}")
  endif()
  target_sources(${target} PRIVATE ${output})
endfunction()

# Puts into `out` one row of C++ for each file of `folder` that fits `pattern`, in order of name: `before`, the
# file's name (without its ending where `component` is NAME_WE), `between`, its text, `behind`. A change of a
# file configures anew.
function(certherald_rows_of_files out folder pattern component before between behind)
  file(GLOB files CONFIGURE_DEPENDS ${folder}/${pattern})
  list(SORT files)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(rows "")
  foreach(file IN LISTS files)
    get_filename_component(name ${file} ${component})
    file(READ ${file} content)
    string(APPEND rows "${before}${name}${between}${content}${behind}")
  endforeach()
  set(${out} "${rows}" PARENT_SCOPE)
endfunction()
