import type { Json } from "@/core/json";

/** Text colour of a tone; anything else is the default. */
export function toneClass(tone: Json | undefined): string {
  switch (tone) {
    case "muted":
      return "text-muted";
    case "success":
      return "text-success";
    case "warning":
      return "text-warning";
    case "danger":
      return "text-danger";
    default:
      return "";
  }
}
