// Everything here works without it, but by reloading. It keeps the live parts of a page up to date, and takes a pressed
// button out of reach until the answer is there.

const RETRY_MS = 3_000;
const REFUSED_STREAM_MS = 15_000;
const FOCUSABLE = "a, button, summary, input, select";

const connection = document.getElementById("connection");
/** Says by its attributes what the page follows; without it nothing is followed. */
const place = document.querySelector("[data-follow]");
let source = null;
let timer = null;
let isReading = false;
let again = false;
let hasFailed = false;

// What was just done is said once.
const address = new URL(location.href);
address.searchParams.delete("notice");
history.replaceState(history.state, "", address);

/** Reads this page again, and once more for whatever changed meanwhile. */
async function refresh() {
  again = true;
  if (isReading) return;
  isReading = true;
  while (again) {
    again = false;
    hasFailed = await replaceParts().then(
      () => false,
      () => true,
    );
    if (connection) connection.hidden = !hasFailed;
  }
  isReading = false;
  follow();
}

async function replaceParts() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (answer.status === 429 || answer.status >= 500) throw new Error(`answered ${answer.status}`);
  // The session has ended, or the page is gone: what is said of that is a page of its own.
  if (!answer.ok || new URL(answer.url).pathname !== location.pathname) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const next = fresh.getElementById(part.id);
    if (next && !isFilledIn(part) && contentOf(next) !== contentOf(part)) replace(part, next);
  }
  const { events, every } = fresh.querySelector("[data-follow]")?.dataset ?? {};
  if (!events) delete place.dataset.events;
  if (!every) delete place.dataset.every;
}

/** Whether a form of it is being filled in. */
function isFilledIn(part) {
  const fields = [...part.querySelectorAll("input:not([type=hidden]), select")];
  const isChanged = (field) =>
    field.matches("select")
      ? [...field.options].some((option) => option.selected !== option.defaultSelected && !isFirstOf(field, option))
      : field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  return fields.some((field) => field === document.activeElement || isChanged(field));
}

/** A list in which nothing is chosen shows its first option. */
function isFirstOf({ options }, option) {
  return option === options[0] && [...options].every(({ defaultSelected }) => !defaultSelected);
}

/** What a reader sees: every rendering of a form has another idempotency key, and a reader opens details. */
function contentOf(part) {
  return part.innerHTML.replaceAll(/name="key" value="[^"]*"| open=""/g, "");
}

/** Replaces a part, and leaves open what is open and the focus where it is. */
function replace(part, next) {
  const opened = [...part.querySelectorAll("details")].map(({ open }) => open);
  const focused = [...part.querySelectorAll(FOCUSABLE)].indexOf(document.activeElement);
  part.replaceChildren(...next.childNodes);
  for (const [index, details] of part.querySelectorAll("details").entries()) details.open ||= opened[index] ?? false;
  part.querySelectorAll(FOCUSABLE)[focused]?.focus();
}

/** Follows what the page says, while it is seen: a browser has few connections to one host. */
function follow() {
  const { events, every } = document.hidden ? {} : (place?.dataset ?? {});
  if (!events) {
    source?.close();
    source = null;
  } else if (!source || source.readyState === EventSource.CLOSED) listen(events, place.dataset.types ?? "");
  if (hasFailed) refreshIn(RETRY_MS);
  else if (every) refreshIn(Number(every));
  else clearTimeout(timer);
}

/** One refresh is planned at most, however many reasons there are. */
function refreshIn(pauseMs) {
  clearTimeout(timer);
  timer = setTimeout(refresh, pauseMs);
}

/** An order's own events say when its page is out of date. */
function listen(events, types) {
  source = new EventSource(events);
  for (const type of types.split(" ")) source.addEventListener(type, () => void refresh());
  // The browser connects again by itself, but to a stream that was refused.
  source.addEventListener("error", ({ target }) => {
    refreshIn(target.readyState === EventSource.CLOSED ? REFUSED_STREAM_MS : hasFailed ? RETRY_MS : 0);
  });
}

follow();
document.addEventListener("visibilitychange", () => {
  if (place && !document.hidden) void refresh();
  else follow();
});
addEventListener("pagehide", () => source?.close());

addEventListener("submit", ({ target }) => {
  // After the form was read: a disabled button would not be sent.
  setTimeout(() => {
    for (const button of target.querySelectorAll("button")) button.disabled = true;
  });
});
// A page that comes back from the browser's memory is not being sent any more.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button[disabled]")) button.disabled = false;
});

document.querySelector("[role=alert]")?.focus();

// Five presses at one moment, as an impatient customer makes them: one idempotency key, one order.
const burst = document.querySelector("form[data-burst]");
burst?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new URLSearchParams(new FormData(burst));
  const list = document.getElementById("answers");
  list.replaceChildren();
  const press = async (number) => {
    const item = document.createElement("li");
    item.textContent = `Press ${number}: sent`;
    list.append(item);
    try {
      const answer = await fetch(burst.dataset.burst, { method: "POST", body: form });
      const { status, id, replayed, said } = await answer.json();
      item.textContent = `Press ${number}: ${status} ${replayed ? "is a repeat of the first" : "was the first"}: `;
      if (id) {
        const link = document.createElement("a");
        link.href = `/console/orders/${id}`;
        link.textContent = id;
        item.append(link);
      } else item.append(said);
    } catch {
      item.textContent = `Press ${number}: no answer`;
    }
  };
  await Promise.all([1, 2, 3, 4, 5].map(press));
  // The next five presses are another order.
  const fresh = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  for (const field of burst.querySelectorAll("input[type=hidden]"))
    field.value = fresh.querySelector(`form[data-burst] input[name="${field.name}"]`)?.value ?? field.value;
  for (const button of burst.querySelectorAll("button")) button.disabled = false;
});
