/** Looks at links in the kernel, and hears of their going up and down. */
import type { Clock } from '#core/clock.ts'
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { interfaceFlag } from '#netlink/interface-flag.ts'
import { getLink } from '#netlink/link.ts'
import { getQdisc } from '#netlink/qdisc.ts'
import { NetlinkSocket } from '#netlink/socket.ts'
import { owned } from '../datapath/owned.ts'
import type { LinkSample } from './link-facts.ts'

export interface LinkReader {
  /** Undefined for an interface that is gone. */
  read(name: string): Promise<LinkSample | undefined>
  /** Calls this when any interface may have gone up or down. */
  watch(changed: () => void): void
  close(): void
}

/** Reads this network namespace, or that of `socket`, by a socket of its own. */
export function openLinkReader(
  { clock, log }: { clock: Clock; log: Log },
  socket: NetlinkSocket = NetlinkSocket.open(),
): LinkReader {
  return {
    async read(name) {
      const [link, root] = await socket.transaction([
        getLink(name),
        // It counts what all its classes send, and the drops of all queues below it.
        getQdisc({ device: name, parent: 'root', handle: owned.rootHandle }),
      ])
      if (!link.ok) return undefined
      const { basic, queue } = root.ok ? (root.reply.statistics ?? {}) : {}
      return {
        atMilliseconds: clock.now(),
        up: (link.reply.flags & interfaceFlag.UP) !== 0 && link.reply.carrier === 1,
        bytes: basic?.bytes ?? 0n,
        drops: BigInt(queue?.drops ?? 0),
      }
    },
    watch(changed) {
      const follow = async (): Promise<void> => {
        // What was told is not read: it means "look again", as does an overrun.
        for await (const _ of socket.monitor(['link'])) changed()
      }
      follow().catch((error: unknown) =>
        log.error(
          { event: 'network-control', reason: describeError(error) },
          'links are looked at by the clock only',
        ),
      )
    },
    close: () => socket.close(),
  }
}
