/**
 * What a mobile node does about each reply code that denies (RFC 5944, sections 3.4 and 3.6.2.2; later documents by row). A reaction
 * other than `wait` is tried once for a registration, lest agents lead the node round in circles; then it waits too.
 */
import type { ReplyCode } from '#wire/mobile-ip/reply-code.ts'

/**
 * - `wait`: nothing that the node could say differently; the retransmission that is due later asks again;
 * - `ask-home-server`: the agents may have lost the keys, which the home server makes anew;
 * - `other-agent`: this agent cannot serve the node; another that is heard may;
 * - `search`: the agent does not offer what it seemed to; solicit;
 * - `shorter-lifetime`, `direct-delivery`, `plain-encapsulation`, `sole-binding`, `reverse-tunnel`, `no-udp-tunnel`: ask again for what is allowed;
 * - `new-challenge`: ask again with the challenge that came, or solicit one;
 * - `resynchronise`: ask again by the home agent's clock, or with its nonce;
 * - `other-home-agent`: ask the home agent that the reply names.
 */
export type Reaction =
  | 'wait'
  | 'ask-home-server'
  | 'other-agent'
  | 'search'
  | 'shorter-lifetime'
  | 'direct-delivery'
  | 'plain-encapsulation'
  | 'sole-binding'
  | 'reverse-tunnel'
  | 'no-udp-tunnel'
  | 'new-challenge'
  | 'resynchronise'
  | 'other-home-agent'

const reactions: Readonly<Record<Exclude<ReplyCode, 0 | 1>, Reaction>> = {
  64: 'ask-home-server',
  65: 'ask-home-server',
  66: 'other-agent',
  67: 'ask-home-server', // with a new key for the foreign agent
  68: 'ask-home-server',
  69: 'shorter-lifetime',
  70: 'ask-home-server',
  71: 'ask-home-server',
  72: 'plain-encapsulation',
  73: 'wait',
  74: 'other-agent', // the configuration wants a reverse tunnel
  75: 'reverse-tunnel',
  76: 'other-agent',
  77: 'search',
  78: 'wait',
  79: 'direct-delivery',
  80: 'other-agent',
  81: 'other-agent',
  82: 'wait',
  88: 'wait',
  89: 'wait',
  90: 'wait', // the configuration names no home agent, and this agent finds none
  96: 'other-agent',
  97: 'wait',
  98: 'wait',
  99: 'wait',
  100: 'wait', // the node sends no vendor's extensions
  101: 'wait',
  104: 'new-challenge',
  105: 'new-challenge',
  106: 'new-challenge',
  107: 'ask-home-server',
  108: 'wait', // the configured key or SPI is wrong
  109: 'wait',
  128: 'ask-home-server',
  129: 'ask-home-server',
  130: 'ask-home-server',
  131: 'ask-home-server',
  132: 'ask-home-server',
  133: 'resynchronise',
  134: 'ask-home-server',
  135: 'sole-binding',
  136: 'other-home-agent',
  137: 'wait', // the configuration wants a reverse tunnel
  138: 'reverse-tunnel',
  139: 'plain-encapsulation',
  140: 'wait',
  141: 'wait',
  142: 'no-udp-tunnel',
  143: 'other-home-agent',
  144: 'wait', // the configured key or SPI is wrong
  194: 'wait', // the configured home agent is one of the foreign agent's own addresses
}

/** The reaction to a denial; codes that nobody has assigned wait. */
export function reactionTo(code: number): Reaction {
  return new Map(Object.entries(reactions)).get(String(code)) ?? 'wait'
}
