# Before the server runs, with the package that `./dev install` installs:
cmake -B build
cmake --build build
