/** The class of a flow at the home agent, found by the address that the flow's filter asks for. */
import type { Ipv4Address } from '#core/ipv4.ts'
import { classOfMark, type HtbClass } from '../../witness/kernel-state.ts'
import { type Run, shapingOf, shapingPoint, tunnelsOf } from '../../witness/subscriber-state.ts'

/** Undefined where no filter of the tunnels asks for packets of that correspondent. */
export async function classOfSource(run: Run, correspondent: Ipv4Address): Promise<HtbClass | undefined> {
  const { host, marked } = shapingPoint.ha
  for (const tunnel of await tunnelsOf(run, host)) {
    const shown = await run(host, ['tc', 'filter', 'show', 'dev', tunnel.interface, marked], /src_ip|skbedit/)
    const mark = markOfSource(correspondent, shown)
    if (mark === undefined) continue
    const { filters, classes } = await shapingOf(run, shapingPoint.ha)
    return classOfMark(mark, filters, classes)
  }
  return undefined
}

function markOfSource(source: Ipv4Address, text: string): number | undefined {
  const entry = text
    .split(/^(?=filter )/m)
    .find((filter) => filter.split('\n').some((line) => line.trim() === `src_ip ${source}`))
  const [, mark] = /skbedit\s+mark (\w+)/.exec(entry ?? '') ?? []
  return mark === undefined ? undefined : Number(mark)
}
