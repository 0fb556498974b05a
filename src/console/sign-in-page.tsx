import type { ConsoleDeps } from "./console-deps.js";
import type { Session } from "./session.js";

interface SignIn {
  deps: Pick<ConsoleDeps, "demo">;
  session: Session | null;
  /** Where to go then. */
  next: string;
}

/** Where a session begins, or gets a key of another role. */
export function SignInPage({ deps, session, next }: SignIn) {
  return (
    <>
      <h1>{session ? "Add a key" : "Sign in"}</h1>
      <section class="sheet">
        <form class="fields" method="post" action="/console/sign-in">
          <input type="hidden" name="next" value={next} />
          <label>
            API key
            <input type="password" name="apiKey" required autocomplete="current-password" maxlength={500} />
            <small>
              {session
                ? `A key of another role of ${session.tenant}: what each may do, the console may do. You have ${session.roles.join(" and ")}.`
                : "What the key may do, the console may do. It stays in this browser for twelve hours."}
            </small>
          </label>
          <button>{session ? "Add the key" : "Sign in"}</button>
        </form>
      </section>
      {deps.demo && !session && (
        <section class="sheet">
          <form method="post" action="/console/sign-in">
            <input type="hidden" name="next" value={next} />
            <input type="hidden" name="demo" value="true" />
            <p>This is a demo: its keys are public, and nothing real moves.</p>
            <button class="quiet">Sign in as acme, merchant and operator</button>
          </form>
        </section>
      )}
    </>
  );
}
