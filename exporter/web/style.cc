#include "exporter/web/html.h"

namespace batchslo {

std::string_view StyleSheet() {
  return R"css(:root{color-scheme:light dark;--bg:#f6f7f8;--fg:#1b2026;--dim:#5a646f;--line:#e1e4e8;--card:#fff;--met:#1a7a48;--missed:#bf2419;--unknown:#8a5a00;--pending:#33598f;--paused:#5a646f;--gone:#5a646f;--mark:#fff;--tint:#fdf1f0}
@media(prefers-color-scheme:dark){:root{--bg:#121519;--fg:#e8ebee;--dim:#9ba6b1;--line:#2a3038;--card:#1a1e24;--met:#57c98b;--missed:#ff8378;--unknown:#e7b656;--pending:#90b5eb;--paused:#9ba6b1;--gone:#9ba6b1;--mark:#14181c;--tint:#2b1c1d}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:78rem;padding:1.5rem 1.25rem 3rem;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
header{display:flex;flex-wrap:wrap;gap:.25rem 1rem;align-items:baseline;margin-bottom:1.1rem}
h1{font-size:1.35rem;line-height:1.25;margin:0;letter-spacing:-.015em;overflow-wrap:anywhere}
h2{font-size:.8rem;font-weight:600;letter-spacing:.05em;text-transform:uppercase;color:var(--dim);margin:2.25rem 0 .6rem}
a{color:inherit;text-decoration-color:var(--line);text-decoration-thickness:1px;text-underline-offset:.2em}
a:hover{text-decoration-color:currentColor}a:focus-visible,pre:focus-visible{outline:2px solid var(--pending);outline-offset:2px}
.back{width:100%;font-size:.87rem;color:var(--dim)}.back::before{content:"\2190\a0"}
.state{display:inline-flex;align-items:baseline;gap:.4em;font-weight:600;white-space:nowrap;color:var(--c)}
.icons{position:absolute;width:0;height:0}
.state svg{width:1.05em;height:1.05em;flex:none;align-self:center;fill:var(--c);stroke:none}
symbol path{fill:none;stroke:var(--mark);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
symbol .f{fill:var(--c);stroke:none}symbol .o{fill:none;stroke:var(--c)}
.met{--c:var(--met)}.missed{--c:var(--missed)}.unknown{--c:var(--unknown)}.pending{--c:var(--pending)}.paused{--c:var(--paused)}.gone{--c:var(--gone)}.all{--c:var(--dim)}
.tiles{display:flex;flex-wrap:wrap;gap:.6rem;margin-bottom:1.25rem}
.tiles a{display:grid;gap:.1rem;min-width:6.6rem;padding:.6rem .9rem .65rem;border:1px solid var(--line);border-radius:.6rem;background:var(--card);text-decoration:none}
.tiles a:hover{border-color:var(--dim)}.tiles a[aria-current]{border-color:var(--fg);box-shadow:inset 0 0 0 1px var(--fg)}
.tiles b{font-size:1.6rem;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums;letter-spacing:-.02em}.tiles .state{font-size:.87rem}
.banner{border:1px solid var(--missed);border-radius:.6rem;padding:.7rem .9rem;margin:0 0 1rem;background:var(--tint);overflow-wrap:anywhere}
table,.panel{border:1px solid var(--line);border-radius:.6rem;background:var(--card)}
table{border-collapse:separate;border-spacing:0;width:100%;table-layout:fixed}
th,td{text-align:left;vertical-align:top;padding:.75rem 1rem;font-weight:400;overflow-wrap:anywhere}
thead th{padding:.55rem 1rem;color:var(--dim);font-size:.8rem}
thead th:nth-child(1){width:8.25rem}thead th:nth-child(3){width:8.5rem}.jobs thead th:nth-child(4){width:27rem}.sources thead th:nth-child(4){width:50%}
tbody td,tbody th{border-top:1px solid var(--line)}
tbody tr>:first-child{box-shadow:inset 3px 0 0 transparent}tr.missed>:first-child,tr.unknown>:first-child{box-shadow:inset 3px 0 0 var(--c)}
tbody tr:last-child>:first-child{border-bottom-left-radius:.6rem}
.name{font-weight:600}.dim,.sub{color:var(--dim)}.sub{font-size:.87rem}
.age,time{font-variant-numeric:tabular-nums}.age{white-space:nowrap}.label{display:none;color:var(--dim)}
.objectives{list-style:none;margin:0;padding:0}.objectives li:not(.sub){display:grid;grid-template-columns:7.2rem auto auto;align-items:baseline;gap:0 .75rem}
.due{font-size:.87rem;text-align:right}
.tag{display:inline-block;border:1px solid var(--unknown);border-radius:.3rem;padding:0 .35rem;font-size:.78rem;color:var(--unknown);white-space:nowrap}.bad{border-color:var(--missed);color:var(--missed)}
.error{margin-top:.35rem;padding:.3rem .6rem;border-left:2px solid var(--missed);border-radius:0 .3rem .3rem 0;background:var(--tint);font:.82rem/1.5 ui-monospace,"SF Mono",Menlo,"Noto Sans Mono","Liberation Mono",monospace;overflow-wrap:anywhere}
td>.error:first-child,.panel>.error{margin-top:0}
code,pre{font:.82rem/1.5 ui-monospace,"SF Mono",Menlo,"Noto Sans Mono","Liberation Mono",monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.6rem 0 0;max-height:26rem;overflow:auto}
.panel{margin:0;padding:.85rem 1rem}.panel p{margin:.5rem 0 0}.panel pre{background:var(--bg);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .75rem}
.objectives.panel{padding:.85rem 1rem}li.sub{margin:0 0 .5rem}
dl{display:grid;grid-template-columns:minmax(7rem,max-content) 1fr;gap:.35rem 1.5rem}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.runbook{max-width:52rem}.runbook pre{border:1px solid var(--line);border-radius:.4rem;background:var(--card);padding:.6rem .75rem;max-height:none}
.pager{display:flex;gap:1rem;margin-top:.75rem}
footer{margin-top:2.25rem;color:var(--dim);font-size:.85rem;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
@media(max-width:60rem){.jobs thead th:nth-child(4){width:20rem}.objectives li:not(.sub){grid-template-columns:7.2rem minmax(0,1fr)}.objectives .due{grid-column:2;text-align:left}}
@media(max-width:54rem){body{padding:1rem .75rem 2rem}.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(6.4rem,1fr));gap:.4rem}.tiles a{min-width:0;padding:.5rem .65rem}.tiles b{font-size:1.35rem}
table{border:0;background:none}table,tbody,tr,td,tbody th{display:block}thead{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
tbody tr{border:1px solid var(--line);border-radius:.6rem;background:var(--card);margin-bottom:.6rem;padding:.7rem .85rem}tr.missed,tr.unknown{box-shadow:inset 3px 0 0 var(--c)}
tbody td,tbody th{border:0;padding:0}tbody tr.missed>:first-child,tbody tr.unknown>:first-child{box-shadow:none}tbody tr>:first-child{display:flex;justify-content:space-between;align-items:baseline;margin-bottom:.25rem}
.label{display:inline}.age{font-size:.87rem;margin:.35rem 0 .1rem}td:empty{display:none}td>.error:first-child{margin-top:.35rem}}
@media(max-width:30rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.5rem}}
@media print{.tiles,footer{display:none}body{max-width:none;background:none}}
)css";
}

}  // namespace batchslo
