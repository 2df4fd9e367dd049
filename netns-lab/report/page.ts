import { bandTolerance, goodputPlot, marksOf, medianWithin, seriesOfOnePlot } from './goodput-plot.ts'
import { handoverInWords, handoverPlot, handoverTitle } from './handover-plot.ts'
import { type Markup, markup } from './markup.ts'
import { forms } from './plot-frame.ts'
import type { Report, Series } from './report.ts'
import { formatNumber } from './scale.ts'
import { checkAnchor } from './step-section.ts'
import { legendOf, topologyPicture } from './topology-picture.ts'

/** The outcome in one short sentence. */
export function verdict(report: Report): string {
  const checks = report.steps.flatMap((step) => step.checks)
  const failed = checks.filter((check) => !check.holds).length
  if (checks.length === 0) return 'Nothing was checked'
  if (failed > 0) return `${failed} of ${checks.length} checks ${failed === 1 ? 'fails' : 'fail'}`
  return checks.length === 1 ? 'The one check holds' : `All ${checks.length} checks hold`
}

export function headline(report: Report): Markup {
  const kernelName = report.kernel.kind === 'native' ? 'native' : 'user-mode Linux'
  const failed = report.steps.flatMap((step) =>
    step.checks.filter((check) => !check.holds).map((check) => ({ step, check })),
  )
  const list =
    failed.length > 0
      ? markup`<ul class="failed">${failed.map(({ step, check }) => markup`<li><a href="#${checkAnchor(step, check)}">${check.what}</a> <span>expected ${check.expected}, seen ${check.seen}</span></li>`)}</ul>`
      : undefined
  return markup`<header class="${report.holds ? 'holds' : 'fails'}">
<p class="brand"><svg viewBox="0 0 32 20" width="32" height="20" aria-hidden="true"><path d="M5 14a11 11 0 0 1 22 0"/><circle cx="5" cy="14" r="3.5"/><circle cx="27" cy="14" r="3.5" class="away"/></svg>Sojourn<span>lab report · ${report.scenario}</span></p>
<h1>${verdict(report)}</h1>
<p class="lead">${report.title}</p>
${list}
<dl class="facts">
<div><dt>Kernel</dt><dd>Linux ${report.kernel.release}, ${kernelName}<small>${report.kernel.why}</small></dd></div>
<div><dt>Started</dt><dd><time datetime="${report.startedAt}">${report.startedAt.slice(0, 16).replace('T', ' ')}</time> UTC</dd></div>
<div><dt>Duration</dt><dd>${formatNumber(report.durationSeconds)} s<small>${report.steps.length} steps</small></dd></div>
</dl>
</header>`
}

export function keyFigures(report: Report): Markup | undefined {
  if (report.figures.length === 0) return undefined
  return markup`<section aria-labelledby="figures"><h2 id="figures">Measured</h2>
<dl class="figures">${report.figures.map((figure) => markup`<div><dt>${figure.what}</dt><dd><b>${formatNumber(figure.value)}</b> ${figure.unit}</dd></div>`)}</dl>
</section>`
}

export function network(report: Report): Markup {
  return markup`<section aria-labelledby="network"><h2 id="network">The network</h2>
<figure>${forms.map((form) => topologyPicture(report.topology, form))}
<figcaption>${legendOf(report.topology)}</figcaption></figure>
</section>`
}

export function goodput(report: Report): Markup | undefined {
  const plots = seriesOfOnePlot(report.series)
  if (plots.length === 0) return undefined
  const percent = formatNumber(bandTolerance * 100)
  return markup`<section aria-labelledby="goodput"><h2 id="goodput">Goodput over time</h2>
${plots.map(
  (
    plot,
    index,
  ) => markup`<figure><h3 class="keys">${plot.map((series, position) => markup`<span class="key series-${position % 4}">${series.what}</span> `)}</h3>
${forms.map((form) => goodputPlot(`goodput-${index}`, plot, form))}
<figcaption>${markList(plot)}${plot.some((series) => series.reference?.length) ? `Bands: the expected value ± ${percent} %.` : undefined}${spanTable(plot)}</figcaption></figure>`,
)}
</section>`
}

/** The words to the numbers of the narrow form; the wide form has room for them in the plot. */
function markList(plot: readonly Series[]): Markup {
  return markup`<ol class="marks">${marksOf(plot).map((mark) => markup`<li>${mark.label}, at ${formatNumber(mark.atSeconds)} s</li>`)}</ol>`
}

/** Expected and measured values of a plot as a table, for those who cannot or do not want to read them off the lines. */
function spanTable(plot: readonly Series[]): Markup | undefined {
  const rows = plot.flatMap((series) => (series.reference ?? []).map((reference) => ({ series, reference })))
  if (rows.length === 0) return undefined
  return markup`<details><summary>The same as a table</summary><div class="scroll"><table class="numbers"><thead><tr><th scope="col">Series</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Expected</th><th scope="col">Median seen</th></tr></thead><tbody>
${rows.map(({ series, reference }) => {
  const median = medianWithin(series, reference)
  return markup`<tr><th scope="row">${series.what}: ${reference.label}</th><td>${formatNumber(reference.fromSeconds)} s</td><td>${formatNumber(reference.toSeconds)} s</td><td>${formatNumber(reference.value)} ${series.unit}</td><td>${median === undefined ? 'nothing measured' : `${formatNumber(median)} ${series.unit}`}</td></tr>`
})}</tbody></table></div></details>`
}

export function handovers(report: Report): Markup | undefined {
  const shown = report.handovers.filter((handover) => handover.arrivals.length > 1)
  if (report.handovers.length === 0) return undefined
  return markup`<section aria-labelledby="handover"><h2 id="handover">Handover</h2>
${report.handovers.map(
  (handover) => markup`<figure><h3>${handoverTitle(handover)}</h3>
${shown.includes(handover) ? forms.map((form) => handoverPlot(`handover-${report.handovers.indexOf(handover)}`, handover, form)) : undefined}
<figcaption>${handoverInWords(handover)} Each dot is a packet that arrived.</figcaption></figure>`,
)}
</section>`
}

export function captures(report: Report): Markup | undefined {
  if (report.captures.length === 0) return undefined
  return markup`<section aria-labelledby="captures"><h2 id="captures">Packet captures</h2>
<ul class="captures">${report.captures.map((path) => markup`<li><a href="./${encodeURI(path)}">${path}</a></li>`)}</ul>
</section>`
}
