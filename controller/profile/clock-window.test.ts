import test from 'ava'
import fc from 'fast-check'
import { type ClockWindow, isInWindow, startOf, startOfNext, windowChangesAt } from './clock-window.ts'
import { days } from './trigger.ts'

const minute = 60e3
const day = 24 * 60 * minute

/** Zones, and instants at which their clocks are changed (IANA database). */
const changes: [timeZone: string, at: string][] = [
  ['Europe/Berlin', '2026-03-29T01:00Z'],
  ['Europe/Berlin', '2026-10-25T01:00Z'],
  ['America/New_York', '2026-03-08T07:00Z'],
  ['America/New_York', '2026-11-01T06:00Z'],
  ['Pacific/Chatham', '2026-04-04T14:00Z'],
  ['Pacific/Chatham', '2026-09-26T14:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00Z'],
  ['Australia/Lord_Howe', '2026-10-03T15:30Z'],
  ['Africa/Cairo', '2026-04-23T22:00Z'],
]

/** The obvious way: look at the clock on the wall. */
class WallClock {
  readonly #format: Intl.DateTimeFormat

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
    })
  }

  shows(at: number): { weekday: string; time: string } {
    const parts = Object.fromEntries(this.#format.formatToParts(at).map(({ type, value }) => [type, value]))
    return { weekday: (parts.weekday ?? '').toLowerCase(), time: `${parts.hour}:${parts.minute}` }
  }

  isIn({ from, to, days: begins = [...days] }: ClockWindow, at: number): boolean {
    const { weekday, time } = this.shows(at)
    const today = days.find((name) => name === weekday) ?? 'mon'
    const yesterday = days.at(days.indexOf(today) - 1) ?? 'mon'
    if (from < to) return begins.includes(today) && from <= time && time < to
    return (begins.includes(today) && from <= time) || (begins.includes(yesterday) && time < to)
  }

  changesAt(window: ClockWindow, at: number): number | undefined {
    const now = this.isIn(window, at)
    for (let time = (Math.floor(at / minute) + 1) * minute; time < at + 9 * day; time += minute)
      if (this.isIn(window, time) !== now) return time
    return undefined
  }
}

const timeOfDay = fc
  .integer({ min: 0, max: 24 * 12 - 1 })
  .map((slot) => new Date(slot * 5 * minute).toISOString().slice(11, 16))

for (const [timeZone, change] of changes)
  test(`windows in ${timeZone} around ${change} are those of the clock on the wall`, (t) => {
    const wall = new WallClock(timeZone)
    const at = Date.parse(change)
    const minutes = (time: number) => Date.parse(`2026-01-01T${wall.shows(time).time}Z`)
    t.not(minutes(at) - minutes(at - minute), minute, 'clocks are changed at that instant')
    const window = fc.record(
      {
        from: timeOfDay,
        to: fc.oneof(timeOfDay, fc.constant('24:00')),
        days: fc.uniqueArray(fc.constantFrom(...days), { minLength: 1 }),
        timeZone: fc.constant(timeZone),
      },
      { requiredKeys: ['from', 'to', 'timeZone'] },
    )
    const near = fc.integer({ min: -30 * 60, max: 30 * 60 }).map((offset) => at + offset * minute + 1)
    fc.assert(
      fc.property(
        window.filter(({ from, to }) => from !== to),
        near,
        (window, time) => {
          t.is(isInWindow(window, time), wall.isIn(window, time))
          t.is(windowChangesAt(window, time), wall.changesAt(window, time), JSON.stringify({ window, time }))
        },
      ),
      { numRuns: 40 },
    )
  })

test('the hour left out is in no window, and the hour that comes twice is in it twice', (t) => {
  const window = { from: '02:30', to: '03:00', timeZone: 'Europe/Berlin' }
  t.is(windowChangesAt(window, Date.parse('2026-03-28T12:00Z')), Date.parse('2026-03-30T00:30Z'))
  const autumn: number[] = []
  while (autumn.length < 4)
    autumn.push(windowChangesAt(window, autumn.at(-1) ?? Date.parse('2026-10-24T12:00Z')) ?? 0)
  t.deepEqual(
    autumn.map((at) => new Date(at).toISOString().slice(0, 16)),
    ['2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'],
  )
})

test('a window of the whole day has no end unless it has days', (t) => {
  const whole = { from: '00:00', to: '24:00', timeZone: 'Europe/Berlin' }
  const friday = Date.parse('2026-06-05T10:00Z')
  t.is(windowChangesAt(whole, friday), undefined)
  t.is(windowChangesAt({ ...whole, days: ['sat', 'sun'] }, friday), Date.parse('2026-06-05T22:00Z'))
})

test('days and months begin at midnight there', (t) => {
  const at = Date.parse('2026-03-29T10:00Z')
  t.is(startOf('day', at, 'Europe/Berlin'), Date.parse('2026-03-28T23:00Z'))
  t.is(startOfNext('day', at, 'Europe/Berlin'), Date.parse('2026-03-29T22:00Z'))
  t.is(startOf('month', at, 'Europe/Berlin'), Date.parse('2026-02-28T23:00Z'))
  t.is(startOfNext('month', Date.parse('2026-01-31T12:00Z'), 'UTC'), Date.parse('2026-02-01T00:00Z'))
})
