import test from 'ava'
import { readVectors } from '../golden/vectors.ts'
import type { MobilitySecurityAssociation } from './authentication.ts'
import { findExtension } from './extension.ts'
import { decodeMobileIpMessage } from './message.ts'
import {
  announcedBindingUpdate,
  isAnnouncedByNode,
  notificationAuthenticator,
} from './previous-foreign-agent.ts'
import { decodeRegistration } from './registration.ts'

const golden = readVectors('mip').find(({ id }) => id === 'mip-rrq-pfa-notification')
const key = Buffer.from('404142434445464748494a4b4c4d4e4f', 'hex')
const association: MobilitySecurityAssociation = { spi: 4101, key, algorithm: 'hmac-md5' }

test('the golden notification: made by the node, sent on by the new agent, believed by the previous one', (t) => {
  const request = decodeRegistration(golden?.bytes ?? Buffer.alloc(0))
  const notification = findExtension(request.extensions, 'previous-foreign-agent-notification')
  if (!notification) return t.fail('the vector lacks the extension')
  t.deepEqual(notificationAuthenticator(request, notification, association), notification.authenticator)

  const bytes = announcedBindingUpdate(request, notification)
  t.is(bytes.subarray(0, 20).toString('hex'), '12c0001ec000024dc6336402eb6d75409e3779b9')
  const update = decodeMobileIpMessage(bytes)
  if (update.type !== 'binding-update') return t.fail(`it is a ${update.type}`)
  t.true(isAnnouncedByNode(bytes, update, association))
  t.false(isAnnouncedByNode(bytes, update, { ...association, spi: 4102 }))
  t.false(isAnnouncedByNode(bytes, update, { ...association, key: Buffer.alloc(16) }))
  t.false(isAnnouncedByNode(bytes, { ...update, extensions: [] }, association))
  const flipped = Buffer.from(bytes)
  flipped.writeUInt8(flipped.readUInt8(8) ^ 1, 8)
  t.false(isAnnouncedByNode(flipped, update, association))
})
