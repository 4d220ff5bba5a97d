# What is installed: three programs and the alert window, two C++ libraries and one of C with their headers, how to find
# them (CMake package `crier`, pkg-config `crier-publisher`, `crier-subscriber`, `crier`), and the
# Python package.
include(CMakePackageConfigHelpers)

set(CRIER_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/crier)
# The libraries below the two are installed because static libraries need them, and are nobody
# else's business: their headers stay here.
install(TARGETS crier_words crier_base crier_protocol crier_transport crier_publisher_core
        crier_publisher crier_subscriber_core crier_subscriber
    EXPORT crierTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS crier_c EXPORT crierTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS crierd crier crier-agent RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
if(CRIER_BUILD_ALERT)
    install(TARGETS crier-alert RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY shared/include/crier publisher/include/crier subscriber/include/crier
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# Apart, for it needs more than the others: who only sends need not have it.
install(TARGETS crier_screens crier_json_reader EXPORT crierScreensTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})

install(EXPORT crierTargets NAMESPACE crier:: DESTINATION ${CRIER_PACKAGE_DIR})
install(EXPORT crierScreensTargets NAMESPACE crier:: DESTINATION ${CRIER_PACKAGE_DIR})
configure_package_config_file(shared/cmake/crierConfig.cmake.in crierConfig.cmake
    INSTALL_DESTINATION ${CRIER_PACKAGE_DIR})
write_basic_package_version_file(crierConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crierConfig.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/crierConfigVersion.cmake
    DESTINATION ${CRIER_PACKAGE_DIR})

foreach(name publisher subscriber)
    set(CRIER_LIBRARY ${name})
    configure_file(shared/cmake/crier.pc.in crier-${name}.pc @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crier-${name}.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
configure_file(shared/cmake/crier_screens.pc.in crier-screens.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crier-screens.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_file(shared/cmake/crier_c.pc.in crier.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/crier.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Debian's place below /usr; elsewhere PYTHONPATH or this setting says where.
set(CRIER_INSTALL_PYTHONDIR lib/python3/dist-packages CACHE STRING "Where Python looks for packages")
install(DIRECTORY publisher/bindings/python/crier DESTINATION ${CRIER_INSTALL_PYTHONDIR}
    FILES_MATCHING PATTERN "*.py" PATTERN py.typed PATTERN __pycache__ EXCLUDE)
