import type { ComponentType } from "react";
import { Button, IconButton } from "./Button";
import { Alert, EmptyState, Progress, Spinner } from "./Feedback";
import { Icon } from "./Icon";
import { Column, Row, Scroll, Separator } from "./Layout";
import { Link } from "./Link";
import { List } from "./List";
import { setComponents } from "./NodeView";
import type { NodeProps } from "./node-context";
import { Badge, Heading, Text } from "./Text";
import { TextField } from "./TextField";
import { Tree } from "./Tree";

/** Every component of ui/schemas/components.json; a test holds the two lists together. */
export const components: ReadonlyMap<string, ComponentType<NodeProps>> = new Map<string, ComponentType<NodeProps>>([
  ["Column", Column],
  ["Row", Row],
  ["Scroll", Scroll],
  ["Separator", Separator],
  ["Text", Text],
  ["Heading", Heading],
  ["Badge", Badge],
  ["Icon", Icon],
  ["Link", Link],
  ["Button", Button],
  ["IconButton", IconButton],
  ["TextField", TextField],
  ["Tree", Tree],
  ["List", List],
  ["EmptyState", EmptyState],
  ["Alert", Alert],
  ["Progress", Progress],
  ["Spinner", Spinner],
]);

setComponents(components);

export { PictureButton, PushButton } from "./Button";
export { classNames } from "./class-names";
export { AlertNotice, EmptyNotice, useLasted } from "./Feedback";
export { Glyph } from "./Icon";
export { NodeView } from "./NodeView";
export { ViewProvider } from "./node-context";
