import test from 'ava'
import { step, type WatchdogEvent, type WatchdogState, watchdogEvents, watchdogStatuses } from './watchdog.ts'

/** RFC 3539, section 3.4.1, with our deviations: status pending numDwa, event, actions, status pending numDwa. `*`: as before. */
const rows = `
INITIAL * * | connection up | set Tw, failback | OKAY false *
OKAY * * | connection down | cancel Tw, failover | DOWN false *
OKAY * * | received DWA | set Tw | OKAY false *
OKAY * * | received other | set Tw | OKAY * *
OKAY false * | Tw | send DWR, set Tw | OKAY true *
OKAY true * | Tw | failover, set Tw | SUSPECT * *
SUSPECT * * | connection down | cancel Tw | DOWN false *
SUSPECT * * | received DWA | failback, set Tw | OKAY false *
SUSPECT * * | received other | failback, set Tw | OKAY * *
SUSPECT * * | Tw | close | DOWN false *
DOWN * * | connection up | send DWR, set Tw | REOPEN true 0
REOPEN * * | connection down | cancel Tw | DOWN false *
REOPEN * -1 | received DWA |  | REOPEN false 0
REOPEN * 0 | received DWA |  | REOPEN false 1
REOPEN * 1 | received DWA |  | REOPEN false 2
REOPEN * 2 | received DWA | set Tw, failback | OKAY false 0
REOPEN false * | Tw | send DWR, set Tw | REOPEN true *
REOPEN true 0 | Tw | set Tw | REOPEN * -1
REOPEN true 1 | Tw | set Tw | REOPEN * -1
REOPEN true 2 | Tw | set Tw | REOPEN * -1
REOPEN true -1 | Tw | close | DOWN false *
`
  .trim()
  .split('\n')
  .map((line) => line.split(' | '))

function wanted(state: WatchdogState, event: WatchdogEvent): string {
  if (event === 'closed in order') return 'cancel Tw -> INITIAL false 0'
  const before = [state.status, String(state.pending), String(state.numDwa)]
  const row = rows.find(
    ([from = '', when]) =>
      when === event && from.split(' ').every((field, index) => field === '*' || field === before[index]),
  )
  if (row === undefined) return ` -> ${before.join(' ')}`
  const after = (row[3] ?? '').split(' ').map((field, index) => (field === '*' ? before[index] : field))
  return `${row[2]} -> ${after.join(' ')}`
}

for (const status of watchdogStatuses)
  test(`${status}: every event, with and without a DWR pending`, (t) => {
    for (const pending of [false, true])
      for (const numDwa of [-1, 0, 1, 2])
        for (const event of watchdogEvents) {
          const state = { status, pending, numDwa }
          const { next, actions } = step(state, event)
          const seen = `${actions.join(', ')} -> ${next.status} ${next.pending} ${next.numDwa}`
          t.is(seen, wanted(state, event), `${event} with pending ${pending}, numDwa ${numDwa}`)
        }
  })
