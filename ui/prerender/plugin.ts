import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { runnerImport } from "vite";

type Shell = typeof import("./shell");

const ROOT = '<div id="root">';
const STYLESHEET = /<link rel="stylesheet"[^>]*href="\.\/([^"]+)"[^>]*>/g;
const ENTRY = /<script type="module"[^>]*src="([^"]+)"[^>]*><\/script>/;

/**
 * Makes the document complete in itself, so that the shell is painted from one answer of the host, before any script of
 * ours is read: the first state of the workbench as markup, its style sheet inline. The entry is only fetched and
 * compiled meanwhile; the inline script of index.html starts it after the first frame.
 */
export function prerenderedShell(): Plugin {
  return {
    name: "symphony:prerendered-shell",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      async handler(html, { bundle }) {
        if (bundle === undefined) return html;
        const { module } = await runnerImport<Shell>(fileURLToPath(new URL("./shell.tsx", import.meta.url)), {
          configFile: false,
          resolve: { alias: { "@": fileURLToPath(new URL("../src", import.meta.url)) } },
        });
        const styled = html.replace(STYLESHEET, (_, name: string) => {
          const sheet = bundle[name];
          if (sheet?.type !== "asset") throw new Error(`The style sheet ${name} is not part of the build.`);
          delete bundle[name];
          return `<style>${String(sheet.source)}</style>`;
        });
        const entry = ENTRY.exec(styled)?.[1];
        if (entry === undefined || !styled.includes(ROOT))
          throw new Error("index.html has lost its entry or its root.");
        return styled
          .replace(ENTRY, `<link rel="modulepreload" crossorigin href="${entry}" data-entry>`)
          .replace(ROOT, () => `${ROOT}<div class="contents" inert>${module.shellMarkup()}</div>`);
      },
    },
  };
}
