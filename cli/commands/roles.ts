import { type RoleEntry, role } from './role.ts'

/** A row per role that a process can play. */
export const roles: readonly RoleEntry[] = [
  {
    name: 'home-server',
    describe: 'AAA home server with the service control database',
    load: async () => {
      const { homeServerConfig } = await import('#controller/home-server/config.ts')
      const { startHomeServer } = await import('#controller/home-server/role.ts')
      return role(homeServerConfig, startHomeServer)
    },
  },
  {
    name: 'foreign-server',
    describe: 'AAA foreign server: carries Diameter between its foreign agents and the home servers',
    load: async () => {
      const { foreignServerConfig } = await import('#controller/foreign-server/config.ts')
      const { startForeignServer } = await import('#controller/foreign-server/role.ts')
      return role(foreignServerConfig, startForeignServer)
    },
  },
  {
    name: 'home-agent',
    describe: 'keeps where its mobile nodes are, and tunnels and shapes their packets',
    load: async () => {
      const { homeAgentConfig } = await import('#agent/home-agent/config.ts')
      const { startHomeAgent } = await import('#agent/home-agent/role.ts')
      return role(homeAgentConfig, startHomeAgent)
    },
  },
  {
    name: 'foreign-agent',
    describe: 'advertises itself on an access link, detunnels, shapes and delivers to its visitors',
    load: async () => {
      const { foreignAgentConfig } = await import('#agent/foreign-agent/config.ts')
      const { startForeignAgent } = await import('#agent/foreign-agent/role.ts')
      return role(foreignAgentConfig, startForeignAgent)
    },
  },
  {
    name: 'correspondent-agent',
    describe: 'sends what its correspondents send to mobile nodes straight to where they are',
    load: async () => {
      const { correspondentAgentConfig } = await import('#agent/correspondent-agent/config.ts')
      const { startCorrespondentAgent } = await import('#agent/correspondent-agent/role.ts')
      return role(correspondentAgentConfig, startCorrespondentAgent)
    },
  },
  {
    name: 'address-translator',
    describe: 'translates addresses between home agents and correspondents, and tells home servers how',
    load: async () => {
      const { addressTranslatorConfig } = await import('#agent/address-translator/config.ts')
      const { startAddressTranslator } = await import('#agent/address-translator/role.ts')
      return role(addressTranslatorConfig, startAddressTranslator)
    },
  },
  {
    name: 'mobile-node',
    describe: 'finds agents and registers where it is',
    load: async () => {
      const { mobileNodeConfig } = await import('#agent/mobile-node/config.ts')
      const { startMobileNode } = await import('#agent/mobile-node/role.ts')
      return role(mobileNodeConfig, startMobileNode)
    },
  },
]
