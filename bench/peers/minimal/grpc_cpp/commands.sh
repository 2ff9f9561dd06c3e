# Before either program runs, with the packages libgrpc++-dev and protobuf-compiler-grpc:
protoc --cpp_out=. --grpc_out=. --plugin=protoc-gen-grpc=$(command -v grpc_cpp_plugin) time.proto
cmake -B build
cmake --build build
