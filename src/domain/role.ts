/** Who asks: the shop's own system, its staff, and those of its staff who only look. */
export const ROLES = ["merchant", "operator", "support"] as const;
export type Role = (typeof ROLES)[number];
