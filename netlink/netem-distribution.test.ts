import test from 'ava'
import { encodeRequest, readVectors } from './golden/vectors.ts'
import { messageHeaderBytes } from './message.ts'
import { readNetemDistribution } from './netem-distribution.ts'
import { addQdisc, qdiscMessage } from './qdisc.ts'
import { netem } from './qdisc-netem.ts'
import { tcHandle } from './tc-handle.ts'

test('a distribution of iproute2 is sent as tc sends it', (t) => {
  const [vector] = readVectors('netem-distribution')
  const bytes = Buffer.from(vector?.hex ?? '', 'hex')
  const sent = qdiscMessage.read(bytes, messageHeaderBytes).options?.netem?.delayDistribution
  if (sent === undefined) return t.fail('no samples in the golden message')
  const samples = Array.from({ length: sent.length / 2 }, (_, index) => sent.readInt16LE(index * 2))
  // The samples as they stand in normal.dist.
  const text = `# This is the distribution table for the normal distribution.\n ${samples.join(' ').replaceAll(/((?:\S+ ){8})/g, '$1\n')}\n`
  const delay = {
    ...{ microseconds: 100_000, jitterMicroseconds: 10_000 },
    distribution: readNetemDistribution(text),
  }
  t.is(delay.distribution.length, 4096)
  const ours = addQdisc({ device: 'v0', parent: 'root', handle: tcHandle(1), type: netem({ delay }) })
  t.is(encodeRequest(ours, bytes.readUInt16LE(6)).toString('hex', 4), bytes.toString('hex', 4))
})

test('what is no distribution is refused', (t) => {
  for (const text of ['', '# only a comment\n', '1 2 x', '32768', '1.5'])
    t.throws(() => readNetemDistribution(text), { instanceOf: RangeError })
})
