# cmake --install: the programs, the libraries with their headers, and a package
# config, so that find_package(timeservice) gives timeservice::host and
# timeservice::client.

include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/timeservice")

foreach(library gen wire host client)
  set_target_properties(timeservice_${library} PROPERTIES EXPORT_NAME ${library})
endforeach()
# All that has to be built for that.
add_custom_target(timeservice_package DEPENDS
  timeservice_gen timeservice_wire timeservice_host timeservice_client time-server time-client)
install(TARGETS timeservice_gen timeservice_wire timeservice_host timeservice_client EXPORT timeservice_targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(TARGETS time-server time-client RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(EXPORT timeservice_targets NAMESPACE timeservice:: DESTINATION "${package_dir}")

# Headers keep their place in the tree: "server/host/host.h" is found as it is here.
foreach(folder wire server/host client)
  install(DIRECTORY "${folder}/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/timeservice/${folder}"
    FILES_MATCHING PATTERN "*.h" PATTERN "python" EXCLUDE PATTERN "cli_*" EXCLUDE)
endforeach()
get_target_property(generated_headers timeservice_gen THRIFT_HEADERS)
install(FILES ${generated_headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/timeservice/gen")
install(FILES idl/time_service.thrift DESTINATION "${CMAKE_INSTALL_DATADIR}/timeservice")

configure_package_config_file(cmake/timeserviceConfig.cmake.in
  "${PROJECT_BINARY_DIR}/timeserviceConfig.cmake" INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/timeserviceConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/timeserviceConfig.cmake"
  "${PROJECT_BINARY_DIR}/timeserviceConfigVersion.cmake" cmake/timeservice_thrift.cmake
  DESTINATION "${package_dir}")
