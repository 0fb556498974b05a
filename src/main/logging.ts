import { ApplicationFailure, type Logger as TemporalLogger, type LogLevel } from "@temporalio/common";
import { type DestinationStream, type Level, type Logger, type LoggerOptions, pino, stdTimeFunctions } from "pino";
import { FailureType } from "../domain/failure.js";
import { VERSION } from "./version.js";

export type { Logger } from "pino";

// Nothing of ours logs these; a library's error or a careless object might.
const PRIVATE = [
  "authorization",
  "cookie",
  "key",
  "idempotencyKey",
  "email",
  "password",
  "secret",
  "tenant",
  "headers",
];

export function createLogger(process: string, level: string, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level,
    base: { process, version: VERSION },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: plainError },
    redact: { paths: PRIVATE.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[redacted]" },
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Failures that are waited out: of these one line says all. */
const EXPECTED = new Set<unknown>([...Object.values(FailureType), "ProviderError", "DatabaseUnavailableError"]);

// Drivers hang values of the failing row or request on their errors (detail, parameters, raw), so only these pass.
function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === "string" ? error : "not an Error";
  const { name, message, stack, cause } = error;
  const type = error instanceof ApplicationFailure ? error.type : name;
  if (EXPECTED.has(type)) return { name: type, message };
  const code = "code" in error ? error.code : undefined;
  return { name, message, code, stack, ...(cause === undefined ? {} : { cause: plainError(cause) }) };
}

const LEVELS: Record<LogLevel, Level> = { TRACE: "trace", DEBUG: "debug", INFO: "info", WARN: "warn", ERROR: "error" };

/** What the Temporal SDK says, in the same stream and form as everything else. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const log = (level: LogLevel, message: string, meta?: object) => {
    if (logger.isLevelEnabled(LEVELS[level])) logger[LEVELS[level]](plainMeta(meta), message);
  };
  return {
    log,
    trace: (message, meta) => log("TRACE", message, meta),
    debug: (message, meta) => log("DEBUG", message, meta),
    info: (message, meta) => log("INFO", message, meta),
    warn: (message, meta) => log("WARN", message, meta),
    error: (message, meta) => log("ERROR", message, meta),
  };
}

function plainMeta(meta: object = {}): object {
  const named = Object.entries(meta).map(([name, value]) => [name === "error" ? "err" : name, value]);
  return Object.fromEntries(named.filter(([, value]) => typeof value !== "bigint"));
}
