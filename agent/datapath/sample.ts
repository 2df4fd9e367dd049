/** For tests: the two agents, a subscriber's footprint at each, and a datapath over a fake kernel. */
import { silentLog } from '#core/log.ts'
import { Datapath, type DatapathOptions, type SubscriberFootprint } from './datapath.ts'
import { FakeKernel } from './fake-kernel.ts'

export const homeAgent: DatapathOptions = {
  shapedInterface: 'core0',
  shapedRateBitsPerSecond: 1e9,
  log: silentLog,
}
export const foreignAgent: DatapathOptions = {
  ...homeAgent,
  shapedInterface: 'access',
  access: { interface: 'access', addresses: ['10.1.101.1'] },
  uplink: { interface: 'core0', rateBitsPerSecond: 1e9 },
}

export const bronze = { rateBitsPerSecond: 4e6, ceilBitsPerSecond: 4e6, priority: 3 }
export const gold = { rateBitsPerSecond: 20e6, ceilBitsPerSecond: 50e6, priority: 1 }

export function bound(remote = '10.1.1.2', changes: Partial<SubscriberFootprint> = {}): SubscriberFootprint {
  return {
    homeAddress: '192.0.2.11',
    tunnel: { encapsulation: 'ipip', local: '192.0.2.1', remote },
    downlink: bronze,
    delivery: { via: 'tunnel' },
    ...changes,
  }
}
export function visiting(
  linkAddress = '02:00:00:00:00:aa',
  changes: Partial<SubscriberFootprint> = {},
): SubscriberFootprint {
  const delivery = { via: 'access', interface: 'access', linkAddress } as const
  return bound('192.0.2.1', {
    tunnel: { encapsulation: 'ipip', local: '10.1.1.2', remote: '192.0.2.1' },
    delivery,
    ...changes,
  })
}
/** From that foreign agent to another. */
export const ahead = { encapsulation: 'ipip', local: '10.1.1.2', remote: '10.1.2.2' } as const
export const second = { homeAddress: '192.0.2.12' }

export async function open(options = homeAgent): Promise<{ kernel: FakeKernel; datapath: Datapath }> {
  const kernel = new FakeKernel('cn0', 'core0', 'access')
  const datapath = await Datapath.open(options, kernel)
  kernel.takeLog()
  return { kernel, datapath }
}
