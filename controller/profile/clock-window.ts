/**
 * Windows of wall-clock time. An instant is in the window if the clock on a wall of that zone then shows a time in
 * it: when clocks are put forward the hour left out is in no window, when they are put back the hour that comes twice
 * is in its windows twice. `days` are those on which the window begins, so a window over midnight ends on the next.
 */
import type { days, Leaf } from './trigger.ts'

export type ClockWindow = Extract<Leaf, { clock: unknown }>['clock']

const dayNumber: Readonly<Record<(typeof days)[number], number>> = {
  mon: 1,
  tue: 2,
  wed: 3,
  thu: 4,
  fri: 5,
  sat: 6,
  sun: 7,
}
const allDays = Object.values(dayNumber)

/** @param at milliseconds since 1970 */
export function isInWindow(window: ClockWindow, at: number): boolean {
  const wall = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(window.timeZone)
  const minute = wall.hour * 60 + wall.minute
  const [from, to] = [minuteOf(window.from), minuteOf(window.to)]
  const begins = window.days?.map((day) => dayNumber[day]) ?? allDays
  const today = begins.includes(wall.dayOfWeek)
  if (from < to) return today && from <= minute && minute < to
  const yesterday = begins.includes(((wall.dayOfWeek + 5) % 7) + 1)
  return (today && from <= minute) || (yesterday && minute < to)
}

function minuteOf(time: string): number {
  const [hour, minute] = time.split(':').map(Number)
  return (hour ?? 0) * 60 + (minute ?? 0)
}

/** Two weeks hold both ends of any window; most change within a day, which is found with less work. */
const [nearDays, allDaysAhead] = [2, 15]
const dayMilliseconds = 86_400e3

/** The first instant after `at` from which `isInWindow` is different; undefined: it stays. Milliseconds since 1970. */
export function windowChangesAt(window: ClockWindow, at: number): number | undefined {
  const now = isInWindow(window, at)
  const first = (days: number) =>
    candidates(window, at, days).find((time) => isInWindow(window, time) !== now)
  const near = first(nearDays)
  return near !== undefined && near < at + dayMilliseconds ? near : first(allDaysAhead)
}

/** The instants of the coming days at which the wall clock can step over an end of the window, in order. */
function candidates({ from, to, timeZone }: ClockWindow, at: number, days: number): number[] {
  const start = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  const yesterday = start.toPlainDate().subtract({ days: 1 })
  const times: number[] = []
  for (let day = 0; day <= days + 1; day++)
    for (const time of ['00:00', from, to === '24:00' ? '00:00' : to])
      for (const disambiguation of ['earlier', 'later'] as const)
        times.push(
          yesterday
            .add({ days: day })
            .toPlainDateTime(Temporal.PlainTime.from(time))
            .toZonedDateTime(timeZone, { disambiguation }).epochMilliseconds,
        )
  for (
    let change = start.getTimeZoneTransition('next');
    change && change.epochMilliseconds < (times.at(-1) ?? 0);
    change = change.getTimeZoneTransition('next')
  )
    times.push(change.epochMilliseconds)
  return [...new Set(times)].filter((time) => time > at).sort((a, b) => a - b)
}

type Period = 'day' | 'month'

/** When the day, or month, of `at` began there: milliseconds since 1970. */
export function startOf(period: Period, at: number, timeZone: string): number {
  return beginning(period, at, timeZone).toZonedDateTime(timeZone).epochMilliseconds
}

/** When the next day, or month, begins there: milliseconds since 1970. */
export function startOfNext(period: Period, at: number, timeZone: string): number {
  return beginning(period, at, timeZone)
    .add(period === 'day' ? { days: 1 } : { months: 1 })
    .toZonedDateTime(timeZone).epochMilliseconds
}

function beginning(period: Period, at: number, timeZone: string): Temporal.PlainDate {
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate()
  return period === 'day' ? today : today.with({ day: 1 })
}
