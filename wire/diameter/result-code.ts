/** Result-Code values of RFC 6733, section 7.1, and RFC 4004, section 6, by the name of the RFC without its prefix. */
export const resultCode = {
  multiRoundAuth: 1001,
  success: 2001,
  limitedSuccess: 2002,
  commandUnsupported: 3001,
  unableToDeliver: 3002,
  realmNotServed: 3003,
  tooBusy: 3004,
  loopDetected: 3005,
  redirectIndication: 3006,
  applicationUnsupported: 3007,
  invalidHeaderBits: 3008,
  invalidAvpBits: 3009,
  unknownPeer: 3010,
  authenticationRejected: 4001,
  outOfSpace: 4002,
  electionLost: 4003,
  mipReplyFailure: 4005,
  homeAgentNotAvailable: 4006,
  badKey: 4007,
  mipFilterNotSupported: 4008,
  avpUnsupported: 5001,
  unknownSessionId: 5002,
  authorizationRejected: 5003,
  invalidAvpValue: 5004,
  missingAvp: 5005,
  resourcesExceeded: 5006,
  contradictingAvps: 5007,
  avpNotAllowed: 5008,
  avpOccursTooManyTimes: 5009,
  noCommonApplication: 5010,
  unsupportedVersion: 5011,
  unableToComply: 5012,
  invalidBitInHeader: 5013,
  invalidAvpLength: 5014,
  invalidMessageLength: 5015,
  invalidAvpBitCombination: 5016,
  noCommonSecurity: 5017,
  noForeignHomeAgentService: 5024,
  endToEndMipKeyEncryption: 5025,
} as const

/** 2xxx (RFC 6733, section 7.1.2). */
export function isSuccessCode(code: number): boolean {
  return code >= 2000 && code < 3000
}

/** 3xxx: a protocol error, which alone sets the E flag (RFC 6733, section 7.1.3). */
export function isProtocolErrorCode(code: number): boolean {
  return code >= 3000 && code < 4000
}
