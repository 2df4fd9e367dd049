/** How full the access link of a1 is: as the kernel counts, and as a1 reports it to the home server. */
import { z } from 'zod'
import { hostOfAddress } from '../../topology/hosts.ts'
import { type Capture, decodeCaptures } from '../../witness/capture.ts'
import { shapingPoint } from '../../witness/subscriber-state.ts'
import type { Witness } from '../../witness/witness.ts'
import { accessRate } from './profiles.ts'

/** The part of `tc -s -j qdisc show` that the lab reads. */
const qdiscs = z.tuple([z.object({ kind: z.literal('htb'), bytes: z.number() })])

/** What the root qdisc sent while `meanwhile` went on, as a share of what the link may carry. */
export async function usedOfLink(witness: Witness, meanwhile: () => Promise<void>): Promise<number> {
  const begin = await countedNow(witness)
  await meanwhile()
  const end = await countedNow(witness)
  const seconds = (end.atMilliseconds - begin.atMilliseconds) / 1000
  return ((end.bytes - begin.bytes) * 8) / seconds / accessRate
}

async function countedNow(witness: Witness): Promise<{ atMilliseconds: number; bytes: number }> {
  const { host, shaped } = shapingPoint.a1
  const shown = await witness.see(host, ['tc', '-s', '-j', 'qdisc', 'show', 'dev', shaped, 'root'])
  const [{ bytes }] = qdiscs.parse(JSON.parse(shown))
  return { atMilliseconds: Date.now(), bytes }
}

/** A Network-Report that a1 sends for its access link. */
export interface LinkReport {
  atMilliseconds: number
  isUp: boolean
  /** 0 to 1. */
  utilization: number
}

/** Those in a capture, each once, in the order of time. */
export async function linkReports(witness: Witness, { file, host }: Capture): Promise<LinkReport[]> {
  const fields = [
    'frame.time_epoch',
    'ip.src',
    'diameter.Link-Name',
    'diameter.Link-Up',
    'diameter.Link-Utilization',
  ]
  const { finished, rows } = await decodeCaptures(witness.reportFolder, [file], 'diameter.Link-Name', fields)
  witness.report.evidence({ host, command: finished.command, output: finished.output }, /access/)
  return rows.flatMap(([time, source, name, up, utilization]) =>
    hostOfAddress(source?.[0] ?? '') === 'a1' && name?.[0] === shapingPoint.a1.shaped
      ? {
          atMilliseconds: Number(time?.[0]) * 1000,
          isUp: up?.[0] === '1',
          utilization: Number(utilization?.[0]),
        }
      : [],
  )
}
