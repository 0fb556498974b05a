import pg from "pg";
import { type AuditTime, auditTime } from "./audit-time.js";
import { type BenchService, startBenchService } from "./bench-service.js";
import { type Contender, idem } from "./contenders.js";
import { fillBook } from "./fill-book.js";
import { type GrowthRound, measureSlice, noneYet, place, type Slice, spreads } from "./growth-slice.js";
import { PATHS, type Sample } from "./load/reads.js";
import { say } from "./say.js";
import { openWorld } from "./world.js";

/** Orders of the small book in which the audit's time for one order is taken; as closed as those of the full one. */
export const SMALL_BOOK = 10_000;

const TENANT = "bench";
/** A round's parts, in which the two books take turns. */
const SLICES = 4;

export interface GrowthOptions {
  orders: number;
  rounds: number;
  posts: number;
}

export interface Relation {
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

/** One of the two books with a whole service around it. */
interface Side {
  service: BenchService;
  contender: Contender;
  book: pg.Client;
}

/** The same requests by turns to two services, one with an empty book and one with a book of many closed orders. */
export async function measureGrowth(options: GrowthOptions): Promise<Growth> {
  const sides: Side[] = [];
  try {
    say("starting two services");
    const empty = await open(sides);
    const full = await open(sides);
    await fillBook(full.book, TENANT, options.orders);
    return await measure({ empty, full }, options);
  } finally {
    for (const { book, service } of sides) {
      await book.end();
      await service.stop();
    }
  }
}

async function open(sides: Side[]): Promise<Side> {
  const world = await openWorld();
  const service = await startBenchService(world);
  const side = {
    service,
    contender: await idem(service, world),
    book: new pg.Client({ connectionString: service.databaseUrl }),
  };
  sides.push(side);
  await side.book.connect();
  await place(side.contender, 200);
  return side;
}

async function measure(sides: Record<Which, Side>, options: GrowthOptions): Promise<Growth> {
  const { empty, full } = sides;
  const rounds: Growth["rounds"] = [];
  const samples = { empty: await sample(empty.book), full: await sample(full.book) };
  await measureRound(sides, samples, 100); // warm
  for (let round = 1; round <= options.rounds; round++) {
    say(`round ${round} of ${options.rounds}`);
    rounds.push(await measureRound(sides, samples, options.posts));
  }
  say("the audit's reading of both");
  const relations = await relationSizes(full.book);
  await fillBook(empty.book, TENANT, SMALL_BOOK);
  const small: AuditTime[] = [];
  for (let turn = 0; turn < 5; turn++) small.push(await auditTime(empty.service.databaseUrl));
  const audit = { small: middle(small), full: await auditTime(full.service.databaseUrl) };
  return { options, rounds, relations, audit };
}

/** One round of both: in short slices by turns, so that whatever else the machine does is shared by both. */
async function measureRound(
  sides: Record<Which, Side>,
  samples: Record<Which, Sample[]>,
  posts: number,
): Promise<Record<Which, GrowthRound>> {
  const took: Record<Which, Slice> = { empty: noneYet(), full: noneYet() };
  for (let slice = 0; slice < SLICES; slice++) {
    const turns: Which[] = slice % 2 === 0 ? ["empty", "full"] : ["full", "empty"];
    for (const which of turns) {
      const more = await measureSlice(sides[which].contender, samples[which], Math.ceil(posts / SLICES));
      for (const path of PATHS) took[which][path].push(...more[path]);
    }
  }
  return { empty: spreads(took.empty), full: spreads(took.full) };
}

function middle(times: readonly AuditTime[]): AuditTime {
  return times.toSorted((one, other) => one.msPerThousand - other.msPerThousand)[2] as AuditTime;
}

/** Orders from all over the book that have at least a page of older ones. */
async function sample(book: pg.Client): Promise<Sample[]> {
  const { rows } = await book.query<Sample>(
    `select id, seq::float8 as seq, reference, created_at as "createdAt"
     from (select * from orders order by seq offset 100) as any_of_them order by random() limit 500`,
  );
  return rows;
}

async function relationSizes(book: pg.Client): Promise<Relation[]> {
  const { rows } = await book.query<Relation>(
    `select relname as name, relkind = 'i' as index, pg_relation_size(oid)::float8 as bytes from pg_class
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'i') and pg_relation_size(oid) > 2 ^ 20
     order by bytes desc`,
  );
  return rows;
}
