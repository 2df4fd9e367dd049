import { createHash } from 'node:crypto'
import type { RequestBody } from '#diameter/handler.ts'
import type { DiameterNode, RequestOptions } from '#diameter/node.ts'
import { dictionary } from '#wire/diameter/dictionary.ts'
import type { AnswerMessage, RequestMessage } from '#wire/diameter/message.ts'
import { resultCode } from '#wire/diameter/result-code.ts'
import { decodeServiceProfile } from '#wire/diameter/service-profile.ts'
import { sealExtension } from '#wire/mobile-ip/authentication.ts'
import { chapSpi } from '#wire/mobile-ip/chap-authentication.ts'
import type { Extension } from '#wire/mobile-ip/extension.ts'
import { timestampIdentification } from '#wire/mobile-ip/identification.ts'
import { encodeRegistration } from '#wire/mobile-ip/registration.ts'
import { noRegistrationFlags, type RegistrationFlags } from '#wire/mobile-ip/registration-request.ts'
import { mn2, mn3 } from '../../database/database-fixture.ts'
import { FakeProfileHolder } from './fake-profile-holder.ts'
import { keys } from './mobile-node-keys.ts'
import { until } from './until.ts'

const features = dictionary['MIP-Feature-Vector'].values
const homeAddresses: Record<string, string> = { [mn2]: '192.0.2.12', [mn3]: '0.0.0.0' }

/** What a mobile node asks of the foreign agent; the rest is as it should be. */
export interface Wish {
  nai?: string
  key?: Buffer
  spi?: number
  homeAddress?: string
  homeAgent?: string
  lifetimeSeconds?: number
  sessionId?: string
  extensions?: Extension[]
  flags?: RegistrationFlags
  /** Answered in the manner of CHAP. */
  challenge?: Buffer
  /** Changes the request after it was authenticated. */
  forge?: (bytes: Buffer) => Buffer
  avps?: Partial<RequestBody<'AA-Mobile-Node'>>
}

/** Brings registrations of mobile nodes to the home server, and accounts for them. */
export class FakeForeignAgent extends FakeProfileHolder {
  readonly aborts: RequestMessage<'Abort-Session'>['avps'][] = []
  /** How many of the next aborts do not reach it. */
  missesAborts = 0
  readonly #careOfAddress: string
  sessionId = ''
  #record = 0

  constructor(node: DiameterNode, careOfAddress: string) {
    super(node)
    this.#careOfAddress = careOfAddress
    node.handle('Abort-Session', ({ avps }) => {
      if (this.missesAborts-- > 0) return { 'Result-Code': resultCode.unableToDeliver }
      this.aborts.push(avps)
      return { 'Result-Code': resultCode.success }
    })
  }

  /** An AMR and its AMA; asked again while the foreign server has not found its way yet. */
  async register(wish: Wish = {}): Promise<AnswerMessage<'AA-Mobile-Node'>> {
    this.sessionId = wish.sessionId ?? this.node.sessionId()
    this.#record = 0
    const answer = await until('the home server is reached', async () => {
      const answer = await this.node.request('AA-Mobile-Node', this.#request(wish))
      return answer.avps['Result-Code'] !== resultCode.unableToDeliver && answer
    })
    const granted = decodeServiceProfile(answer.avps)
    if (granted && granted.revision > (this.held?.revision ?? 0)) this.held = granted
    return answer
  }

  #request({ nai = mn2, lifetimeSeconds = 1800, ...wish }: Wish): RequestBody<'AA-Mobile-Node'> {
    const homeAddress = wish.homeAddress ?? homeAddresses[nai] ?? '192.0.2.11'
    const homeAgent = wish.homeAgent ?? '192.0.2.1'
    const { challenge } = wish
    const spi = wish.spi ?? (challenge ? chapSpi : 4100)
    const unsealed = encodeRegistration({
      type: 'registration-request',
      flags: wish.flags ?? noRegistrationFlags,
      lifetimeSeconds,
      homeAddress,
      homeAgent,
      careOfAddress: this.#careOfAddress,
      identification: timestampIdentification(Date.now(), 1),
      extensions: [
        { kind: 'mobile-node-nai', nai },
        { kind: 'mn-ha-key-generation-request', mobileNodeSpi: 5000 },
        ...(challenge ? [{ kind: 'challenge' as const, challenge }] : []),
        ...(wish.extensions ?? []),
      ],
    })
    const key = wish.key ?? keys.get(nai) ?? Buffer.alloc(16)
    const hmac = sealExtension(unsealed, 'mobile-aaa-authentication', { spi, key, algorithm: 'hmac-md5' })
    const sealed = challenge ? sealedLikeChap(hmac, key, challenge) : hmac
    return {
      'Session-Id': this.sessionId,
      'User-Name': nai,
      'Destination-Realm': 'home.example',
      'MIP-Reg-Request': wish.forge?.(sealed) ?? sealed,
      'MIP-Mobile-Node-Address': homeAddress,
      'MIP-Home-Agent-Address': homeAgent,
      'MIP-MN-AAA-Auth': {
        'MIP-MN-AAA-SPI': spi,
        'MIP-Auth-Input-Data-Length': sealed.length - 16,
        'MIP-Authenticator-Length': 16,
        'MIP-Authenticator-Offset': sealed.length - 16,
      },
      ...(challenge && { 'MIP-FA-Challenge': challenge }),
      'MIP-Feature-Vector': features['MN-HA-Key-Request'],
      ...wish.avps,
    }
  }

  /** The next record of the visit; the first is the start. */
  account(octets: bigint, change: Partial<RequestBody<'Accounting'>> = {}, options: RequestOptions = {}) {
    const number = this.#record++
    const types = dictionary['Accounting-Record-Type'].values
    const record = {
      'Session-Id': this.sessionId,
      'Destination-Realm': 'home.example',
      'Accounting-Record-Type': number === 0 ? types.START_RECORD : types.INTERIM_RECORD,
      'Accounting-Record-Number': number,
      'Accounting-Output-Octets': octets,
      'Accounting-Output-Packets': octets / 1000n,
      ...(number === 0 && this.located()),
    }
    return this.node.request('Accounting', { ...record, ...change }, options)
  }

  terminate(cause: number) {
    return this.node.request('Session-Termination', {
      'Session-Id': this.sessionId,
      'Destination-Realm': 'home.example',
      'Termination-Cause': cause,
    })
  }
}

/** RFC 4721, section 8: the request with this authenticator in the place of the other. */
function sealedLikeChap(sealed: Buffer, key: Buffer, challenge: Buffer): Buffer {
  const covered = sealed.subarray(0, -16)
  const digest = (...parts: Buffer[]): Buffer => createHash('md5').update(Buffer.concat(parts)).digest()
  const authenticator = digest(challenge.subarray(0, 1), key, digest(covered), challenge.subarray(-237))
  return Buffer.concat([covered, authenticator])
}
