import test from 'ava'
import { OperatorApiError } from '#controller/operator-api/problem.ts'
import {
  exitCodeOf,
  formatCommitted,
  formatDistributed,
  formatOpened,
  formatPreview,
  formatStale,
} from './change-report.ts'

const at = '2026-01-01T00:00:00.000Z'
const edit = { id: 'e1', subject: 'gold', editor: 'bob', openedAt: at, expiresAt: at, version: '3' }

test('what the agents hold, and whether that is all they should', (t) => {
  const node = { role: 'home-agent', revision: 7, milliseconds: 2.5, failure: null } as const
  const distributed = [
    { nai: 'mn1@home.example', revision: 7, state: 'split' as const, nodes: { 'ha.home.example': node } },
  ]
  t.is(
    formatCommitted({ version: '3', distributed }),
    'version 3 is stored\nmn1@home.example: revision 7: split\n  ha.home.example holds revision 7 after 2.5 ms',
  )
  t.is(exitCodeOf(distributed), 1)
  t.is(exitCodeOf(distributed.map((each) => ({ ...each, state: 'applied' as const }))), 0)
  t.is(formatDistributed([]), 'nothing changes for any subscriber now')
})

test('a difference says what is in force by it, and who hides it', (t) => {
  const difference = { path: 'class.dscp', before: 'none', after: 'EF' } as const
  const none = { inForce: null, kernelObjects: [] }
  t.is(
    formatPreview({
      differences: [
        {
          ...difference,
          inForce: { before: 'AF41', after: 'EF' },
          decidedBy: 'base',
          kernelObjects: ['pedit'],
        },
        { ...difference, ...none, decidedBy: 'override' },
        { ...difference, ...none, path: 'conditions', decidedBy: null },
      ],
    }),
    [
      'class.dscp: none -> EF',
      '  in force: AF41 -> EF',
      '  pedit',
      'class.dscp: none -> EF (override decides)',
      'conditions: none -> EF (nothing in force changes)',
    ].join('\n'),
  )
  t.is(formatPreview({ differences: [] }), 'no difference')
})

test('an opened edit is a document that can be committed as it is', (t) => {
  const opened = { edit, document: {}, others: [{ ...edit, editor: 'ann' }] }
  t.is(
    formatOpened(opened, 'name: gold\n'),
    `# gold, version 3. Commit before ${at}: sojourn edit commit e1 FILE --reason WHY
# ann edits it too, until ${at}
name: gold`,
  )
})

test('only a refusal that has both versions is one to merge', (t) => {
  const refused = (more: object) => new OperatorApiError('api/refused', 'somebody was faster', { more })
  const conflict = { path: 'class.dscp', theirs: 'EF', mine: 'CS1' }
  t.is(
    formatStale(refused({ code: 'api/stale', version: '4', conflicts: [conflict] })),
    `somebody was faster
  class.dscp: was undefined, theirs "EF", yours "CS1"
Put it right in the merge (--json shows it), then commit that with --version 4`,
  )
  t.is(formatStale(refused({ code: 'api/stale' })), undefined)
  t.is(formatStale(refused({ code: 'api/closed', version: '4', conflicts: [] })), undefined)
  t.is(formatStale(new Error('no')), undefined)
})
