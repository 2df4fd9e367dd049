import test from 'ava'
import { chooseHomeAgent, type HomeAgentSupply, type HomeAgentWish } from './home-agent-choice.ts'

const supply: HomeAgentSupply = {
  realm: 'home.example',
  homeAgents: [
    { identity: 'ha1.home.example', address: '192.0.2.1' },
    { identity: 'ha2.home.example', address: '192.0.2.2' },
  ],
  foreignRealms: ['a.example'],
  session: undefined,
  isOpen: () => true,
  load: new Map(),
}
const wish: HomeAgentWish = {
  requested: '0.0.0.0',
  preferred: [],
  features: 0,
  foreignServer: undefined,
  hasFixedHomeAddress: false,
}
const foreignServer = { host: 'aaaf.a.example', realm: 'A.example' }
const offered = { features: 4 | 8, foreignServer }
const session = { node: 'ha2.home.example', realm: 'home.example', address: '192.0.2.2' }
const abroad = { node: 'ha.a.example', realm: 'a.example', address: '10.1.0.5' }

const rows: [
  what: string,
  wish: Partial<HomeAgentWish>,
  supply: Partial<HomeAgentSupply>,
  chosen: string | number,
][] = [
  ['the one that was requested', { requested: '192.0.2.2' }, {}, 'ha2.home.example'],
  ['one that nobody has', { requested: '192.0.2.3' }, {}, 4006],
  ['none requested: the first', {}, {}, 'ha1.home.example'],
  ['any of the home network', { requested: '255.255.255.255' }, {}, 'ha1.home.example'],
  [
    'none requested: the one with fewer sessions',
    {},
    { load: new Map([['ha1.home.example', 1]]) },
    'ha2.home.example',
  ],
  [
    'none requested: the one that is there',
    {},
    { isOpen: (each) => each !== 'ha1.home.example' },
    'ha2.home.example',
  ],
  [
    'none requested, none there: the first, which will be found missing',
    {},
    { isOpen: () => false },
    'ha1.home.example',
  ],
  ['a preferred address', { preferred: ['192.0.2.2'] }, {}, 'ha2.home.example'],
  ['a preferred identity', { preferred: ['ha2.home.example'] }, {}, 'ha2.home.example'],
  [
    'a preferred one that is away',
    { preferred: ['192.0.2.2'] },
    { isOpen: (each) => each === 'ha1.home.example' },
    'ha1.home.example',
  ],
  ['the one of the session', {}, { session }, 'ha2.home.example'],
  ['the one of the session, requested', { requested: '192.0.2.2' }, { session }, 'ha2.home.example'],
  ['another than that of the session', { requested: '192.0.2.1' }, { session }, 4006],
  ['the foreign one of the session', { requested: '10.1.0.5' }, { session: abroad }, 'ha.a.example'],
  ['one offered by a foreign realm', offered, {}, 'aaaf.a.example'],
  ['offered by a realm that may not', offered, { foreignRealms: [] }, 'ha1.home.example'],
  [
    'offered, but the home address is fixed',
    { ...offered, hasFixedHomeAddress: true },
    {},
    'ha1.home.example',
  ],
  ['offered, but only the home realm will do', { ...offered, features: 2 | 4 | 8 }, {}, 'ha1.home.example'],
  ['offered by nobody', { features: 4 | 8 }, {}, 'ha1.home.example'],
  [
    'a foreign one, vouched for',
    { requested: '10.1.0.5', features: 128, foreignServer },
    {},
    'aaaf.a.example',
  ],
  [
    'a foreign one of a realm that may not',
    { requested: '10.1.0.5', features: 128, foreignServer },
    { foreignRealms: [] },
    5024,
  ],
  ['a foreign one that nobody vouches for', { requested: '10.1.0.5', foreignServer }, {}, 4006],
]

for (const [what, asked, given, chosen] of rows)
  test(what, (t) => {
    const choice = chooseHomeAgent({ ...wish, ...asked }, { ...supply, ...given })
    t.is('identity' in choice ? choice.identity : choice.resultCode, chosen)
  })
