import sys

from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TSocket import TSocket
from thrift.transport.TTransport import TBufferedTransport

sys.path.append("gen-py")
from time_service import TimeService

transport = TBufferedTransport(TSocket("localhost", 9090))
client = TimeService.Client(TBinaryProtocol(transport))
transport.open()
print(client.get_time())
transport.close()
