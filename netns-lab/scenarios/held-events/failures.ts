import type { ScapyNode } from '../../strangers/scapy-node.ts'
import { mobileNodes } from '../../topology/hosts.ts'
import { KernelMonitor } from '../../witness/kernel-monitor.ts'
import { awaitRates, checkHistory, checkRates, type Registered } from '../conditions/kernel-rates.ts'
import { tryWrongKey } from '../conditions/wrong-keys.ts'
import { type, writeDocument } from '../profile/operators.ts'
import type { Lab } from '../scenario.ts'
import { recordMonitors } from '../tour/standing-order.ts'
import { checkEvents, openEdit } from './edits.ts'
import { quarantineSeconds, rates, visitor } from './profiles.ts'

interface Story {
  id: string
  title: string
  /** What is edited: a profile by its name, or what a subscriber has. */
  subject: string
  /** Ends the edit. Returns the exit code. */
  end(lab: Lab, edit: string): Promise<number>
  before: number
  /** What the condition makes of it once the edit has ended, and what is so when that is over. */
  quarantine: number
  after: number
  /** How many event signals there were before. */
  earlier: number
}

const { committed } = rates

const stories: readonly Story[] = [
  {
    id: 'commit',
    title:
      'Two wrong keys while an operator edits the profile: they count when it is committed, by what it says then',
    subject: 'visitor',
    async end(lab, edit) {
      const file = writeDocument(lab, 'visitor.json', visitor(committed))
      return (await type(lab, 'ann', 'edit', 'commit', edit, file, '--reason', 'another offer')).exitCode
    },
    before: rates.base,
    quarantine: committed.quarantine,
    after: committed.base,
    earlier: 0,
  },
  {
    id: 'cancel',
    title: 'Two wrong keys while an operator edits what mn1 has: they count when it is cancelled',
    subject: mobileNodes.mn1.nai,
    end: async (lab, edit) => (await type(lab, 'ann', 'edit', 'cancel', edit)).exitCode,
    before: committed.base,
    quarantine: committed.quarantine,
    after: committed.base,
    earlier: 2,
  },
]

/** Events that come while an edit is open wait for its end, whichever it is, and count once. */
export async function failuresSteps(lab: Lab, stranger: ScapyNode, mn1: Registered): Promise<void> {
  for (const story of stories) await tell(lab, stranger, mn1, story)
}

async function tell(lab: Lab, stranger: ScapyNode, mn1: Registered, story: Story): Promise<void> {
  const { witness } = lab
  const { id, before, quarantine, after, earlier } = story
  witness.report.step(id, story.title)
  const monitors = [await KernelMonitor.start('ha'), await KernelMonitor.start('a1')]
  const edit = await openEdit(lab, story.subject)
  await tryWrongKey(lab, stranger, 'first-failure')
  await tryWrongKey(lab, stranger, 'second-failure')
  const applied = Array<string>(earlier).fill('applied')
  await checkEvents(lab, 'held', 'while the edit is open', ['held', 'held', ...applied])
  await checkRates(witness, mn1, { id: 'held', when: 'while the edit is open', rate: before })
  // The kernels have it before the command has said so.
  const [exitCode] = await Promise.all([
    story.end(lab, edit.id),
    awaitRates(witness, mn1, { id: 'ended', when: 'after its end', rate: quarantine }, quarantineSeconds),
  ])
  await checkEvents(lab, 'applied', 'after its end', ['applied', 'applied', ...applied])
  const over = { id: 'over', when: 'when the quarantine is over', rate: after }
  await awaitRates(witness, mn1, over, quarantineSeconds + 2)
  witness.check('exit-code', `Exit code of \`sojourn edit ${id}\``, '0', String(exitCode))
  checkHistory(witness, await recordMonitors(witness, monitors, /^class htb/), mn1, [quarantine, after])
}
