import test from 'ava'
import { formatChange, formatDetail, formatList } from './subscriber-report.ts'

const node = { role: 'home-agent', revision: 2, milliseconds: 3.5, failure: null } as const
const mn1 = { nai: 'mn1@home.example', homeAddress: '192.0.2.11' }

test('list: a table', (t) => {
  t.is(
    formatList([
      { ...mn1, profile: 'gold', revision: 12, decidedBy: 'base', foreignAgent: 'fa1.a.example' },
      {
        ...mn1,
        nai: 'm@h.example',
        profile: 'bronze',
        revision: 1,
        decidedBy: 'condition',
        foreignAgent: null,
      },
    ]),
    [
      'NAI               HOME ADDRESS  PROFILE  REVISION  DECIDED BY  VISITS',
      'mn1@home.example  192.0.2.11    gold     12        base        fa1.a.example',
      'm@h.example       192.0.2.11    bronze   1         condition   -',
    ].join('\n'),
  )
})

test('show: what decides, who holds what, the session', (t) => {
  const since = '2026-01-01T00:00:00.000Z'
  const profile = {
    name: 'bronze',
    downlink: { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4.5e6, priority: 3 },
    decidedBy: { layer: 'condition', profile: 'bronze', reason: 'quota', author: 'condition', since },
    revision: 2,
    since,
  } as const
  const session = {
    sessionId: 's2',
    startedAt: since,
    authorizedUntil: since,
    homeAgent: { identity: 'ha.home.example', address: '192.0.2.1' },
    foreignAgent: { identity: 'fa1.a.example', careOfAddress: '10.1.1.2' },
    usage: { downlinkBytes: 5000, downlinkPackets: 5, uplinkBytes: 0, uplinkPackets: 0 },
  }
  const nodes = {
    'ha.home.example': node,
    'fa1.a.example': { role: 'foreign-agent', revision: null, milliseconds: null, failure: 'no route' },
  } as const
  t.is(
    formatDetail({ ...mn1, profile, state: 'split', nodes, session }),
    `mn1@home.example, home address 192.0.2.11
  profile   bronze, revision 2: split
  downlink  rate 4mbit, ceil 4500kbit, priority 3
  decided   by condition: quota (condition, 2026-01-01T00:00:00.000Z)
  session   since 2026-01-01T00:00:00.000Z, home agent ha.home.example, at fa1.a.example (10.1.1.2)
  usage     5000 bytes in 5 packets of downlink
  ha.home.example holds revision 2 after 3.5 ms
  fa1.a.example not confirmed yet; last failure: no route`,
  )
  t.regex(
    formatDetail({ ...mn1, profile, state: 'stored', nodes: {}, session: null }),
    / {2}session {3}none$/,
  )
})

test('set-profile: says when a higher layer hides the profile that was set', (t) => {
  const change = { ...mn1, revision: 2, state: 'applied', nodes: { 'ha.home.example': node } } as const
  t.is(
    formatChange('gold', { ...change, profile: 'gold', decidedBy: 'base' }),
    'mn1@home.example: gold, revision 2: applied\n  ha.home.example holds revision 2 after 3.5 ms',
  )
  t.regex(
    formatChange('gold', { ...change, profile: 'bronze', decidedBy: 'condition' }),
    /bronze, revision 2: applied \(gold is stored, but the condition layer decides\)/,
  )
})
