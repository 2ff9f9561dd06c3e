# Before either program runs, with the package thrift-compiler:
thrift --gen py time_service.thrift
