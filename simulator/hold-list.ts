import { type About, type Match, matches } from "./fault-script.js";

/** Rules for shipments that keep their status until they are released or advanced explicitly. */
export class HoldList {
  private rules: Match[] = [];

  add(rule: Match): void {
    this.rules.push(rule);
  }

  /** Removes one rule, or all of them when it has no members. */
  release(rule: Match): void {
    const all = Object.keys(rule).length === 0;
    this.rules = all ? [] : this.rules.filter((held) => !sameRule(held, rule));
  }

  holds(about: About): boolean {
    return this.rules.some((rule) => matches(rule, about));
  }

  all(): readonly Match[] {
    return this.rules;
  }

  clear(order?: string): void {
    this.rules = order === undefined ? [] : this.rules.filter((rule) => rule.order !== order);
  }
}

function sameRule(one: Match, other: Match): boolean {
  return one.order === other.order && one.amount === other.amount && one.sku === other.sku && one.to === other.to;
}
