import {
  type ExportedEntry,
  type ExportedEvent,
  exportEvents,
  exportLedger,
  type ExportOptions,
  exportOrders,
  type ExportPage,
  type ExportPlace,
} from "../database/queries/export-rows.js";
import type { ListedOrder } from "./read-lists.js";
import type { ServiceDeps } from "./service-deps.js";

export type { ExportPlace };

type Deps = Pick<ServiceDeps, "database">;

/** A part of what a tenant has, oldest order first, by a statement whose cost is bounded. */
export type ReadExport<Row> = (deps: Deps, options: ExportOptions) => Promise<ExportPage<Row>>;

export const readOrdersExport: ReadExport<ListedOrder> = ({ database }, options) =>
  exportOrders(database.session, options);

export const readEventsExport: ReadExport<ExportedEvent> = ({ database }, options) =>
  exportEvents(database.session, options);

export const readLedgerExport: ReadExport<ExportedEntry> = ({ database }, options) =>
  exportLedger(database.session, options);
