import time
from concurrent import futures

import grpc

import time_pb2
import time_pb2_grpc


class Time(time_pb2_grpc.TimeServicer):
    def GetTime(self, request, context):
        return time_pb2.TimeReply(message=time.ctime())


server = grpc.server(futures.ThreadPoolExecutor(max_workers=10))
time_pb2_grpc.add_TimeServicer_to_server(Time(), server)
server.add_insecure_port("localhost:50051")
server.start()
server.wait_for_termination()
