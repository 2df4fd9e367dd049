import { Markup, markup } from './markup.ts'
import { captures, goodput, handovers, headline, keyFigures, network, verdict } from './page.ts'
import type { Report } from './report.ts'
import { steps } from './step-section.ts'
import { style } from './style.ts'

/** The report as one HTML page that needs nothing else: no script, no network, no other file. */
export function renderReport(report: Report): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Sojourn ${report.scenario}: ${verdict(report)}</title>
<style>${new Markup(style)}</style>
</head>
<body>
${headline(report)}
<main>
${keyFigures(report)}
${network(report)}
${goodput(report)}
${handovers(report)}
${steps(report)}
${captures(report)}
</main>
<footer><p>Every line of evidence comes from <code>ip</code>, <code>tc</code>, <code>iperf3</code> or a packet capture, never from Sojourn’s own code. The same data for machines: <a href="report.json">report.json</a>.</p></footer>
</body>
</html>
`.toString()
}
