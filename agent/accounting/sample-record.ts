import type { UsageRecord } from './usage-record.ts'

/** For tests: the record of a session with this number; number 0 is its start. */
export function sampleRecord(sessionId: string, number: number): UsageRecord {
  return {
    sessionId,
    acctMultiSessionId: 'ha;multi;1',
    server: { realm: 'home.example' },
    nai: 'mn1@home.example',
    homeAddress: '192.0.2.11',
    homeAgent: '192.0.2.1',
    type: number === 0 ? 'START_RECORD' : 'INTERIM_RECORD',
    number,
    octets: BigInt(number) * 2n ** 40n,
    packets: BigInt(number),
    inputOctets: BigInt(number) * 100n,
    inputPackets: BigInt(number),
    sessionSeconds: number,
    eventSeconds: 1_770_000_000 + number,
  }
}
