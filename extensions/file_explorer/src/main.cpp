#include <symphony/sdk/extension.h>

#include "explorer.h"

int main() {
  symphony::sdk::Extension extension({.name = "file_explorer", .version = "0.1.0"});
  const symphony::explorer::Explorer explorer(extension);
  return extension.run();
}
