import type { Capture } from '../../witness/capture.ts'
import { describeMessage, firstHopOutOfOrder, type SignallingMessage } from '../../witness/signalling.ts'
import type { Lab } from '../scenario.ts'
import { accessSignalling, coreSignalling } from '../tour/capture-points.ts'

/** The captures of the whole story: tshark takes its time to start, so it decodes them once. */
export async function captureStory({ witness }: Lab): Promise<Capture[]> {
  return await Promise.all([
    witness.capture('core', coreSignalling({ tunnelled: false })),
    witness.capture('access-a1', accessSignalling('a1')),
    witness.capture('access-a2', accessSignalling('a2')),
  ])
}

const there = (name: string): string[] => [`${name} fsa→relay`, `${name} relay→hs`]
const back = (name: string): string[] => [`${name} hs→relay`, `${name} relay→fsa`]

/** What must be in the captures, in this order. */
const ways = {
  registration: [
    'AMR a1→fsa',
    ...there('AMR'),
    'HAR hs→ha',
    'HAA ha→hs',
    ...back('AMA'),
    'AMA fsa→a1',
    'RRP a1→mn1',
  ],
  'profile change': [...back('QIR'), 'QIR fsa→a1', 'QIA a1→fsa', ...there('QIA')],
  move: ['AMR a2→fsa', ...there('AMR'), 'HAR hs→ha', 'HAA ha→hs', ...back('AMA'), 'AMA fsa→a2', 'RRP a2→mn1'],
  'end of the former session': [...back('ASR'), 'ASR fsa→a1', 'ASA a1→fsa', ...there('ASA')],
  accounting: ['ACR a1→fsa', ...there('ACR'), ...back('ACA'), 'ACA fsa→a1'],
}

export async function checkWay(
  { witness }: Lab,
  captures: readonly Capture[],
  refusedWith: number,
): Promise<void> {
  witness.report.step('captures', 'The captures show what passed through the relay')
  await witness.stopCaptures(captures)
  const messages = await witness.signalling(captures, /AA-Mobile|QoS|Reg/)
  for (const [what, hops] of Object.entries(ways)) {
    const way = hops.join(', ')
    const wrong = firstHopOutOfOrder(messages, hops)
    witness.check(
      `way-${what}`,
      `Messages of the ${what}`,
      way,
      wrong === undefined ? way : `missing or out of order: ${wrong}`,
    )
  }
  const direct = messages.filter(({ from, to }) => [from, to].includes('hs') && [from, to].includes('fsa'))
  witness.check(
    'through-relay',
    'Messages between the servers past the relay',
    'none',
    direct.map(describeMessage).join(', ') || 'none',
  )
  checkWrongRealm({ witness }, messages, refusedWith)
}

function checkWrongRealm(
  { witness }: Pick<Lab, 'witness'>,
  messages: readonly SignallingMessage[],
  refusedWith: number,
): void {
  const refused = messages.find(
    (message) => describeMessage(message) === 'AMA relay→fsa' && message.resultCode !== 2001,
  )
  witness.check(
    'unable-to-deliver',
    'Result-Code of the relay for a realm that it has no route to (RFC 6733, section 7.1.3)',
    '3002',
    String(refused?.resultCode ?? 'no answer'),
  )
  const reply = messages.find(({ name, to }) => name === 'RRP' && to === 'mn2')
  witness.check(
    'home-unreachable',
    'Reply code to mn2, in the capture and in its own log (80: home network unreachable)',
    '80, 80',
    `${reply?.replyCode ?? 'no reply'}, ${refusedWith}`,
  )
}
