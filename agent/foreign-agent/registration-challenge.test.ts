import test from 'ava'
import { type Extension, findExtension } from '#wire/mobile-ip/extension.ts'
import { ChallengeWindow } from './challenge-window.ts'
import { aaa, asked, home, nai, stageAgent } from './staged-agent.ts'

const challengeCases: [name: string, extensions: (challenge: Buffer) => Extension[], codes: number[]][] = [
  ['a challenge that counts', (challenge) => [{ kind: 'challenge', challenge }, aaa], [0]],
  ['an unknown challenge', () => [{ kind: 'challenge', challenge: Buffer.alloc(8) }, aaa], [104]],
  ['no challenge', () => [aaa], [105]],
  ['a challenge that nothing proves', (challenge) => [aaa, { kind: 'challenge', challenge }], [105]],
]
for (const [what, extensions, expected] of challengeCases)
  test(`${what}: ${expected}`, async (t) => {
    const challenges = new ChallengeWindow()
    const { intake, replies, sent, diameter } = stageAgent({ challenges })
    const challenge = challenges.advertise()
    await intake.receive(asked({ extensions: extensions(challenge) }))
    t.deepEqual(
      replies.map(({ code }) => code),
      expected,
    )
    const offered = findExtension(sent[0]?.reply.extensions ?? [], 'challenge')?.challenge
    t.true(offered && challenges.check(nai, offered) === 'valid', 'the reply brings one for the next request')
    const [avps] = diameter.sent('AA-Mobile-Node')
    t.deepEqual(avps?.['MIP-FA-Challenge'], expected[0] === 0 ? challenge : undefined)
  })

test('a challenge counts once for a node: 106; the one of the reply counts then', async (t) => {
  const challenges = new ChallengeWindow()
  const { clock, intake, replies, sent } = stageAgent({ challenges })
  const first = challenges.advertise()
  const request = (challenge: Buffer, identification: bigint) =>
    intake.receive(asked({ identification, extensions: [{ kind: 'challenge', challenge }, aaa] }))
  await request(first, 1n)
  await request(first, 2n)
  const next = findExtension(sent[0]?.reply.extensions ?? [], 'challenge')?.challenge
  clock.advance(1000)
  await request(next ?? first, 3n)
  t.deepEqual(
    replies.map(({ code }) => code),
    [0, 106, 0],
  )
})

test('a deregistration and a co-located node do not use up a challenge: anybody may accept them', async (t) => {
  const challenges = new ChallengeWindow()
  const { intake, replies, homeAgentSays } = stageAgent({ challenges, offer: { coLocatedNodes: true } })
  const challenge = challenges.advertise()
  const request = { extensions: [{ kind: 'challenge', challenge } as const, home], homeAgent: '203.0.113.66' }
  homeAgentSays(0, 0)
  await intake.receive(asked({ ...request, lifetimeSeconds: 0 }))
  homeAgentSays(0, 600)
  await intake.receive(asked({ ...request, flags: { decapsulationByMobileNode: true } }))
  t.like(replies, [{ code: 0 }, { code: 0 }])
  t.is(challenges.check(nai, challenge), 'valid')
})

test('a request that was refused does not use up a challenge', async (t) => {
  const challenges = new ChallengeWindow()
  const { intake, diameter } = stageAgent({ challenges })
  const challenge = challenges.advertise()
  diameter.answers.set('AA-Mobile-Node', () => ({ 'Result-Code': 4001 }))
  await intake.receive(asked({ extensions: [{ kind: 'challenge', challenge }, aaa] }))
  t.is(challenges.check(nai, challenge), 'valid')
})
