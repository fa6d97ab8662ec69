/** The style of the HTML report: light and dark, on paper too. Nothing in it is fetched. */

export const STYLESHEET = `:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--page:#fff;--panel:#f4f6f8;--line:#d0d7de;--bad:#b3261e;--warn:#8a5300;--good:#17692f;--info:#0b5cad}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6e9ed;--soft:#9aa4af;--page:#14171b;--panel:#1d2228;--line:#3a424b;--bad:#ff8a80;--warn:#f0b755;--good:#6bd48a;--info:#7db8f5}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem;max-width:76rem;background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
h1{font-size:1.45rem;line-height:1.35;margin:0 0 1.5rem;padding-left:.9rem;border-left:.35rem solid var(--soft);overflow-wrap:anywhere}
h1.error{border-color:var(--bad)}h1.warning{border-color:var(--warn)}h1.info{border-color:var(--info)}h1.healthy{border-color:var(--good)}
h2{font-size:1.15rem;margin:2rem 0 .5rem}
h3{font-size:1rem;margin:0;overflow-wrap:anywhere}
p{margin:.4rem 0;max-width:60rem;overflow-wrap:anywhere}
code,pre,.data{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.88em;unicode-bidi:isolate}
pre{margin:.4rem 0 .8rem;padding:.7rem .9rem;background:var(--panel);border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;overflow-wrap:anywhere}
.kind,.remark,footer{color:var(--soft);font-size:.9rem}
.finding{margin:.8rem 0;padding:.8rem 1rem;border:1px solid var(--line);border-left:.35rem solid var(--info);border-radius:6px}
.finding.error{border-left-color:var(--bad)}.finding.warning{border-left-color:var(--warn)}
.severity{font-weight:700}.error .severity{color:var(--bad)}.warning .severity{color:var(--warn)}.info .severity{color:var(--info)}
.scroll{overflow-x:auto;container-type:inline-size}
table{border-collapse:collapse;margin:.4rem 0;font-size:.92rem}
th,td{padding:.3rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{vertical-align:bottom;color:var(--soft);font-weight:600}
tbody th{font-weight:400}
td.data,th.data{white-space:nowrap}
td.long,th.long{white-space:normal;overflow-wrap:anywhere;min-width:9rem}
td.number{white-space:nowrap}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
td.frame{white-space:nowrap}
tr.remarked>*{border-bottom:0;padding-bottom:0}
tr.remarks td{padding-top:.1rem;color:var(--soft)}
tr.remarks div{position:sticky;left:.7rem;max-width:calc(100cqw - 1.4rem);overflow-wrap:anywhere}
tr.remarks span+span::before{content:"· "}
tr.trouble th,td.missing{color:var(--bad);font-weight:600}
figure{margin:.4rem 0}figcaption{color:var(--soft);font-size:.9rem}
svg{font:12px system-ui,sans-serif;fill:var(--ink)}
svg .host{fill:var(--panel);stroke:var(--line)}
svg .host-name{font-weight:700}
svg .point-name,svg .end-name{font:11px ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace;text-anchor:middle}
svg .end-name,svg .row{fill:var(--soft)}
svg .point{stroke:var(--soft);stroke-width:2}
svg .end{stroke:var(--soft);stroke-dasharray:2 4}
svg .passed{stroke:var(--ink);stroke-width:1.5}
svg .head{fill:var(--ink)}
svg .lost{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:5 4}
svg .cross{stroke:var(--bad);stroke-width:2.5;fill:none}
svg .passed-count,svg .lost-count{text-anchor:middle}
svg .lost-count{fill:var(--bad);font-weight:700}
@media (max-width:44rem){body{padding:1rem}.finding{padding:.6rem .7rem}th,td{padding-left:.4rem;padding-right:.4rem}tr.remarks div{left:.4rem;max-width:calc(100cqw - .8rem)}tr.remarks span{display:block}tr.remarks span+span::before{content:none}}
@media print{:root{font-size:9.5pt;color-scheme:light}body{max-width:none;padding:0 1px}.scroll{overflow:visible}.finding,tr,figure,pre{break-inside:avoid}tr.remarks{break-before:avoid}tr.remarks div{position:static;max-width:none}h2,h3{break-after:avoid}svg{max-width:100%;height:auto}}
`;

/** SHA-256 of the style sheet in base64: the page's content security policy allows this style and no other. */
export const STYLESHEET_SHA256 = 'KS0TURQkw2s1eg2+rTTOtP1hPv0rm6N1+DpBk2DuJzc=';
