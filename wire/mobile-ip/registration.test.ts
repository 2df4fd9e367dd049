import test from 'ava'
import { decodable } from '../golden/message-vectors.ts'
import { WireError } from '../wire-error.ts'
import { decodeMobileIpMessage } from './message.ts'
import { decodeRegistration, encodeRegistration } from './registration.ts'

test('requests and replies are registrations, other messages are refused', (t) => {
  for (const { id, bytes } of decodable)
    if (bytes[0] === 1 || bytes[0] === 3) {
      const registration = decodeRegistration(bytes)
      t.deepEqual(registration, decodeMobileIpMessage(bytes) as typeof registration, id)
      t.deepEqual(encodeRegistration(registration), bytes, id)
    } else t.throws(() => decodeRegistration(bytes), { instanceOf: WireError, code: 'wire/malformed' }, id)
})
