import { u64 } from './attribute-type.ts'
import { struct } from './struct.ts'

/** Counters of a link (linux/if_link.h). */
export const linkStatistics = struct('rtnl_link_stats64', {
  receivedPackets: u64,
  transmittedPackets: u64,
  receivedBytes: u64,
  transmittedBytes: u64,
  receiveErrors: u64,
  transmitErrors: u64,
  receiveDropped: u64,
  transmitDropped: u64,
  multicast: u64,
  collisions: u64,
  receiveLengthErrors: u64,
  receiveOverErrors: u64,
  receiveCrcErrors: u64,
  receiveFrameErrors: u64,
  receiveFifoErrors: u64,
  receiveMissedErrors: u64,
  transmitAbortedErrors: u64,
  transmitCarrierErrors: u64,
  transmitFifoErrors: u64,
  transmitHeartbeatErrors: u64,
  transmitWindowErrors: u64,
  receiveCompressed: u64,
  transmitCompressed: u64,
  receiveNoHandler: u64,
})
