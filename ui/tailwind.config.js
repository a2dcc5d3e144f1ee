/** Colours are CSS variables (src/styles/theme.css), so a theme is one attribute on the root element. */
const color = (name) => `var(--${name})`;

export default {
  content: ["./index.html", "./src/**/*.{ts,tsx}", "./dev/**/*.{ts,tsx}"],
  darkMode: ["selector", '[data-theme="dark"]'],
  theme: {
    colors: {
      transparent: "transparent",
      current: "currentColor",
      canvas: color("canvas"),
      surface: color("surface"),
      raised: color("raised"),
      chrome: color("chrome"),
      line: color("line"),
      "line-strong": color("line-strong"),
      ink: color("ink"),
      muted: color("muted"),
      faint: color("faint"),
      accent: color("accent"),
      "accent-strong": color("accent-strong"),
      "accent-ink": color("accent-ink"),
      selected: color("selected"),
      hover: color("hover"),
      field: color("field"),
      success: color("success"),
      warning: color("warning"),
      danger: color("danger"),
      match: color("match"),
      focus: color("focus"),
    },
    fontFamily: {
      ui: ["system-ui", '"DejaVu Sans"', "sans-serif"],
      mono: ["ui-monospace", '"JetBrains Mono"', '"DejaVu Sans Mono"', "monospace"],
    },
    fontSize: {
      xs: ["11px", "16px"],
      sm: ["12px", "16px"],
      base: ["13px", "20px"],
      lg: ["15px", "24px"],
      xl: ["22px", "32px"],
    },
    extend: { spacing: { row: "22px" } },
  },
  plugins: [],
};
