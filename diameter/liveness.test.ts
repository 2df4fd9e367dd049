import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { Liveness } from './liveness.ts'

/** Longer than Tw with its jitter. */
const tw = 32_001

function watched() {
  const clock = new ManualClock()
  const did: string[] = []
  const liveness = new Liveness(clock, 30, {
    sendDwr: () => did.push('DWR'),
    close: () => did.push('close'),
    failover: () => did.push('failover'),
    failback: () => did.push('failback'),
  })
  return { clock, did, liveness }
}

test('a silent peer is asked, then suspected, then given up', (t) => {
  const { clock, did, liveness } = watched()
  liveness.report('connection up')
  t.true(liveness.isOkay)
  clock.advance(27_999)
  t.deepEqual(did, ['failback'])
  clock.advance(4_002)
  t.deepEqual(did, ['failback', 'DWR'])
  t.true(liveness.isOkay)
  clock.advance(tw)
  t.deepEqual(did, ['failback', 'DWR', 'failover'])
  t.false(liveness.isOkay)
  clock.advance(tw)
  t.deepEqual(did, ['failback', 'DWR', 'failover', 'close'])
  clock.advance(10 * tw)
  t.is(did.length, 4)
})

test('a peer that speaks is not asked', (t) => {
  const { clock, did, liveness } = watched()
  liveness.report('connection up')
  for (let turn = 0; turn < 10; turn++) {
    clock.advance(20_000)
    liveness.report('received other')
  }
  t.deepEqual(did, ['failback'])
})

test('a peer whose connection broke answers three DWRs, one in each Tw, before it is trusted', (t) => {
  const { clock, did, liveness } = watched()
  liveness.report('connection up')
  liveness.report('connection down')
  liveness.report('connection up')
  t.false(liveness.isOkay)
  for (const dwrs of [1, 2, 3]) {
    t.is(did.filter((each) => each === 'DWR').length, dwrs)
    t.false(liveness.isOkay)
    liveness.report('received other')
    liveness.report('received DWA')
    if (dwrs === 3) break
    clock.advance(23_990) // counted from the latest moment at which the DWR may have left
    t.is(did.filter((each) => each === 'DWR').length, dwrs)
    clock.advance(8_020)
  }
  t.true(liveness.isOkay)
  t.deepEqual(did, ['failback', 'failover', 'DWR', 'DWR', 'DWR', 'failback'])
})

test('a peer whose connection broke and that does not answer is closed after two Tw', (t) => {
  const { clock, did, liveness } = watched()
  liveness.report('connection up')
  liveness.report('connection down')
  liveness.report('connection up')
  clock.advance(2 * 27_999)
  t.deepEqual(did, ['failback', 'failover', 'DWR'])
  clock.advance(10 * tw)
  t.deepEqual(did, ['failback', 'failover', 'DWR', 'close'])
})

test('a peer that had said DPR is trusted at once', (t) => {
  const { clock, did, liveness } = watched()
  liveness.report('connection up')
  liveness.report('closed in order')
  clock.advance(10 * tw)
  liveness.report('connection up')
  t.true(liveness.isOkay)
  t.deepEqual(did, ['failback', 'failback'])
})
