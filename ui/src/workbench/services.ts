import { createContext, useContext } from "react";
import type { CommandRegistry } from "@/core/commands";
import type { Session } from "@/core/session";

export interface Services {
  readonly session: Session;
  readonly commands: CommandRegistry;
}

const ServicesContext = createContext<Services | null>(null);
export const ServicesProvider = ServicesContext.Provider;

export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error("The workbench is drawn without its services.");
  return services;
}
