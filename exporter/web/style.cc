#include "exporter/web/html.h"

namespace batchslo {

std::string_view StyleSheet() {
  return R"css(:root{color-scheme:light dark;--bg:#fbfbfa;--fg:#1d2126;--dim:#5c6670;--line:#e3e5e8;--card:#fff;--met:#1a7f4b;--missed:#c0261c;--unknown:#8a5a00;--pending:#3a5f95;--paused:#5c6670;--gone:#5c6670;--tint:#fdf0ef}
@media(prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e7eaed;--dim:#9aa5b0;--line:#2a2f35;--card:#1b1f23;--met:#56c98a;--missed:#ff8177;--unknown:#e6b450;--pending:#8fb4ea;--paused:#9aa5b0;--gone:#9aa5b0;--tint:#2b1b1b}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1.25rem 1rem 3rem;background:var(--bg);color:var(--fg);font:15px/1.45 system-ui,-apple-system,"Segoe UI","Liberation Sans",sans-serif}
header{display:flex;flex-wrap:wrap;gap:.4rem 1.25rem;align-items:baseline;margin-bottom:.75rem}
h1{font-size:1.2rem;margin:0;letter-spacing:-.01em}h2{font-size:1rem;margin:2rem 0 .5rem}
a{color:inherit;text-decoration-color:var(--line);text-underline-offset:.18em}a:hover{text-decoration-color:currentColor}
nav{display:flex;flex-wrap:wrap;gap:.35rem}
nav a{display:inline-flex;gap:.35rem;padding:.15rem .6rem;border:1px solid var(--line);border-radius:99px;background:var(--card);text-decoration:none}
nav a[aria-current]{border-color:currentColor;font-weight:600}
.banner{border:1px solid var(--missed);border-radius:.5rem;padding:.6rem .8rem;margin:.75rem 0;background:var(--tint)}
.banner pre{margin:.5rem 0 0;overflow:auto;font-size:.85rem}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem;background:var(--card)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.5rem .75rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--dim);font-weight:500;font-size:.85rem;white-space:nowrap}
td.name{max-width:26rem;overflow-wrap:anywhere}
tbody th{font-weight:600;max-width:26rem;overflow-wrap:anywhere}
.state{font-weight:600;white-space:nowrap}.state::before{display:inline-block;width:1.2em}
.met{color:var(--met)}.met::before{content:"\2713"}
.missed{color:var(--missed)}.missed::before{content:"\2717"}
.unknown{color:var(--unknown)}.unknown::before{content:"?"}
.pending{color:var(--pending)}.pending::before{content:"\2026"}
.paused{color:var(--paused)}.paused::before{content:"\2016"}
.gone{color:var(--gone)}.gone::before{content:"\2205"}
.dim{color:var(--dim);font-weight:400}.small{font-size:.85rem}
.num{font-variant-numeric:tabular-nums;white-space:nowrap}
ul.plain{list-style:none;margin:0;padding:0}
code,pre{font-family:ui-monospace,"Liberation Mono",monospace;font-size:.88em}
pre.excerpt{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--bg);border:1px solid var(--line);border-radius:.4rem;padding:.6rem .75rem;max-height:24rem;overflow:auto}
.error{overflow-wrap:anywhere;color:var(--missed)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:0;padding:.75rem}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
footer{margin-top:2rem;color:var(--dim);font-size:.85rem;display:flex;flex-wrap:wrap;gap:.25rem 1rem}
@media print{nav,footer{display:none}body{max-width:none}}
)css";
}

}  // namespace batchslo
