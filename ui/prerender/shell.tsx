import { renderToStaticMarkup } from "react-dom/server";
import type { FrameClock } from "@/core/frame";
import { Session } from "@/core/session";
import type { Transport } from "@/core/transport";
import { PartFocus } from "@/workbench/parts";
import { Workbench } from "@/workbench/Workbench";
import { workbenchCommands } from "@/workbench/workbench-commands";

/** Nothing is sent or painted while text is made. */
const silent: Transport = { send() {}, receive() {} };
const still: FrameClock = { beforePaint() {}, afterPaint() {} };
const Nothing = () => null;

/** The workbench as it is before the host has said anything: the same components that take its place a moment later. */
export function shellMarkup(): string {
  const session = new Session(silent, still);
  const parts = new PartFocus();
  const services = { session, commands: workbenchCommands(session, parts) };
  return renderToStaticMarkup(<Workbench services={services} parts={parts} SideBarView={Nothing} Editor={Nothing} />);
}
