/** For tests: a host with an address of its own, a correspondent with another name, and a pool of eight ports. */
export const sampleRules = {
  identity: 'nat.home.example',
  realm: 'home.example',
  diameter: { security: 'none', peers: [{ identity: 'aaah.home.example', connect: '10.0.2.2' }] },
  outside: { interface: 'eth1' },
  hosts: [{ inside: '192.0.2.11', outside: '198.51.100.11' }],
  correspondents: [{ inside: '10.99.0.10', outside: '203.0.113.10' }],
  pools: [
    { name: 'main', first: '198.51.100.64', last: '198.51.100.65', ports: { first: 1024, last: 1027 } },
  ],
  masquerade: [{ network: '192.0.2.128/25', pool: 'main' }],
  subscribers: [{ network: '192.0.2.0/24', realm: 'home.example', server: 'aaah.home.example' }],
}
