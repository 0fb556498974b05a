import { applyChange, type Change, isUnchanged } from "../../src/domain/change.js";
import type { Order } from "../../src/domain/order.js";
import { endOf, moveOf } from "./completeness.js";
import { illegalMove, type StockMoved, violationOf } from "./invariants.js";
import { type Move, movesOf } from "./moves.js";
import type { Scenario } from "./orders.js";
import type { Rules } from "./rules.js";
import { stateKey } from "./state-key.js";

interface Violation {
  scenario: string;
  what: string;
  /** The moves that lead there; no shorter path was found before. */
  path: string[];
}

export interface Exploration {
  orders: number;
  facts: number;
  violations: Violation[];
  /** Every move of a status that was made. */
  moves: Set<string>;
  /** How each closed order ended. */
  ends: Set<string>;
}

interface Node {
  order: Order;
  stock: StockMoved;
  /** Surprises so far. */
  surprises: number;
  parent: Node | null;
  move: string;
}

export interface Bounds {
  /**
   * How many surprises a path may hold: whatever is not the next expected fact is one. Scenarios in which emails go wrong
   * or operators' resolutions are expected, which multiplies their orders, hold one less.
   */
  depth: number;
  /** Ends at the first violation. */
  stopAtFirst?: boolean;
}

/**
 * Walks every order that can be reached from a scenario's with so many surprises, fewest first, so that the first path
 * to a violation is one with the fewest.
 */
export function explore(scenario: Scenario, rules: Rules, bounds: Bounds): Exploration {
  const found: Exploration = { orders: 1, facts: 0, violations: [], moves: new Set(), ends: new Set() };
  const root = open(scenario, rules, found);
  if (!root) return found;
  const most = Math.max(scenario.emails || scenario.resolved ? bounds.depth - 1 : bounds.depth, 0);
  const fewest = new Map([[stateKey(root.order), 0]]);
  const levels: Node[][] = Array.from({ length: most + 1 }, () => []);
  levels[0]?.push(root);
  for (const [surprises, level] of levels.entries()) {
    for (let node = level.pop(); node; node = level.pop()) {
      if ((fewest.get(stateKey(node.order)) ?? 0) < surprises) continue;
      for (const move of movesOf(node.order, scenario, rules)) {
        const total = surprises + (move.isExpected ? 0 : 1);
        if (total > most) continue;
        found.facts++;
        const child = step(node, move, rules, scenario, found);
        if (found.violations.length > 0 && bounds.stopAtFirst) return found;
        if (!child) continue;
        const key = stateKey(child.order);
        if ((fewest.get(key) ?? Number.POSITIVE_INFINITY) <= total) continue;
        rules.snapshotOf(child.order);
        for (const { id } of child.order.refunds) rules.refundSnapshotOf(child.order, id);
        fewest.set(key, total);
        levels[total]?.push({ ...child, surprises: total });
      }
    }
  }
  found.orders = fewest.size;
  return found;
}

/** The order after the scenario's opening; null where that breaks an invariant. */
function open(scenario: Scenario, rules: Rules, found: Exploration): Node | null {
  const stock = { reserved: 0, onHand: 0 };
  let node: Node = { order: scenario.order, stock, surprises: 0, parent: null, move: "" };
  for (const name of scenario.opening) {
    const move = movesOf(node.order, scenario, rules).find((one) => one.name === name);
    const next = move ? step(node, move, rules, scenario, found) : null;
    if (found.violations.length > 0) return null;
    if (!next) throw new Error(`${scenario.name}: ${name} cannot happen to an order that is ${node.order.status}`);
    node = next;
  }
  return node;
}

function step(node: Node, move: Move, rules: Rules, scenario: Scenario, found: Exploration): Node | null {
  const report = (what: string): null => {
    if (found.violations.length < 20)
      found.violations.push({ scenario: scenario.name, what, path: [...pathTo(node), move.name] });
    return null;
  };
  try {
    const change = move.apply(rules, node.order);
    const after = withStored(withEmails(applyChange(node.order, change), scenario), move);
    const stock = {
      reserved: node.stock.reserved + sum(change, "reserved"),
      onHand: node.stock.onHand + sum(change, "onHand"),
    };
    const taken = { before: node.order, change, after, stock };
    const violation = violationOf(taken, rules) ?? illegalMove(taken) ?? unexpected(move, change, after, rules);
    if (violation !== null) return report(violation);
    if (node.order.status !== after.status) found.moves.add(moveOf(node.order.status, after.status));
    if (after.closedAt !== null) found.ends.add(endOf(after));
    return after === node.order
      ? null
      : { order: after, stock, surprises: node.surprises, parent: node, move: move.name };
  } catch (error) {
    return report(error instanceof Error ? error.message : String(error));
  }
}

/** What is void changes nothing, and so does a fact that is recorded already. */
function unexpected({ isFact, isVoid, name, apply }: Move, change: Change, after: Order, rules: Rules): string | null {
  if (isVoid && !isUnchanged(change)) return `${name}: it changed ${changed(change)}`;
  if (!isFact) return null;
  const again = apply(rules, after);
  return isUnchanged({ ...again, applied: [] }) ? null : `${name}: the second time it changed ${changed(again)}`;
}

function changed(change: Change): string {
  return Object.entries(change)
    .filter(([, part]) => (Array.isArray(part) ? part.length > 0 : Object.keys(Object(part)).length > 0))
    .map(([part, value]) => `${part} ${JSON.stringify(value)}`)
    .join(", ");
}

function withEmails(order: Order, { emails }: Scenario): Order {
  if (emails || order.emails.every(({ status }) => status === "sent")) return order;
  return { ...order, emails: order.emails.map((email) => ({ ...email, status: "sent" })) };
}

function withStored(order: Order, { stores }: Move): Order {
  if (!stores) return order;
  const number = order.factCount + 1;
  const facts = [...order.facts, { number, type: "event", ...stores }];
  return { ...order, facts, factCount: number, version: order.version + 1 };
}

function sum(change: Change, of: "reserved" | "onHand"): number {
  return change.stock.reduce((total, delta) => total + delta[of], 0);
}

function pathTo(node: Node): string[] {
  return node.parent ? [...pathTo(node.parent), node.move] : [];
}
