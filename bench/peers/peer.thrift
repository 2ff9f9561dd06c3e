// What every peer serves: the same four calls, in the manner of each framework.
service Peer {
  /// The server's time as ctime() writes it.
  string get_time(),
  /// The payload, unchanged.
  binary echo(1: binary payload),
  /// `count` prices: the i-th is 100 + i / 4.
  list<double> prices(1: i32 count),
  /// Answers after so many milliseconds, of which no processor is used.
  i32 wait(1: i32 milliseconds),
}
