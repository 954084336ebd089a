/** The style of the page; colours are those of `palette.ts`. */
import { schemeCss } from './palette.ts'

export const PAGE_CSS = `${schemeCss(':root', 'both')}
:root{color-scheme:light dark}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
header,main,footer{max-width:1320px;margin:0 auto;padding:0 16px}
header{padding-top:28px}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3em;letter-spacing:-.01em}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .8em;padding-top:1.6em;border-top:1px solid var(--grid)}
section{margin-top:2.2em}
a{color:var(--s0)}
:focus-visible{outline:2px solid var(--s0);outline-offset:2px}
.lead{color:var(--quiet);max-width:68ch;margin:.3em 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,200px),1fr));gap:12px;margin:24px 0 0;padding:0;list-style:none}
.tiles li{border:1px solid var(--grid);border-radius:10px;padding:12px 14px}
.tiles b{display:block;font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles span{display:block;font-size:.9rem}
.tiles small{display:block;font-size:.82rem;color:var(--quiet)}
nav ul{display:flex;flex-wrap:wrap;gap:6px 18px;padding:0;margin:22px 0 0;list-style:none}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,340px),1fr));gap:28px 24px;align-items:start}
figure{margin:0;min-width:0}
h3{font-size:1rem;margin:0 0 .4em}
figcaption{font-size:.86rem;color:var(--quiet);margin-top:.2em}
svg.plot{display:block;width:100%;height:auto;max-width:460px}
svg.plot text{font-variant-numeric:tabular-nums}
details{font-size:.86rem;margin-top:.4em}
summary{cursor:pointer;color:var(--quiet);padding:4px 0}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums;margin:.4em 0}
caption{text-align:left;color:var(--quiet);padding-bottom:.3em}
th,td{text-align:left;padding:4px 14px 4px 0;border-bottom:1px solid var(--grid);vertical-align:top}
th{font-weight:600}
.whole{margin-top:1.4em}
dl{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:16px 0 0;font-size:.9rem}
dt{color:var(--quiet)}dd{margin:0;overflow-wrap:anywhere}
@media(max-width:520px){dl{grid-template-columns:1fr}dd{margin-bottom:.4em}}
footer{color:var(--quiet);font-size:.86rem;padding-top:3em;padding-bottom:3em}
@media print{details{display:none}}`
