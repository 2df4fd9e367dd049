import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { AnswerBody } from '#diameter/handler.ts'
import type { AvpValue } from '#wire/diameter/avps.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeTranslationReport, type TranslationReport } from '#wire/diameter/translation-report.ts'
import { WireError } from '#wire/wire-error.ts'
import type { SignalKind, Translation } from '../profile/facts.ts'
import type { Server } from './server.ts'
import { followSettled } from './settlement.ts'

/**
 * Answers what an address translator reports of a subscriber: how his addresses are translated now. What is different from before are
 * event signals. The answer waits until it is written, not until the agents follow. Only configured translators are believed.
 */
export async function handleTranslationReport(
  server: Server,
  node: string,
  avp: AvpValue<'Translation-Report'>,
): Promise<AnswerBody<'Accounting'>> {
  const { config, database, log, queue } = server
  if (!config.addressTranslators.includes(node)) {
    const reason = `${node} is none of this home server's address translators`
    log.warn({ event: 'translation-report-refused', node, reason }, reason)
    return { 'Result-Code': resultCode.authorizationRejected, 'Error-Message': reason }
  }
  let report: TranslationReport
  try {
    report = decodeTranslationReport(avp)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    log.warn({ event: 'translation-report-refused', node, reason: error.message }, error.message)
    return {
      'Result-Code': error.resultCode ?? resultCode.invalidAvpValue,
      'Error-Message': error.message,
    }
  }
  const { homeAddress } = report
  const session = (await database.openSessions()).find((one) => one.homeAddress === homeAddress)
  if (session === undefined) {
    log.debug(
      { event: 'translation-report-refused', node, homeAddress },
      'nobody has a session with that address',
    )
    return {
      'Result-Code': resultCode.unknownSessionId,
      'Error-Message': `nobody has a session with home address ${homeAddress}`,
    }
  }
  await queue.run(session.nai, () => observe(server, session.nai, node, report))
  return { 'Result-Code': resultCode.success }
}

async function observe(server: Server, nai: string, node: string, report: TranslationReport): Promise<void> {
  const { database, clock, log } = server
  const translation: Translation = {
    mappings: report.mappings.length,
    poolUsed: report.poolUsed,
    addresses: report.addresses,
    ports: report.mappings,
  }
  const signals = signalsBetween((await database.observation(nai)).translation, translation)
  const at = clock.now()
  const events = signals.map((kind) => ({ id: randomUUID(), at, kind }))
  const settled = await database.recordObservation(nai, { translation }, at, events)
  const { held } = settled
  log.debug(
    { event: 'translation-report', nai, node, ...translation },
    `the addresses of ${nai} were reported`,
  )
  for (const kind of signals)
    log.info(
      { event: 'event-signal', nai, kind, held },
      `${nai}: ${kind}${held ? ', which waits for the end of an edit' : ''}`,
    )
  followSettled(server, settled)
}

type TranslationSignal = Extract<SignalKind, 'mapping-created' | 'mapping-removed' | 'rule-changed'>

/** What has happened between two reports. Rules that were never heard of have not changed. */
export function signalsBetween(before: Translation | undefined, now: Translation): TranslationSignal[] {
  const former = before?.ports ?? []
  const present = now.ports ?? []
  const lacks = (some: typeof former, all: typeof former) =>
    some.some((mapping) => !all.some((other) => isDeepStrictEqual(mapping, other)))
  const signals: [kind: TranslationSignal, happened: boolean][] = [
    ['rule-changed', before?.addresses !== undefined && !isDeepStrictEqual(before.addresses, now.addresses)],
    ['mapping-created', lacks(present, former)],
    ['mapping-removed', lacks(former, present)],
  ]
  return signals.filter(([, happened]) => happened).map(([kind]) => kind)
}
