import { setTimeout as pause } from "node:timers/promises";
import type { Connection } from "@temporalio/client";
import { tsToMs } from "@temporalio/common/lib/time.js";
import { get } from "../load/orders.js";
import type { System } from "../systems.js";

/** An order that was completed. */
export interface Completion {
  workflowId: string;
  /** Epoch milliseconds, by the system's own record. */
  at: number;
}

interface CompletionPage {
  items: Completion[];
  next: string | null;
}

/** Lists the completed orders that were created since a time, newest first. */
export type ListCompletions = (since: Date, cursor: string | null) => Promise<CompletionPage>;

const PAGE = 100;
const LIST_EVERY_MS = 1_000;

export function completedOrders({ base, bearer }: System): ListCompletions {
  return async (since, cursor) => {
    const query = new URLSearchParams({
      status: "completed",
      limit: String(PAGE),
      createdAfter: since.toISOString(),
      ...(cursor !== null && { cursor }),
    });
    const { items, nextCursor } = (await get(`${base}/v1/orders?${query.toString()}`, bearer)) as {
      items: { id: string; updatedAt: string }[];
      nextCursor: string | null;
    };
    return {
      items: items.map(({ id, updatedAt }) => ({ workflowId: `order/${id}`, at: Date.parse(updatedAt) })),
      next: nextCursor,
    };
  };
}

/** The return of a plain saga is its order's completion. */
export function completedRuns({ workflowService }: Connection, workflowType: string): ListCompletions {
  return async (since, cursor) => {
    const { executions, nextPageToken } = await workflowService.listWorkflowExecutions({
      namespace: "default",
      pageSize: PAGE,
      query: `WorkflowType = '${workflowType}' and ExecutionStatus = 'Completed' and StartTime >= '${since.toISOString()}'`,
      ...(cursor !== null && { nextPageToken: Buffer.from(cursor, "base64") }),
    });
    const items = executions.map(({ execution, closeTime }) => ({
      workflowId: execution?.workflowId ?? "",
      at: tsToMs(closeTime),
    }));
    return { items, next: nextPageToken.length > 0 ? Buffer.from(nextPageToken).toString("base64") : null };
  };
}

/** Follows the completions of a loop by one list call a second. */
export class CompletionFollower {
  private readonly seen = new Map<string, number>();
  private readonly following: Promise<void>;
  private isLoopOver = false;
  private isStopped = false;

  constructor(list: ListCompletions, since: Date) {
    this.following = this.follow(list, since);
    this.following.catch(() => {}); // `waitFor` throws it
  }

  /** Call it after the last order was sent. The completions, oldest first, once there are so many of them. */
  async waitFor(count: number, withinMs: number): Promise<Completion[]> {
    this.isLoopOver = true;
    const deadline = Date.now() + withinMs;
    while (this.seen.size < count && Date.now() < deadline) await Promise.race([pause(50), this.following]);
    this.isStopped = true;
    await this.following;
    if (this.seen.size < count) throw new Error(`${this.seen.size} of ${count} orders were completed in time`);
    const completions = [...this.seen].map(([workflowId, at]) => ({ workflowId, at }));
    return completions.toSorted((one, other) => one.at - other.at);
  }

  private async follow(list: ListCompletions, since: Date): Promise<void> {
    let cursor: string | null = null;
    while (!this.isStopped) {
      const { items, next }: CompletionPage = await list(since, cursor);
      const known = this.seen.size;
      for (const { workflowId, at } of items) this.seen.set(workflowId, at);
      // While orders are sent, the newest page has what is new; after that an order that was late may be on any page.
      const isAllNew = this.seen.size === known + items.length;
      cursor = this.isLoopOver || isAllNew ? next : null;
      await pause(LIST_EVERY_MS);
    }
  }
}
