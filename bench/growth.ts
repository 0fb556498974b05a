import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { type BenchService, startBenchService } from "./bench-service.js";
import { fillBook } from "./fill-book.js";
import { inFlight } from "./in-flight.js";
import { benchOrder, fresh, post } from "./load/orders.js";
import { median, quantile } from "./quantile.js";
import { commit } from "./report/commit.js";
import { ratioOf } from "./report/figure.js";
import type { Section } from "./report/section.js";

const WIDTH = 10;
const KEY = "idem_demo_acme";
const ORDER = benchOrder("bench-growth");
const PATHS = ["POST", "replay", "GET order", "GET list"] as const;

type Path = (typeof PATHS)[number];
type Round = Record<Path, { p50: number; p99: number }>;

export interface GrowthOptions {
  orders: number;
  rounds: number;
  posts: number;
}

/** The same requests against an empty book and against one of many closed orders. */
export async function measureGrowth(options: GrowthOptions): Promise<Section> {
  const service = await startBenchService();
  const book = new pg.Client({ connectionString: service.databaseUrl });
  try {
    await book.connect();
    return await measure(service, book, options);
  } finally {
    await book.end();
    await service.stop();
  }
}

async function measure({ base }: BenchService, book: pg.Client, options: GrowthOptions): Promise<Section> {
  const stock = { bearer: KEY, method: "PUT", expected: [200, 201] } as const;
  await post(`${base}/v1/stock/BENCH-1`, { onHand: 10_000_000 }, stock);
  await measureRound(base, book, 50); // warm
  const empty = await measureRounds(base, book, options);
  const { rows } = await book.query("select tenant from orders limit 1");
  await fillBook(book, rows[0].tenant as string, options.orders);
  await measureRound(base, book, 50); // warm
  const full = await measureRounds(base, book, options);
  const sizes = await relationSizes(book);

  const growth = ratioOf(
    "ackP99Growth",
    full.map((round, index) => round.POST.p99 / (empty[index] as Round).POST.p99),
  );
  const ofAll = (rounds: Round[], path: Path, q: "p50" | "p99") => median(rounds.map((round) => round[path][q]));
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  return {
    name: "growth",
    title: "A growing book",
    measuredAt: new Date().toISOString(),
    commit: commit(),
    tables: [
      {
        caption: `An empty book and one of ${options.orders} closed orders: ${WIDTH} in flight, median of ${options.rounds} rounds of ${options.posts}`,
        columns: ["", "empty p50", "empty p99", "full p50", "full p99", "p99 ratio"],
        rows: PATHS.map((path) => {
          const [before, after] = [ofAll(empty, path, "p99"), ofAll(full, path, "p99")];
          return [
            path,
            ms(ofAll(empty, path, "p50")),
            ms(before),
            ms(ofAll(full, path, "p50")),
            ms(after),
            (after / before).toFixed(2),
          ];
        }),
      },
      {
        caption: "The book's largest tables and indexes after the fill",
        columns: ["relation", "MiB"],
        rows: sizes.map(({ name, bytes }) => [name, (bytes / 2 ** 20).toFixed(1)]),
      },
    ],
    plots: [],
    ratios: {
      ackP99Growth: { ...growth, value: ofAll(full, "POST", "p99") / ofAll(empty, "POST", "p99") },
    },
    notes: [
      `Filled by INSERT, not by service: ${options.orders} completed orders, three events, one step and one ledger entry for each; no shipments, mails, commands, refunds or provider events.`,
      "Each round begins when no order of the round before is still being paid for and no word waits in the outbox; the worker runs while a round does.",
      "The value is the ratio of the medians; low and high are those of the ratios round by round.",
      "The audit was not timed.",
    ],
    figures: { options, empty, full, sizes },
  };
}

async function measureRounds(base: string, book: pg.Client, { rounds, posts }: GrowthOptions): Promise<Round[]> {
  const measured: Round[] = [];
  for (let round = 0; round < rounds; round++) measured.push(await measureRound(base, book, posts));
  return measured;
}

async function measureRound(base: string, book: pg.Client, count: number): Promise<Round> {
  const keys = Array.from({ length: count }, () => fresh());
  const ids: string[] = [];
  const place = async (index: number) => {
    const answer = await post(`${base}/v1/orders`, ORDER, { key: keys[index] ?? "", bearer: KEY });
    ids[index] = (JSON.parse(answer) as { id: string }).id;
  };
  const take = async (work: (index: number) => Promise<unknown>) => {
    const took = await inFlight(count, WIDTH, work);
    return { p50: quantile(took, 0.5), p99: quantile(took, 0.99) };
  };
  const posted = await take(place);
  await workedOff(book);
  return {
    POST: posted,
    replay: await take(place),
    "GET order": await take((index) => get(`${base}/v1/orders/${ids[index]}`)),
    "GET list": await take(() => get(`${base}/v1/orders?limit=20`)),
  };
}

async function workedOff(book: pg.Client): Promise<void> {
  const waiting = `select (exists (select from outbox)
    or exists (select from orders where closed_at is null and status in ('accepted', 'awaiting_payment'))) as waiting`;
  while ((await book.query(waiting)).rows[0].waiting) await pause(50);
}

async function relationSizes(book: pg.Client): Promise<{ name: string; bytes: number }[]> {
  const { rows } = await book.query(
    `select relname as name, pg_relation_size(oid)::float8 as bytes from pg_class
     where relnamespace = (select relnamespace from pg_class where oid = 'orders'::regclass)
       and relkind in ('r', 'i') order by bytes desc limit 16`,
  );
  return rows;
}

async function get(url: string): Promise<void> {
  const response = await fetch(url, { headers: { Authorization: `Bearer ${KEY}` } });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
}
