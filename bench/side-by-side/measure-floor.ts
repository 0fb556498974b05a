import { Client, Connection } from "@temporalio/client";
import type { BenchService } from "../bench-service.js";
import { inFlight } from "../in-flight.js";
import { fresh, post } from "../load/orders.js";
import type { System } from "../systems.js";
import { WIDTH } from "./plan.js";

/** Latencies in milliseconds. */
export interface FloorRound {
  emptyAcks: number[];
  emptyPerSecond: number;
  nothingAcks: number[];
}

/** What a start alone costs, an empty run until its result, and a POST that does nothing. */
export async function measureFloor(service: BenchService, saga: System, count: number): Promise<FloorRound> {
  const connection = await Connection.connect({ address: service.temporalAddress });
  const client = new Client({ connection });
  const emptyAcks: number[] = [];
  const began = performance.now();
  await inFlight(count, WIDTH, async () => {
    const key = fresh();
    const sent = performance.now();
    await post(`${saga.base}/empty`, {}, { key });
    emptyAcks.push(performance.now() - sent);
    await client.workflow.getHandle(`empty-${key}`).result();
  });
  const emptyPerSecond = (count / (performance.now() - began)) * 1000;
  await connection.close();
  const nothingAcks = await inFlight(count, WIDTH, () => post(`${saga.base}/nothing`, {}));
  return { emptyAcks, emptyPerSecond, nothingAcks };
}
