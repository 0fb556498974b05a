/** A page of ours: one look, no script, nothing from another host. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; --line: light-dark(#d8dde3, #39414a); --soft: light-dark(#5b6570, #9aa5b1); --link: light-dark(#0b5cad, #7db8f5); }
  body { font: 16px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
  h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 1rem; }
  h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
  a { color: var(--link); }
  p.soft, footer { color: var(--soft); }
  code, pre { font: .9em/1.5 ui-monospace, monospace; }
  pre { overflow-x: auto; padding: .9rem 1rem; border: 1px solid var(--line); border-radius: 6px; }
  table { border-collapse: collapse; width: 100%; }
  td, th { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  img { max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
  footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: 1rem; font-size: .9rem; }
</style>
</head>
<body>
${body}
<footer><a href="/">Idem</a> · <a href="/guides">Guides</a> · <a href="/docs">Reference</a></footer>
</body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
