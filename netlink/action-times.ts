import { u64 } from './attribute-type.ts'
import { struct } from './struct.ts'

/** How long ago, in hundredths of a second (USER_HZ): `struct tcf_t` (linux/pkt_cls.h), in answers. */
export const actionTimes = struct('tcf_t', {
  installedCentiseconds: u64,
  lastUsedCentiseconds: u64,
  expiresCentiseconds: u64,
  /** 0 when it was never used. */
  firstUsedCentiseconds: u64,
})
