import {
  AlertTriangle,
  Binary,
  Check,
  ChevronDown,
  ChevronRight,
  File,
  FileCode,
  FileSymlink,
  Files,
  FileText,
  Folder,
  FolderOpen,
  Info,
  Loader2,
  Lock,
  type LucideIcon,
  Play,
  RefreshCw,
  Search,
  Settings,
  X,
} from "lucide-react";
import { textField } from "@/core/json";
import type { NodeProps } from "./node-context";

const icons: ReadonlyMap<string, LucideIcon> = new Map([
  ["file", File],
  ["file-code", FileCode],
  ["file-text", FileText],
  ["folder", Folder],
  ["folder-open", FolderOpen],
  ["symlink", FileSymlink],
  ["search", Search],
  ["x", X],
  ["refresh", RefreshCw],
  ["alert", AlertTriangle],
  ["info", Info],
  ["check", Check],
  ["loader", Loader2],
  ["chevron-right", ChevronRight],
  ["chevron-down", ChevronDown],
  ["settings", Settings],
  ["files", Files],
  ["play", Play],
  ["binary", Binary],
  ["lock", Lock],
]);

/** A decorative picture; the text beside it, or its button's label, says what it means. */
export function Glyph({ name, size = 16, className }: { name: string; size?: number; className?: string }) {
  const Picture = icons.get(name) ?? File;
  return <Picture size={size} strokeWidth={1.75} aria-hidden="true" className={`shrink-0 ${className ?? ""}`} />;
}

export function Icon({ node }: NodeProps) {
  return <Glyph name={textField(node.props, "name") ?? ""} className="text-muted" />;
}
