import test from 'ava'
import { readVectors } from '../golden/vectors.ts'
import { findExtension } from './extension.ts'
import { deriveKey, keyAlgorithms, replayMethods } from './key-distribution.ts'
import { decodeRegistration } from './registration.ts'

const aaaKey = Buffer.from('303132333435363738393a3b3c3d3e3f', 'hex')

test('the golden reply hands out the keys that python and openssl derive', (t) => {
  const bytes = readVectors('mip').find(({ id }) => id === 'mip-rrp-keygen-reply')?.bytes
  const { extensions } = decodeRegistration(bytes ?? Buffer.alloc(0))
  const nai = findExtension(extensions, 'mobile-node-nai')?.nai ?? ''
  const home = findExtension(extensions, 'mn-ha-key-generation-reply')
  const foreign = findExtension(extensions, 'mn-fa-key-generation-reply')
  if (!home || !foreign) return t.fail('the vector lacks an extension')
  t.is(home.algorithm, keyAlgorithms.hmacSha1)
  t.is(home.replayMethod, replayMethods.timestamps)
  t.is(deriveKey(aaaKey, home.nonce, nai).toString('hex'), 'bc1044a95fa938a93c220bbee0ebe8ae2727c4b0')
  t.is(deriveKey(aaaKey, foreign.nonce, nai).toString('hex'), 'c1b02ddec02da4f3e392bf8d94a65822e985ed61')
})
