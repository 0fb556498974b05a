import { readFile } from "node:fs/promises";
import { Marked } from "marked";
import { escapeHtml, page } from "./page.js";
import { projectFile } from "./project-file.js";

/** The pages of docs/ that are served, by their names, each with what a reader finds there. */
const GUIDES = {
  "first-hour": ["The first hour", "submit, repeat, break and repair orders in a demo, step by step"],
  concepts: ["Concepts", "what Idem promises, what it does not, and the words for it"],
  "for-callers": ["For callers", "a shop's developer: keys, answers, refusals, events"],
  "for-support": ["For support", "find an order and say what happens to it"],
  "for-operators": ["For operators", "decide, resolve what needs attention, refund"],
  "for-administrators": ["For administrators", "run it: settings, keys, backups, releases, alerts"],
  configuration: ["Configuration", "every setting, its default and meaning"],
  console: ["The console", "its pages, what each role may do there, how it is kept safe"],
  "command-line": ["The command line", "every command of `idem`, its exit statuses"],
  client: ["The client", "`idem/client` for JavaScript, in Node and in browsers"],
  webhooks: ["Receiving events", "the feed and signed deliveries"],
  simulator: ["The simulator", "simulated providers, test payment methods, scripted faults"],
  contract: ["Contract", "everything that callers and providers observe"],
  operations: ["Operations", "attentions, monitoring, providers, backups in detail"],
  scaling: ["Scaling", "what a process carries, and how to add more"],
  upgrading: ["Upgrading", "rolling releases and worker versions"],
  architecture: ["Architecture", "how it is built: layers, tables, runs"],
  glossary: ["Glossary", "one word for each concept"],
} as const satisfies Record<string, readonly [title: string, about: string]>;

const isGuide = (name: string): name is keyof typeof GUIDES => Object.hasOwn(GUIDES, name);

/** A page of docs/ as it was written; null for a name that is none. */
export async function guideText(name: string): Promise<string | null> {
  return isGuide(name) ? readFile(projectFile("docs", `${name}.md`), "utf8") : null;
}

/** A page of docs/ to read in a browser. Links lead to served pages; what is not served keeps its words alone. */
export async function guidePage(name: string): Promise<string | null> {
  const text = await guideText(name);
  if (text === null || !isGuide(name)) return null;
  return page(GUIDES[name][0], await RENDERER.parse(text));
}

export async function guidePicture(name: string): Promise<Buffer | null> {
  if (!/^[a-z0-9-]+\.png$/.test(name)) return null;
  return readFile(projectFile("docs", "pictures", name)).catch(nullIfMissing);
}

function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT") return null;
  throw error;
}

export function guideList(): string {
  const rows = Object.entries(GUIDES).map(
    ([name, [title, about]]) =>
      `<tr><td><a href="/guides/${name}">${title}</a></td><td>${escapeHtml(about.replaceAll("`", ""))}</td></tr>`,
  );
  return page("Guides", `<h1>Guides</h1>\n<table>\n${rows.join("\n")}\n</table>`);
}

/** The pages as a list for programs that read. Source: llmstxt.org. */
export function llmsText(publicUrl: string): string {
  const lines = Object.entries(GUIDES).map(
    ([name, [title, about]]) => `- [${title}](${publicUrl}/guides/${name}.md): ${about}`,
  );
  return `# Idem

> Idem accepts orders over HTTP and carries out each of them once: one order, one charge, one email of each type, one shipment,
> however often a request is repeated under its Idempotency-Key.

## API

- [OpenAPI document](${publicUrl}/openapi.json): every route, header, body and problem

## Pages

${lines.join("\n")}
`;
}

const RENDERER = new Marked({
  renderer: {
    heading({ tokens, depth, text }) {
      const id = text
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} -]/gu, "")
        .replaceAll(" ", "-");
      return `<h${depth} id="${escapeHtml(id)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
    },
    link({ href, tokens }) {
      const words = this.parser.parseInline(tokens);
      const to = targetOf(href);
      return to === null ? words : `<a href="${escapeHtml(to)}">${words}</a>`;
    },
  },
});

/** Where a link of docs/ leads when it is served: null for files of the project that are not. */
function targetOf(href: string): string | null {
  if (/^(https?:|#|\/)/.test(href)) return href;
  const [, problem] = /^problems\/([a-z-]+)\.md$/.exec(href) ?? [];
  if (problem !== undefined) return `/problems/${problem}`;
  const [, name = "", anchor = ""] = /^([a-z-]+)\.md(#.*)?$/.exec(href) ?? [];
  return isGuide(name) ? `/guides/${name}${anchor}` : null;
}
