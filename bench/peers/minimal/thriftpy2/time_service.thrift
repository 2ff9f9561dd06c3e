service TimeService {
  string get_time()
}
