/** UDP port 434: registrations that a foreign agent relays while the node's key with the home agent lasts (RFC 5944, section 3.8). */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { describeError } from '#core/error.ts'
import type { Ipv4Address } from '#core/ipv4.ts'
import type { Log } from '#core/log.ts'
import { verifyExtension } from '#wire/mobile-ip/authentication.ts'
import { findExtension } from '#wire/mobile-ip/extension.ts'
import { decodeRegistration, registrationPort } from '#wire/mobile-ip/registration.ts'
import type { RegistrationRequest } from '#wire/mobile-ip/registration-request.ts'
import { WireError } from '#wire/wire-error.ts'
import type { BindingRegistration } from './binding-registration.ts'
import type { MobilityBinding } from './mobility-binding.ts'
import type { RegistrationDecision } from './registration.ts'
import { encodeRegistrationReply } from './registration-reply.ts'

/** Opens the port; replies go back to where the request came from. The bind error of Node.js when the port is taken. */
export async function openRegistrationPort(
  address: Ipv4Address,
  registration: BindingRegistration,
  log: Log,
): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('message', (message, from) => {
    answerRegistration(registration, message)
      .then((result) => {
        if (Buffer.isBuffer(result)) socket.send(result, from.port, from.address)
        else
          log.debug(
            { event: 'registration-discarded', from: from.address, reason: result },
            'registration discarded',
          )
      })
      .catch((error: unknown) => {
        log.error(
          { event: 'registration', from: from.address, reason: describeError(error) },
          'registration failed',
        )
      })
  })
  socket.on('error', (error) =>
    log.error({ event: 'registration-port', reason: error.message }, 'port 434 failed'),
  )
  socket.bind(registrationPort, address)
  await once(socket, 'listening')
  return socket
}

/** The reply to a request, or the reason why it gets none (RFC 5944, section 3.8.2: silent discard). */
export async function answerRegistration(
  registration: BindingRegistration,
  bytes: Buffer,
): Promise<Buffer | string> {
  const request = decode(bytes)
  if (typeof request === 'string') return request
  const nai = registration.bindings.withHomeAddress(request.homeAddress)?.nai
  if (nai === undefined) return `no association with ${request.homeAddress}`
  return registration.turns.take(nai, async () => {
    const binding = registration.bindings.of(nai)
    if (!binding) return `the binding of ${nai} has just ended`
    return answerBound(registration, bytes, request, binding)
  })
}

async function answerBound(
  registration: BindingRegistration,
  bytes: Buffer,
  request: RegistrationRequest,
  binding: MobilityBinding,
): Promise<Buffer | string> {
  const named = findExtension(request.extensions, 'mobile-node-nai')
  if (named && named.nai !== binding.nai) return `${named.nai} is not the owner of ${request.homeAddress}`
  const proofs = request.extensions.filter((extension) => extension.kind === 'mobile-home-authentication')
  const [proof] = proofs
  if (!proof || proofs.length > 1) return `${proofs.length} mobile-home authentications where one is due`
  const { association } = binding
  const decision: RegistrationDecision = verifyExtension(bytes, proof, association.fromMobileNode)
    ? (await registration.register(request, binding)).decision
    : { verdict: 'denied', code: 131, identification: request.identification }
  return encodeRegistrationReply(request, decision, association)
}

function decode(bytes: Buffer): RegistrationRequest | string {
  try {
    const message = decodeRegistration(bytes)
    return message.type === 'registration-request' ? message : 'a reply, sent to a home agent'
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return describeError(error)
  }
}
