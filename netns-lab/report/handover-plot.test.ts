import test from 'ava'
import { handoverInWords, handoverPlot, longestPause } from './handover-plot.ts'
import { sampleReport } from './sample-report.fixture.ts'

test('the gap is the longest time between two arrivals', (t) => {
  const arrivals = [0, 1, 2, 40, 41].map((milliseconds) => ({ milliseconds }))
  t.deepEqual(longestPause(arrivals), [{ milliseconds: 2 }, { milliseconds: 40 }])
  t.is(longestPause([{ milliseconds: 1 }]), undefined)
})

test('every arrival is a dot, the gap is shaded and measured', (t) => {
  const [handover] = sampleReport.handovers
  if (!handover) return t.fail('the sample has a handover')
  const text = handoverPlot('handover', handover, 'wide').toString()
  t.is(text.match(/h0/g)?.length, handover.arrivals.length)
  t.regex(text, /class="gap" x="[\d.]+" y="[\d.]+" width="\d{2,3}[\d.]*"/)
  t.true(text.includes('>47.2 ms<'))
  t.true(text.includes('>46 packets lost<'))
  t.notRegex(text, /NaN|Infinity|undefined/)
})

test('arrivals without a sequence number are counted', (t) => {
  const handover = {
    node: 'mn1',
    from: 'a1',
    to: 'a2',
    atSeconds: 1,
    gapMilliseconds: 500,
    lostPackets: 1,
    sentPackets: 3,
    arrivals: [{ atSeconds: 1 }, { atSeconds: 1.5 }],
  }
  t.notRegex(handoverPlot('handover', handover, 'narrow').toString(), /NaN|Infinity|undefined/)
  t.is(handoverInWords(handover), 'No packet arrived for 500 ms; 1 of 3 packets were lost.')
})
