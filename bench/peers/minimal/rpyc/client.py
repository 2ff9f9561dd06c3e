import rpyc

print(rpyc.connect("localhost", 18871).root.get_time())
