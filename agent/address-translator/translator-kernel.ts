/** Brings the rules into the kernel, and reads and watches what it translates by them. */
import { describeError } from '#core/error.ts'
import type { Log } from '#core/log.ts'
import { type Connection, deleteConnection, dumpConnections } from '#netlink/connection.ts'
import { deleteFilter, dumpFilters, replaceFilter } from '#netlink/filter.ts'
import { type Namespace, NetlinkSocket } from '#netlink/index.ts'
import { addQdisc } from '#netlink/qdisc.ts'
import { clsact } from '#netlink/qdisc-clsact.ts'
import type { TranslationRules } from './config.ts'
import { connectionMark, isOwnedList, translationFilters } from './translation-filters.ts'
import { isStale } from './translation-table.ts'

export interface TranslationReader {
  /** The connections that our rules have translated. */
  read(): Promise<Connection[]>
  /** Calls this when the kernel has begun or ended to track a connection, or may have. */
  watch(changed: () => void): void
  close(): void
}

export interface TranslatorKernelOptions {
  /** Towards outside. */
  device: string
  rules: TranslationRules
  log: Log
  /** This process's own when absent. */
  namespace?: Namespace
}

/**
 * Sets the filters, each in the place of a former one, so that no packet meets none; takes away those of rules that are gone; then ends
 * the connections that would be translated otherwise now. All others go on, also over a restart. @throws netlink/refused
 */
export async function openTranslator(options: TranslatorKernelOptions): Promise<TranslationReader> {
  const { device, rules, log, namespace } = options
  const place = namespace === undefined ? {} : { namespace }
  const route = NetlinkSocket.open(place)
  const netfilter = NetlinkSocket.open({ ...place, protocol: 'netfilter' })
  const reader: TranslationReader = {
    async read() {
      const ours: Connection[] = []
      for await (const connection of netfilter.dump(dumpConnections()))
        if (isOurs(connection)) ours.push(connection)
      return ours
    },
    watch(changed) {
      const follow = async (): Promise<void> => {
        // What was told is not believed: it means "look again", as does an overrun.
        for await (const event of netfilter.monitorConnections())
          if (event.object === 'overrun' || isOurs(event.value)) changed()
      }
      follow().catch((error: unknown) =>
        log.error(
          { event: 'address-translation', reason: describeError(error) },
          'the table is looked at by the clock only',
        ),
      )
    },
    close() {
      netfilter.close()
    },
  }
  try {
    await program(route, device, rules)
    await endStale(netfilter, await reader.read(), rules, log)
  } catch (error) {
    reader.close()
    throw error
  } finally {
    route.close()
  }
  return reader
}

function isOurs({ mark }: Connection): boolean {
  return mark === connectionMark
}

async function program(socket: NetlinkSocket, device: string, rules: TranslationRules): Promise<void> {
  const [qdisc] = await socket.transaction([addQdisc({ device, parent: 'clsact', type: clsact() })])
  if (!qdisc.ok && qdisc.error.errno !== 'EEXIST') throw qdisc.error
  const desired = translationFilters(device, rules)
  for (const result of await socket.transaction(desired.map(replaceFilter)))
    if (!result.ok) throw result.error
  const keyOf = (side: string, priority: number, handle: number) => `${side} ${priority} ${handle}`
  const wanted = new Set(desired.map(({ parent, priority, handle }) => keyOf(parent, priority, handle)))
  for (const parent of ['ingress', 'egress'] as const)
    for await (const { priority, handle } of socket.dump(dumpFilters({ device, parent }))) {
      if (handle === 0 || !isOwnedList(parent, priority) || wanted.has(keyOf(parent, priority, handle)))
        continue
      await socket.request(deleteFilter({ device, parent, protocol: 'ip', priority, handle, kind: 'flower' }))
    }
}

/** One that has ended meanwhile is none to end. */
async function endStale(
  socket: NetlinkSocket,
  connections: readonly Connection[],
  rules: TranslationRules,
  log: Log,
): Promise<void> {
  const stale = connections.flatMap(({ original, ...connection }) =>
    original && isStale({ ...connection, original }, rules) ? [{ original, zone: connection.zone }] : [],
  )
  for (const result of await socket.transaction(stale.map(deleteConnection)))
    if (!result.ok && result.error.errno !== 'ENOENT') throw result.error
  if (stale.length > 0)
    log.info(
      { event: 'address-translation', ended: stale.length },
      'connections of former rules have ended: their next packet is translated anew',
    )
}
