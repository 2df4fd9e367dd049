import test from 'ava'
import { renderReport } from './html.ts'
import { escapeText } from './markup.ts'
import type { Report } from './report.ts'
import { failingReport, sampleReport } from './sample-report.fixture.ts'
import { formatNumber } from './scale.ts'

const page = renderReport(sampleReport)
const empty: Report = {
  ...sampleReport,
  holds: false,
  steps: [],
  figures: [],
  series: [],
  handovers: [],
  captures: [],
}

test('every figure stands in the page with its unit', (t) => {
  for (const figure of sampleReport.figures) {
    t.true(page.includes(`<dt>${escapeText(figure.what)}</dt>`), figure.what)
    t.true(page.includes(`<b>${formatNumber(figure.value)}</b> ${escapeText(figure.unit)}`), figure.what)
  }
})

test('every step, check, evidence and capture stands in the page', (t) => {
  for (const step of sampleReport.steps) {
    t.true(page.includes(escapeText(step.title)), step.title)
    for (const check of step.checks)
      for (const text of [check.what, check.expected, check.seen])
        t.true(page.includes(`>${escapeText(text)}</t`), text)
    for (const evidence of step.evidence) {
      t.true(page.includes(escapeText(evidence.command)), evidence.command)
      t.true(page.includes(escapeText(evidence.output.trimEnd())), evidence.output)
    }
  }
  for (const path of sampleReport.captures) t.true(page.includes(`href="./${path}"`), path)
})

test('the verdict, the kernel and the duration are the headline', (t) => {
  t.regex(page, /<h1>All 23 checks hold<\/h1>/)
  t.regex(page, /Linux 6\.1\.0-32um, user-mode Linux/)
  t.regex(page, /74\.3 s/)
  const failing = renderReport(failingReport)
  t.regex(failing, /<h1>2 of 23 checks fail<\/h1>/)
  t.regex(failing, /<a href="#step-g-ha">Tunnels, routes, classes and filters at the home agent<\/a>/)
  t.regex(failing, /id="step-g-ha"/)
  t.regex(failing, /<details class="evidence" open>/)
})

test('the page needs nothing from outside and runs nothing', (t) => {
  t.notRegex(page, /<script|<link|<img|@import|url\(|\son\w+=|src=/)
  t.deepEqual(
    [...page.matchAll(/href="([^"]*)"/g)]
      .map(([, target]) => target)
      .filter((target) => !/^(#|\.\/|report\.json)/.test(target ?? '')),
    [],
  )
})

test('ids are unique and every reference to one leads somewhere', (t) => {
  const ids = [...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
  t.is(new Set(ids).size, ids.length)
  const references = [...page.matchAll(/(?:href="#|aria-labelledby=")([^"]*)"/g)].flatMap(([, id]) =>
    (id ?? '').split(' '),
  )
  t.deepEqual(
    references.filter((id) => !ids.includes(id)),
    [],
  )
})

test('nothing that a run may carry can break out of the text', (t) => {
  const hostile = `</pre></title></style><script>alert("x")</script>'`
  const spoil = (value: unknown): unknown => {
    if (typeof value === 'string') return value.startsWith('2026-') ? value : `${value}${hostile}`
    if (Array.isArray(value)) return value.map(spoil)
    if (value && typeof value === 'object')
      return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, key === 'kind' ? inner : spoil(inner)]),
      )
    return value
  }
  const { steps, figures, series, handovers, captures, topology, title, scenario } = sampleReport
  const spoilt = Object.assign(
    structuredClone(sampleReport),
    spoil({ steps, figures, series, handovers, captures, topology, title, scenario }),
  )
  const text = renderReport(spoilt)
  t.notRegex(text, /<script/)
  t.is(text.match(/<\/style>/g)?.length, 1)
  t.is(text.match(/<\/title>/g)?.length, page.match(/<\/title>/g)?.length)
})

test('a run that ended before it measured anything still gives a page', (t) => {
  const text = renderReport(empty)
  t.regex(text, /<h1>Nothing was checked<\/h1>/)
  t.notRegex(text, /NaN|Infinity|undefined/)
})

test('no number of the page is not one', (t) => {
  t.notRegex(page, /NaN|Infinity|undefined|\[object/)
})
