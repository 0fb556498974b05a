import { type HttpResponse, notExecuted } from "../http-response.js";
import { badRequest } from "./stripe-errors.js";

/** Stripe's minimum charges, in its own minor units. */
const MINIMUM: Record<string, number> = {
  aed: 200,
  aud: 50,
  brl: 50,
  cad: 50,
  chf: 50,
  czk: 1_500,
  dkk: 250,
  eur: 50,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  inr: 50,
  jpy: 50,
  mxn: 1_000,
  myr: 200,
  nok: 300,
  nzd: 50,
  pln: 200,
  ron: 200,
  sek: 300,
  sgd: 50,
  thb: 1_000,
  usd: 50,
};

/** Three-decimal amounts end in 0; ISK and UGX are counted in hundredths that do not exist. */
const STEP: Record<string, number> = { bhd: 10, jod: 10, kwd: 10, omr: 10, tnd: 10, isk: 100, ugx: 100 };

const CURRENCIES = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

export function refusedAmount(amount: number | undefined, currency: string | undefined): HttpResponse | null {
  const problem = amountProblem(amount, currency);
  return problem && notExecuted(problem);
}

function amountProblem(amount: number | undefined, currency: string | undefined): HttpResponse | null {
  if (amount === undefined) return absent("amount");
  if (currency === undefined) return absent("currency");
  if (!CURRENCIES.has(currency)) {
    return badRequest(`Invalid currency: ${currency}.`, { param: "currency" });
  }
  const minimum = MINIMUM[currency] ?? 1;
  if (amount < minimum) {
    return badRequest(`Amount must be no less than ${minimum} ${currency}.`, {
      code: "amount_too_small",
      param: "amount",
    });
  }
  const step = STEP[currency] ?? 1;
  if (amount % step !== 0) {
    const message = `Invalid ${currency} amount: must be a multiple of ${step}.`;
    return badRequest(message, { code: "parameter_invalid_integer", param: "amount" });
  }
  return null;
}

function absent(param: string): HttpResponse {
  return badRequest(`Missing required param: ${param}.`, { code: "parameter_missing", param });
}
