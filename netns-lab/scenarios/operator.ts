import { tryInHost } from '../topology/host-command.ts'
import type { Lab } from './scenario.ts'

/** What an operator types at the home server; returns the exit code. */
export async function setProfile({ witness, roles }: Lab, nai: string, profile: string): Promise<number> {
  const argv = ['subscriber', 'set-profile', nai, profile]
  const finished = await tryInHost('hs', roles.command(...argv), { environment: roles.operatorEnvironment })
  const output = [finished.output, finished.complaint].filter(Boolean).join('\n')
  witness.report.evidence({ host: 'hs', command: `sojourn ${argv.join(' ')}`, output }, /./)
  return finished.exitCode
}
