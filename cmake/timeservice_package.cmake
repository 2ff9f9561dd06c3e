# The Debian package time-server: target timeservice_deb, or `cpack -G DEB` of a whole build. Both programs,
# the systemd units, their configuration, man pages and completion; not the libraries, which
# `cmake --install` installs. Left out where packaging/ is, as in the images' sources.
if(NOT PROJECT_IS_TOP_LEVEL OR NOT EXISTS "${PROJECT_SOURCE_DIR}/packaging")
  return()
endif()

set(TIMESERVICE_MAINTAINER "timeservice maintainers <timeservice@users.noreply.github.com>" CACHE STRING
  "Name and address for the package")
set(packaging "${PROJECT_SOURCE_DIR}/packaging")
set(made "${PROJECT_BINARY_DIR}/packaging")
file(MAKE_DIRECTORY "${made}")

# Man pages say what --help says, so they are made by the programs. As all that is below,
# compressed the same way each time.
foreach(program time-server time-client)
  set(page "${made}/${program}.1.gz")
  add_custom_command(OUTPUT "${page}"
    COMMAND "${packaging}/man/make_man_page" "$<TARGET_FILE:${program}>" "${packaging}/man/${program}.1.in"
      "${PROJECT_VERSION}" "${page}"
    DEPENDS ${program} "${packaging}/man/make_man_page" "${packaging}/man/help_to_roff.awk"
      "${packaging}/man/${program}.1.in"
    COMMENT "Man page ${program}(1)" VERBATIM)
  list(APPEND man_pages "${page}")
endforeach()

# Honours SOURCE_DATE_EPOCH. English names, whatever the locale: the format wants them.
execute_process(COMMAND "${CMAKE_COMMAND}" -E env LC_ALL=C sh -c "date -u -R -d \"@\${SOURCE_DATE_EPOCH:-$(date +%s)}\""
  OUTPUT_VARIABLE package_date OUTPUT_STRIP_TRAILING_WHITESPACE)
configure_file("${packaging}/debian/changelog.in" "${made}/changelog.Debian" @ONLY)
add_custom_command(OUTPUT "${made}/changelog.gz" "${made}/changelog.Debian.gz"
  COMMAND sh -c "gzip -9n <changelog.Debian >changelog.Debian.gz && gzip -9n <\"$1\" >changelog.gz" sh
    "${PROJECT_SOURCE_DIR}/CHANGELOG.md"
  DEPENDS "${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${made}/changelog.Debian"
  WORKING_DIRECTORY "${made}" VERBATIM)
add_custom_target(timeservice_package_files ALL DEPENDS
  ${man_pages} "${made}/changelog.gz" "${made}/changelog.Debian.gz")

# Of the package alone: `cmake --install` has no use for them under another prefix.
set(of_package COMPONENT debian EXCLUDE_FROM_ALL)
set(readable PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(documents share/doc/time-server)
install(TARGETS time-server time-client RUNTIME DESTINATION bin ${of_package})
install(FILES "${packaging}/systemd/time-server.service" "${packaging}/systemd/time-server.socket"
  "${packaging}/systemd/time-server-tzdata.path" "${packaging}/systemd/time-server-tzdata.service"
  DESTINATION lib/systemd/system ${readable} ${of_package})
install(FILES "${packaging}/time-server.conf" DESTINATION /etc/time-server ${readable} ${of_package})
install(FILES ${man_pages} DESTINATION share/man/man1 ${readable} ${of_package})
install(FILES "${packaging}/completion/time-server" "${packaging}/completion/time-client"
  DESTINATION share/bash-completion/completions ${readable} ${of_package})
install(FILES "${packaging}/debian/copyright" "${made}/changelog.gz" "${made}/changelog.Debian.gz"
  DESTINATION "${documents}" ${readable} ${of_package})

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL debian)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "${TIMESERVICE_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_NAME time-server)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${TIMESERVICE_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "time, time zones and unique timestamps over Apache Thrift
One clock for a fleet: what time it is and how far that may be off, what time
it is in any zone of the tz database, and timestamps that are unique and only
grow, for every stock Thrift client on one port.
.
It brings the server, as a locked-down service of systemd that listens on
localhost until told otherwise, and its command-line client, which is also a
plugin for monitoring a clock.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS tzdata)
set(CPACK_DEBIAN_PACKAGE_PREDEPENDS "init-system-helpers (>= 1.54~)")
# Of those that bound the clock's error.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "chrony | ntpsec")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${packaging}/debian/conffiles" "${packaging}/debian/postinst"
  "${packaging}/debian/prerm" "${packaging}/debian/postrm")
include(CPack)

find_program(TIMESERVICE_DPKG dpkg)
find_program(TIMESERVICE_SHLIBDEPS dpkg-shlibdeps)
if(NOT TIMESERVICE_DPKG OR NOT TIMESERVICE_SHLIBDEPS OR TIMESERVICE_SANITIZE)
  return()  # no Debian, or without dpkg-dev
endif()
execute_process(COMMAND "${TIMESERVICE_DPKG}" --print-architecture
  OUTPUT_VARIABLE architecture OUTPUT_STRIP_TRAILING_WHITESPACE)
set(package "${PROJECT_BINARY_DIR}/time-server_${PROJECT_VERSION}-1_${architecture}.deb")
file(GLOB_RECURSE package_sources "${packaging}/*")
add_custom_command(OUTPUT "${package}"
  COMMAND "${CMAKE_CPACK_COMMAND}" -G DEB -B "${PROJECT_BINARY_DIR}"
  DEPENDS time-server time-client ${man_pages} "${made}/changelog.gz" "${made}/changelog.Debian.gz" ${package_sources}
  WORKING_DIRECTORY "${PROJECT_BINARY_DIR}" COMMENT "Package ${package}" VERBATIM)
add_custom_target(timeservice_deb DEPENDS "${package}")
set_target_properties(timeservice_deb PROPERTIES PACKAGE_FILE "${package}")
if(TIMESERVICE_DEVELOP)
  add_custom_target(timeservice_deb_for_tests ALL DEPENDS "${package}")
endif()
