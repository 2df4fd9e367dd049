/** What the kernel answers (6.1), and what of it is checked. */
export const linkReplies: Record<string, object> = {
  v1: {
    address: '02:00:00:00:00:11',
    lowerLink: 10,
    master: 20,
    group: 9,
    alias: 'uplink',
    operationalState: 'up',
    properties: { alternativeName: 'front', unknown: [{ number: 53, payload: Buffer.from('door\0') }] },
    info: {
      kind: 'veth',
      slaveKind: 'bridge',
      slaveData: {
        bridge: {
          state: 'forwarding',
          cost: 9,
          isolated: true,
          learning: true,
          bridgeId: '2000.02:00:00:00:00:20',
          designatedPort: 0x8001,
        },
      },
    },
  },
  br0: {
    info: {
      kind: 'bridge',
      data: {
        bridge: {
          forwardDelayCentiseconds: 1500,
          priority: 8192,
          vlanFiltering: true,
          vlanProtocol: '802.1Q',
          bridgeId: '2000.02:00:00:00:00:20',
          groupAddress: '01:80:c2:00:00:00',
          multicastQuerier: true,
          multicastMembershipIntervalCentiseconds: 26_000n,
          booleanOptions: { values: 0, mask: 7 },
        },
      },
    },
  },
  red: { info: { kind: 'vrf', data: { vrf: { table: 77 } } } },
  'v0.9': {
    master: 21,
    lowerLink: 10,
    info: {
      kind: 'vlan',
      data: {
        vlan: {
          protocol: '802.1Q',
          id: 9,
          flags: { flags: 3, mask: 0xffffffff },
          ingressPriorities: [{ from: 3, to: 4 }],
          egressPriorities: [{ from: 1, to: 2 }],
        },
      },
      slaveKind: 'vrf',
      slaveData: { vrf: { table: 77 } },
    },
  },
  m0: {
    info: {
      kind: 'macvlan',
      data: {
        macvlan: { mode: 'source', sources: ['02:00:00:00:00:71', '02:00:00:00:00:70'], sourceCount: 2 },
      },
    },
  },
  d0: { mtu: 1500, minMtu: 0, maxMtu: 0, qdisc: 'noop', info: { kind: 'dummy' } },
}
