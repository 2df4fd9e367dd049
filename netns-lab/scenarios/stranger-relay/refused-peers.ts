import { until } from '../../condition.ts'
import type { Daemon } from '../../topology/daemon.ts'
import type { Lab } from '../scenario.ts'
import { callers, outsiders } from './variation.ts'

const { callee } = outsiders

/** What the logs have to say; attempts come again and again. `name`: a stranger's log; absent: that of hs. */
interface Account {
  id: string
  what: string
  name?: string
  says: RegExp
}

const noApplication: readonly Account[] = [
  {
    id: 'refused-it',
    what: 'hs refuses a caller without our applications',
    says: /caller\S* has no application in common/,
  },
  { id: 'it-reads', what: 'The caller reads why', name: callers.caller.name, says: /Result-Code.*5010/ },
  {
    id: 'it-refuses',
    what: 'A freeDiameter that hs dials refuses hs',
    name: callee.name,
    says: /Result-Code.*5010/,
  },
  { id: 'we-read', what: 'hs reads why', says: /callee.*5010/ },
]

const expired: readonly Account[] = [
  {
    id: 'refused-it',
    what: 'hs refuses a certificate that has expired',
    says: /outdated.*expired on 2025-01-02/,
  },
  {
    id: 'it-fails',
    what: 'Its owner has no connection',
    name: callers.outdated.name,
    says: /TLS ERROR|STATE_CLOSED/,
  },
  {
    id: 'it-refuses',
    what: 'A freeDiameter whose clock is ahead refuses the certificate of hs',
    name: callers.ahead.name,
    says: /certificate has expired/,
  },
]

/** Peers without a common application are refused with 5010 (RFC 6733, section 5.3), by us and by freeDiameter. */
export async function missingApplicationStep(lab: Lab): Promise<void> {
  lab.witness.report.step('missing-application', 'A freeDiameter without our applications gets no connection')
  lab.roles.startStranger(callers.caller)
  await checkAccounts(lab, noApplication)
  await lab.roles.stranger(callers.caller.name).stop('SIGKILL')
}

/** No Diameter passes between peers of which one has an expired certificate (RFC 6733, section 13.1). */
export async function expiredCertificateStep(lab: Lab): Promise<void> {
  lab.witness.report.step('expired-certificate', 'Where a certificate has expired there is no connection')
  lab.roles.startStranger(callers.outdated)
  lab.roles.startStranger(callers.ahead)
  await checkAccounts(lab, expired)
  const open = lab.roles
    .daemon('hs')
    .log()
    .split('\n')
    .filter((line) => /peer-open/.test(line) && /(outdated|ahead|caller|callee)\./.test(line))
  lab.witness.check(
    'no-open',
    'Connections of hs that opened with any of the four',
    'none',
    open.join('\n') || 'none',
  )
}

async function checkAccounts({ witness, roles }: Lab, accounts: readonly Account[]): Promise<void> {
  for (const { id, what, name, says } of accounts) {
    const daemon = name === undefined ? roles.daemon('hs') : roles.stranger(name)
    const line = await logLine(daemon, says)
    witness.report.evidence(
      { host: daemon.host, command: `grep -m 1 -E '${says.source}' logs/${daemon.name}.log`, output: line },
      says,
    )
    witness.check(id, what, `a line like ${says.source}`, line, says.test(line))
  }
}

/** The first line of a log that matches. */
async function logLine(daemon: Daemon, wanted: RegExp): Promise<string> {
  return await until(
    `the log of ${daemon.name} has a line like ${wanted}`,
    { timeoutSeconds: 40, intervalMilliseconds: 100 },
    () =>
      daemon
        .log()
        .split('\n')
        .find((line) => wanted.test(line)),
    () => daemon.logTail(),
  )
}
