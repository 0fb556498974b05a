import { acceptResolution, attentionToResolve, resolutionIssues } from "../../src/domain/rules/accept-resolution.js";
import { applyFact, applyOldestFact, applyStoredFacts, signalOf } from "../../src/domain/rules/apply-fact.js";
import { awaitsDecision, decideApproval } from "../../src/domain/rules/approval.js";
import { canChangeAddress, changeAddress } from "../../src/domain/rules/address.js";
import { refundable } from "../../src/domain/rules/automatic-refund.js";
import { refuseCancel, requestCancel } from "../../src/domain/rules/cancel.js";
import { beginCapture, recordCapture, recordCaptureRefusal } from "../../src/domain/rules/capture.js";
import { cancelOrder, completeOrder, rejectOrder } from "../../src/domain/rules/close.js";
import { beginEmail, beginEmails, recordEmail, supersedeEmail } from "../../src/domain/rules/email-queue.js";
import { expireApproval, expireAuthorization, expirePayment } from "../../src/domain/rules/expiry.js";
import { dueSteps, nextStepOf, unstartedStep } from "../../src/domain/rules/next-step.js";
import { begin } from "../../src/domain/rules/operate.js";
import {
  recordAuthorizationAnswer,
  recordAuthorizationRefusal,
  recordPayment,
} from "../../src/domain/rules/payment-report.js";
import { isPurgeable, purge } from "../../src/domain/rules/purge.js";
import { recordRefund, recordRefundRefusal } from "../../src/domain/rules/refund-report.js";
import { requestRefund } from "../../src/domain/rules/request-refund.js";
import { reserve } from "../../src/domain/rules/reserve.js";
import { recordRecallRefusal, recordRequestRefusal, recordShipment } from "../../src/domain/rules/shipment-report.js";
import { isRefundDue, refundSnapshotOf, snapshotOf } from "../../src/domain/rules/snapshot.js";
import { takeOver } from "../../src/domain/rules/takeover.js";
import { recordContradiction, recordUnknown } from "../../src/domain/rules/unknown-outcome.js";
import { beginVoid, recordVoid, recordVoidRefusal } from "../../src/domain/rules/void.js";

/** Every rule as the product has it. A planted fault is a copy with one of them changed. */
export const RULES = {
  acceptResolution,
  applyFact,
  applyOldestFact,
  applyStoredFacts,
  attentionToResolve,
  awaitsDecision,
  begin,
  beginCapture,
  beginEmail,
  beginEmails,
  beginVoid,
  canChangeAddress,
  cancelOrder,
  changeAddress,
  completeOrder,
  decideApproval,
  dueSteps,
  expireApproval,
  expireAuthorization,
  expirePayment,
  isPurgeable,
  isRefundDue,
  nextStepOf,
  purge,
  recordAuthorizationAnswer,
  recordAuthorizationRefusal,
  recordCapture,
  recordCaptureRefusal,
  recordContradiction,
  recordEmail,
  recordPayment,
  recordRecallRefusal,
  recordRefund,
  recordRefundRefusal,
  recordRequestRefusal,
  recordShipment,
  recordUnknown,
  recordVoid,
  recordVoidRefusal,
  refundSnapshotOf,
  refundable,
  refuseCancel,
  rejectOrder,
  requestCancel,
  requestRefund,
  reserve,
  resolutionIssues,
  signalOf,
  snapshotOf,
  supersedeEmail,
  takeOver,
  unstartedStep,
};

export type Rules = typeof RULES;
