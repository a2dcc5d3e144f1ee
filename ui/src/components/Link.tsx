import { text } from "@/core/catalogue";
import { textField } from "@/core/json";
import { isAllowedUrl } from "@/core/schema";
import { growClass, type NodeProps } from "./node-context";

export function Link({ node }: NodeProps) {
  const label = textField(node.props, "text") ?? "";
  const href = textField(node.props, "href") ?? "";
  // The schema has checked it; a link that slipped through is text, never a script.
  if (!isAllowedUrl(href)) return <span className={growClass(node.props)}>{label}</span>;
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer"
      title={href}
      aria-label={text("link.external", { text: label })}
      className={`text-accent underline underline-offset-2 hover:no-underline ${growClass(node.props)}`}
    >
      {label}
    </a>
  );
}
