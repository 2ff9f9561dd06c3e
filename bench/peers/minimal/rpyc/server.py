import time

from rpyc import Service
from rpyc.utils.server import ThreadedServer


class TimeService(Service):
    def exposed_get_time(self):
        return time.ctime()


ThreadedServer(TimeService, hostname="localhost", port=18871).start()
