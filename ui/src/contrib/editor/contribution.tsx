/** What the editor gives the workbench: the view of one open file, and its code fetched before it is needed. */
export { Editor, prefetchEditor } from "./Editor";
