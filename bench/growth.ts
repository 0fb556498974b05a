import pg from "pg";
import { type AuditTime, auditTime } from "./audit-time.js";
import { type BenchService, startBenchService } from "./bench-service.js";
import { fillDatabase } from "../dev/fill-database.js";
import { emptySlice, type GrowthRound, measureSlice, placeOrders, quantilesOf, type Slice } from "./growth-slice.js";
import { PATHS, type Sample } from "./load/reads.js";
import { log } from "./log.js";
import { startStubProviders } from "./stub-providers/stub-providers.js";
import { idem, type System } from "./systems.js";

/** Closed orders in the smaller database whose audit is timed. */
export const SMALL_DATABASE = 10_000;

const TENANT = "bench";
/** The parts of a round; in each the two services are measured in turn. */
const SLICES = 4;

export interface GrowthOptions {
  orders: number;
  rounds: number;
  posts: number;
}

interface Relation {
  name: string;
  index: boolean;
  bytes: number;
}

export type Which = "empty" | "full";

export interface Growth {
  options: GrowthOptions;
  rounds: Record<Which, GrowthRound>[];
  relations: Relation[];
  audit: Record<"small" | "full", AuditTime>;
}

/** One of the two services with its order database. */
interface Side {
  service: BenchService;
  system: System;
  client: pg.Client;
}

/** The same requests in turn to two services, one with an empty order database and one with many closed orders. */
export async function measureGrowth(options: GrowthOptions): Promise<Growth> {
  const sides: Side[] = [];
  try {
    log("starting two services");
    const empty = await startSide(sides);
    const full = await startSide(sides);
    await fillDatabase(full.client, TENANT, options.orders, (filled) =>
      log(`${filled} of ${options.orders} orders in the database`),
    );
    return await measure({ empty, full }, options);
  } finally {
    for (const { client, service } of sides) {
      await client.end();
      await service.stop();
    }
  }
}

async function startSide(sides: Side[]): Promise<Side> {
  const providers = await startStubProviders();
  const service = await startBenchService(providers);
  const side = {
    service,
    system: await idem(service, providers),
    client: new pg.Client({ connectionString: service.databaseUrl }),
  };
  sides.push(side);
  await side.client.connect();
  await placeOrders(side.system, 200);
  return side;
}

async function measure(sides: Record<Which, Side>, options: GrowthOptions): Promise<Growth> {
  const { empty, full } = sides;
  const rounds: Growth["rounds"] = [];
  const samples = { empty: await sample(empty.client), full: await sample(full.client) };
  await measureRound(sides, samples, 100); // warm-up
  for (let round = 1; round <= options.rounds; round++) {
    log(`round ${round} of ${options.rounds}`);
    rounds.push(await measureRound(sides, samples, options.posts));
  }
  log("timing what the audit reads in both");
  const relations = await relationSizes(full.client);
  await fillDatabase(empty.client, TENANT, SMALL_DATABASE);
  const small: AuditTime[] = [];
  for (let turn = 0; turn < 5; turn++) small.push(await auditTime(empty.service.databaseUrl));
  const audit = { small: medianTime(small), full: await auditTime(full.service.databaseUrl) };
  return { options, rounds, relations, audit };
}

/** One round of both: in short slices in turn, so that whatever else the machine does affects both. */
async function measureRound(
  sides: Record<Which, Side>,
  samples: Record<Which, Sample[]>,
  posts: number,
): Promise<Record<Which, GrowthRound>> {
  const took: Record<Which, Slice> = { empty: emptySlice(), full: emptySlice() };
  for (let slice = 0; slice < SLICES; slice++) {
    const turns: Which[] = slice % 2 === 0 ? ["empty", "full"] : ["full", "empty"];
    for (const which of turns) {
      const more = await measureSlice(sides[which].system, samples[which], Math.ceil(posts / SLICES));
      for (const path of PATHS) took[which][path].push(...more[path]);
    }
  }
  return { empty: quantilesOf(took.empty), full: quantilesOf(took.full) };
}

function medianTime(times: readonly AuditTime[]): AuditTime {
  const sorted = times.toSorted((one, other) => one.msPerThousand - other.msPerThousand);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) throw new Error("the audit was not timed");
  return middle;
}

/** Orders from all over the database that have at least a page of older ones. */
async function sample(client: pg.Client): Promise<Sample[]> {
  const { rows } = await client.query<Sample>(
    `select id, reference, payment_reference as payment, created_at as "createdAt", updated_at as "updatedAt",
       (select tracking_number from shipments where order_id = older_exist.id limit 1) as tracking,
       coalesce('customer-' || substring(reference from '^growth-(.*).$') || '@example.com', 'none@example.com') as email
     from (select * from orders order by created_at, id offset 100) as older_exist order by random() limit 500`,
  );
  return rows;
}

async function relationSizes(client: pg.Client): Promise<Relation[]> {
  const { rows } = await client.query<Relation>(
    `select relname as name, relkind = 'i' as index, pg_relation_size(oid)::float8 as bytes from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') and pg_relation_size(oid) > 2 ^ 20
     order by bytes desc`,
  );
  return rows;
}
