import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { prerenderedShell } from "./prerender/plugin.ts";

// Debian 12's Qt WebEngine is Chromium 102; both syntax and CSS are lowered to it.
const ENGINE = "chrome102";

export default defineConfig({
  base: "./",
  plugins: [react(), prerenderedShell()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: process.env["SYMPHONY_UI_OUT"] ?? "dist",
    emptyOutDir: true,
    target: ENGINE,
    cssTarget: ENGINE,
    // The polyfill would be an inline helper using fetch(), which a custom scheme refuses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
    // Generous: a loaded machine is slow, not wrong.
    testTimeout: 60_000,
  },
});
