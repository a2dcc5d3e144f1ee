import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Serves the page with the fake host of this folder at /dev/index.html; nothing of it is in the product. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  cacheDir: fileURLToPath(new URL("../node_modules/.vite-dev", import.meta.url)),
  plugins: [
    react(),
    {
      name: "fake-workspace",
      configureServer(server) {
        server.middlewares.use("/workspace/", (_request, response) => {
          response.setHeader("Content-Type", "text/plain; charset=utf-8");
          response.end(SAMPLE);
        });
      },
    },
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("../src", import.meta.url)) } },
});

const SAMPLE = Array.from(
  { length: 400 },
  (_, index) =>
    `// Sample ${index}\n#include <vector>\nint needle_${index}(const std::vector<int>& values) {\n  return values.size() > ${index} ? values[${index}] : 0; // "needle"\n}\n`,
).join("\n");
