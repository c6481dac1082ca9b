import { readableOn } from './colors';

// Nothing moves, so that there is nothing to ask of prefers-reduced-motion.
/** The grounds of both schemes: that of the page and that of the card upon it. Each colour of text below can be read on both. */
const light = { page: '#f3f4f6', card: '#ffffff' };
const dark = { page: '#121417', card: '#1c2026' };

/**
 * The style of all pages.
 * @param color PAGE_COLOR, of which the shades for buttons and links are made
 */
export function pageStyle(color: string): string {
  // On the ground of the two that leaves less contrast.
  const lightAccent = readableOn(color, light.page);
  const darkAccent = readableOn(color, dark.card);
  return `:root{color-scheme:light dark;--page:${light.page};--card:${light.card};--text:#1b1f24;--quiet:#545b66;--line:#7a828e;
--accent:${lightAccent};--on-accent:${light.card};--bad:#b3161b;--bad-ground:#fdf0f0;--good-ground:#eef6ef}
@media (prefers-color-scheme:dark){:root{--page:${dark.page};--card:${dark.card};--text:#e9ecf0;--quiet:#aab2bd;--line:#7d8794;
--accent:${darkAccent};--on-accent:${dark.page};--bad:#ff9c98;--bad-ground:#361d1f;--good-ground:#19301f}}
${rules}`;
}

const rules = `*,*::before,*::after{box-sizing:border-box}
html{font:100%/1.5 system-ui,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;align-items:center;padding:1.5rem 1rem;background:var(--page);color:var(--text);overflow-wrap:break-word}
header{width:100%;max-width:26rem;margin:0 0 1rem;text-align:center}
header img{display:block;margin:0 auto .5rem;max-width:100%;height:3rem;object-fit:contain}
header p{margin:0;font-size:1.125rem;font-weight:600}
main{width:100%;max-width:26rem;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:.75rem}
main.wide{max-width:56rem}
h1{margin:0 0 1rem;font-size:1.5rem;line-height:1.25}
h2{margin:2rem 0 .75rem;font-size:1.2rem;line-height:1.3}
p{margin:0 0 1rem}
label{display:block;margin:0 0 .25rem;font-weight:600}
.field{margin:0 0 1.25rem}
.hint{margin:0 0 .375rem;color:var(--quiet);font-size:.9375rem}
.fault{margin:.375rem 0 0;color:var(--bad);font-weight:600}
input{width:100%;min-height:2.75rem;padding:.5rem .75rem;font:inherit;color:var(--text);background:var(--card);border:1px solid var(--line);border-radius:.5rem}
input[aria-invalid=true]{border:2px solid var(--bad)}
input[readonly]{background:var(--page)}
button,.button{display:inline-block;width:100%;min-height:2.75rem;padding:.5rem 1rem;font:inherit;font-weight:600;line-height:1.5;text-align:center;text-decoration:none;color:var(--on-accent);background:var(--accent);border:1px solid transparent;border-radius:.5rem;cursor:pointer}
button:hover,.button:hover{text-decoration:underline}
a{color:var(--accent)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.notice{margin:0 0 1.25rem;padding:.75rem 1rem;border-radius:.5rem;border:1px solid var(--line);background:var(--good-ground)}
.notice[role=alert]{border-color:var(--bad);background:var(--bad-ground);color:var(--bad);font-weight:600}
.quiet{color:var(--quiet);font-size:.9375rem}
.actions{margin:1.25rem 0 0}
h3{margin:0 0 .5rem;font-size:1.0625rem}
h4{margin:.75rem 0 .25rem;font-size:1rem}
ul.sessions,ul.sources,ul.names,ul.links{margin:0;padding:0;list-style:none}
ul.links{margin:0 0 1rem}
ul.links a{display:inline-block;padding:.375rem 0}
ul.sessions>li,ul.sources>li,.person{margin:0 0 1rem;padding:1rem;border:1px solid var(--line);border-radius:.5rem}
.person{margin-top:1.5rem}
dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(12rem,100%),1fr));gap:.5rem 1.5rem;margin:0 0 1rem}
dl.facts>div{min-width:0}
dt{color:var(--quiet);font-size:.9375rem}
dd{margin:0;overflow-wrap:anywhere}
.mark{display:inline-block;margin:0 .5rem;padding:0 .5rem;border:1px solid var(--line);border-radius:.5rem;background:var(--good-ground);font-size:.9375rem;font-weight:400}
.mark.down,.mark.degraded{border-color:var(--bad);background:var(--bad-ground);color:var(--bad)}
.mark.unknown{background:var(--card)}
summary{display:list-item;min-height:1.75rem;color:var(--accent);cursor:pointer}
summary:hover{text-decoration:underline}
.confirm form{margin:.75rem 0 0}
.confirm button,button.narrow{width:auto;max-width:100%;overflow-wrap:anywhere}
li>dl.facts:last-child{margin:0}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
footer{width:100%;max-width:26rem;margin:1rem 0 0;text-align:center}
footer ul{display:flex;flex-wrap:wrap;justify-content:center;gap:.25rem 1rem;margin:0;padding:0;list-style:none}
footer a{display:inline-block;padding:.5rem}
@media (forced-colors:active){button,.button{border-color:ButtonText}}
`;
