/** A slow and obvious model of what a subscriber gets, and what `tc` must show of it. Pure. */
import type { Agent } from '../profile/held-by-kernels.ts'
import type { Content, Imposed, ProfileName, Terms } from './changes.ts'

export interface Model {
  profiles: Record<ProfileName, Content>
  bought: ProfileName
  /** The newest last. */
  overrides: { name: string; imposed: Imposed }[]
  isUsedUp: boolean
}

/** Base, then the condition, then the overrides: each field is decided by the last that has it. */
export function effective({ profiles, bought, overrides, isUsedUp }: Model): Terms {
  const { usedUp, ...base } = profiles[bought]
  const condition = isUsedUp && usedUp !== undefined ? { rate: usedUp } : {}
  return Object.assign({}, base, condition, ...overrides.map(({ imposed }) => imposed))
}

const megabit = (rate: number): string => `${rate}mbit`
/** More than the signalling and the greetings of the story, less than one use of it. */
export const volume = { exceeds: '200kB', useBytes: 300_000 } as const

const drop = (destinationPort: number) => ({ match: { protocol: 'tcp', destinationPort }, action: 'drop' })

/** As an operator writes it. */
export function profileDocument(name: ProfileName, content: Content, more: readonly object[] = []): object {
  const { rate, priority, uplink, dscp, dropped, flows, usedUp } = content
  return {
    name,
    class: {
      downlink: { rate: megabit(rate), priority },
      ...(uplink !== undefined && { uplink: { rate: megabit(uplink) } }),
      ...(dscp !== undefined && { dscp }),
    },
    filters: [...dropped.map(drop), ...more],
    flows: flows.map((port) => ({
      ...{ name: `flow-${port}`, match: { protocol: 'udp', destinationPort: port }, rate: megabit(1) },
    })),
    conditions:
      usedUp === undefined
        ? []
        : [
            {
              name: 'used-up',
              when: { volume: { exceeds: volume.exceeds, direction: 'downlink', per: 'session' } },
              set: { class: { downlink: { rate: megabit(usedUp) } } },
            },
          ],
  }
}

export function overrideSet({ rate, dscp, dropped }: Imposed): object {
  return {
    ...((rate !== undefined || dscp !== undefined) && {
      class: {
        ...(rate !== undefined && { downlink: { rate: megabit(rate) } }),
        ...(dscp !== undefined && { dscp }),
      },
    }),
    ...(dropped && { filters: dropped.map(drop) }),
  }
}

/** The parts of a profile that a kernel holds, a line each; `held.ts` says the same of what `tc` shows. */
export function expectedLines(agent: Agent, terms: Terms): string[] {
  const { rate, priority, uplink, dscp = 'none', dropped, flows } = terms
  const parts = flows.length + dropped.length
  return [
    `whole ${rate} ${rate}`,
    `rest ${rate - flows.length} ${rate}, priority ${priority}, dscp ${dscp}`,
    ...flows.map((port) => `flow ${port}: 1 1, priority ${priority}, dscp ${dscp}`).sort(),
    `drops ${dropped.join(' ') || 'none'}`,
    `${2 + flows.length} classes, ${parts === 0 ? 1 : parts + 2} filters`,
    ...(agent === 'a1' ? [`uplink ${uplink ?? 'unlimited'}`] : []),
  ]
}
