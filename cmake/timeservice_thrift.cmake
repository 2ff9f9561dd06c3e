# Apache Thrift: the library, and the compiler.
#
# Distributions ship pkg-config files and no ThriftConfig.cmake. This file is
# installed beside our package config too, so that a consumer finds Thrift the
# same way and can compile an IDL of its own with thrift_generate().

find_package(PkgConfig REQUIRED)
pkg_check_modules(timeservice_thrift REQUIRED IMPORTED_TARGET GLOBAL thrift)
pkg_check_modules(timeservice_thriftnb REQUIRED IMPORTED_TARGET GLOBAL thrift-nb)
pkg_check_modules(timeservice_libevent REQUIRED IMPORTED_TARGET GLOBAL libevent)
pkg_check_modules(timeservice_prometheus REQUIRED IMPORTED_TARGET GLOBAL prometheus-cpp-core)
pkg_check_modules(timeservice_systemd REQUIRED IMPORTED_TARGET GLOBAL libsystemd)
find_program(THRIFT_COMPILER thrift DOC "The Thrift compiler")
if(NOT THRIFT_COMPILER)
  message(FATAL_ERROR "the Thrift compiler 'thrift' was not found: install the package thrift-compiler")
endif()

# Ends where one of the services is not in the IDL, as the compiler reads it. An IDL that
# it cannot read is left to the build, which says why.
function(thrift_check_services target idl json_path)
  get_filename_component(out "${json_path}" DIRECTORY)
  execute_process(COMMAND "${THRIFT_COMPILER}" --gen json -out "${out}" "${idl}"
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
  if(failed OR NOT EXISTS "${json_path}")
    return()
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${idl}")
  file(READ "${json_path}" json)
  string(JSON count ERROR_VARIABLE none LENGTH "${json}" services)
  if(none)
    return()
  endif()
  set(known "")
  foreach(index RANGE ${count})  # one too many: a range has at least one
    string(JSON name ERROR_VARIABLE none GET "${json}" services ${index} name)
    if(NOT none)
      list(APPEND known "${name}")
    endif()
  endforeach()
  foreach(service IN LISTS ARGN)
    if(NOT service IN_LIST known)
      list(JOIN known ", " names)
      message(FATAL_ERROR "thrift_generate(${target} ...): there is no service '${service}' in ${idl}; it has: ${names}")
    endif()
  endforeach()
endfunction()

# thrift_generate(TARGET IDL SERVICE...)
#
# A static library TARGET of what the Thrift compiler makes of IDL, a .thrift
# file with the named services. The code is generated into the build tree, with
# templates on: XProcessorT<P> calls the protocol P directly, not virtually.
function(thrift_generate target idl)
  get_filename_component(idl_path "${idl}" ABSOLUTE)
  get_filename_component(idl_name "${idl}" NAME_WE)
  if(NOT EXISTS "${idl_path}" OR IS_DIRECTORY "${idl_path}")
    message(FATAL_ERROR "thrift_generate(${target} ...): there is no IDL '${idl}'; name a .thrift file")
  endif()
  set(out "${CMAKE_CURRENT_BINARY_DIR}/${target}")
  set(sources "${out}/${idl_name}_types.cpp" "${out}/${idl_name}_constants.cpp")
  set(headers "${out}/${idl_name}_types.h" "${out}/${idl_name}_types.tcc" "${out}/${idl_name}_constants.h")
  foreach(service IN LISTS ARGN)
    list(APPEND sources "${out}/${service}.cpp")
    list(APPEND headers "${out}/${service}.h" "${out}/${service}.tcc")
  endforeach()
  file(MAKE_DIRECTORY "${out}")
  thrift_check_services(${target} "${idl_path}" "${out}/${idl_name}.json" ${ARGN})
  add_custom_command(
    OUTPUT ${sources} ${headers}
    COMMAND "${THRIFT_COMPILER}" -strict --gen cpp:templates,moveable_types,no_skeleton -out "${out}" "${idl_path}"
    # An IDL without types or constants of its own gets no file for them (0.17).
    COMMAND "${CMAKE_COMMAND}" -E touch "${out}/${idl_name}_types.cpp"
      "${out}/${idl_name}_constants.cpp" "${out}/${idl_name}_constants.h"
    DEPENDS "${idl_path}"
    COMMENT "Thrift: ${idl_name}"
    VERBATIM)
  add_library(${target} STATIC ${sources} ${headers})
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${target} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out}>")
  target_link_libraries(${target} PUBLIC PkgConfig::timeservice_thrift)
  target_compile_options(${target} PRIVATE -w)
  set_target_properties(${target} PROPERTIES THRIFT_HEADERS "${headers}")
endfunction()
