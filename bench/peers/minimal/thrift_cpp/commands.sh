# Before either program runs, with the packages thrift-compiler and libthrift-dev:
thrift --gen cpp time_service.thrift
cmake -B build
cmake --build build
