# Before either program runs, with the package grpcio-tools:
python -m grpc_tools.protoc -I. --python_out=. --grpc_python_out=. time.proto
