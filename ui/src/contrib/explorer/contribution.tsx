/** What hosts an extension's view in the side bar; the Explorer is the first of them. */
export { ExtensionView } from "./ExtensionView";
