/** Colours by their use, for light and dark. Text has a contrast of at least 4.5 to 1 on its ground in both (style.test.ts). */
export const palette = {
  light: {
    page: '#fbfaf7',
    raised: '#ffffff',
    ink: '#1d1f21',
    muted: '#5d6167',
    line: '#dedcd5',
    faint: '#eeece6',
    good: '#17734a',
    bad: '#b3261e',
    'bad-tint': '#fbe8e6',
    link: '#1a5fb4',
    tunnel: '#2870b8',
    'tunnel-inside': '#d9e9f8',
    diameter: '#8048a8',
    gap: '#fbe3dd',
    'series-0': '#1a66b0',
    'series-1': '#b5540a',
    'series-2': '#17734a',
    'series-3': '#8048a8',
  },
  dark: {
    page: '#15171a',
    raised: '#1c1f23',
    ink: '#e8e6e1',
    muted: '#a3a7ad',
    line: '#363a40',
    faint: '#24272c',
    good: '#5cc491',
    bad: '#ff8a80',
    'bad-tint': '#40201d',
    link: '#82b7f2',
    tunnel: '#4d94da',
    'tunnel-inside': '#1d3450',
    diameter: '#c493ea',
    gap: '#472a24',
    'series-0': '#6db1f5',
    'series-1': '#f0a35e',
    'series-2': '#5cc491',
    'series-3': '#c493ea',
  },
} as const

function variables(colours: Record<string, string>): string {
  return Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';')
}

/** Paper is light whatever the screen is. */
const colours = `:root{color-scheme:light;${variables(palette.light)}}
@media screen and (prefers-color-scheme:dark){:root{color-scheme:dark;${variables(palette.dark)}}}`

const text = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:66rem;padding:0 clamp(1rem,4vw,2.5rem) 4rem;background:var(--page);color:var(--ink);
font:16px/1.5 Inter,ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
code,pre,.host-name{font-family:ui-monospace,"SF Mono","Cascadia Code",Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}
a{color:var(--link);text-underline-offset:.15em;text-decoration-thickness:.06em}
:focus-visible{outline:2px solid var(--link);outline-offset:3px;border-radius:3px}
h1,h2,h3{line-height:1.2;letter-spacing:-.015em;text-wrap:balance;margin:0}
h2{font-size:1.5rem;font-weight:650;margin-bottom:1.25rem}
h3{font-size:1.0625rem;font-weight:650;letter-spacing:-.005em}
section{padding-top:2.5rem;margin-top:2.75rem;border-top:1px solid var(--line)}
figure{margin:0}
figure+figure{margin-top:2.5rem}
figure h3{margin-bottom:.75rem}
.keys{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem}
.key::before{content:"";display:inline-block;width:1.5rem;height:0;border-top:3px solid;border-radius:2px;margin-right:.5rem;vertical-align:.28em}
.key.series-0{color:var(--series-0)}.key.series-1{color:var(--series-1)}.key.series-2{color:var(--series-2)}.key.series-3{color:var(--series-3)}
figcaption{margin-top:.75rem;color:var(--muted);font-size:.875rem}
figcaption details{margin-top:.5rem}
summary{cursor:pointer}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
footer{margin-top:4rem;padding-top:1.25rem;border-top:1px solid var(--line);color:var(--muted);font-size:.875rem}
footer p{margin:0;max-width:44rem}`

const headline = `
header{padding-top:2rem}
.brand{display:flex;align-items:center;gap:.6rem;margin:0 0 clamp(2.5rem,7vw,4.5rem);font-weight:650;letter-spacing:-.01em}
.brand svg{fill:none;stroke:var(--ink);stroke-width:2}
.brand circle{fill:var(--ink);stroke:none}
.brand .away{fill:var(--tunnel)}
.brand span{margin-left:auto;color:var(--muted);font-weight:400;font-size:.875rem;letter-spacing:0}
h1{font-size:clamp(2.25rem,7vw,3.75rem);font-weight:700;letter-spacing:-.035em;line-height:1.05}
.holds h1{color:var(--good)}
.fails h1{color:var(--bad)}
.lead{margin:.9rem 0 0;font-size:clamp(1.0625rem,2.4vw,1.3125rem);line-height:1.4;max-width:40rem;text-wrap:pretty}
.failed{margin:1.5rem 0 0;padding:1rem 1.25rem;list-style:none;background:var(--bad-tint);border-radius:10px}
.failed li+li{margin-top:.5rem}
.failed a{color:var(--bad);font-weight:600}
.failed span{display:block;font-size:.9375rem;overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:1.25rem 3rem;margin:2.25rem 0 0}
.facts>div:first-child{max-width:26rem}
dt{color:var(--muted);font-size:.875rem}
dd{margin:0}
dd small{display:block;color:var(--muted);font-size:.875rem}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:1.75rem 1.5rem;margin:0}
.figures>div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
.figures dt{line-height:1.35;padding-right:.5rem}
.figures dd{color:var(--muted)}
.figures b{color:var(--ink);font-size:2.125rem;font-weight:650;letter-spacing:-.03em;line-height:1.2}
@media screen and (max-width:30rem){.figures{grid-template-columns:1fr 1fr}.figures b{font-size:1.75rem}}`

const pictures = `
svg.wide,svg.narrow{display:block;width:100%;height:auto;overflow:visible}
svg.narrow{display:none;max-width:27rem;margin:0 auto}
figcaption .marks{display:none;margin:0 0 .75rem;padding-left:1.5rem;color:var(--ink)}
@media screen and (max-width:44rem){svg.wide{display:none}svg.narrow,figcaption .marks{display:block}}
svg text{font-size:12px;fill:var(--muted)}
.axis .grid{stroke:var(--line);stroke-width:1}
.axis .tick,.axis .base{stroke:var(--muted);stroke-width:1}
.axis .name{fill:var(--ink)}
.mark line{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}
.mark text{fill:var(--ink);font-weight:600}
.line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.line.series-0{stroke:var(--series-0)}.line.series-1{stroke:var(--series-1)}.line.series-2{stroke:var(--series-2)}.line.series-3{stroke:var(--series-3)}
.band{opacity:.2}
.band.series-0,svg .label.series-0{fill:var(--series-0)}.band.series-1,svg .label.series-1{fill:var(--series-1)}
.band.series-2,svg .label.series-2{fill:var(--series-2)}.band.series-3,svg .label.series-3{fill:var(--series-3)}
svg .label,.mark text,.measure text{font-weight:600;paint-order:stroke;stroke:var(--page);stroke-width:4px;stroke-linejoin:round}
.dots{fill:none;stroke:var(--series-0);stroke-width:3;stroke-linecap:round}
.gap{fill:var(--gap)}
.measure path{stroke:var(--bad);stroke-width:1.5;fill:none}
.measure text{fill:var(--bad)}
.measure .size{font-size:18px;font-weight:650;letter-spacing:-.01em}
.group rect{fill:var(--faint);stroke:var(--line)}
svg .group-name text{font-size:13px;paint-order:stroke;stroke:var(--faint);stroke-width:5px;stroke-linejoin:round}
.host rect{fill:var(--raised);stroke:var(--muted);stroke-width:1.25}
svg .host-name{font-size:15px;font-weight:650;fill:var(--ink)}
.tube,.tube-inside,.wire,.access,.diameter{fill:none}
.tube{stroke:var(--tunnel);stroke-width:13;stroke-linecap:round}
.tube-inside{stroke:var(--tunnel-inside);stroke-width:9.5;stroke-linecap:round}
.wire{stroke:var(--muted);stroke-width:1.5}
.access{stroke:var(--ink);stroke-width:2.25;stroke-dasharray:.1 6;stroke-linecap:round}
.diameter{stroke:var(--diameter);stroke-width:2;stroke-dasharray:7 4}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1.75rem;margin:0;padding:0;list-style:none}
.legend li{display:flex;align-items:center;gap:.6rem}`

const tables = `
table{width:100%;border-collapse:collapse;font-size:.9375rem;line-height:1.4}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.5rem 1.25rem .5rem 0;text-align:left;vertical-align:top;font-weight:400;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
thead th{color:var(--muted);font-size:.8125rem;padding-block:.25rem}
th:last-child,td:last-child{padding-right:0}
.scroll{overflow-x:auto}
.numbers td,.numbers thead th:not(:first-child){text-align:right;white-space:nowrap}
.check-mark{display:inline-block;vertical-align:-.15em;fill:none;stroke:currentColor;stroke-width:2.25;stroke-linecap:round;stroke-linejoin:round}
.tally.holds,.checks .holds td:first-child{color:var(--good)}
.tally.fails,.checks .fails td:first-child{color:var(--bad)}
.tally{white-space:nowrap}
.checks{table-layout:fixed;margin:.75rem 0 1rem}
.checks th:first-child,.checks td:first-child{width:1.75rem;padding-right:0}
.checks thead th:nth-child(3),.checks thead th:nth-child(4){width:28%}
.checks td:nth-child(3){color:var(--muted)}
.checks .fails td:last-child{color:var(--bad);font-weight:600}
.checks tr:target{background:var(--bad-tint)}
@media screen and (max-width:44rem){
.checks,.checks tbody{display:block}.checks thead{display:none}
.checks tr{display:grid;grid-template-columns:1.75rem 1fr;padding:.65rem 0;border-bottom:1px solid var(--line)}
.checks th,.checks td{border:0;padding:0}
.checks td:nth-child(n+3){grid-column:2;font-size:.875rem}
.checks td[data-name]::before{content:attr(data-name) " ";color:var(--muted);font-weight:400}}`

const stepStyle = `
.index{list-style:none;margin:0;padding:0;font-size:.9375rem}
.index li{display:grid;grid-template-columns:1fr 5.5rem 11rem 3rem;gap:0 1.25rem;align-items:baseline;padding:.4rem 0;border-bottom:1px solid var(--line)}
.index a{color:inherit;text-decoration-color:var(--line)}
.index a:hover{text-decoration-color:currentColor}
.index .span{align-self:center;height:8px;background:var(--faint);border-radius:4px;overflow:hidden}
.index .span i{display:block;height:100%;border-radius:4px;background:var(--tunnel)}
.index .seconds{text-align:right;color:var(--muted)}
@media screen and (max-width:44rem){.index li{grid-template-columns:1fr auto}.index .span{display:none}.index .seconds{display:none}}
.step{margin-top:3rem;scroll-margin-top:1.5rem}
.step h3{font-size:1.1875rem}
.when{margin:.25rem 0 0;color:var(--muted);font-size:.875rem}
.evidence{background:var(--raised);border:1px solid var(--line);border-radius:8px;margin-top:.5rem;font-size:.8125rem}
.evidence summary{padding:.5rem .85rem;overflow-wrap:anywhere}
.evidence summary b{display:inline-block;margin:0 .75rem 0 .25rem;min-width:2.25rem;font-weight:650;color:var(--tunnel)}
.evidence pre,.nothing{margin:0;padding:.75rem .85rem;border-top:1px solid var(--line)}
.evidence pre{overflow:auto;max-height:30rem;line-height:1.5;tab-size:8}
.nothing{color:var(--muted);font-style:italic}
.captures{columns:16rem;margin:0;padding:0;list-style:none}
@media print{:root{--page:#ffffff}html{font-size:12px}body{max-width:none;padding:0;font-size:1rem}.brand{margin-bottom:2.5rem}section{margin-top:1.5rem;padding-top:1.5rem}section,.step,figure,tr,.figures>div{break-inside:avoid}section{break-inside:auto}.step{break-inside:auto}h2,h3,.when{break-after:avoid}
details::details-content{content-visibility:visible;height:auto}.evidence pre{max-height:none;white-space:pre-wrap}.evidence{break-inside:avoid-page}a{color:inherit}}`

/** The style sheet of the page. */
export const style = [colours, text, headline, pictures, tables, stepStyle].join('')
