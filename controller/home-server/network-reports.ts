import { describeError } from '#core/error.ts'
import type { AnswerBody } from '#diameter/handler.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { decodeNetworkReport, type NetworkReport } from '#wire/diameter/network-report.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { WireError } from '#wire/wire-error.ts'
import { staleAt } from '../profile/facts.ts'
import type { Server } from './server.ts'
import { followSettled } from './settlement.ts'

/**
 * Answers what an agent reports of one of its links: it becomes a fact of every subscriber whose session is at that
 * agent, and of nobody else. The answer does not wait for that.
 */
export async function handleNetworkReport(
  server: Server,
  node: string,
  avp: AvpValue<'Network-Report'>,
): Promise<AnswerBody<'Accounting'>> {
  const { database, log, queue } = server
  let report: NetworkReport
  try {
    report = decodeNetworkReport(avp)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    log.warn({ event: 'network-report-refused', node, reason: error.message }, error.message)
    return {
      'Result-Code': error.resultCode ?? resultCode.invalidAvpValue,
      'Error-Message': error.message,
    }
  }
  log.debug({ event: 'network-report', node, ...report }, `${node}/${report.linkName} was reported`)
  const here = (await database.openSessions()).filter((session) => session.node === node)
  for (const nai of new Set(here.map((session) => session.nai)))
    queue
      .run(nai, () => observe(server, nai, node, report))
      .catch((error: unknown) =>
        log.error(
          { event: 'network-report-failed', nai, node, error: describeError(error) },
          'a network report could not be taken in',
        ),
      )
  return { 'Result-Code': resultCode.success }
}

/** Links of agents that the subscriber has left are forgotten. A report that comes late does not go over a newer one. */
async function observe(
  server: Server,
  nai: string,
  node: string,
  { linkName, atSeconds, ...state }: NetworkReport,
): Promise<void> {
  const { database, clock } = server
  const name = `${node}/${linkName}`
  const nodes = new Set((await database.openSessions(nai)).map((session) => session.node))
  const known = Object.entries((await database.observation(nai)).links).filter(([link]) =>
    nodes.has(link.slice(0, link.lastIndexOf('/'))),
  )
  const links = Object.fromEntries(known)
  const heardAt = clock.now()
  const at = Math.min(atSeconds * 1000, heardAt)
  const former = links[name]
  // A stale one does not count: the agent's clock may have been put back since.
  const isLate = former !== undefined && former.at > at && staleAt(former) > heardAt
  if (!nodes.has(node) || isLate) return
  links[name] = { ...state, at, heardAt }
  followSettled(server, await database.recordObservation(nai, { links }, heardAt))
}
