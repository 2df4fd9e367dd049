/** What somebody else does to the kernel of a1 and to the way to it. */
import { foreignAgents, hostAddress } from '../../topology/hosts.ts'
import type { Classes } from '../profile/held-by-kernels.ts'
import type { Lab } from '../scenario.ts'

/** What a kernel says, in its words. */
export const kernelWords = {
  filter: 'Specified filter kind does not match existing one',
  class: 'EEXIST',
} as const

/** In the list where the datapath lets pass what no filter of a subscriber has decided. */
const counter = ['dev', 'access', 'ingress', 'pref', '60000', 'protocol', 'ip']

/** Counts what comes from the access link, in a list that the datapath uses for another kind of filter. */
export async function putCounter({ witness }: Lab): Promise<void> {
  await witness.see('a1', ['tc', 'filter', 'add', ...counter, 'matchall', 'action', 'continue'])
}

export async function removeCounter({ witness }: Lab): Promise<void> {
  await witness.see('a1', ['tc', 'filter', 'del', ...counter])
}

/** The class next to those of mn1 at a1, where its first flow will be. */
export function nextClass({ a1 }: Classes): { parent: string; classId: string } {
  const parent = a1.whole?.classId ?? 'none'
  const [major = '', minor = ''] = a1.rest?.classId.split(':') ?? []
  return { parent, classId: `${major}:${(Number.parseInt(minor, 16) + 1).toString(16)}` }
}

export async function putClass({ witness }: Lab, { parent, classId }: ReturnType<typeof nextClass>) {
  const place = ['dev', 'access', 'parent', parent, 'classid', classId]
  await witness.see('a1', ['tc', 'class', 'add', ...place, 'htb', 'rate', '1mbit'])
}

export async function removeClass({ witness }: Lab, { classId }: ReturnType<typeof nextClass>) {
  await witness.see('a1', ['tc', 'class', 'del', 'dev', 'access', 'classid', classId])
}

const [agent, server] = [foreignAgents.a1.careOfAddress, hostAddress.fsa]
const lost = [
  ['from', agent, 'to', server, 'blackhole'],
  ['from', server, 'to', agent, 'blackhole'],
]

/** The core router loses what a1 and the foreign server send each other; tunnels go on. */
export async function cutSignalling({ witness }: Lab): Promise<void> {
  for (const packets of lost) await witness.see('core', ['ip', 'rule', 'add', ...packets])
}

export async function mendSignalling({ witness }: Lab): Promise<void> {
  for (const packets of lost) await witness.see('core', ['ip', 'rule', 'del', ...packets])
}
