import test from 'ava'
import type { ControlCondition } from './control-condition.ts'
import { evaluate } from './evaluation.ts'
import { type EvaluationState, evaluationState, type Facts, initialState } from './facts.ts'
import {
  away,
  conditionsOf,
  event,
  failed,
  hours,
  openSession,
  quiet,
  secondLocation,
  start,
} from './sample-facts.ts'

/** Goes through the looks one after the other, the state through JSON; says which conditions are met after each. */
function course(conditions: ControlCondition[], looks: [at: number, facts: Partial<Facts>][]): string[] {
  let state: EvaluationState = initialState
  return looks.map(([at, facts]) => {
    const result = evaluate({ conditions, facts: { ...quiet, ...facts }, state, now: start + at })
    state = evaluationState.parse(JSON.parse(JSON.stringify(result.state)))
    return result.active.map(({ key }) => key).join(',')
  })
}

const used = (downlinkBytes: number, uplinkBytes = 0, connectedMilliseconds = 0, at = start) => {
  const counted = { downlinkBytes, uplinkBytes, connectedMilliseconds }
  return { usage: { at, session: counted, day: counted, month: counted } }
}
const busy = (utilization: number, at = 0, up = true) => ({
  links: { 'fa-a1/access': { at: start + at, up, utilization, dropsPerSecond: 0 } },
})

/** By an agent whose clock is behind. */
const heard = ({ links }: ReturnType<typeof busy>, at: number) => ({
  links: { 'fa-a1/access': { ...links['fa-a1/access'], heardAt: start + at } },
})

const cases: [what: string, condition: object, looks: [at: number, facts: Partial<Facts>, met: boolean][]][] =
  [
    [
      'failures within a window, until it has passed',
      { when: { authentication: { failures: 2, within: '60s' } } },
      [
        [0, { events: [failed(0)] }, false],
        [61e3, { events: [failed(61e3)] }, false],
        [70e3, { events: [failed(70e3)] }, true],
        [120e3, {}, true],
        [121e3, {}, false],
      ],
    ],
    [
      'failures that came and passed while nobody looked',
      { when: { authentication: { failures: 2, within: '60s' } }, until: '10m' },
      [
        [300e3, { events: [failed(10e3), failed(0)] }, true],
        [609e3, {}, true],
        [610e3, {}, false],
      ],
    ],
    [
      'a failure told late completes the number at the time of a later one',
      { when: { authentication: { failures: 2, within: '60s' } }, until: '10m' },
      [
        [20e3, { events: [failed(10e3)] }, false],
        [300e3, { events: [failed(0)] }, true],
        [610e3, {}, false],
      ],
    ],
    [
      're-authentication due',
      { when: { authentication: { reauthenticationDue: true } } },
      [
        [8 * hours - 1, {}, false],
        [8 * hours, {}, true],
        [8 * hours + 1, { session: { ...openSession, authenticatedUntil: start + 16 * hours } }, false],
      ],
    ],
    [
      'a second location, to the end of the session',
      { when: { authentication: { secondLocation: true } } },
      [
        [1, { events: [secondLocation(1)] }, true],
        [9 * hours, {}, true],
        [10 * hours, { session: { ...openSession, id: 's2' } }, false],
      ],
    ],
    [
      'volume of a direction, above its limit',
      { when: { volume: { exceeds: '1MB', direction: 'both', per: 'day' } } },
      [
        [0, used(999_999, 1), false],
        [0, used(999_999, 2), true],
      ],
    ],
    [
      'a threshold of a volume',
      { when: { volume: { exceeds: '1MB', direction: 'downlink', per: 'month', at: '80%' } } },
      [
        [0, used(800_000), false],
        [0, used(800_001), true],
      ],
    ],
    [
      'a volume of the day is over at midnight there, though no newer counter has come',
      { when: { volume: { exceeds: '1MB', direction: 'downlink', per: 'day' } } },
      [
        [12 * hours - 1, used(2_000_000), true],
        [12 * hours, used(2_000_000), false],
      ],
    ],
    [
      'until the next day, though the volume is of the session',
      { when: { volume: { exceeds: '1MB', direction: 'downlink', per: 'session' } }, until: 'next-day' },
      [
        [0, used(2_000_000), true],
        [12 * hours - 1, { ...used(0), ...away }, true],
        [12 * hours, { ...used(0), ...away }, false],
      ],
    ],
    [
      'time of the session',
      { when: { time: { exceeds: '2h', per: 'session' } } },
      [
        [2 * hours - 1, {}, false],
        [2 * hours, {}, true],
        [2 * hours, away, false],
      ],
    ],
    [
      'time of the day goes on while the session is open, and begins anew at midnight',
      { when: { time: { exceeds: '2h', per: 'day' } } },
      [
        [0.5 * hours, used(0, 0, 1.5 * hours), true],
        [0.5 * hours, { ...used(0, 0, 1.5 * hours), ...away }, false],
        [13 * hours, used(0, 0, 9 * hours), false],
        [14 * hours, used(0, 0, 9 * hours), true],
      ],
    ],
    [
      'balance',
      { when: { balance: { below: 5 } } },
      [
        [0, {}, false],
        [0, { balance: 5 }, false],
        [0, { balance: 4.99 }, true],
        [0, { balance: 10 }, false],
      ],
    ],
    [
      'a clock window',
      { when: { clock: { from: '18:00', to: '23:00', timeZone: 'Europe/Berlin' } } },
      [
        [6 * hours - 1, {}, false],
        [6 * hours, {}, true],
        [11 * hours, {}, false],
      ],
    ],
    [
      'location',
      {
        when: {
          all: [{ location: { domain: 'a.example' } }, { not: { location: { foreignAgent: 'fa-a2' } } }],
        },
      },
      [
        [0, {}, true],
        [0, { session: { ...openSession, foreignAgent: 'fa-a2' } }, false],
        [0, away, false],
      ],
    ],
    [
      'a busy link, for a time, until it has cleared for a time',
      {
        when: {
          network: {
            link: 'fa-a1/access',
            utilization: '90%',
            for: '10s',
            clearBelow: '70%',
            clearAfter: '20s',
          },
        },
      },
      [
        [0, busy(0.95), false],
        [9_999, busy(0.95), false],
        [10_000, busy(0.8), false],
        [11_000, busy(0.95, 11_000), false],
        [21_000, busy(0.95, 21_000), true],
        [30_000, busy(0.6, 30_000), true],
        [45_000, busy(0.75, 45_000), true],
        [46_000, busy(0.6, 46_000), true],
        [66_000, busy(0.6, 66_000), false],
      ],
    ],
    [
      'a link that is down, and a subscriber who leaves it',
      { when: { network: { down: true } } },
      [
        [0, busy(0), false],
        [0, busy(0, 0, false), true],
        [0, { links: {} }, false],
      ],
    ],
    [
      'a link of which nothing is heard any more says nothing',
      { when: { network: { utilization: '90%', clearAfter: '1h' } } },
      [
        [0, busy(1), true],
        [149_999, busy(1), true],
        [150_000, busy(1), false],
        [150_000, busy(1, 60_000), true],
        [209_999, heard(busy(1), 60_000), true],
        [210_000, heard(busy(1), 60_000), false],
      ],
    ],
    [
      'a mapping, as long as there are any',
      { when: { translation: { event: 'mapping-created' } } },
      [
        [0, { events: [event(0, 'mapping-created')], translation: { mappings: 1, poolUsed: 0 } }, true],
        [5, { events: [event(5, 'mapping-removed')], translation: { mappings: 1, poolUsed: 0 } }, true],
        [9, { translation: { mappings: 0, poolUsed: 0 } }, false],
      ],
    ],
    [
      'a translation pool with a band',
      { when: { translation: { event: 'pool-above', above: '80%', clearBelow: '60%' } } },
      [
        [0, { translation: { mappings: 1, poolUsed: 0.79 } }, false],
        [0, { translation: { mappings: 1, poolUsed: 0.8 } }, true],
        [0, { translation: { mappings: 1, poolUsed: 0.6 } }, true],
        [0, { translation: { mappings: 1, poolUsed: 0.59 } }, false],
      ],
    ],
    [
      'an event counts at its time only, and lasts while the rest holds',
      {
        when: {
          all: [
            { translation: { event: 'rule-changed' } },
            { clock: { from: '18:00', to: '23:00', timeZone: 'Europe/Berlin' } },
          ],
        },
      },
      [
        [5 * hours, { events: [event(5 * hours, 'rule-changed')] }, false],
        [7 * hours, {}, false],
        [8 * hours, { events: [event(7.5 * hours, 'rule-changed')] }, true],
        [11 * hours, {}, false],
      ],
    ],
    [
      'to the end of a session that began after it was met',
      { when: { authentication: { failures: 1, within: '1s' } }, until: 'session-end' },
      [
        [0, { ...away, events: [failed(0)] }, true],
        [5e3, {}, true],
        [6e3, { session: { ...openSession, id: 's2' } }, false],
      ],
    ],
  ]
for (const [what, condition, looks] of cases)
  test(`met: ${what}`, (t) => {
    const conditions = conditionsOf({ name: 'it', become: 'bronze', ...condition })
    t.deepEqual(
      course(
        conditions,
        looks.map(([at, facts]) => [at, facts]),
      ),
      looks.map(([, , met]) => (met ? 'it' : '')),
    )
  })
