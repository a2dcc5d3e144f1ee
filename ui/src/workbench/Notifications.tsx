import { Glyph, PictureButton } from "@/components";
import { text } from "@/core/catalogue";
import { dismiss, useWorkbench } from "./state";

/** Announced when they come; they stay until they are dismissed, so nobody has to read fast. */
export function Notifications() {
  const notifications = useWorkbench((state) => state.notifications);
  return (
    <section
      aria-label={text("part.notifications")}
      aria-live="assertive"
      className="pointer-events-none fixed bottom-8 right-3 z-20 flex w-[360px] max-w-[90vw] flex-col gap-2"
    >
      {notifications.map(({ id, tone, title, text: words }) => (
        <div
          key={id}
          className="pointer-events-auto flex gap-2 rounded-md border border-line-strong bg-raised p-3 shadow-lg"
        >
          <Glyph
            name={tone === "danger" ? "alert" : "info"}
            className={tone === "danger" ? "mt-0.5 text-danger" : "mt-0.5 text-accent"}
          />
          <div className="min-w-0 flex-1">
            <p className="break-words font-semibold">{title}</p>
            {words !== "" && <p className="selectable max-h-32 overflow-auto break-words text-muted">{words}</p>}
          </div>
          <PictureButton icon="x" label={text("notification.dismiss")} onPress={() => dismiss(id)} />
        </div>
      ))}
    </section>
  );
}
