// Everything here works without it, but by reloading. It keeps the live parts of a page up to date, and takes a pressed
// button out of reach until the answer is there.

const connection = document.getElementById("connection");

function setConnected(isConnected) {
  if (connection) connection.hidden = isConnected;
}

/** Reads this page again and replaces its live parts. */
let refreshing = null;
function refresh() {
  refreshing ??= fetch(location.href, { headers: { Accept: "text/html" } })
    .then(async (answer) => {
      if (answer.redirected && new URL(answer.url).pathname === "/console/sign-in") return location.reload();
      if (!answer.ok) throw new Error(`answered ${answer.status}`);
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of document.querySelectorAll("[data-live]")) {
        const next = fresh.getElementById(part.id);
        if (next && !isUsed(part) && contentOf(next) !== contentOf(part)) part.replaceChildren(...next.childNodes);
      }
      if (!fresh.querySelector("[data-follow]")) source?.close();
      setConnected(true);
    })
    .catch(() => setConnected(false))
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** Whether a form of it is being filled in. */
function isUsed(part) {
  const { activeElement } = document;
  const isTyping = part.contains(activeElement) && activeElement.matches("input, select, button");
  return isTyping || part.querySelector("details[open] form") !== null;
}

/** What a reader sees: every rendering of a form has another idempotency key. */
function contentOf(part) {
  return part.innerHTML.replaceAll(/name="key" value="[^"]*"/g, "");
}

/** An order's own events say when its page is out of date; other pages ask. */
let source = null;
const { events, types = "", every } = document.querySelector("[data-follow]")?.dataset ?? {};
if (events) {
  source = new EventSource(events);
  let later = null;
  const noticed = () => {
    later ??= setTimeout(() => {
      later = null;
      void refresh();
    }, 150);
  };
  source.addEventListener("open", () => void refresh());
  for (const type of types.split(" ")) source.addEventListener(type, noticed);
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 15_000);
    else setConnected(false);
  });
  addEventListener("pagehide", () => source.close());
}
if (every) {
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, Number(every));
}

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
  for (const button of burst.querySelectorAll("button")) button.disabled = false;
});
