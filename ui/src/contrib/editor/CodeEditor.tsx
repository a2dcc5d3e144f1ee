import { defaultKeymap } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import type { OpenRequest } from "@/core/protocol";
import type { CursorPosition } from "@/workbench/state";
import { highlightStyle } from "./highlight";
import { hitField, revealHit } from "./hit";
import { languageOf } from "./languages";
import "./editor.css";

export interface CodeEditorProps {
  readonly path: string;
  readonly label: string;
  readonly text: string;
  /** The request that opened the file last; with a line, a place to jump to. */
  readonly request: OpenRequest;
  /** Where the reader had been when the tab was left. */
  readonly remembered: ReaderPlace | null;
  readonly onCursor: (position: CursorPosition) => void;
  readonly onLeave: (place: ReaderPlace) => void;
}

export interface ReaderPlace {
  readonly anchor: number;
  readonly scrollTop: number;
  /** The jump that had been made; another one wins over the remembered place. */
  readonly seq: number;
}

function cursorOf(state: EditorState): CursorPosition {
  const head = state.selection.main.head;
  const line = state.doc.lineAt(head);
  return { line: line.number, column: head - line.from + 1 };
}

/** CodeMirror showing one file. Loaded lazily: nothing of it is in the first load. */
export default function CodeEditor(props: CodeEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<EditorView | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const { path, text, label, request } = props;

  useEffect(() => {
    const parent = host.current;
    if (parent === null) return;
    const language = new Compartment();
    const view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({
            "aria-label": label,
            "aria-readonly": "true",
            "data-part-focus": "",
            tabindex: "0",
          }),
          lineNumbers(),
          foldGutter(),
          highlightSpecialChars(),
          drawSelection(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          syntaxHighlighting(highlightStyle),
          hitField,
          language.of([]),
          keymap.of([...defaultKeymap, ...foldKeymap]),
          EditorView.updateListener.of((update) => {
            if (update.selectionSet) latest.current.onCursor(cursorOf(update.state));
          }),
        ],
      }),
    });
    editor.current = view;
    const place = latest.current.remembered;
    if (place !== null) {
      view.dispatch({ selection: { anchor: Math.min(place.anchor, view.state.doc.length) } });
      view.requestMeasure({
        read: () => undefined,
        write: () => {
          view.scrollDOM.scrollTop = place.scrollTop;
        },
      });
    }
    latest.current.onCursor(cursorOf(view.state));

    let alive = true;
    void languageOf(path)?.().then((extension) => {
      if (alive) view.dispatch({ effects: language.reconfigure(extension) });
    });
    return () => {
      alive = false;
      const { request: last, onLeave } = latest.current;
      onLeave({ anchor: view.state.selection.main.head, scrollTop: view.scrollDOM.scrollTop, seq: last.seq });
      view.destroy();
      editor.current = null;
    };
  }, [path, text, label]);

  useEffect(() => {
    const view = editor.current;
    if (view === null) return;
    const { remembered } = latest.current;
    if (request.line > 0 && request.seq !== remembered?.seq) view.dispatch(revealHit(view.state, request));
    // Focus waits on the editor area until there is an editor to take it.
    if (document.activeElement === view.dom.closest("[data-part]")) view.focus();
  }, [request]);

  return <div ref={host} className="min-h-0 flex-1" />;
}
