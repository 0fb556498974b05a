import { z } from "@hono/zod-openapi";
import { ERROR_CODES } from "../../domain/problem-error.js";

export const ProblemSlug = z.enum(ERROR_CODES).openapi({ example: "order-purged" });
