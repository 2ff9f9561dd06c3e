import sys
import time

from thrift.protocol.TBinaryProtocol import TBinaryProtocolFactory
from thrift.server.TServer import TThreadedServer
from thrift.transport.TSocket import TServerSocket
from thrift.transport.TTransport import TBufferedTransportFactory

sys.path.append("gen-py")
from time_service import TimeService


class TimeHandler:
    def get_time(self):
        return time.ctime()


processor = TimeService.Processor(TimeHandler())
socket = TServerSocket("localhost", 9090)
server = TThreadedServer(processor, socket, TBufferedTransportFactory(), TBinaryProtocolFactory())
server.serve()
