import type { View } from "./visit.js";

interface Secret {
  heading: string;
  says: string;
  secret: string;
  /** Where to go once it is stored. */
  next: string;
}

/** A secret that no page shows again. */
export function shownOnce({ heading, says, secret, next }: Secret): View {
  return {
    title: heading,
    body: (
      <section class="sheet">
        <h1>{heading}</h1>
        <p>{says}</p>
        <pre>{secret}</pre>
        <p>
          <a class="button" href={next}>
            I have stored it
          </a>
        </p>
      </section>
    ),
  };
}
