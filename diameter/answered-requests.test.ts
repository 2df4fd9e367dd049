import test from 'ava'
import { ManualClock } from '#core/clock.ts'
import { avpsNamed, encodeNamedAvp } from '#wire/diameter/group.ts'
import type { RawMessage } from '#wire/diameter/raw-message.ts'
import { AnsweredRequests } from './answered-requests.ts'
import { answerHeader } from './error-answer.ts'

function request(endToEnd: number, sessionId = 'fa1;1;1', more: RawMessage['avps'] = []): RawMessage {
  return {
    commandCode: 260,
    request: true,
    proxiable: true,
    error: false,
    retransmitted: false,
    applicationId: 2,
    hopByHop: 1,
    endToEnd,
    avps: [encodeNamedAvp('Session-Id', sessionId), encodeNamedAvp('Origin-Host', 'fa1.a.example'), ...more],
  }
}

function setUp() {
  const clock = new ManualClock()
  const answered = new AnsweredRequests(clock)
  let executions = 0
  const answer = (message: RawMessage) =>
    answered.answer(message, async () => {
      executions++
      await Promise.resolve()
      return { ...answerHeader(message, 2001), avps: [encodeNamedAvp('Result-Code', 2001)] }
    })
  return { clock, answer, executions: () => executions }
}

test('a retransmission gets the same answer, also while the first is under way', async (t) => {
  const { answer, executions } = setUp()
  const [first, second] = await Promise.all([
    answer(request(1)),
    answer({ ...request(1), retransmitted: true }),
  ])
  t.deepEqual(second, first)
  await answer(request(1))
  t.is(executions(), 1)
})

test('another identifier, another session or other content is another request', async (t) => {
  const { answer, executions } = setUp()
  await answer(request(1))
  await answer(request(2))
  await answer(request(1, 'fa1;1;2'))
  await answer(request(1, 'fa1;1;1', [encodeNamedAvp('User-Name', 'mn1@home.example')]))
  t.is(executions(), 4)
})

test('a retransmission that came another way gets its own Proxy-Info back', async (t) => {
  const { answer, executions } = setUp()
  await answer(request(1, 'fa1;1;1', [encodeNamedAvp('Route-Record', 'r1.a.example')]))
  const proxyInfo = encodeNamedAvp('Proxy-Info', {
    'Proxy-Host': 'proxy.example',
    'Proxy-State': Buffer.from('state'),
  })
  const answered = await answer(
    request(1, 'fa1;1;1', [encodeNamedAvp('Route-Record', 'r2.a.example'), proxyInfo]),
  )
  t.deepEqual(avpsNamed(answered.avps, 'Proxy-Info'), [proxyInfo])
  t.is(executions(), 1)
})

test('answers are forgotten after four minutes, and the oldest when there are too many', async (t) => {
  const { clock, answer, executions } = setUp()
  await answer(request(1))
  clock.advance(239_999)
  await answer(request(1))
  t.is(executions(), 1)
  clock.advance(1)
  await answer(request(1))
  t.is(executions(), 2)
  for (let endToEnd = 2; endToEnd <= 10_001; endToEnd++) await answer(request(endToEnd))
  await answer(request(10_001))
  t.is(executions(), 10_002)
  await answer(request(1))
  t.is(executions(), 10_003)
})
