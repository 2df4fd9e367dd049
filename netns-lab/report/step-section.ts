import { type Markup, markup } from './markup.ts'
import type { Check, Evidence, Report, Step } from './report.ts'

/** An index of the steps with their share of the time, then each step with its checks and evidence. */
export function steps(report: Report): Markup {
  return markup`<section aria-labelledby="steps"><h2 id="steps">Step by step</h2>
<ol class="index">${report.steps.map((step) => indexEntry(step, report.durationSeconds))}</ol>
${report.steps.map(stepSection)}
</section>`
}

/** Where the page shows a check; ids come from scenarios and may hold anything. */
export function checkAnchor(step: Step, check: Check): string {
  return `${stepAnchor(step)}-${anchorPart(check.id)}`
}

function stepAnchor(step: Step): string {
  return `step-${anchorPart(step.id)}`
}

function anchorPart(id: string): string {
  return id.replaceAll(/[^\w-]+/g, '-')
}

function indexEntry(step: Step, durationSeconds: number): Markup {
  const share = (seconds: number) => Math.round((seconds / Math.max(durationSeconds, 0.001)) * 1000) / 10
  const width = Math.max(0.4, share(step.durationSeconds))
  return markup`<li><a href="#${stepAnchor(step)}"><span>${step.title}</span></a>${tally(step)}<span class="span" aria-hidden="true"><i style="margin-left:${share(step.atSeconds)}%;width:${width}%"></i></span><span class="seconds">${seconds(step.durationSeconds)}</span></li>`
}

function stepSection(step: Step): Markup {
  const failed = step.checks.some((check) => !check.holds)
  return markup`<article class="step" id="${stepAnchor(step)}" aria-labelledby="${stepAnchor(step)}-title">
<h3 id="${stepAnchor(step)}-title">${step.title}</h3>
<p class="when">${tally(step)} at ${seconds(step.atSeconds)}, took ${seconds(step.durationSeconds)}</p>
${step.checks.length > 0 ? checkTable(step) : undefined}
${step.evidence.map((evidence) => evidenceDetails(evidence, failed))}
</article>`
}

/** Explicit roles: the narrow form lays rows out as blocks, and browsers then forget that this is a table. */
function checkTable(step: Step): Markup {
  return markup`<table class="checks" role="table"><caption>Checks of: ${step.title}</caption><thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col"><span class="hidden">Result</span></th><th role="columnheader" scope="col">Check</th><th role="columnheader" scope="col">Expected</th><th role="columnheader" scope="col">Seen</th></tr></thead><tbody role="rowgroup">
${step.checks.map(
  (check) =>
    markup`<tr role="row" class="${check.holds ? 'holds' : 'fails'}" id="${checkAnchor(step, check)}"><td role="cell">${mark(check.holds)}</td><th role="rowheader" scope="row">${check.what}</th><td role="cell" data-name="expected">${check.expected}</td><td role="cell" data-name="seen">${check.seen}</td></tr>
`,
)}</tbody></table>`
}

function evidenceDetails(evidence: Evidence, open: boolean): Markup {
  const output = evidence.output.replace(/\s+$/, '')
  const shown =
    output === ''
      ? markup`<p class="nothing">printed nothing</p>`
      : markup`<pre tabindex="0" role="region" aria-label="Output of ${evidence.command} at ${evidence.host}">${output}</pre>`
  return markup`<details class="evidence"${open ? markup` open` : undefined}><summary><b>${evidence.host}</b><code>${evidence.command}</code></summary>${shown}</details>`
}

function tally(step: Step): Markup {
  const held = step.checks.filter((check) => check.holds).length
  if (step.checks.length === 0) return markup`<span class="tally"></span>`
  const holds = held === step.checks.length
  return markup`<span class="tally ${holds ? 'holds' : 'fails'}">${mark(holds)} ${held} of ${step.checks.length}</span>`
}

function mark(holds: boolean): Markup {
  const path = holds ? 'M3.5 8.5l3 3 6-7' : 'M4 4l8 8M12 4l-8 8'
  return markup`<svg class="check-mark" viewBox="0 0 16 16" width="16" height="16" role="img" aria-label="${holds ? 'holds' : 'fails'}"><path d="${path}"/></svg>`
}

function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}
