# How our own code is compiled. None of it reaches a consumer of the libraries.

find_program(TIMESERVICE_CCACHE ccache)
if(TIMESERVICE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${TIMESERVICE_CCACHE}")
endif()

# Our libraries are position-independent, and nobody replaces their functions: let them be inlined.
add_compile_options(-fno-semantic-interposition)

if(TIMESERVICE_SANITIZE)
  # Left out: "enum", since Thrift's headers, which are compiled into our code, load
  # whatever number the wire holds into an enumeration, and compare it only then;
  # "vptr", since it needs a descriptor, and tests take them all away.
  set(timeservice_sanitize "-fsanitize=${TIMESERVICE_SANITIZE}" -fno-sanitize-recover=all -fno-sanitize=enum,vptr)
  add_compile_options(${timeservice_sanitize} -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${TIMESERVICE_SANITIZE}")
endif()

# Warnings for hand-written code; generated code is compiled without them.
function(timeservice_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlapping copies in std::string's operator+ (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(TIMESERVICE_DEVELOP)
    target_compile_options(${target} PRIVATE -Werror)
    if(TIMESERVICE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # GCC reports these from inlined standard library code under -fsanitize only.
      target_compile_options(${target} PRIVATE -Wno-error=maybe-uninitialized -Wno-error=tsan)
    endif()
  endif()
endfunction()
