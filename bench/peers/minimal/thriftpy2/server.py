import time

import thriftpy2
from thriftpy2.rpc import make_server

time_thrift = thriftpy2.load("time_service.thrift", module_name="time_thrift")


class TimeHandler:
    def get_time(self):
        return time.ctime()


make_server(time_thrift.TimeService, TimeHandler(), "127.0.0.1", 6000).serve()
