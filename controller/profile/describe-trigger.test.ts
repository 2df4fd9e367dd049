import test from 'ava'
import { describeTrigger } from './describe-trigger.ts'
import { conditionsOf } from './sample-facts.ts'

const cases: [when: object, text: string][] = [
  [{ authentication: { failures: 3, within: '60s' } }, '3 failed authentications within 1m'],
  [{ authentication: { reauthenticationDue: true } }, 're-authentication is due'],
  [{ authentication: { secondLocation: true } }, 'registered at a second location'],
  [{ authorization: { requested: 'beyond-grant' } }, 'more was requested than is granted'],
  [
    { volume: { exceeds: '1GiB', direction: 'both', per: 'day', at: '80%' } },
    'more than 80% of 1GiB of data in this day',
  ],
  [
    { volume: { exceeds: '1500kB', direction: 'uplink', per: 'session' } },
    'more than 1500kB of uplink in this session',
  ],
  [{ time: { exceeds: '90m', per: 'month' } }, 'connected for 90m in this month'],
  [{ balance: { below: 0.5 } }, 'balance below 0.5'],
  [
    { clock: { from: '18:00', to: '23:00', days: ['sat', 'sun'], timeZone: 'Europe/Berlin' } },
    'from 18:00 to 23:00 on sat, sun in Europe/Berlin',
  ],
  [{ location: { domain: 'a.example' } }, 'in a.example'],
  [{ location: { foreignAgent: 'fa-a1' } }, 'at fa-a1'],
  [
    { network: { link: 'fa-a1/access', utilization: 0.9, for: '10s', clearBelow: '70%' } },
    'fa-a1/access at 90% for 10s, until below 70%',
  ],
  [{ network: { drops: 50 } }, 'a link on the way at 50 drops a second'],
  [{ network: { down: true } }, 'a link on the way down'],
  [{ translation: { event: 'rule-changed' } }, 'address translation: rule-changed'],
  [{ translation: { event: 'pool-above', above: '90%' } }, '90% of the translation pool taken'],
  [
    {
      any: [
        { not: { balance: { below: 1 } } },
        { all: [{ balance: { below: 2 } }, { balance: { below: 3 } }] },
      ],
    },
    '(not balance below 1) or (balance below 2 and balance below 3)',
  ],
]
for (const [when, text] of cases)
  test(text, (t) => {
    const [condition] = conditionsOf({ when, become: 'bronze' })
    t.is(condition && describeTrigger(condition.when), text)
  })
