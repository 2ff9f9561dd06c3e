import time_client

with time_client.connect("localhost:9090") as clock:
    print(clock.get_time())
