import { WireError } from '../wire-error.ts'
import type { AvpValue, Group } from './avps.ts'
import { dictionary } from './dictionary.ts'
import { resultCode } from './result-code.ts'

/** What a user gets, as it travels from the home server to the agents and, read back from their kernels, in the answers. */
export interface ServiceProfile {
  name: string
  /** Of the effective profile; grows with every change of it, per subscriber. */
  revision: number
  /** From the correspondent to the mobile node. Priority 0 is served first. */
  downlink: { rateBitsPerSecond: number; ceilBitsPerSecond: number; priority: number }
}

/** The two AVPs that carry a profile, to be spread into a message's AVPs. */
export interface ServiceProfileAvps {
  'QoS-Resources': AvpValue<'QoS-Resources'>[]
  'Service-Profile': AvpValue<'Service-Profile'>
}

/** The rule of the whole downlink: more rules, one per flow, can follow it in the same QoS-Resources. */
const downlinkClassifier = Buffer.from('downlink')
const downlinkPrecedence = 1000
/** TMOD-1 wants these; the class of the kernel works out its own: one full packet, and any packet that IPv4 allows. */
const packetBytes = { bucketDepth: 1500, minimumPoliced: 0, maximum: 65535 }

/**
 * The profile as RFC 5777 QoS-Resources, plus what that cannot say in our own Service-Profile. The rates are Float32 in octets per
 * second; `decodeServiceProfile` gives back every whole kbit/s up to 8 Gbit/s and every whole Mbit/s up to 8 Tbit/s.
 */
export function encodeServiceProfile({ name, revision, downlink }: ServiceProfile): ServiceProfileAvps {
  const filterRule: Group<(typeof dictionary)['Filter-Rule']['members']> = {
    'Filter-Rule-Precedence': downlinkPrecedence,
    Classifier: {
      'Classifier-ID': downlinkClassifier,
      Direction: dictionary.Direction.values.OUT,
    },
    'Treatment-Action': dictionary['Treatment-Action'].values.shape,
    'QoS-Semantics': dictionary['QoS-Semantics'].values['QoS-Authorized'],
    'QoS-Profile-Template': { 'Vendor-Id': 0, 'QoS-Profile-Id': 0 },
    'QoS-Parameters': {
      'TMOD-1': {
        'Token-Rate': downlink.rateBitsPerSecond / 8,
        'Bucket-Depth': packetBytes.bucketDepth,
        'Peak-Traffic-Rate': downlink.ceilBitsPerSecond / 8,
        'Minimum-Policed-Unit': packetBytes.minimumPoliced,
        'Maximum-Packet-Size': packetBytes.maximum,
      },
    },
  }
  return {
    'QoS-Resources': [{ 'Filter-Rule': [filterRule] }],
    'Service-Profile': {
      'Profile-Name': name,
      'Profile-Revision': BigInt(revision),
      'Class-Priority': downlink.priority,
    },
  }
}

/**
 * The profile in a message's AVPs, or undefined when the message carries none.
 * @throws wire/malformed when there is a Service-Profile without a usable downlink rule
 */
export function decodeServiceProfile(avps: {
  'QoS-Resources'?: AvpValue<'QoS-Resources'>[]
  'Service-Profile'?: AvpValue<'Service-Profile'>
}): ServiceProfile | undefined {
  const profile = avps['Service-Profile']
  if (profile === undefined) return undefined
  const rules = (avps['QoS-Resources'] ?? []).flatMap((resources) => resources['Filter-Rule'])
  const rule = rules.find((candidate) => candidate.Classifier?.['Classifier-ID'].equals(downlinkClassifier))
  const tokenBucket = rule?.['QoS-Parameters']?.['TMOD-1']
  if (tokenBucket === undefined) throw refused('its QoS-Resources have no TMOD-1 for the downlink')
  return {
    name: profile['Profile-Name'],
    revision: wholeNumber(Number(profile['Profile-Revision']), 'revision'),
    downlink: {
      rateBitsPerSecond: wholeNumber(bitsPerSecond(tokenBucket['Token-Rate']), 'rate'),
      ceilBitsPerSecond: wholeNumber(bitsPerSecond(tokenBucket['Peak-Traffic-Rate']), 'ceil'),
      priority: profile['Class-Priority'],
    },
  }
}

/** Float32 keeps 24 bits, so several rates share one value: the roundest of them is what somebody had configured. */
function bitsPerSecond(octetsPerSecond: number): number {
  for (const unit of [1e9, 1e6, 1e3]) {
    const bits = Math.round((octetsPerSecond * 8) / unit) * unit
    if (Math.fround(bits / 8) === Math.fround(octetsPerSecond)) return bits
  }
  return Math.round(octetsPerSecond * 8)
}

function wholeNumber(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw refused(`its ${what} is ${value}`)
}

function refused(why: string): WireError {
  return new WireError('wire/malformed', `the Service-Profile cannot be used: ${why}`, {
    offset: 0,
    resultCode: resultCode.invalidAvpValue,
  })
}
