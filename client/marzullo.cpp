#include "client/marzullo.h"

#include <algorithm>

namespace timeservice::client {
namespace {

struct Edge {
  std::int64_t at_ns;
  bool ends;
};

/// Beginnings before ends at the same point: both contain it.
bool comes_before(const Edge& one, const Edge& other) {
  return one.at_ns != other.at_ns ? one.at_ns < other.at_ns : one.ends < other.ends;
}

}  // namespace

std::optional<Interval> agreement(const std::vector<Interval>& intervals, std::size_t needed) {
  std::vector<Edge> edges;
  for (const Interval& interval : intervals) {
    edges.push_back({interval.earliest_ns, false});
    edges.push_back({interval.latest_ns, true});
  }
  std::sort(edges.begin(), edges.end(), comes_before);
  std::optional<Interval> agreed;
  std::size_t open = 0;
  for (const Edge& edge : edges) {
    if (edge.ends) {
      if (open == needed && agreed) agreed->latest_ns = edge.at_ns;
      --open;
    } else {
      ++open;
      if (open == needed && !agreed) agreed = Interval{edge.at_ns, edge.at_ns};
    }
  }
  return agreed;
}

}  // namespace timeservice::client
