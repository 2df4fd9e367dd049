import * as net from '../index.ts'

// The family `ethtool` (linux/ethtool_netlink.h), as much of it as asks for the link's state: a table of attributes each, the
// version, and how a message prints.
const ETHTOOL_MSG_LINKSTATE_GET = 4
const header = net.attributes({
  index: [1, 'ETHTOOL_A_HEADER_DEV_INDEX', net.u32],
  name: [2, 'ETHTOOL_A_HEADER_DEV_NAME', net.text],
})
const ethtool = net.genericFamily(
  'ethtool',
  1,
  net.attributes({
    header: [1, 'ETHTOOL_A_LINKSTATE_HEADER', net.flagged(header)],
    link: [2, 'ETHTOOL_A_LINKSTATE_LINK', net.bool8],
  }),
  (_command, _dumps, value) => net.commandLine('ethtool', value.header?.name),
)

net.createNamespace('cables')
const namespace = { name: 'cables' }
const route = net.NetlinkSocket.open({ namespace })
await route.request(net.addLink({ name: 'a', type: net.veth({ name: 'b' }), up: true }))
const generic = net.NetlinkSocket.open({ namespace, protocol: 'generic' })
console.log((await generic.request(net.getFamily('ethtool'))).multicastGroups?.map(({ name }) => name))
//> [ 'monitor' ]
const state = await generic.request(ethtool.query(ETHTOOL_MSG_LINKSTATE_GET, { header: { name: 'a' } }))
console.log(state.header?.name, state.link)
//> a false
generic.close()
route.close()
net.deleteNamespace('cables')
