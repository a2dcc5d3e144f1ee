import { type KeyboardEvent, useRef } from "react";
import { Glyph, PictureButton } from "@/components";
import { text } from "@/core/catalogue";
import { useServices } from "./services";
import { toggleTheme, useWorkbench } from "./state";
import { ThemeGlyph } from "./ThemeGlyph";

const BUTTON = "h-10 w-10 rounded-md";

/** A vertical toolbar: one stop for Tab, arrows inside. */
export function ActivityBar() {
  const { session } = useServices();
  const views = useWorkbench((state) => state.views);
  const activeView = useWorkbench((state) => state.activeView);
  const visible = useWorkbench((state) => state.sideBarVisible);
  const theme = useWorkbench((state) => state.theme);
  const bar = useRef<HTMLDivElement>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const edge = event.key === "Home" ? 0 : event.key === "End" ? -1 : null;
    if (step === 0 && edge === null) return;
    const buttons = [...(bar.current?.querySelectorAll("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const next = edge === null ? buttons[(at + step + buttons.length) % buttons.length] : buttons.at(edge);
    next?.focus();
    event.preventDefault();
  };

  const press = (id: string) => {
    const hide = visible && activeView === id;
    useWorkbench.setState({ activeView: id, sideBarVisible: !hide });
    if (!hide) session.view(id).focusFirst("Tree", "List", "TextField", "Button");
  };

  return (
    <nav
      data-part="activityBar"
      aria-label={text("part.activityBar")}
      className="flex w-12 shrink-0 flex-col border-r border-line bg-chrome"
    >
      <div
        ref={bar}
        role="toolbar"
        aria-orientation="vertical"
        aria-label={text("part.activityBar")}
        className="flex flex-1 flex-col items-center gap-1 py-1"
        onKeyDown={onKeyDown}
      >
        {views === null && (
          <span className="flex h-10 w-10 items-center justify-center text-faint">
            <Glyph name="files" size={22} />
          </span>
        )}
        {views?.map((view, index) => {
          const active = view.id === activeView;
          return (
            <span key={view.id} className="relative">
              {active && visible && <span className="absolute -left-1 top-2 h-6 w-0.5 rounded bg-accent" />}
              <PictureButton
                icon={view.icon}
                iconSize={22}
                label={view.title}
                pressed={active && visible}
                tabIndex={active || (activeView === null && index === 0) ? 0 : -1}
                className={`${BUTTON} aria-pressed:bg-transparent`}
                onPress={() => press(view.id)}
              />
            </span>
          );
        })}
        <span className="flex-1" />
        <button
          type="button"
          tabIndex={views === null || views.length === 0 ? 0 : -1}
          aria-label={text(theme === "dark" ? "theme.toLight" : "theme.toDark")}
          title={text(theme === "dark" ? "theme.toLight" : "theme.toDark")}
          className={`${BUTTON} inline-flex items-center justify-center text-muted hover:text-ink`}
          onClick={toggleTheme}
        >
          <ThemeGlyph />
        </button>
      </div>
    </nav>
  );
}
