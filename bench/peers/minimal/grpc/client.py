import grpc

import time_pb2
import time_pb2_grpc

with grpc.insecure_channel("localhost:50051") as channel:
    print(time_pb2_grpc.TimeStub(channel).GetTime(time_pb2.TimeRequest()).message)
