// Without a fuzzer: serves each input of the folders that are named, with each
// of several cuts, and its beginnings too, as if the client had left there.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Input = std::vector<std::uint8_t>;

constexpr std::uint8_t kCuts[] = {0, 1, 2, 3, 7, 20, 100, 255};
/// Fewer than these are not the corpus, but a wrong folder.
constexpr int kLeastInputs = 20;

Input read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void replay(Input input) {
  if (input.size() < 2) return;
  for (const std::uint8_t cut : kCuts) {
    input[1] = cut;
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  for (std::size_t size = input.size(); size > 2; --size) {
    const Input beginning(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(size));
    LLVMFuzzerTestOneInput(beginning.data(), beginning.size());
  }
}

int replay_all(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::filesystem::path> paths;
  for (const auto& folder : folders) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    std::fprintf(stderr, "%s\n", path.filename().c_str());  // the last one is it
    replay(read(path));
  }
  std::fprintf(stderr, "replayed %zu inputs\n", paths.size());
  return paths.size() < kLeastInputs ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return replay_all({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "replay_corpus: %s\n", error.what());
    return 1;
  }
}
