/* A service of tests only: it shows that the host can serve any. */

namespace cpp echo_service

exception Refused {
  1: string message,
  2: i32 code
}

struct Node {
  1: string text,
  2: optional list<Node> children
}

service Echo {
  /** The token, back. */
  string echo(1: string token),

  /** Always throws, as declared. */
  void refuse(1: string message, 2: i32 code) throws (1: Refused refused),

  /** The handler throws what the IDL knows nothing of. */
  void fail(1: string message),

  /** Waits until the test lets go, then answers. */
  string block(1: string token),

  /** Answers a tree; for nesting. */
  Node tree(1: Node root),

  i64 sum(1: list<i32> numbers),

  map<string, i64> counts(1: map<string, i64> counts, 2: set<i16> also, 3: list<bool> flags, 4: double scale),

  /** The same, back; for numbers as keys. */
  map<i32, double> scores(1: map<i32, double> scores),

  /** So many letters. */
  string repeat(1: i32 count),

  oneway void note(1: string token),

  /** How many notes came. */
  i64 notes()
}
