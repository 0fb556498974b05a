"""What schemathesis cannot read from the description: credentials, sums, and each declared reason for a refusal."""

import atexit
import base64
import collections
import hashlib
import hmac
import json
import os
import pathlib
import re
import threading
import time
import uuid

import requests
import schemathesis
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

ROLE = os.environ["IDEM_ROLE"]
KEYS = {"merchantKey": os.environ["IDEM_MERCHANT_KEY"], "operatorKey": os.environ["IDEM_OPERATOR_KEY"]}
LARGEST = 2**53 - 1
# Orders that an operation may succeed on: links lead to new ones, which are not delivered and seldom wait for a decision.
OLDER = {
    "refundOrder": os.environ["IDEM_DELIVERED"].split(","),
    "decideOrder": os.environ["IDEM_AWAITING_APPROVAL"].split(","),
}
# Endpoints, each with the id of a ping. Operations on them succeed on these: drawn ids do not exist, and a tenant has few.
DELETED, *PINGS = [pair.split("/") for pair in os.environ["IDEM_PINGS"].split(",")]
ON_ENDPOINT = {
    "readWebhookEndpoint",
    "pingWebhookEndpoint",
    "rotateWebhookSecret",
    "enableWebhookEndpoint",
    "listWebhookDeliveries",
    "redeliverWebhook",
    "redeliverWebhooks",
}
# A total at or above it waits for a decision.
DEAR = int(os.environ["IDEM_APPROVAL_THRESHOLD"])
# Requests by the role that an operation is not for.
PROBES = 20
METHODS = [
    "pm_card_visa",
    "pm_card_visa",
    "pm_card_chargeDeclined",
    "pm_card_authenticationRequired",
    "pm_card_refundFail",
    "pm_card_pendingRefund",
]

# Why a request that fits the schema may be refused, by operation and problem code.
UNKNOWN_ID = {"not-found": "ids are drawn, and only those of answers exist"}
CURSOR = {"invalid-parameter": "cursors are drawn, and only those of answers are cursors"}
REASONS = {
    "listOrders": {"invalid-parameter": f"{CURSOR['invalid-parameter']}, and a bound goes with the sort by its time"},
    "placeOrder": {"reference-in-use": "references are drawn, and the shortest ones again and again"},
    "exportOrders": CURSOR,
    "exportEvents": CURSOR,
    "exportLedger": CURSOR,
    "listAttentions": CURSOR,
    "readFeed": CURSOR,
    "createWebhookEndpoint": {
        "invalid-request": "only https URLs of public addresses are targets",
        "webhook-endpoint-limit": "a tenant has at most ten",
    },
    "readWebhookEndpoint": UNKNOWN_ID,
    "deleteWebhookEndpoint": UNKNOWN_ID,
    "pingWebhookEndpoint": UNKNOWN_ID,
    "rotateWebhookSecret": UNKNOWN_ID,
    "enableWebhookEndpoint": UNKNOWN_ID,
    "listWebhookDeliveries": {**UNKNOWN_ID, **CURSOR},
    "redeliverWebhook": UNKNOWN_ID,
    "redeliverWebhooks": UNKNOWN_ID,
    "readOrder": UNKNOWN_ID,
    "readTimeline": UNKNOWN_ID,
    "readExecution": UNKNOWN_ID,
    "listRefunds": UNKNOWN_ID,
    "readRefund": UNKNOWN_ID,
    "readStock": {"not-found": "SKUs are drawn"},
    "listStock": CURSOR,
    "listStockMovements": CURSOR,
    "moveStock": {
        "stock-below-reserved": "SKUs are drawn, and most have nothing on hand",
        "invalid-request": "the sum of what is drawn may be beyond what can be counted",
    },
    "setStock": {"stock-below-reserved": "what orders have reserved stays on the shelf"},
    "cancelOrder": {**UNKNOWN_ID, "order-not-cancellable": "a shipment left, or the order is completed"},
    "decideOrder": {**UNKNOWN_ID, "not-awaiting-decision": "few orders wait for a decision"},
    "changeAddress": {**UNKNOWN_ID, "address-fixed": "a shipment was requested, or the order has ended"},
    "refreshOrder": UNKNOWN_ID,
    "refundOrder": {**UNKNOWN_ID, "refund-exceeds-captured": "the amount is drawn"},
    "readAttentionBatch": UNKNOWN_ID,
    "listBatchItems": {**UNKNOWN_ID, **CURSOR},
    "pauseAttentionBatch": UNKNOWN_ID,
    "resumeAttentionBatch": UNKNOWN_ID,
    "resolveAttentions": {"invalid-request": "which actions an attention offers depends on its cause"},
    "resolveOrder": {
        **UNKNOWN_ID,
        "nothing-to-resolve": "few orders have an attention, and `attention` is drawn",
        "invalid-request": "which actions an attention offers, and what they need, depends on it",
    },
}

# An event counts by its signature: one that cannot be read is stored, and its provider is not asked to repeat it.
STORES_WHAT_IS_SIGNED = {"receiveStripeEvent", "receiveWarehouseEvent"}


# What an earlier run on the same service left: requests by operation and status, and the keys that they had.
STATE = pathlib.Path(os.environ["IDEM_STATE"])
known = json.loads(STATE.read_text()) if STATE.exists() else {}
counted = collections.defaultdict(collections.Counter)
for operation, statuses in known.get("requests", {}).items():
    counted[operation].update(statuses)


def operation_id(case):
    return case.operation.definition.raw["operationId"]


def schemes(case):
    return [name for entry in case.operation.definition.raw["security"] for name in entry]


def scheme_of(case):
    """The key of the role that this run is about, or the only one that is allowed."""
    allowed = schemes(case)
    return ROLE if ROLE in allowed else next(name for name in allowed if name in KEYS)


@schemathesis.auth(refresh_interval=None).skip_for(path_regex="^/(?!v1/)")
class ApiKey:
    def get(self, case, ctx):
        return KEYS[scheme_of(case)]

    def set(self, case, data, ctx):
        case.headers["Authorization"] = f"Bearer {data}"


def digest(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


class Signature(requests.auth.AuthBase):
    """Signs what a provider sends, over the bytes that are sent."""

    def __call__(self, request):
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        now = str(int(time.time()))
        if request.path_url == "/webhooks/stripe":
            signed = digest(os.environ["IDEM_STRIPE_SECRET"].encode(), f"{now}.".encode() + body)
            request.headers["Stripe-Signature"] = f"t={now},v1={signed.hex()}"
        else:
            if request.headers.get("webhook-timestamp", "").isdigit():
                request.headers["webhook-timestamp"] = now
            secret = base64.b64decode(os.environ["IDEM_FULFILMENT_SECRET"].removeprefix("whsec_"))
            head = ".".join([*(str(request.headers.get(name, "")) for name in ("webhook-id", "webhook-timestamp")), ""])
            request.headers["webhook-signature"] = "v1," + base64.b64encode(digest(secret, head.encode() + body)).decode()
        return request


schemathesis.auth.set_from_requests(Signature()).apply_to(path_regex="^/webhooks/")


def bare(key):
    """The key that both of its spellings stand for."""
    return re.sub(r"\\(.)", r"\1", key[1:-1]) if isinstance(key, str) and key.startswith('"') else key


EXAMPLE_KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324"
used_keys = set(known.get("keys", []))


@schemathesis.hook
def before_call(context, case, kwargs):
    name = operation_id(case)
    is_positive = case.meta is not None and case.meta.generation.mode.is_positive
    # A new action has a new key; what schemathesis draws is often the example's or the shortest again.
    key = bare(case.headers.get("Idempotency-Key"))
    if key == EXAMPLE_KEY or (is_positive and key in used_keys):
        key = case.headers["Idempotency-Key"] = str(uuid.uuid4())
    used_keys.add(key)
    if name in OLDER and is_positive and number_of(key) % 4 == 0:
        case.path_parameters["id"] = OLDER[name][number_of(key) // 4 % len(OLDER[name])]
    # No link leads to it: whoever follows several would meet what is deleted.
    if name == "deleteWebhookEndpoint" and is_positive:
        case.path_parameters["endpointId"] = DELETED[0]
    if name in ON_ENDPOINT and is_positive and number_of(case.path_parameters) % 2 == 0:
        endpoint, ping = PINGS[number_of(case.path_parameters) // 2 % len(PINGS)]
        case.path_parameters["endpointId"] = endpoint
        if name == "redeliverWebhook":
            case.path_parameters["deliveryId"] = ping
    if name == "placeOrder" and is_positive and isinstance(case.body, dict):
        keep_order_rules(case.body)
    # A batch leaves those attentions open that `resolveOrder` is to succeed on: refunds that were refused.
    if name == "resolveAttentions" and is_positive and isinstance(case.body, dict):
        if case.body["filter"].get("cause", "refund_refused") == "refund_refused":
            case.body["filter"] = {"cause": "delivery_overdue"}
    # What is drawn for `Prefer` hardly ever is a preference.
    if name in ("placeOrder", "refundOrder") and is_positive and number_of(case.body) % 4 == 0:
        case.headers["Prefer"] = "wait=5"
    # A stream is asked for by a header that OpenAPI leaves out of the parameters.
    if name == "readTimeline" and is_positive and number_of(case.path_parameters) % 2 == 0:
        case.headers["Accept"] = "text/event-stream"
        # After a drawn number nothing comes, and the stream stays open.
        if str(case.headers.get("Last-Event-ID", "")).isdigit():
            del case.headers["Last-Event-ID"]


def number_of(value):
    return int.from_bytes(hashlib.sha256(json.dumps(value, default=str).encode()).digest()[:4], "big")


def keep_order_rules(body):
    """Three rules are beyond JSON Schema: `total` is the sum, a total that is not 0 needs a payment, a unique reference is one."""
    number = number_of(body)
    # What is drawn is hardly ever in stock, and no payment method; what the example orders always is.
    for line in body["lines"]:
        if line["sku"] == "MUG-1":
            line["sku"] = "GONE-1"
    if number % 2 == 0:
        body["currency"] = "EUR"
        body["payment"] = {"method": METHODS[number // 8 % len(METHODS)]}
        for line in body["lines"]:
            line.update(sku="MUG-1", quantity=1 + int(line["quantity"]) % 3, unitPrice=int(line["unitPrice"]) % 100_000)
        if number % 8 == 0:
            body["lines"][0]["unitPrice"] += DEAR
    if not 0 <= sum_of(body) <= LARGEST:
        body.pop("adjustments", None)
        body["lines"] = [{**body["lines"][0], "quantity": 1}]
    if body.get("uniqueReference"):
        body.setdefault("reference", str(uuid.uuid4()))
    body["total"] = sum_of(body)
    if body["total"] > 0:
        body.setdefault("payment", {"method": "pm_card_visa"})


def sum_of(body):
    lines = sum(int(line["quantity"]) * int(line["unitPrice"]) for line in body["lines"])
    return lines + sum(int(adjustment["amount"]) for adjustment in body.get("adjustments", []))


@schemathesis.hook
def filter_failure(context, failure, case, response):
    if isinstance(failure, AcceptedNegativeData):
        return operation_id(case) not in STORES_WHAT_IS_SIGNED
    if not isinstance(failure, RejectedPositiveData) or response.status_code >= 500:
        return True
    code = response.json()["code"]
    return code not in REASONS.get(operation_id(case), {})


@schemathesis.check
def refuses_the_other_role(ctx, response, case):
    allowed = schemes(case)
    others = [name for name in KEYS if name not in allowed]
    if len(others) != 1 or not 200 <= response.status_code < 300:
        return
    if counted[operation_id(case)]["403"] >= PROBES:
        return
    answer = case.call(headers={"Authorization": f"Bearer {KEYS[others[0]]}"})
    count(case, answer)
    assert answer.status_code == 403, f"{others[0]} got {answer.status_code}"
    assert answer.json()["code"] == "forbidden"


counting = threading.Lock()


def count(case, response):
    with counting:
        counted[operation_id(case)][str(response.status_code)] += 1


@schemathesis.hook
def after_call(context, case, response):
    count(case, response)


@atexit.register
def write_state():
    keys = [key for key in used_keys if isinstance(key, str)]
    STATE.write_text(json.dumps({"requests": counted, "keys": keys}))
