/** For tests: a datapath that holds footprints in memory and refuses when it is told to. */
import type { DatapathReport } from '#wire/diameter/datapath-report.ts'
import type { Counters, Datapath } from '../datapath/datapath.ts'
import { DatapathError } from '../datapath/datapath-error.ts'
import type { Shaping, SubscriberFootprint } from '../datapath/footprint.ts'

export class FakeDatapath implements Pick<Datapath, 'set' | 'remove' | 'counters' | 'report'> {
  readonly footprints = new Map<string, SubscriberFootprint>()
  readonly counted = new Map<string, Counters>()
  /** What was done, one line each. */
  readonly lines: string[] = []
  /** The kernel's reason to refuse the next change. */
  refusal: string | undefined
  /** What the kernel makes of a rate that it is given. */
  rounded = (rateBitsPerSecond: number): number => rateBitsPerSecond

  async set(subscriber: string, footprint: SubscriberFootprint) {
    await Promise.resolve()
    if (this.refusal !== undefined) {
      const reason = this.refusal
      this.refusal = undefined
      throw new DatapathError('datapath/rejected', reason)
    }
    const { downlink, tunnel, homeAddress, flows } = footprint
    const held = (shaping: Shaping): Shaping => ({
      ...shaping,
      rateBitsPerSecond: this.rounded(shaping.rateBitsPerSecond),
    })
    const applied = held(downlink)
    this.footprints.set(subscriber, footprint)
    this.lines.push(`set ${homeAddress} ${tunnel.local}>${tunnel.remote} ${applied.rateBitsPerSecond}`)
    return {
      downlink: applied,
      ...(flows && { flows: Object.fromEntries(flows.map(({ name, shaping }) => [name, held(shaping)])) }),
    }
  }

  async remove(subscriber: string) {
    await Promise.resolve()
    const footprint = this.footprints.get(subscriber)
    if (!footprint) return
    this.footprints.delete(subscriber)
    this.counted.delete(subscriber)
    this.lines.push(`remove ${footprint.homeAddress}`)
  }

  /** Of the only class that there is. */
  report(subscriber: string): DatapathReport | undefined {
    const footprint = this.footprints.get(subscriber)
    if (!footprint) return undefined
    const { encapsulation, remote } = footprint.tunnel
    return {
      tunnels: [{ interface: 'sj-tunnel', encapsulation, remote }],
      classes: [{ name: 'downlink', interface: 'core0', classId: 0x4400_0001, mark: 0x4400_0001 }],
    }
  }

  async counters(subscriber: string) {
    await Promise.resolve()
    if (!this.footprints.has(subscriber)) return undefined
    return this.counted.get(subscriber) ?? { bytes: 0n, packets: 0n, drops: 0n }
  }
}
