import { PushButton } from "@/components";
import { text } from "@/core/catalogue";
import { Mark } from "./Mark";
import { useServices } from "./services";
import { useWorkbench } from "./state";

const SHOWN = [
  "workbench.focusExplorer",
  "search.focus",
  "workbench.openFolder",
  "workbench.toggleSideBar",
  "workbench.nextPart",
];

/** What the editor area shows while no file is open. */
export function Welcome() {
  const { commands } = useServices();
  const workspace = useWorkbench((state) => state.workspace);
  // Before the host has said which folder there is, nothing is claimed about it.
  const noFolder = workspace !== null && workspace.path === null;
  return (
    <div className="flex min-h-0 flex-1 overflow-auto p-6">
      <div className="m-auto flex w-full max-w-[360px] flex-col items-center">
        <span className="text-accent">
          <Mark size={56} />
        </span>
        <h1 className="mt-3 text-xl font-semibold">{text("product.name")}</h1>
        <p className="mt-1 text-center text-muted">{text(noFolder ? "welcome.hintNoFolder" : "welcome.hint")}</p>
        <PushButton
          variant={noFolder ? "primary" : "secondary"}
          icon="folder-open"
          className="mt-5"
          onPress={() => commands.execute("workbench.openFolder")}
        >
          {text("welcome.openFolder")}
        </PushButton>
        <dl aria-label={text("welcome.keys")} className="mt-7 flex w-full flex-col gap-2">
          {SHOWN.map((id) => {
            const command = commands.get(id);
            if (command?.key === undefined) return null;
            return (
              // The keys stand beside their command, or below it where there is no room.
              <div key={id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
                <dt className="text-muted">{command.title.replace(/…$/, "")}</dt>
                <dd>
                  <Keys chord={command.key} />
                </dd>
              </div>
            );
          })}
        </dl>
      </div>
    </div>
  );
}

function Keys({ chord }: { chord: string }) {
  return (
    <span className="flex flex-wrap gap-1.5">
      {chord.split(" ").map((key) => (
        <kbd key={key} className="rounded border border-line bg-raised px-1.5 font-ui text-xs text-muted">
          {key}
        </kbd>
      ))}
    </span>
  );
}
