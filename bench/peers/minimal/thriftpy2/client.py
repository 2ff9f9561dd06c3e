import thriftpy2
from thriftpy2.rpc import make_client

time_thrift = thriftpy2.load("time_service.thrift", module_name="time_thrift")
print(make_client(time_thrift.TimeService, "127.0.0.1", 6000).get_time())
